"""Packs to print for a meeting: the panel’s, the governors’, a family’s."""
