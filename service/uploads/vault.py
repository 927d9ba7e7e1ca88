"""Raw uploads on disk: sealed, each upload's by itself, deleted when their time is over; opened in memory alone."""

import fcntl
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from data_contracts.errors import Held, Refused
from data_contracts.reading.sources import Source, in_hand
from service.core.homes import Home
from service.uploads.sealing import Sealing, unsealed

MOST_FILES = 40
NAME_BYTES = 200
"""Of a name as disks count it: they take 255, and what is made of a file is named after it."""


def keep(home: Home, school: str, files: Iterable[tuple[str, bytes | Sealing]]) -> list[dict[str, Any]]:
    """Store files sealed; returns what is known of each: name, size, sha256, stored.

    Refused for no file, an empty one, too many, or a name that leads elsewhere; all is looked at before anything
    is stored, and nothing stays of what is refused.
    """
    given = list(files)
    names = _checked_names(given)
    sealing = [_sealing(home, data) for _, data in given]
    folder = home.uploads / school
    folder.mkdir(mode=0o700, exist_ok=True)
    kept: list[dict[str, Any]] = []
    try:
        with locked(home, alone=False):
            for name, file in zip(names, sealing, strict=True):
                file.end()
                stored = f"{school}/{file.sha256}-{secrets.token_hex(4)}.sealed"
                file.keep(home.uploads / stored)
                kept.append({"name": name, "size": file.size, "sha256": file.sha256, "stored": stored})
    except BaseException:
        forget(home, kept)
        raise
    finally:
        for file in sealing:
            file.close()
    return kept


def forget(home: Home, kept: Iterable[dict[str, Any]]) -> None:
    """Take back what `keep` has stored, where no upload came of it."""
    for entry in kept:
        (home.uploads / entry["stored"]).unlink(missing_ok=True)


@contextmanager
def locked(home: Home, *, alone: bool) -> Iterator[None]:
    """Keep sealed files from going while a row begins to name them: those together, whoever deletes alone.

    Nobody may take a file for one that nothing names between its writing and the commit. Whoever holds this
    alone may read the database and not write to it.
    """
    descriptor = os.open(home.uploads, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def must_be_kept(home: Home, kept: Iterable[dict[str, Any]]) -> None:
    """Held where one of these files went before its row was written: as when a sweep took it for left behind."""
    if not all((home.uploads / entry["stored"]).exists() for entry in kept):
        raise Held("These files could not be saved.", hint="Send them again.")


def _checked_names(files: Sequence[tuple[str, bytes | Sealing]]) -> list[str]:
    """The names the files are kept under, all looked at before the first is stored."""
    if not files:
        raise Refused("No file was sent.", hint="Choose the term's extracts and send them together.")
    if len(files) > MOST_FILES:
        raise Refused(f"That is more than {MOST_FILES} files.", hint="Send one term at a time.")
    names = [file_name(name) for name, _ in files]
    if len({name.casefold() for name in names}) != len(names):
        raise Refused("Two files have the same name.", hint="Rename one of them and send them again.")
    for name, (_, data) in zip(names, files, strict=True):
        if not (len(data) if isinstance(data, bytes) else data.size):
            raise Refused(f"{name} is empty.", hint="Export it again and look at its size.")
    return names


def _sealing(home: Home, data: bytes | Sealing) -> Sealing:
    if isinstance(data, Sealing):
        return data
    made = Sealing(home)
    made.write(data)
    return made


def file_name(given: str) -> str:
    """The last part of a file's name, without anything that could lead elsewhere."""
    name = given.replace("\\", "/").rsplit("/", 1)[-1].strip()
    plain = "".join(letter for letter in name if letter.isprintable())
    if not plain or plain.startswith(".") or len(plain.encode()) > NAME_BYTES:
        hint = "Rename it, for example Attendance.csv; a name may have 200 letters, or some 50 emoji."
        raise Refused("A file has no usable name.", hint=hint)
    return plain


def opened(home: Home, files: Iterable[dict[str, Any]]) -> list[Source]:
    """The files as plain bytes in memory. They never lie on a disk: what a killed process leaves there stays."""
    found = []
    for entry in files:
        try:
            data = unsealed(home, home.uploads / entry["stored"])
        except FileNotFoundError:
            raise Refused("The files of this upload have been deleted.", hint="Upload them again.") from None
        found.append(in_hand(entry["name"], data))
    return found
