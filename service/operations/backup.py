"""A backup of one moment: database, lake, registry and sealed uploads, sealed under the backup key.

Lake files never change and the registry only grows, so copying them after the database's snapshot is safe.
"""

import os
import shutil
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from data_contracts.errors import Refused
from service.core import backup_key
from service.core.audit import Event, anchor
from service.core.callers import Caller
from service.core.homes import ALIAS_KEY, SEAL_KEY, UPLOAD_KEY, Home
from service.core.migrate import current
from service.core.secret_files import write_secret
from service.operations import dump_store
from service.operations.archive import Manifest, Writer
from service.operations.backup_names import FOLDERS, SINGLE_FILES
from service.rights import NEXT_KEY, life_store

SEALED_KEYS = (ALIAS_KEY, UPLOAD_KEY, SEAL_KEY)
"""These go along inside, sealed: a backup needs them as they were then, whatever they were changed to since."""


def make_backup(caller: Caller, to: Path, *, keys_to: Path | None = None) -> dict[str, Any]:
    """Write a backup under `to`, the keys (if asked for) under `keys_to`: {folder, rows, files, bytes, key, keys}.

    `key` is the version of the backup key that alone opens it. Refused where both would lie together, where a lake
    file that the manifest names is missing, or where the home has no backup key.
    """
    home = caller.deployment.home
    to = to.resolve()
    if keys_to is not None and _together(to, keys_to.resolve()):
        raise Refused("The keys belong in another place than the backup.", hint="Give another --keys-to.")
    if home.path in (to, *to.parents):
        raise Refused("A backup inside the home would be lost with it.", hint="Choose another folder.")
    key = backup_key.newest(home.keys)
    if keys_to is not None:
        _copy_keys(home, keys_to)
    name = f"belong-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    part, folder = to / f".{name}.part", to / name
    part.mkdir(parents=True, mode=0o700)
    try:
        manifest = _written(caller, part, key)
        part.replace(folder)
        _settle(to)
    except BaseException:  # also a person's Ctrl-C: half a backup is none
        shutil.rmtree(part, ignore_errors=True)
        raise
    with caller.writing() as tx:
        caller.record(tx, Event.BACKUP_MADE, name=name, key=key[0])
    return {
        "folder": folder,
        "rows": sum(manifest.tables.values()),
        "files": len(manifest.files),
        "bytes": sum(path.stat().st_size for path in folder.iterdir()),
        "key": key[0],
        "keys": keys_to,
    }


def _written(caller: Caller, part: Path, key: tuple[str, bytes]) -> Manifest:
    deployment, home = caller.deployment, caller.deployment.home
    schools = dump_store.every_school(deployment.database)
    manifest = Manifest(
        made_at=datetime.now(UTC).isoformat(),
        release=version("belong"),
        revision=str(current(deployment.database)),
        schools=sorted(schools),
        keys=_keys_now(home),
    )
    writer = Writer(part, key, manifest)
    try:
        for name, lines in dump_store.snapshot(deployment.database, schools):
            writer.add_table(name, lines)
        for name in _names(caller, schools):
            writer.add_file(name, home.path / name)
        if _keys_now(home) != manifest.keys:
            raise Refused("A key was rotated while the backup was made.", hint="Make the backup again.")
        writer.finish()
    except BaseException:
        writer.abandon()
        raise
    return manifest


def _keys_now(home: Home) -> dict[str, str]:
    """The keys that belong to the rows of this moment; Refused in the middle of a rotation, when none is sure to."""
    if (home.keys / NEXT_KEY).exists():
        raise Refused(
            "A rotation of the alias key is running or was cut off.",
            hint="Finish it with: belong keys rotate --home ...  and make the backup then.",
        )
    return {name: (home.keys / name).read_text("utf-8") for name in SEALED_KEYS}


def _names(caller: Caller, schools: frozenset[str]) -> list[str]:
    """Files to copy, relative to the home: what the manifest names of the lake, and whole folders."""
    home = caller.deployment.home
    with caller.deployment.database.reading(schools) as tx:
        lake = sorted(f"lake/{path}" for path in life_store.lake_paths(tx, schools))
    missing = [name for name in lake if not (home.path / name).exists()]
    if missing:
        raise Refused(
            f"{len(missing)} lake files that the manifest names are missing.",
            hint="Run: belong doctor --home ...  A backup without them could not be restored.",
        )
    folders = [
        str(path.relative_to(home.path))
        for folder in FOLDERS
        for path in sorted((home.path / folder).rglob("*"))
        if path.is_file() and not path.name.endswith(".part")
    ]
    return [name for name in SINGLE_FILES if (home.path / name).exists()] + lake + folders


def _copy_keys(home: Home, keys_to: Path) -> None:
    """Every key into other hands; versions of the backup key that lie there already stay."""
    keys_to.mkdir(parents=True, exist_ok=True, mode=0o700)
    backup_key.copy(home.keys, keys_to)
    for name in SEALED_KEYS:
        write_secret(keys_to / name, (home.keys / name).read_text("utf-8"))
    if anchor.path_of(home).exists():
        write_secret(keys_to / anchor.NAME, anchor.path_of(home).read_text("utf-8"))


def _settle(folder: Path) -> None:
    """Let a finished backup still stand in its folder after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _together(one: Path, other: Path) -> bool:
    return one == other or one in other.parents or other in one.parents
