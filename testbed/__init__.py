"""What tests and benchmarks both stand on: servers and databases to try, seeded schools, messy files, readers of pages.

Nothing here judges by itself. It imports the floors, never a test or a benchmark.
"""
