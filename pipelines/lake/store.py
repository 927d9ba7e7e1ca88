"""Stores of a lake's bytes: a local folder or any object store pyarrow or fsspec can open by URL."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.fs as arrow_fs

from data_contracts.errors import Refused


@dataclass(frozen=True, slots=True)
class Store:
    """A root (folder path or URL such as `s3://bucket/lake?endpoint_override=…`) and plain file access.

    Names are relative, with forward slashes. A store carries no open handle, so it travels to workers.
    """

    root: str

    @classmethod
    def at(cls, root: str | Path) -> "Store":
        """The store at a folder or URL; a local folder becomes absolute so that workers agree on it."""
        text = str(root)
        return cls(text if "://" in text else str(Path(text).resolve()))

    @property
    def local(self) -> bool:
        """True where the files can be opened by path."""
        return "://" not in self.root or self.root.startswith("file://")

    def filesystem(self) -> tuple[Any, str]:
        """The pyarrow file system and the root's path inside it; Refused where the address is unknown."""
        try:
            if self.local:
                return arrow_fs.LocalFileSystem(), self.root.removeprefix("file://")
            return _open_url(self.root)
        except (ValueError, OSError, ImportError) as problem:
            raise Refused(
                f"The lake address {self.root.split('?')[0]} could not be opened.",
                hint="Give a folder, or a URL such as s3://bucket/prefix.",
            ) from problem

    def path(self, name: str) -> str:
        """The full path of a file inside the store's file system."""
        return str(PurePosixPath(self.filesystem()[1]) / name)

    def exists(self, name: str) -> bool:
        """True where a file of this name has been written."""
        system, base = self.filesystem()
        info = system.get_file_info(str(PurePosixPath(base) / name))
        return bool(info.type == arrow_fs.FileType.File)

    def read(self, name: str) -> bytes:
        """The bytes of one file; FileNotFoundError where there is none."""
        system, base = self.filesystem()
        with system.open_input_stream(str(PurePosixPath(base) / name)) as stream:
            data: bytes = stream.read()
        return data

    def modified(self, name: str) -> float | None:
        """Time a file was written or last used again, in seconds since 1970; None where there is none."""
        system, base = self.filesystem()
        info = system.get_file_info(str(PurePosixPath(base) / name))
        return info.mtime_ns / 1e9 if info.type == arrow_fs.FileType.File else None

    @contextmanager
    def locked(self, *, alone: bool) -> Iterator[None]:
        """Keep files from being deleted while others are written: writers together, whoever deletes alone.

        A file that stands already is used again by its content; between that look and the row that names it,
        nobody may take it for one that nothing names. An object store knows no such lock.
        """
        if not self.local:
            yield
            return
        folder = self.path("")
        os.makedirs(folder, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            yield
        finally:
            os.close(descriptor)

    def renewed(self, name: str) -> bool:
        """True where a file stands already; on a local disk it counts as written now."""
        if not self.local:
            return self.exists(name)
        try:
            os.utime(self.path(name))
        except FileNotFoundError:
            return False
        return True

    @contextmanager
    def writing(self, name: str) -> Iterator[Any]:
        """A stream for a large file; on a local disk the file appears only when it is whole."""
        system, base = self.filesystem()
        target = PurePosixPath(base) / name
        waiting = target.with_name(f".{target.name}.{os.getpid()}.part") if self.local else target
        if self.local:
            Path(target).parent.mkdir(parents=True, exist_ok=True)
        with system.open_output_stream(str(waiting)) as stream:
            yield stream
        if self.local:
            Path(waiting).replace(target)

    def delete(self, name: str) -> None:
        """Delete a file; nothing happens where there is none."""
        system, base = self.filesystem()
        if self.exists(name):
            system.delete_file(str(PurePosixPath(base) / name))

    def write(self, name: str, data: bytes) -> str:
        """Write a file whole (never half, on a local disk) and return its sha256."""
        system, base = self.filesystem()
        target = PurePosixPath(base) / name
        if self.local:
            _write_locally(Path(target), data)
        else:
            with system.open_output_stream(str(target)) as stream:
                stream.write(data)
        return hashlib.sha256(data).hexdigest()


def _open_url(url: str) -> tuple[Any, str]:
    """pyarrow's own file systems first; any other scheme through fsspec."""
    try:
        return arrow_fs.FileSystem.from_uri(url)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        from fsspec.core import url_to_fs

        system, path = url_to_fs(url)
        return arrow_fs.PyFileSystem(arrow_fs.FSSpecHandler(system)), path


def _write_locally(target: Path, data: bytes) -> None:
    """Temporary file, flush to disk, rename: a crash leaves the old state or the new one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    waiting = target.with_name(f".{target.name}.{os.getpid()}.part")
    with waiting.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    waiting.replace(target)
