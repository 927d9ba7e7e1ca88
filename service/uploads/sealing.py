"""Files on their way in: sealed as they come, a piece at a time, so that none ever lies readable on a disk."""

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from service.core.homes import Home

PIECE = 1024 * 1024
INCOMING = "incoming"
BETWEEN = b"\n"
"""What stands between the sealed pieces of a file; it is in none of them."""
MOST_PARTS = 41
"""One more than may be kept, so that whoever sends too many is told so in words."""
FORGOTTEN_SECONDS = 3600.0


class Sealing:
    """A file that is being sealed: written to, ended, and then kept or, if nobody does that, gone."""

    def __init__(self, home: Home) -> None:
        folder = home.work / INCOMING
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = folder / f"{secrets.token_hex(16)}.part"
        self.size = 0
        self._cipher, self._digest, self._waiting = home.upload_cipher(), hashlib.sha256(), bytearray()
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._out = os.fdopen(descriptor, "wb")

    @property
    def sha256(self) -> str:
        """The digest of what was written so far."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> int:
        """Take in some bytes."""
        self.size += len(data)
        self._digest.update(data)
        self._waiting += data
        while len(self._waiting) >= PIECE:
            self._seal(PIECE)
        return len(data)

    def seek(self, place: int) -> int:
        """Called when all is written: the rest is sealed and on the disk."""
        self.end()
        return place

    def end(self) -> None:
        """Seal what is left and wait until it is on the disk."""
        if self._out.closed:
            return
        if self._waiting:
            self._seal(len(self._waiting))
        self._out.flush()
        os.fsync(self._out.fileno())
        self._out.close()

    def keep(self, path: Path) -> None:
        """Put the sealed file in its place, whole; it counts as written now, however long it came in."""
        self.end()
        os.utime(self.path)
        self.path.replace(path)

    def close(self) -> None:
        """Nothing is left of what was not kept."""
        self._out.close()
        self._waiting.clear()
        self.path.unlink(missing_ok=True)

    def _seal(self, length: int) -> None:
        piece = bytes(self._waiting[:length])
        del self._waiting[:length]
        self._out.write(self._cipher.encrypt(piece) + BETWEEN)


def sealed_in(part: UploadFile) -> Sealing:
    """The sealed file of a form's part."""
    if not isinstance(part.file, Sealing):
        raise TypeError("this route seals no files")
    return part.file


def unsealed(home: Home, path: Path) -> bytes:
    """What a sealed file holds; also one sealed in a single piece, as earlier releases did."""
    cipher = home.upload_cipher()
    return b"".join(cipher.decrypt(piece) for piece in path.read_bytes().split(BETWEEN) if piece)


def forget_broken_off(home: Home) -> None:
    """Remove what came in and was cut off by the end of its process."""
    old = time.time() - FORGOTTEN_SECONDS
    for path in (home.work / INCOMING).glob("*.part"):
        try:
            if path.stat().st_mtime < old:
                path.unlink()
        except FileNotFoundError:  # kept or removed meanwhile
            continue


class _Parser(MultiPartParser):
    """Starlette's parser, with sealed files in the place of temporary ones."""

    def __init__(self, home: Home, headers: Headers, stream: Any) -> None:
        super().__init__(headers, stream, max_files=MOST_PARTS, max_fields=20)
        self.home = home
        self.sealing: list[Sealing] = []

    def on_headers_finished(self) -> None:
        """As the parser does it; what it has made to hold a file is replaced before a byte is written."""
        super().on_headers_finished()
        made = self._current_part.file
        if made is None:
            return
        made.file.close()
        file = Sealing(self.home)
        self.sealing.append(file)
        self._files_to_close_on_error[-1] = file  # type: ignore[call-overload]
        self._current_part.file = UploadFile(
            file,  # type: ignore[arg-type]
            size=0,
            filename=made.filename,
            headers=made.headers,
        )


class _Sealed(Request):
    """A request whose files are sealed as its form is read."""

    sealing: tuple[Sealing, ...] = ()
    _read: FormData | None = None

    async def form(self, **limits: Any) -> FormData:  # type: ignore[override]
        """The form, its files as `Sealing`. HTTPException for what is no form or holds too many files."""
        del limits
        if self._read is None and self.headers.get("content-type", "").startswith("multipart/form-data"):
            home = self.app.state.deployment.home
            parser = _Parser(home, self.headers, self.stream())
            try:
                self._read = await parser.parse()
            except MultiPartException as problem:
                raise HTTPException(400, problem.message) from None
            finally:
                self.sealing = tuple(parser.sealing)
        elif self._read is None:
            self._read = await super().form()
        return self._read


class SealingRoute(APIRoute):
    """A route that takes files in. What it doesn't keep is gone when it has answered."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, with sealed files."""
        answered = super().get_route_handler()

        async def sealing(request: Request) -> Response:
            sealed = _Sealed(request.scope, request.receive)
            try:
                return await answered(sealed)
            finally:
                for file in sealed.sealing:
                    file.close()

        return sealing
