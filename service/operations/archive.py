"""A sealed backup: three files of neutral names that tell nobody anything without the backup key.

    backup.json      when, by which release, under which version of the key; authenticated by a MAC
    manifest.sealed  every file with size and sha256, every table with its rows, the other keys
    content.sealed   tables and files, one after the other, as a tar

Both sealed files are streams (`sealed_stream`) under keys derived for this backup alone.
"""

import gzip
import hashlib
import hmac
import io
import itertools
import json
import os
import secrets
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from data_contracts.errors import Refused
from service.operations.backup_names import ANOTHER, check_names, shown
from service.operations.sealed_stream import CHUNK, Opener, Sealer, stream_key

FORMAT = 2
HEADER, MANIFEST, CONTENT = "backup.json", "manifest.sealed", "content.sealed"
SEALED = (MANIFEST, CONTENT)
TABLES = "database/"
PIECE = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the content, or a piece of a table."""

    name: str
    size: int
    sha256: str


@dataclass
class Manifest:
    """What a backup holds. `tables` counts rows, `keys` are the home's other key files."""

    made_at: str
    release: str
    revision: str
    schools: list[str]
    tables: dict[str, int] = field(default_factory=dict)
    members: list[Member] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)

    @property
    def files(self) -> list[str]:
        """The files of the home, without the tables' pieces."""
        return [one.name for one in self.members if not one.name.startswith(TABLES)]


class Writer:
    """Writes a backup into an empty folder: tables, then files, then `finish`."""

    def __init__(self, folder: Path, key: tuple[str, bytes], manifest: Manifest) -> None:
        self._folder, (self._key_id, self._key), self._manifest = folder, key, manifest
        self._salt = secrets.token_bytes(32)
        self._content = Sealer(folder / CONTENT, stream_key(self._key, self._salt, CONTENT))
        self._tar = tarfile.open(  # noqa: SIM115  # closed by `finish`
            fileobj=self._content, mode="w|", bufsize=CHUNK, format=tarfile.PAX_FORMAT
        )
        self._tar.copybufsize = CHUNK  # type: ignore[attr-defined]  # in small pieces it copies all it holds each time

    def add_table(self, name: str, lines: Iterable[bytes]) -> None:
        """A table's rows, in pieces that fit in memory; no row ever lies on the disk in the clear."""
        rows, number, piece = 0, 0, io.BytesIO()
        for line in lines:
            piece.write(line)
            rows += 1
            if piece.tell() >= PIECE:
                number, piece = self._add_piece(name, number, piece), io.BytesIO()
        if piece.tell():
            self._add_piece(name, number, piece)
        self._manifest.tables[name] = rows

    def add_file(self, name: str, path: Path) -> None:
        """A file of the home as it is now; Refused where it changes while it is read."""
        with path.open("rb") as handle:
            self._add(name, os.fstat(handle.fileno()).st_size, handle)

    def finish(self) -> None:
        """Close the content, seal the manifest and sign both."""
        self._tar.close()
        self._content.close()
        with Sealer(self._folder / MANIFEST, stream_key(self._key, self._salt, MANIFEST)) as sealer:
            sealer.write(json.dumps(asdict(self._manifest), ensure_ascii=False).encode())
        header = {
            "format": FORMAT,
            "made_at": self._manifest.made_at,
            "release": self._manifest.release,
            "key": self._key_id,
            "salt": self._salt.hex(),
            "sizes": {name: (self._folder / name).stat().st_size for name in SEALED},
        }
        with (self._folder / HEADER).open("xb") as handle:
            handle.write(_header_bytes({**header, "mac": _mac(self._key, header)}))
            handle.flush()
            os.fsync(handle.fileno())

    def abandon(self) -> None:
        """Let go of the files after a failure."""
        self._content.close()

    def _add_piece(self, table: str, number: int, piece: io.BytesIO) -> int:
        data = gzip.compress(piece.getvalue(), compresslevel=5, mtime=0)
        self._add(f"{TABLES}{table}/{number:06d}.jsonl.gz", len(data), io.BytesIO(data))
        return number + 1

    def _add(self, name: str, size: int, handle: BinaryIO) -> None:
        info = tarfile.TarInfo(name)
        info.size = size
        counted = _Counted(handle)
        try:
            self._tar.addfile(info, counted)
        except OSError as problem:
            if counted.size == size:
                raise
            raise Refused(
                f"{shown(name)} changed while it was copied.", hint="Make the backup again."
            ) from problem
        self._manifest.members.append(Member(name, size, counted.digest.hexdigest()))


class _Counted(io.RawIOBase):
    """A file whose bytes are hashed as they are read."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle, self.digest, self.size = handle, hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        data = self._handle.read(size)
        self.digest.update(data)
        self.size += len(data)
        return data


class SealedBackup:
    """A backup whose header and manifest are authentic; `check` reads the whole content once."""

    def __init__(self, folder: Path, known: dict[str, bytes]) -> None:
        """Open a backup with the versions of the backup key, by id; Refused, in a sentence, where anything
        about its header or manifest is not as it was made."""
        header = _header(folder, known)
        self._folder, self._salt = folder, bytes.fromhex(header["salt"])
        self._key = known[header["key"]]
        _check_files(folder, header["sizes"])
        with self._opened(MANIFEST) as opener:
            plain = json.loads(opener.readall() or b"")
        members = [Member(**one) for one in plain.pop("members")]
        self.manifest = Manifest(**plain, members=members)
        check_names(self.files)

    @property
    def files(self) -> list[str]:
        """The files of the home, by their names."""
        return self.manifest.files

    def check(self) -> None:
        """Raises Refused unless the content holds exactly what the manifest lists, every byte of it."""
        for _, blocks in self._contents():
            for _ in blocks:
                pass

    def tables(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Each table and its rows as lines, in the order they were written. Read each before the next."""
        pieces = (pair for pair in self._contents(only_tables=True) if pair[0].startswith(TABLES))
        for name, group in itertools.groupby(pieces, key=lambda pair: pair[0].split("/")[1]):
            yield name, (line for _, blocks in group for line in _lines(b"".join(blocks)))

    def put_files(self, home: Path) -> None:
        """Write the home's files below an empty folder."""
        for name, blocks in self._contents():
            if not name.startswith(TABLES):
                write_new(home, name, blocks)

    def _contents(self, *, only_tables: bool = False) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Every member with its bytes, in order; each is read to its end before the next."""
        expected = iter(self.manifest.members)
        with self._opened(CONTENT) as opener, tarfile.open(fileobj=opener, mode="r|", bufsize=CHUNK) as tar:
            for info in tar:
                member = next(expected, None)
                _check_member(info, member, self.manifest.members)
                if only_tables and not info.name.startswith(TABLES):
                    return
                handle, wanted = tar.extractfile(info), member
                if handle is not None and wanted is not None:
                    yield info.name, _blocks(handle, wanted)
            if next(expected, None) is not None:
                raise _changed("less than its list names")
            while opener.read(CHUNK):
                pass

    @contextmanager
    def _opened(self, name: str) -> Iterator[Opener]:
        descriptor = os.open(self._folder / name, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as file:
            try:
                yield Opener(file, stream_key(self._key, self._salt, name), name)
            except (tarfile.TarError, ValueError, TypeError, KeyError) as problem:
                raise _changed(f"something that can't be read ({type(problem).__name__})") from problem


def write_new(home: Path, name: str, blocks: Iterable[bytes]) -> None:
    """Write a file of the home that must not be there yet."""
    target = home / name
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
        for block in blocks:
            handle.write(block)


def read_header(folder: Path) -> dict[str, Any]:
    """The header as it stands, not yet authenticated; Refused where there is none."""
    path = folder / HEADER
    if path.is_symlink() or not path.is_file():
        raise Refused(f"{folder} is not a finished backup.", hint="Choose a folder named belong-....")
    try:
        header = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict) or not isinstance(header.get("format"), int):
        raise Refused(f"{HEADER} of this backup can't be read; nothing was restored.", hint=ANOTHER)
    return header


def _header(folder: Path, known: dict[str, bytes]) -> dict[str, Any]:
    header = read_header(folder)
    key = known.get(str(header.get("key")))
    if key is None:
        raise Refused(
            f"The backup.key given is not the one of this backup, which was made with version "
            f"{shown(str(header.get('key'))[:16])}.",
            hint="Give the folder with the backup.key of the home it was made from: --keys FOLDER",
        )
    as_made = _header_bytes(header) == (folder / HEADER).read_bytes()
    mac = str(header.pop("mac", "")).encode()
    if not as_made or not hmac.compare_digest(mac, _mac(key, header).encode()):
        raise Refused(f"{HEADER} of this backup was changed or forged; nothing was restored.", hint=ANOTHER)
    return header


def _header_bytes(signed: dict[str, Any]) -> bytes:
    return (json.dumps(signed, indent=1) + "\n").encode()


def _mac(key: bytes, header: dict[str, Any]) -> str:
    body = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    salt = str(header.get("salt", "")).encode()
    return hmac.new(stream_key(key, salt, HEADER), body, "sha256").hexdigest()


def _check_files(folder: Path, sizes: dict[str, int]) -> None:
    """The three files, whole, and nothing beside them."""
    for path in folder.iterdir():
        if path.name not in (HEADER, *SEALED):
            raise Refused(
                f"The backup's folder holds {shown(path.name)}, which is no part of it; nothing was restored.",
                hint="Look where it came from; take it out if you put it there yourself.",
            )
    for name in SEALED:
        path = folder / name
        if path.is_symlink() or not path.is_file():
            raise Refused(
                f"{name} of this backup is missing; nothing was restored.", hint="Use another backup."
            )
        if path.stat().st_size != sizes[name]:
            raise Refused(
                f"{name} of this backup has {path.stat().st_size} bytes and not the {sizes[name]} it was made with; "
                "nothing was restored.",
                hint="It was cut off or added to: copy it again, or use another backup.",
            )


def _check_member(info: tarfile.TarInfo, member: Member | None, members: list[Member]) -> None:
    if not info.isreg():
        raise _changed(f"{shown(info.name)}, which is a link or no file")
    if member is None or info.name != member.name:
        known = any(one.name == info.name for one in members)
        raise _changed(
            f"{shown(info.name)}" + (" twice or out of its place" if known else ", which its list lacks")
        )
    if info.size != member.size:
        raise _changed(f"{shown(info.name)} in another size than its list names")


def _blocks(handle: Any, member: Member) -> Iterator[bytes]:
    digest = hashlib.sha256()
    while block := handle.read(CHUNK):
        digest.update(block)
        yield block
    if digest.hexdigest() != member.sha256:
        raise _changed(f"{shown(member.name)} with other bytes than its list names")


def _lines(piece: bytes) -> Iterator[bytes]:
    return (line for line in gzip.decompress(piece).split(b"\n") if line)


def _changed(what: str) -> Refused:
    return Refused(f"The backup holds {what}; nothing was restored.", hint=ANOTHER)
