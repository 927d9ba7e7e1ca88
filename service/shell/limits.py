"""Reject request bodies of senders without a right, over their route’s size, or too slow; by header or while read."""

import asyncio
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException, Request
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data_contracts.errors import BelongError
from service.shell.access import Needs

KIBIBYTE = 1024
OF_STRANGERS = 16 * KIBIBYTE
"""What anybody may send: a name, a password, a code, an invitation."""
OF_READERS = 1024 * KIBIBYTE
"""What somebody we know may send, files of a term apart."""
UPLOADS = frozenset({("POST", "/uploads"), ("POST", "/api/v1/uploads")})
STRANGERS_AT_ONCE = 64
"""Bodies of strangers that may be on their way at one moment, in each process."""
PATIENCE = 15.0
"""Seconds without a byte after which a sender is dropped; and how long a slow one has to get going."""
SLOWEST = 1 * KIBIBYTE
"""Bytes in a second, on the whole, below which a body isn't waited for."""
TOO_LARGE = "This is more than can be sent at once."
TOO_SLOW = "This came too slowly to be waited for."
FULL = "Too many people are sending something just now."


class NotTaken(BelongError):
    """A body that isn't read to its end, and why."""

    def __init__(self, status: int, message: str, hint: str = "", *, retry_after: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.http_status = status
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Doorway:
    """A route as the door sees it: its address and methods, and what somebody needs to come through."""

    address: re.Pattern[str]
    methods: frozenset[str]
    path: str
    needs: tuple[Needs, ...]

    @property
    def open_to_all(self) -> bool:
        return all(each.action is None for each in self.needs)


class Door:
    """Lets a request with a body in when its sender is known, and no more of it than its route takes.

    What nobody may send is answered without a byte of it being read, whether a length is declared or not.
    """

    def __init__(self, app: ASGIApp, *, of_uploads: int) -> None:
        self.app = app
        self.of_uploads = of_uploads
        self._doorways: tuple[Doorway, ...] | None = None
        self._strangers = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what has no body, and of the rest what may come in."""
        if scope["type"] != "http" or not _has_body(Headers(scope=scope)):
            await self.app(scope, receive, send)
            return
        doorway = self._doorway(scope)
        stranger = doorway is None or doorway.open_to_all
        try:
            if doorway is not None and not stranger:
                await run_in_threadpool(_ask, doorway, Request(scope))
            most = self._most(doorway, stranger)
            if _declared(scope) > most:
                raise NotTaken(413, TOO_LARGE, _hint(most))
            if stranger and self._strangers >= STRANGERS_AT_ONCE:
                raise NotTaken(503, FULL, "Try again in a few seconds.", retry_after=5)
        except BelongError as refusal:
            scope["route"] = doorway  # whose template the log names
            await self._refuse(scope, receive, send, refusal)
            return
        self._strangers += stranger
        try:
            await self._let_in(scope, receive, send, most)
        finally:
            self._strangers -= stranger

    async def _let_in(self, scope: Scope, receive: Receive, send: Send, most: int) -> None:
        """Run the application with a body that is counted and timed as it comes."""
        body = _Body(receive, most)

        async def ended(message: Message) -> None:
            if message["type"] == "http.response.start" and body.cut_off:
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        await self.app(scope, body.next, ended)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, refusal: BelongError) -> None:
        """Answer as the application answers this error. A small body is let run out, so that a browser gets
        to read the answer; a large one, or one of unknown length, ends the connection."""
        request = Request(scope, receive)
        answers = scope["app"].exception_handlers[BelongError]
        answer: Response = await run_in_threadpool(answers, request, refusal)
        if not 0 < _declared(scope) <= OF_READERS:
            answer.headers["Connection"] = "close"
        await answer(scope, receive, send)

    def _most(self, doorway: Doorway | None, stranger: bool) -> int:
        if stranger or doorway is None:
            return OF_STRANGERS
        upload = any((method, doorway.path) in UPLOADS for method in doorway.methods)
        return self.of_uploads if upload else OF_READERS

    def _doorway(self, scope: Scope) -> Doorway | None:
        """The route this request will come to, found from what is mounted."""
        if self._doorways is None:
            self._doorways = tuple(_doorways(scope["app"]))
        path, method = scope["path"], scope["method"]
        return next(
            (one for one in self._doorways if method in one.methods and one.address.match(path)), None
        )


class _Body:
    """A body as it comes: never more of it than may, and not at any pace."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._most = receive, most
        self._read, self._begun, self._complete = 0, time.monotonic(), False
        self.cut_off = False

    async def next(self) -> Message:
        """The next part. HTTPException 413 for one too many, 408 where the sender is too slow."""
        if self._complete:  # what follows is that the browser has gone, which may take as long as it likes
            return await self._receive()
        try:
            async with asyncio.timeout(PATIENCE):
                message = await self._receive()
        except TimeoutError:
            raise self._cut(408, TOO_SLOW) from None
        self._read += len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        if self._read > self._most:
            raise self._cut(413, TOO_LARGE)
        seconds = time.monotonic() - self._begun
        if not self._complete and seconds > PATIENCE and self._read < seconds * SLOWEST:
            raise self._cut(408, TOO_SLOW)
        return message

    def _cut(self, status: int, words: str) -> HTTPException:
        self.cut_off = self._complete = True
        return HTTPException(status, words)


def _ask(doorway: Doorway, request: Request) -> None:
    """Raise what the route itself would raise about its reader; who they are is kept for it."""
    for each in doorway.needs:
        each.ask(request)


def _doorways(app: Any) -> Iterator[Doorway]:
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute):
            path = context.path or ""
            needed = tuple(_needs(context.dependant))
            yield Doorway(compile_path(path)[0], frozenset(context.methods or ()), path, needed)


def _needs(dependant: Any) -> Iterator[Needs]:
    if isinstance(dependant.call, Needs):
        yield dependant.call
    for child in dependant.dependencies:
        yield from _needs(child)


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _declared(scope: Scope) -> int:
    """The length a sender declares; 0 where it says none."""
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0


def _hint(most: int) -> str:
    return "Send one term's files at a time." if most > OF_READERS else "Send less of it at once."
