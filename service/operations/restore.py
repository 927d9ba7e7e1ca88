"""A backup back into a new home and an empty database; what was erased since stays erased."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from data_contracts.errors import Refused
from service.audit import sealing
from service.core import backup_key
from service.core.audit import Event, anchor
from service.core.callers import Caller, officer_at_machine
from service.core.deployment import Deployment
from service.core.engine import Database
from service.core.homes import FORMAT, PRIVATE_FOLDERS, Home
from service.core.migrate import current, downgrade, knows, upgrade
from service.core.private import tighten
from service.core.secret_files import write_secret
from service.core.settings import Settings, settings_for
from service.models import convert_models
from service.operations import archive, dump_store, old_backup
from service.operations.archive import SealedBackup
from service.operations.old_backup import OldBackup
from service.operations.remaking import remake
from service.rights import erasing
from service.scoring import retell

MARK = "format"


def restore(
    backup: Path,
    to: Path,
    *,
    keys: Path,
    settings: Settings | None = None,
    erased: Path | None = None,
    unauthenticated: bool = False,
) -> dict[str, Any]:
    """Restore a backup: {made_at, rows, files, erased_again}. `settings` names the database (else the environment).

    `erased` is the ledger of erasures saved from the lost home, to be repeated. `unauthenticated` lets a backup of
    the first release in, which nothing protects. Refused where anything of the backup is not as it was made, the
    key doesn't fit, or home or database hold something already. The home is made in a folder of its own and moved
    into its place at the end; whatever goes wrong before leaves home and database as they were.
    """
    home = Home(to.resolve())
    settings = settings or settings_for(home.path)
    opened = open_backup(backup, keys, unauthenticated=unauthenticated)
    _must_be_empty(home, settings)
    _must_know(opened)
    opened.check()
    with _workplace(home) as place:
        try:
            done = _restored(opened, Home(place), keys, replace(settings, home=place), erased)
            _move_in(place, home.path)
            tighten(home.path)  # a volume was there before, and may have been open to others
        except BaseException:  # also a person's Ctrl-C: half a database would be in the way of the next try
            _empty_again(settings)
            raise
    return done


def open_backup(folder: Path, keys: Path, *, unauthenticated: bool) -> SealedBackup | OldBackup:
    """A backup whose list of contents may be trusted; Refused otherwise."""
    header = archive.read_header(folder)
    if header["format"] == old_backup.FORMAT:
        if not unauthenticated:
            raise old_backup.must_be_wanted()
        return OldBackup(folder, header, keys)
    if header["format"] != archive.FORMAT:
        raise Refused("This backup has another format.", hint="Restore it with the release that made it.")
    return SealedBackup(folder, backup_key.versions(keys))


def _restored(
    opened: SealedBackup | OldBackup, home: Home, keys: Path, settings: Settings, erased: Path | None
) -> dict[str, Any]:
    _put_keys(opened, home, keys)
    home.registry.mkdir(exist_ok=True)
    opened.put_files(home.path)
    rows = _put_rows(opened, settings)
    upgrade(settings)
    convert_models(home, by="belong restore")
    (home.path / MARK).write_text(FORMAT + "\n", "utf-8")
    with Deployment.open(home.path, settings) as deployment:
        sealing.note_restore(deployment)
        caller = officer_at_machine(deployment)
        with caller.writing() as tx:
            caller.record(tx, Event.RESTORED, rows=rows, files=len(opened.files))
        again = _erase_again(caller, home, opened.manifest.made_at, erased)
        remake(caller)
        retell(caller)
    return {
        "made_at": opened.manifest.made_at,
        "rows": rows,
        "files": len(opened.files),
        "erased_again": len(again),
    }


def _must_be_empty(home: Home, settings: Settings) -> None:
    for place in _places(home.path):
        if place.exists():
            raise Refused(
                f"A restore of {home.path} is running or was cut off.",
                hint=f"If none is running, delete {place} and try again.",
            )
    if home.path.exists() and (not home.path.is_dir() or any(home.path.iterdir())):
        raise Refused(f"{home.path} holds something already.", hint="Restore into a folder that is empty.")
    if settings.database_url and _begun(settings):
        raise Refused("The database is not empty.", hint="Make a new one and restore into that.")


def _must_know(opened: SealedBackup | OldBackup) -> None:
    if not knows(opened.manifest.revision):
        raise Refused(
            "This backup was made by a newer release than this one.",
            hint=f"Restore it with release {opened.manifest.release[:20]} or later.",
        )


def _begun(settings: Settings) -> bool:
    database = Database(settings.owner_url or settings.url)
    try:
        return current(database) is not None
    finally:
        database.close()


def _empty_again(settings: Settings) -> None:
    """An embedded database goes with the folder it was made in."""
    if settings.database_url and _begun(settings):
        downgrade(settings, "base")


def _places(home: Path) -> tuple[Path, Path]:
    """Where a home is put together: beside its place, or within where that is a disk of its own."""
    return home.parent / f".{home.name}.restoring", home / ".restoring"


@contextmanager
def _workplace(home: Home) -> Iterator[Path]:
    """A folder only its owner can read, on the disk of the home; gone at the end."""
    beside, within = _places(home.path)
    home.path.parent.mkdir(parents=True, exist_ok=True)
    own_disk = home.path.exists() and (home.path.is_mount() or not os.access(home.path.parent, os.W_OK))
    place = within if own_disk else beside
    place.mkdir(mode=0o700)
    try:
        for name in PRIVATE_FOLDERS:
            (place / name).mkdir(mode=0o700)
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _move_in(place: Path, home: Path) -> None:
    """The finished home into its place: in one step, or, within a disk of its own, the mark of a home last."""
    if place.parent != home:
        place.replace(home)
        return
    moved: list[Path] = []
    try:
        for path in sorted(place.iterdir(), key=lambda one: one.name == MARK):
            moved.append(path.rename(home / path.name))
    except BaseException:
        for path in reversed(moved):
            path.rename(place / path.name)
        raise


def _put_keys(opened: SealedBackup | OldBackup, home: Home, keys: Path) -> None:
    """The keys as they were then, and every version of the backup key there is."""
    for name, text in opened.manifest.keys.items():
        write_secret(home.keys / name, text)
    if (keys / backup_key.NAME).exists():
        backup_key.copy(keys, home.keys)
    else:
        backup_key.make_if_missing(home.keys)
    if (keys / anchor.NAME).exists():
        write_secret(anchor.path_of(home), (keys / anchor.NAME).read_text("utf-8"))


def _put_rows(opened: SealedBackup | OldBackup, settings: Settings) -> int:
    """Rows under the schema they were taken from; Refused where the database counts others than the backup."""
    upgrade(settings, opened.manifest.revision)
    database = Database(settings.owner_url or settings.url)
    try:
        counted = dump_store.fill(database, opened.manifest.schools, opened.tables())
    finally:
        database.close()
    expected = opened.manifest.tables
    if {name: counted.get(name) for name in expected} != expected:
        raise Refused("The database holds another number of rows than the backup.", hint="Start again.")
    return sum(expected.values())


def _erase_again(caller: Caller, home: Home, made_at: str, given: Path | None) -> list[str]:
    """Repeat what was erased after the backup was made, from the ledger saved with it or apart."""
    ledgers = [path for path in (home.path / erasing.LEDGER, given) if path is not None and path.exists()]
    lines = [line for path in ledgers for line in path.read_text("utf-8").splitlines() if line.strip()]
    return erasing.erase_again(caller, lines, datetime.fromisoformat(made_at))
