"""Raw uploads on disk: encrypted, named by content, deleted when their time is over."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from data_contracts.errors import Refused
from service.homes import Home

MOST_FILES = 40
NAME_LENGTH = 150


def keep(home: Home, school: str, files: Iterable[tuple[str, bytes]]) -> list[dict[str, Any]]:
    """Store files encrypted; returns what is known of each: name, size, sha256, stored.

    Refused for no file, an empty one, too many, or a name that leads elsewhere.
    """
    kept: list[dict[str, Any]] = []
    cipher = home.upload_cipher()
    folder = home.uploads / school
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, data in files:
        safe = file_name(name)
        if not data:
            raise Refused(f"{safe} is empty.", hint="Export it again and look at its size.")
        digest = hashlib.sha256(data).hexdigest()
        path = folder / f"{digest}.sealed"
        if not path.exists():
            _write(path, cipher.encrypt(data))
        kept.append({"name": safe, "size": len(data), "sha256": digest, "stored": f"{school}/{path.name}"})
    names = [entry["name"].lower() for entry in kept]
    if not kept:
        raise Refused("No file was sent.", hint="Choose the term's extracts and send them together.")
    if len(kept) > MOST_FILES:
        raise Refused(f"That is more than {MOST_FILES} files.", hint="Send one term at a time.")
    if len(set(names)) != len(names):
        raise Refused("Two files have the same name.", hint="Rename one of them and send them again.")
    return kept


def file_name(given: str) -> str:
    """The last part of a file's name, without anything that could lead elsewhere."""
    name = given.replace("\\", "/").rsplit("/", 1)[-1].strip()
    plain = "".join(letter for letter in name if letter.isprintable())
    if not plain or plain.startswith(".") or len(plain) > NAME_LENGTH:
        raise Refused("A file has no usable name.", hint="Rename it, for example Attendance.csv.")
    return plain


@contextmanager
def opened(home: Home, files: Iterable[dict[str, Any]]) -> Iterator[list[Path]]:
    """The files as plain bytes in a private folder that is gone afterwards."""
    cipher = home.upload_cipher()
    with TemporaryDirectory(dir=home.work, prefix="upload-") as folder:
        paths = []
        for entry in files:
            sealed = home.uploads / entry["stored"]
            if not sealed.exists():
                raise Refused("The files of this upload have been deleted.", hint="Upload them again.")
            path = Path(folder) / entry["name"]
            path.write_bytes(cipher.decrypt(sealed.read_bytes()))
            paths.append(path)
        yield paths


def _write(path: Path, data: bytes) -> None:
    """Write a sealed file whole or not at all, so that its name can be believed after a crash."""
    part = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    part.replace(path)
