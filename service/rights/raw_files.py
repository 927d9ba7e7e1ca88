"""Raw uploads: they go when their time is over, unless a younger upload holds the same file."""

from collections.abc import Collection
from datetime import datetime

from service.core.audit import Recorded
from service.core.base import now
from service.rights import deletion_store, life_store
from service.rights.deletion_store import UPLOAD


def delete_raw_files(told: Recorded, schools: Collection[str], before: datetime) -> list[str]:
    """Mark uploads from before a moment as without raw files and list what has to go; returns the names."""
    kept = life_store.uploads_with_raw_files(told.tx, schools)
    old = [row for row in kept if row.created_at < before and row.status not in ("queued", "running")]
    still = {entry["stored"] for row in kept if row not in old for entry in row.files}
    going = {entry["stored"] for row in old for entry in row.files} - still
    for row in old:
        row.raw_deleted_at = now()
    deletion_store.add_deletions(told.tx, UPLOAD, [(name.split("/")[0], name) for name in sorted(going)])
    return sorted(going)
