"""Pages: server-rendered, kind in words, quick on an old laptop."""

from service.web.mounting import mount

__all__ = ["mount"]
