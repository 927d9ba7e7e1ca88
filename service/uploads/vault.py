"""Raw uploads on disk: encrypted, named by content, deleted when their time is over; opened in memory alone."""

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from data_contracts.errors import Held, Refused
from data_contracts.reading.sources import Source, in_hand
from service.homes import Home

MOST_FILES = 40
NAME_BYTES = 200  # of a name as a file system counts it: 255 at most, and something may stand behind it


def keep(home: Home, school: str, files: Iterable[tuple[str, bytes]]) -> list[dict[str, Any]]:
    """Store files encrypted; returns what is known of each: name, size, sha256, stored.

    Refused for no file, an empty one, too many, or a name that leads elsewhere; nothing is written then.
    """
    given = _checked(files)
    folder = home.uploads / school
    folder.mkdir(mode=0o700, exist_ok=True)
    cipher, kept = home.upload_cipher(), list[dict[str, Any]]()
    with held(home, alone=False):
        for name, data in given:
            digest = hashlib.sha256(data).hexdigest()
            path = folder / f"{digest}.sealed"
            if not _renewed(path):
                _write(path, cipher.encrypt(data))
            entry = {"name": name, "size": len(data), "sha256": digest, "stored": f"{school}/{path.name}"}
            kept.append(entry)
    return kept


def _checked(files: Iterable[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """The files by the names they are kept under, all looked at before the first is written."""
    given = [(file_name(name), data) for name, data in files]
    if not given:
        raise Refused("No file was sent.", hint="Choose the term's extracts and send them together.")
    if len(given) > MOST_FILES:
        raise Refused(f"That is more than {MOST_FILES} files.", hint="Send one term at a time.")
    if len({name.lower() for name, _ in given}) != len(given):
        raise Refused("Two files have the same name.", hint="Rename one of them and send them again.")
    for name, data in given:
        if not data:
            raise Refused(f"{name} is empty.", hint="Export it again and look at its size.")
    return given


@contextmanager
def held(home: Home, *, alone: bool) -> Iterator[None]:
    """Keep sealed files from going while a row begins to name them: those together, whoever deletes alone.

    A file that stands already is used again by its content; nobody may take it for one that nothing names
    between that look and the commit. Whoever holds this alone may read the database and not write to it.
    """
    descriptor = os.open(home.uploads, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def _renewed(path: Path) -> bool:
    """Whether a sealed file stands already; it counts as written now, so that no sweep takes it as left behind."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def must_be_kept(home: Home, kept: Iterable[dict[str, Any]]) -> None:
    """Held where one of these files went before its row was written: as when a sweep took it for left behind."""
    if not all((home.uploads / entry["stored"]).exists() for entry in kept):
        raise Held("These files could not be saved.", hint="Send them again.")


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
    cipher, found = home.upload_cipher(), []
    for entry in files:
        try:
            sealed = (home.uploads / entry["stored"]).read_bytes()
        except FileNotFoundError:
            raise Refused("The files of this upload have been deleted.", hint="Upload them again.") from None
        found.append(in_hand(entry["name"], cipher.decrypt(sealed)))
    return found


def _write(path: Path, data: bytes) -> None:
    """Write a sealed file whole or not at all, so that its name can be believed after a crash."""
    part = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    part.replace(path)
