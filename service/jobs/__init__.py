"""Durable work: jobs in a lease table, whose steps survive the end of any process at any moment."""
