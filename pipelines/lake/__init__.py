"""The lake: canonical tables as immutable parquet files, cut by pupil bucket, named by content hash.

A lake is a folder or an object-store prefix. Nothing here lists it: a `LakeView` names every live file, and
whoever holds the view decides what is live. Undo is a view that points back.
"""

from pipelines.lake.files import AUDIT_TABLE, LakeFile, bucket_of
from pipelines.lake.packs import forget, forget_others, parts_of
from pipelines.lake.store import Store
from pipelines.lake.view import Lake, LakeView

__all__ = [
    "AUDIT_TABLE",
    "Lake",
    "LakeFile",
    "LakeView",
    "Store",
    "bucket_of",
    "forget",
    "forget_others",
    "parts_of",
]
