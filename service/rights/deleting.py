"""Files that have to go: listed with the rows that go, deleted after them, and again after a crash.

Whoever lists files works them off at once; the worker takes up what a killed process left.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from pipelines.lake import forget, parts_of
from pipelines.lake.packs import INDEX, read_index
from service.core.callers import Caller
from service.core.deployment import Deployment
from service.core.engine import Transaction
from service.rights import deletion_store, ledger, life_store, subject_files
from service.rights.deletion_store import EXPORT, LAKE, UPLOAD
from service.uploads import vault

MINUTES, DAY = 45 * 60.0, 24 * 3600.0
"""How long a file may lie that no row names: whoever is about to name it needs that time and no more."""


@dataclass(frozen=True)
class Shelf:
    """A part of the home whose files are named by rows. `locked`: nobody else names or deletes any meanwhile."""

    folder: Path
    grace: float
    named: Callable[[Transaction, frozenset[str]], set[str]]
    locked: Callable[[], AbstractContextManager[None]]


def shelves(deployment: Deployment) -> dict[str, Shelf]:
    """Where files of each kind lie."""
    home, store = deployment.home, deployment.lake.store

    def lake_named(tx: Transaction, schools: frozenset[str]) -> set[str]:
        parts = {part.path for pack in read_index(store) for part in pack.parts}
        return life_store.lake_paths(tx, schools) | parts | {INDEX}

    def alone() -> AbstractContextManager[None]:
        return vault.locked(home, alone=True)

    return {
        LAKE: Shelf(home.lake, DAY, lake_named, lambda: store.locked(alone=True)),
        UPLOAD: Shelf(home.uploads, MINUTES, life_store.raw_file_names, alone),
        EXPORT: Shelf(subject_files.folder(home), MINUTES, life_store.export_files, alone),
    }


def list_lake(caller: Caller, tx: Transaction, paths: list[str]) -> None:
    """Let lake files go after this transaction, and the packs that hold their rows."""
    going = [(path.split("/")[2], path) for path in paths]  # tables/TABLE/SCHOOL/TERM/…
    packed = [(going[0][0], path) for path in parts_of(caller.deployment.lake.store, paths)]
    deletion_store.add_deletions(tx, LAKE, going + packed)


def work_off(caller: Caller) -> int:
    """Delete what is on the list and that nothing names again, and note who was erased; returns how many went.

    Done again after a crash at any place it ends the same way.
    """
    schools = caller.reader.schools
    with caller.reading() as tx:
        listed = deletion_store.deletions(tx, schools)
        begun = deletion_store.open_erasures(tx, schools)
    if not listed and not begun:
        return 0
    ledger.note(caller.deployment.home, [(row.subject, row.at) for row in begun])
    gone, struck = 0, set[int]()
    for kind, shelf in shelves(caller.deployment).items():
        rows = [row for row in listed if row.kind == kind]
        if not rows:
            continue
        if kind == LAKE:
            with caller.reading() as tx:
                named = life_store.lake_paths(tx, schools)
            forget(caller.deployment.lake.store, [row.path for row in rows if row.path not in named])
        with shelf.locked():
            with caller.reading() as tx:
                named = shelf.named(tx, schools)
            for row in rows:
                if row.path not in named and _recent(shelf, row.path, row.at.timestamp()):
                    continue
                gone += row.path not in named and _deleted(shelf.folder / row.path)
                struck.add(row.id)
    waiting = {row.school for row in listed if row.id not in struck}
    with caller.writing() as tx:
        deletion_store.strike(tx, struck, schools)
        closed = [row.id for row in begun if row.school not in waiting]
        deletion_store.close_erasures(tx, closed, schools)
    return gone


def _recent(shelf: Shelf, name: str, at: float) -> bool:
    """Whether a file was written anew since it was listed, so shortly ago that a row may be about to name it."""
    try:
        written = (shelf.folder / name).stat().st_mtime
    except FileNotFoundError:
        return False
    moment = time.time()
    return at < written <= moment and moment - written < shelf.grace


def _deleted(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True
