"""The JSON API, version 1: the same reads and writes as the pages, for machines."""

from service.api.router import router

__all__ = ["router"]
