"""A term’s files from a person’s hands to the lake: received, kept encrypted, checked, loaded, published."""

from service.uploads import releasing, types, upload_rows, vault
from service.uploads.commits import TABLE_OF_EVENT
from service.uploads.receiving import PUBLISH, RESCORE
from service.uploads.sealing import INCOMING
from service.uploads.upload_rows import MappingRow, UploadRow

__all__ = [
    "INCOMING",
    "PUBLISH",
    "RESCORE",
    "TABLE_OF_EVENT",
    "MappingRow",
    "UploadRow",
    "releasing",
    "types",
    "upload_rows",
    "vault",
]
