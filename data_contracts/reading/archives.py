"""Zip files: sizes checked, both declared and real, and names never used to write anything."""

import io
import struct
import zipfile
import zlib
from pathlib import PurePosixPath

MAX_MEMBERS = 500
MAX_TOTAL_BYTES = 400 * 1024 * 1024
MAX_RATIO = 250  # real extracts compress 5 to 30 times
_RATIO_FREE_BYTES = 20 * 1024 * 1024  # below this size a high ratio does no harm
_CHUNK = 1 << 20


_LEFT_BY_SYSTEMS = ("thumbs.db", "desktop.ini")
# what zipfile raises for bytes that are no sound archive
_BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, ValueError, OSError, EOFError, NotImplementedError, RuntimeError,
)  # fmt: skip


class ArchiveRefused(Exception):
    """The archive is not opened; `rule` names the fault."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def _directory(data: bytes) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except _BROKEN as error:
        raise ArchiveRefused("archive_broken") from error
    if not all(member.filename for member in members):
        raise ArchiveRefused("archive_broken")
    if len(members) > MAX_MEMBERS or sum(m.file_size for m in members) > MAX_TOTAL_BYTES:
        raise ArchiveRefused("archive_too_large")
    if any(member.flag_bits & 0x1 for member in members):
        raise ArchiveRefused("archive_locked")
    return members


def _real_size(data: bytes, member: zipfile.ZipInfo, allowed: int) -> int:
    """Bytes the member really unpacks to, counted without keeping them; stops at `allowed`."""
    header = data[member.header_offset : member.header_offset + 30]
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise ArchiveRefused("archive_broken")
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    start = member.header_offset + 30 + name_length + extra_length
    packed = data[start : start + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        return len(packed)
    if member.compress_type != zipfile.ZIP_DEFLATED:
        raise ArchiveRefused("archive_broken")
    inflater, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
    try:
        while packed and not inflater.eof:
            size += len(inflater.decompress(packed, _CHUNK))
            packed = inflater.unconsumed_tail
            if size > allowed:
                raise ArchiveRefused("archive_too_large")
    except zlib.error as error:
        raise ArchiveRefused("archive_broken") from error
    return size


def check_sizes(data: bytes) -> list[zipfile.ZipInfo]:
    """The members of an archive whose declared and real sizes are both bearable; else ArchiveRefused."""
    members = _directory(data)
    left = max(_RATIO_FREE_BYTES, min(MAX_TOTAL_BYTES, MAX_RATIO * len(data)))
    for member in members:
        left -= _real_size(data, member, left)
    return members


def _safe_name(name: str) -> str:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or not path.parts or ".." in path.parts or "\0" in name or ":" in path.parts[0]:
        raise ArchiveRefused("archive_names")
    return path.as_posix()


def read_members(data: bytes, suffixes: frozenset[str]) -> tuple[list[tuple[str, bytes]], list[str]]:
    """(name, bytes) of the members with one of `suffixes`, and the names of those left closed; ArchiveRefused
    when the archive is not safe.

    Nothing is written to disk, and a zip inside a zip is not opened.
    """
    found, closed = [], []
    members = [member for member in check_sizes(data) if not member.is_dir()]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in members:
            name = _safe_name(member.filename)
            base = PurePosixPath(name)
            if (
                base.name.startswith((".", "~$"))
                or "__MACOSX" in name
                or base.name.lower() in _LEFT_BY_SYSTEMS
            ):
                continue
            if base.suffix.lower() not in suffixes:
                closed.append(name)
                continue
            try:
                found.append((name, archive.read(member)))
            except _BROKEN as error:
                raise ArchiveRefused("archive_broken") from error
    return sorted(found), sorted(closed)
