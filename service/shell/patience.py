"""Connections: a request's head has to come whole, soon and short, and half-sent ones never take all places."""

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

HEAD_SECONDS = 10.0
"""How long the head of a request may take, from the connection's first moment or the last answer on."""
LONGEST_HEAD = 64 * 1024
MOST_WAITING = 256
"""Connections that may be without a whole head at one time; of more, those that wait longest are closed."""


class Patient(HttpToolsProtocol):
    """uvicorn's protocol, which by itself waits for ever for a head that doesn't come."""

    waiting: ClassVar["dict[Patient, None]"] = {}  # by age; of one process
    _deadline: asyncio.TimerHandle | None = None
    _head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Read on, unless what should be a head is too long for one."""
        if self in self.waiting:
            self._head += len(data)
        elif self.cycle is not None and self.cycle.response_complete:
            self._await_head()
            self._head = len(data)
        super().data_received(data)
        if self in self.waiting and self._head > LONGEST_HEAD:
            self._too_much()

    def on_headers_complete(self) -> None:
        """The head is there: the application decides about the rest."""
        self._has_head()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._has_head()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._has_head()
        self._head = 0
        self.waiting[self] = None
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._drop)
        if len(self.waiting) > MOST_WAITING:
            next(iter(self.waiting))._drop()

    def _has_head(self) -> None:
        self.waiting.pop(self, None)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _drop(self) -> None:
        self._has_head()
        if self.transport is not None and not self.transport.is_closing():
            self.transport.abort()

    def _too_much(self) -> None:
        self._has_head()
        self.transport.write(STATUS_LINE[431] + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()
