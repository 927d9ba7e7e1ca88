"""The command line: the same journeys as the pages and the API, for people and for scripts."""

from service.app.cli.app import main

__all__ = ["main"]
