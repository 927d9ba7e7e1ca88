"""The whole way on a synthetic trust: extracts, indicators, training, validation, audit, card."""
