"""A form of a page is kept once: it carries the id it was shown with, and what it was answered stays with that.

The id is taken before anything is done and settled when the answer goes out, for every form alike. One that was
refused may be sent again; one whose answer never came is not done twice.
"""

import asyncio
import hashlib
import json
import re
import time
from dataclasses import dataclass

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data_contracts.errors import BelongError
from service.core import once_store
from service.core.callers import Caller
from service.core.engine import Database
from service.core.permissions import NotAllowed

FORM_ID = re.compile(r"[A-Za-z0-9_\-]{8,40}")
WAIT_SECONDS, LOOK_EVERY_SECONDS = 10.0, 0.05
NOT_CONTENT = frozenset({"csrf_token", "form_id"})


class SentBefore(BelongError):
    """A form that was sent before. `location` is where its answer led, "" where that can't be shown again."""

    http_status = 409

    def __init__(self, message: str, location: str = "") -> None:
        super().__init__(message, hint="Open the page again to see what was saved.")
        self.location = location


@dataclass(frozen=True, slots=True)
class Taken:
    """The id of a form that is at work."""

    database: Database
    account_id: str
    key: str

    def settle(self, status: int, location: str) -> None:
        """Keep where the answer led; a form that was refused has done nothing and may come again."""
        if status < 400:
            once_store.keep(self.database, self.account_id, self.key, status, {"location": location})
        else:
            once_store.release(self.database, self.account_id, self.key)


async def take(request: Request, caller: Caller, *, required: bool) -> None:
    """Take the id of a form about to be kept. NotAllowed for a form without one, SentBefore for one kept already.

    The same form sent again while it is at work waits for its answer.
    """
    form = await request.form()
    form_id = str(form.get("form_id") or "")
    if not form_id and not required:
        return
    if not FORM_ID.fullmatch(form_id):
        raise NotAllowed("This form has expired.", hint="Go back, reload the page and send it again.")
    taken = Taken(caller.deployment.database, caller.reader.account_id, f"form:{form_id}")
    content = fingerprint(request.url.path, form)
    until = time.monotonic() + WAIT_SECONDS
    known = await _take(taken, content)
    while known is not None and not known.status and known.request_hash == content:
        if time.monotonic() > until:
            raise SentBefore("This form was sent before, and its answer is still missing.")
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        known = await _take(taken, content)
    if known is None:
        request.state.sent_form = taken
        return
    if known.request_hash != content:
        raise SentBefore("This form was sent before with other answers, which were saved.")
    raise SentBefore("This form was sent before, and was saved then.", str(known.body.get("location", "")))


async def _take(taken: Taken, content: str) -> once_store.Answer | None:
    return await run_in_threadpool(once_store.take, taken.database, taken.account_id, taken.key, content)


def fingerprint(path: str, form: FormData) -> str:
    """What tells a form from the same one filled in otherwise; of files their name and size."""
    fields = [
        (name, [value.filename, value.size] if isinstance(value, UploadFile) else value)
        for name, value in form.multi_items()
        if name not in NOT_CONTENT
    ]
    return hashlib.sha256(json.dumps([path, fields]).encode()).hexdigest()


class SentForms:
    """Settles the id of each form as its answer goes out."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def settled(message: Message) -> None:
            if message["type"] == "http.response.start":
                location = Headers(raw=message.get("headers", [])).get("location", "")
                await _settle(state.pop("sent_form", None), message["status"], location)
            await send(message)

        try:
            await self.app(scope, receive, settled)
        except Exception:
            await _settle(state.pop("sent_form", None), 500, "")
            raise


async def _settle(taken: Taken | None, status: int, location: str) -> None:
    if taken is not None:
        await run_in_threadpool(taken.settle, status, location)
