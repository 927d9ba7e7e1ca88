"""Outermost in the application: gives a request its id, and notes what came of it without saying about whom."""

import re
import secrets
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.core.logs import log
from service.operations import metrics

GIVEN = re.compile(r"[A-Za-z0-9\-]{8,40}")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNKNOWN = "unknown"
QUIET = frozenset({"/healthz", "/readyz"})


class Observed:
    """Request id, one log line and two metrics for each request. Paths appear as route templates only."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._log = log("service.requests")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note its outcome; an error that comes through counts as 500."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = self._request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        status, started = 500, time.perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception as error:
            self._log.error("request failed", request_id=request_id, exc_info=error)
            raise
        finally:
            self._note(scope, status, time.perf_counter() - started, request_id)

    def _note(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        method = scope["method"] if scope["method"] in METHODS else UNKNOWN
        route = route_template(scope)
        metrics.answered(method, route, status, seconds)
        if route in QUIET and status < 500:
            return
        caller = scope.get("state", {}).get("caller")
        self._log.info(
            "request",
            method=method,
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 1),
            request_id=request_id,
            account=caller.reader.account_id if caller is not None else None,
        )

    def _request_id(self, scope: Scope) -> str:
        """The id a proxy gave, where it is a plain one; else a new one."""
        given = Headers(scope=scope).get("x-request-id", "")
        return given if GIVEN.fullmatch(given) else secrets.token_hex(8)


def route_template(scope: Scope) -> str:
    """`/api/v1/pupils/{pupil_id}`, never the path itself, which may name someone."""
    route = scope.get("route")
    return str(getattr(route, "path", None) or UNKNOWN)
