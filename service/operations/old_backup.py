"""Backups of the first release: readable by anyone who has them, and changed by anyone without a trace.

They carry hashes, which find damage but no forger. So they are restored only where a person says so; even then no
link is followed, no name leaves the home, and an old model's file runs nothing.
"""

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data_contracts.errors import Refused
from service.core.homes import ALIAS_KEY, UPLOAD_KEY
from service.operations.archive import HEADER, Manifest, write_new
from service.operations.backup_names import ANOTHER, check_names, shown
from service.operations.sealed_stream import CHUNK

FORMAT = 1
KEYS = (ALIAS_KEY, UPLOAD_KEY)
SWITCH = "--unauthenticated-old-backup"
SHAPE: dict[str, type] = {
    "made_at": str, "release": str, "revision": str, "schools": list, "tables": dict, "files": dict, "keys": dict,
}  # fmt: skip


class OldBackup:
    """A backup of format 1, its shape, names and keys checked; `check` compares every file with its hash."""

    def __init__(self, folder: Path, header: dict[str, Any], keys: Path) -> None:
        self._folder = folder
        _check_shape(header)
        self._files: dict[str, str] = header["files"]
        self._tables: dict[str, str] = {name: entry["sha256"] for name, entry in header["tables"].items()}
        check_names(self._files)
        self.manifest = Manifest(
            made_at=header["made_at"],
            release=header["release"],
            revision=header["revision"],
            schools=header["schools"],
            tables={name: entry["rows"] for name, entry in header["tables"].items()},
            keys=_fitting(header["keys"], keys),
        )

    @property
    def files(self) -> list[str]:
        return list(self._files)

    def check(self) -> None:
        """Raises Refused where a file is missing, a link, or not the one of its hash."""
        for name, digest in {
            **self._files,
            **{_lies_at(table): h for table, h in self._tables.items()},
        }.items():
            known = hashlib.sha256()
            for block in self._blocks(name):
                known.update(block)
            if known.hexdigest() != digest:
                raise Refused(
                    f"The backup's file {shown(name)} is changed; nothing was restored.", hint=ANOTHER
                )

    def tables(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Each table and its rows as lines, in the order they were written."""
        for name in self._tables:
            yield name, self._lines(name)

    def put_files(self, home: Path) -> None:
        """Write the home's files below an empty folder."""
        for name in self._files:
            write_new(home, name, self._blocks(name))

    def _lines(self, table: str) -> Iterator[bytes]:
        with os.fdopen(self._descriptor(_lies_at(table)), "rb") as file, gzip.open(file) as lines:
            try:
                yield from lines
            except (OSError, EOFError, zlib.error) as problem:
                raise Refused(f"The rows of {shown(table)} can't be read.", hint=ANOTHER) from problem

    def _blocks(self, name: str) -> Iterator[bytes]:
        with os.fdopen(self._descriptor(name), "rb") as file:
            while block := file.read(CHUNK):
                yield block

    def _descriptor(self, name: str) -> int:
        """A file below the backup's folder, reached without a link on the way."""
        root = self._folder.resolve()
        path = root / name
        if path.resolve() != path:
            raise Refused(
                f"The backup's file {shown(name)} is a link or lies behind one; nothing was restored.",
                hint=ANOTHER,
            )
        if not path.is_file():
            raise Refused(f"The backup's file {shown(name)} is missing; nothing was restored.", hint=ANOTHER)
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW)


def must_be_wanted() -> Refused:
    """Why such a backup is not restored without more ado."""
    return Refused(
        "This backup was made by a release that did not protect its backups, so nothing can show whether somebody "
        "changed it; it was not restored.",
        hint=f"If it never left your hands, say so: belong restore … {SWITCH}",
    )


def key_fingerprint(path: Path) -> str:
    """What tells that a key of the first release is the right one, without telling the key."""
    return hashlib.sha256(b"belong key\x00" + path.read_bytes().strip()).hexdigest()[:32]


def _lies_at(table: str) -> str:
    return f"database/{table}.jsonl.gz"


def _check_shape(header: dict[str, Any]) -> None:
    """Raises Refused where the header is not of the form the first release wrote."""
    fits = all(isinstance(header.get(part), kind) for part, kind in SHAPE.items())
    fits = fits and all(isinstance(one, str) for one in (*header["schools"], *header["files"].values()))
    fits = fits and all(
        name.replace("_", "").isalnum() and isinstance(entry, dict)
        and isinstance(entry.get("sha256"), str) and isinstance(entry.get("rows"), int)
        for name, entry in header["tables"].items()
    )  # fmt: skip
    if not fits:
        raise Refused(f"{HEADER} of this backup can't be read; nothing was restored.", hint=ANOTHER)


def _fitting(fingerprints: dict[str, Any], keys: Path) -> dict[str, str]:
    """The texts of the keys, which lie apart; Refused where one is missing or another one."""
    for name in KEYS:
        path = keys / name
        if not path.exists() or key_fingerprint(path) != fingerprints.get(name):
            raise Refused(f"{name} is missing or not the key of this backup.", hint="Ask its custodian.")
    return {name: (keys / name).read_text("utf-8") for name in KEYS}
