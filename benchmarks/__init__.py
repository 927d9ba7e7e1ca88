"""Long measurements, each beside its rivals in one run: `python -m benchmarks.NAME [--quick] [--json]`."""
