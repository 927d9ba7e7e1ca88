"""A term's files from a person's hands to the lake: received, kept encrypted, checked, loaded, published."""

from service.uploads.receiving import approve, receive, undo_load

__all__ = ["approve", "receive", "undo_load"]
