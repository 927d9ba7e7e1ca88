"""Raw uploads: gone from the disk when their time is over, unless a younger upload holds the same file."""

from collections.abc import Collection
from datetime import datetime

from service.callers import Caller
from service.db import life_store
from service.db.engine import Transaction


def delete_raw_files(tx: Transaction, schools: Collection[str], before: datetime) -> list[str]:
    """Mark uploads from before a moment as without raw files; returns the names to `unlink` after commit."""
    kept = life_store.uploads_with_raw_files(tx, schools)
    old = [row for row in kept if row.created_at < before and row.status not in ("queued", "running")]
    still = {entry["stored"] for row in kept if row not in old for entry in row.files}
    going = {entry["stored"] for row in old for entry in row.files} - still
    for row in old:
        life_store.mark_raw_deleted(row)
    return sorted(going)


def unlink(caller: Caller, stored: Collection[str]) -> None:
    """Remove sealed files; one that is gone already is no fault."""
    for name in stored:
        (caller.deployment.home.uploads / name).unlink(missing_ok=True)
