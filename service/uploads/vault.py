"""Raw uploads on disk: sealed, each upload's by itself, deleted when their time is over."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from data_contracts.errors import Refused
from service.homes import Home
from service.uploads.sealing import Sealing, unsealed

MOST_FILES = 40
NAME_BYTES = 150
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


def _checked_names(files: Sequence[tuple[str, bytes | Sealing]]) -> list[str]:
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
        raise Refused("A file has no usable name.", hint="Rename it, for example Attendance.csv.")
    return plain


@contextmanager
def opened(home: Home, files: Iterable[dict[str, Any]], within: Path | None = None) -> Iterator[list[Path]]:
    """The files as plain bytes in a private folder, `within` another where one is named, gone afterwards."""
    with TemporaryDirectory(dir=within or home.work, prefix="upload-") as folder:
        paths = []
        for entry in files:
            sealed = home.uploads / entry["stored"]
            if not sealed.exists():
                raise Refused("The raw files of this upload are no longer kept.", hint="Upload them again.")
            path = Path(folder) / entry["name"]
            path.write_bytes(unsealed(home, sealed))
            paths.append(path)
        yield paths
