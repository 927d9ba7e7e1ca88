"""Pages: server-rendered, kind in words, quick on an old laptop."""
