"""A backup of one moment: database, lake, registry and sealed uploads in one folder, the keys in another.

Lake files never change and the registry only grows, so copying them after the database's snapshot is safe.
"""

import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from data_contracts.errors import Refused
from service.audit import Event
from service.callers import Caller
from service.db import dump_store, life_store
from service.db.migrate import current
from service.homes import ALIAS_KEY, UPLOAD_KEY, Home, write_secret
from service.life.erasing import LEDGER

FORMAT = 1
MANIFEST = "backup.json"
SINGLE_FILES = ("governance.toml", "belong.toml", "published.csv", LEDGER, "lake/lake.json")
FOLDERS = ("registry", "uploads")
KEYS = (ALIAS_KEY, UPLOAD_KEY)
BLOCK = 1024 * 1024


def make_backup(caller: Caller, to: Path, *, keys_to: Path | None = None) -> dict[str, Any]:
    """Write a backup under `to`, the keys (if asked for) under `keys_to`: {folder, rows, files, bytes, keys}.

    Refused where both would lie together, or where a lake file that the manifest names is missing.
    """
    home = caller.deployment.home
    to = to.resolve()
    if keys_to is not None and _together(to, keys_to.resolve()):
        raise Refused("The keys belong in another place than the backup.", hint="Give another --keys-to.")
    if home.path in (to, *to.parents):
        raise Refused("A backup inside the home would be lost with it.", hint="Choose another folder.")
    name = f"belong-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    part, folder = to / f".{name}.part", to / name
    part.mkdir(parents=True, mode=0o700)
    with caller.writing() as tx:
        caller.record(tx, Event.BACKUP_MADE, name=name)
    manifest = _written(caller, part)
    (part / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
    part.replace(folder)
    if keys_to is not None:
        _copy_keys(home, keys_to)
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {
        "folder": folder,
        "rows": sum(entry["rows"] for entry in manifest["tables"].values()),
        "files": len(files),
        "bytes": sum(path.stat().st_size for path in files),
        "keys": keys_to,
    }


def verified(folder: Path) -> dict[str, Any]:
    """The manifest of a backup whose every file is there and unchanged; Refused otherwise."""
    path = folder / MANIFEST
    if not path.exists():
        raise Refused(f"{folder} is not a finished backup.", hint="Choose a folder named belong-....")
    manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
    if manifest["format"] != FORMAT:
        raise Refused("This backup has another format.", hint="Restore it with the release that made it.")
    expected = {f"database/{name}.jsonl.gz": entry["sha256"] for name, entry in manifest["tables"].items()}
    for name, digest in {**manifest["files"], **expected}.items():
        if not (folder / name).exists() or file_hash(folder / name) != digest:
            raise Refused(f"The backup's file {name} is missing or changed.", hint="Use another backup.")
    return manifest


def table_lines(folder: Path, name: str) -> Iterator[bytes]:
    """The rows of one table of a backup."""
    with gzip.open(folder / "database" / f"{name}.jsonl.gz", "rb") as handle:
        yield from handle


def key_fingerprint(path: Path) -> str:
    """What tells that a key is the right one, without telling the key."""
    return hashlib.sha256(b"belong key\x00" + path.read_bytes().strip()).hexdigest()[:32]


def file_hash(path: Path) -> str:
    """The sha256 of a file, read in blocks."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _written(caller: Caller, part: Path) -> dict[str, Any]:
    deployment, home = caller.deployment, caller.deployment.home
    made_at = datetime.now(UTC).isoformat()
    schools = dump_store.every_school(deployment.database)
    tables = {}
    (part / "database").mkdir()
    for name, lines in dump_store.snapshot(deployment.database, schools):
        path = part / "database" / f"{name}.jsonl.gz"
        tables[name] = {"rows": _write_lines(path, lines), "sha256": file_hash(path)}
    files = {name: _copy(home.path, part, name) for name in _names(caller, schools)}
    return {
        "format": FORMAT,
        "made_at": made_at,
        "release": version("belong"),
        "revision": current(deployment.database),
        "schools": sorted(schools),
        "tables": tables,
        "files": files,
        "keys": {name: key_fingerprint(home.keys / name) for name in KEYS},
    }


def _write_lines(path: Path, lines: Iterable[bytes]) -> int:
    count = 0
    with gzip.open(path, "wb", compresslevel=5) as handle:
        for line in lines:
            handle.write(line)
            count += 1
    return count


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


def _copy(source: Path, target: Path, name: str) -> str:
    (target / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source / name, target / name)
    os.chmod(target / name, 0o600)
    return file_hash(target / name)


def _copy_keys(home: Home, keys_to: Path) -> None:
    keys_to.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in KEYS:
        write_secret(keys_to / name, (home.keys / name).read_text("utf-8"))


def _together(one: Path, other: Path) -> bool:
    return one == other or one in other.parents or other in one.parents
