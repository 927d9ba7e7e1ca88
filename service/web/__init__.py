"""Pages: server-rendered, kind in words, quick on an old laptop.

Nothing is imported here: `service.web.build` makes the pages' assets where no dependency is installed.
"""
