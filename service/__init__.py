"""Faces: pages, JSON API and command line, with accounts, audit, database and durable work behind them."""
