"""A stream of any length, encrypted and authenticated in chunks: flat memory, and no chunk can be moved or left out.

The STREAM construction over AES-256-GCM: each chunk's nonce is its number and whether it is the last, so a chunk
that was changed, moved, doubled or cut off does not open, nor does a stream that ends early or goes on. A key is
derived for one stream alone (`stream_key`), so that a nonce never meets the same key twice.
"""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from data_contracts.errors import Refused

CHUNK = 1024 * 1024
TAG = 16
MOST_CHUNKS = 2**32


class NotAsSealed(Refused):
    """The stream is not what was sealed under this key."""

    def __init__(self, name: str, number: int) -> None:
        super().__init__(
            f"{name} of this backup was changed or damaged at chunk {number + 1}; nothing was restored.",
            hint="Copy it again or use another backup; save this one for your data protection officer.",
        )


def stream_key(key: bytes, salt: bytes, purpose: str) -> bytes:
    """A key for one use, from a key that is kept and a salt that is used once."""
    return HKDF(hashes.SHA256(), 32, salt, b"belong backup 2 " + purpose.encode()).derive(key)


class Sealer(io.RawIOBase):
    """A file that encrypts what is written to it; `close` writes the last chunk and brings all to the disk."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._cipher, self._number, self._waiting = AESGCM(key), 0, bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        with memoryview(data) as view:  # type: ignore[arg-type]  # whatever has bytes
            self._waiting += view
            size = view.nbytes
        while len(self._waiting) > CHUNK:  # one byte more: the last chunk is known only at the end
            self._put(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return size

    def close(self) -> None:
        if self.closed:
            return
        try:
            self._put(bytes(self._waiting), last=True)
            self._file.flush()
            os.fsync(self._file.fileno())
        finally:
            self._file.close()
            super().close()

    def _put(self, chunk: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last=last), chunk, None))
        self._number += 1


class Opener(io.RawIOBase):
    """What a `Sealer` wrote, read again; raises NotAsSealed at the first chunk that is not as it was."""

    def __init__(self, file: BinaryIO, key: bytes, name: str = "A file") -> None:
        self._chunks, self._left = _opened(file, AESGCM(key), name), memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = memoryview(chunk)
        with memoryview(buffer) as view:  # type: ignore[arg-type]
            taken = self._left[: view.nbytes]
            view[: len(taken)] = taken
        self._left = self._left[len(taken) :]
        return len(taken)


def _opened(file: BinaryIO, cipher: AESGCM, name: str) -> Iterator[bytes]:
    sealed = file.read(CHUNK + TAG)
    for number in range(MOST_CHUNKS):
        after = file.read(CHUNK + TAG)
        try:
            yield cipher.decrypt(_nonce(number, last=not after), sealed, None)
        except (InvalidTag, ValueError):
            raise NotAsSealed(name, number) from None
        if not after:
            return
        sealed = after


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")
