"""A term’s files from a person’s hands to the lake: received, kept encrypted, checked, loaded, published."""

from service.uploads import releasing, upload_rows, vault
from service.uploads.commits import TABLE_OF_EVENT
from service.uploads.sealing import INCOMING
from service.uploads.upload_rows import UploadRow

__all__ = ["INCOMING", "TABLE_OF_EVENT", "UploadRow", "releasing", "upload_rows", "vault"]
