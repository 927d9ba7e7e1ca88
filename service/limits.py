"""How large a request may be: what says it is too large isn't read, what turns out to be is cut off."""

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.answers import problem

TOO_LARGE = "This is more than can be sent at once."
HINT = "Send one term's files at a time."


class BodyLimit:
    """Refuses bodies over a number of bytes with 413, whether their length is declared or they are chunked."""

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is small enough."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > self.most:
            await problem(request, 413, TOO_LARGE, HINT, Connection="close")(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.most:
                raise HTTPException(413, TOO_LARGE)
            return message

        await self.app(scope, counted, send)
