"""How the API answers: problems as problem+json, bodies with an ETag, a repeated POST once."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from data_contracts.calendar import TERMS
from data_contracts.errors import BelongError, Refused
from service.core import once_store
from service.core.callers import Caller
from service.core.engine import DataError
from service.core.permissions import NotSignedIn
from service.core.taking import OURS
from service.shell.bodies import ProblemResponse

PROBLEM = "application/problem+json"
TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Not allowed here",
    408: "Too slow",
    409: "Held",
    412: "Changed in the meantime",
    413: "Too large",
    415: "Wrong kind of body",
    422: "Refused",
    429: "Too many requests",
    500: "Internal error",
    503: "Not available at the moment",
}
SENTENCES = {
    "term": f"A term is written like 2026-summer; the calendar goes from {TERMS[0].id} to {TERMS[-1].id}.",
    "school": "A school is named by its URN, six digits.",
    "urn": "A school is named by its URN, six digits.",
    "files": "Send at least one file.",
    "pupil_id": "A pupil's id is the letter p followed by 20 digits or letters from a to f.",
    "cursor": "This cursor is not valid.",
    "reason": "Say why, in a few words.",
}
CANNOT_BE_KEPT = "Something in this can’t be saved as it is."
LOOK_FOR = "Look for letters that can't be shown, and for numbers or days that are far off."
SHOWN_ONCE = {"shown": "once"}
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemResponse, "description": TITLES[status], "content": {PROBLEM: {}}}
    for status in (400, 401, 403, 404, 409, 412, 413, 415, 422, 429)
}


def problem(request: Request, status: int, detail: str, hint: str = "", **headers: str) -> JSONResponse:
    """An error body. It repeats nothing the caller sent."""
    return _problem(_body(request, status, detail, hint), headers)


def _body(request: Request, status: int, detail: str, hint: str) -> ProblemResponse:
    return ProblemResponse(
        title=TITLES.get(status, "Error"),
        status=status,
        detail=detail,
        hint=hint,
        request_id=getattr(request.state, "request_id", None),
    )


def _problem(body: ProblemResponse, headers: dict[str, str]) -> JSONResponse:
    left_out = set() if body.versions else {"versions"}
    said = body.model_dump(exclude=left_out)
    return JSONResponse(said, body.status, headers=headers or None, media_type=PROBLEM)


def for_error(request: Request, error: BelongError) -> JSONResponse:
    """A BelongError as a problem. Where another version stands, it and the caller's own are shown."""
    headers: dict[str, str] = {}
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = "Bearer"
    if (seconds := getattr(error, "retry_after", None)) is not None:
        headers["Retry-After"] = str(seconds)
    body = _body(request, error.http_status, error.message, error.hint)
    body.versions = getattr(error, "versions", None)
    return _problem(body, headers)


def install(app: FastAPI) -> None:
    """Answer every error of the API as a problem."""

    @app.exception_handler(BelongError)
    def belong_error(request: Request, error: BelongError) -> Response:
        return for_error(request, error)

    @app.exception_handler(RequestValidationError)
    def validation_error(request: Request, error: RequestValidationError) -> Response:
        said = dict.fromkeys(_sentence(entry) for entry in error.errors())
        return problem(request, 422, " ".join(list(said)[:10]))

    @app.exception_handler(DataError)
    def cannot_be_kept(request: Request, error: DataError) -> Response:
        del error
        return problem(request, 422, CANNOT_BE_KEPT, LOOK_FOR)

    @app.exception_handler(HTTPException)
    def http_error(request: Request, error: HTTPException) -> Response:
        return problem(request, error.status_code, str(error.detail), **dict(error.headers or {}))


def _sentence(entry: dict[str, Any]) -> str:
    """What is wrong with one field, in words; never what was sent in it."""
    name = next((part for part in reversed(entry["loc"]) if isinstance(part, str)), "body")
    if name in SENTENCES:
        return SENTENCES[name]
    if entry["type"].startswith(OURS):
        return f"{name} {entry['msg']}"
    if entry["type"] == "missing":
        return f"{name} is missing."
    return f"{name} is not valid ({entry['type'].replace('_', ' ')})."


class ChangedMeanwhile(BelongError):
    """What the caller last read is not what stands now."""

    http_status = 412


def tagged(request: Request, body: BaseModel) -> Response:
    """A body with its ETag; 304 where the caller has it already."""
    text = body.model_dump_json().encode()
    etag = _etag(text)
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if _names(request, "if-none-match", etag):
        return Response(status_code=304, headers=headers)
    return Response(text, media_type="application/json", headers=headers)


def check_unchanged(request: Request, body: BaseModel) -> None:
    """With If-Match, raise ChangedMeanwhile unless the caller has seen this body, as a GET would answer it."""
    if "if-match" in request.headers and not _names(
        request, "if-match", _etag(body.model_dump_json().encode())
    ):
        raise ChangedMeanwhile("Somebody changed this meanwhile.", hint="Read it again, then decide.")


def _etag(text: bytes) -> str:
    return f'"{hashlib.sha256(text).hexdigest()[:32]}"'


def _names(request: Request, header: str, etag: str) -> bool:
    """Whether a header lists an ETag, weak or strong, or any."""
    given = [part.strip().removeprefix("W/") for part in request.headers.get(header, "").split(",")]
    return etag in given or "*" in given


def once(
    caller: Caller,
    request: Request,
    sent: Any,
    make: Callable[[], BaseModel],
    status: int = 200,
    *,
    repeatable: bool = False,
    shown_once: bool = False,
) -> JSONResponse:
    """Answer a POST; with an Idempotency-Key a repeat gets the first answer and has no second effect.

    `repeatable` says that `make` itself does nothing twice: it is asked again when the first call never
    came to an answer. `shown_once` says that the answer holds a secret, which is not kept to be repeated.

    Refused where a key is used again for something else or while the first call is still at work.
    """
    key = request.headers.get("idempotency-key")
    if key is None:
        return JSONResponse(make().model_dump(mode="json"), status)
    if not 1 <= len(key) <= 200 or not key.isascii():
        raise Refused("An Idempotency-Key has from 1 to 200 ASCII characters.")
    asked = json.dumps([request.method, request.url.path, sent], sort_keys=True, default=str)
    digest = hashlib.sha256(asked.encode()).hexdigest()
    database, account = caller.deployment.database, caller.reader.account_id
    known = once_store.reserve(database, account, key, digest)
    unanswered = known is not None and known.status == 0 and known.request_hash == digest
    if known is not None and not (unanswered and repeatable):
        return _answered(known, digest)
    try:
        body = make().model_dump(mode="json")
    except BaseException:
        once_store.release(database, account, key)
        raise
    once_store.keep(database, account, key, status, SHOWN_ONCE if shown_once else body)
    return JSONResponse(body, status)


def answers_once(
    *, status: int = 200, shown_once: bool = False
) -> Callable[[Callable[..., BaseModel]], Callable[..., Response]]:
    """Decorate a route that changes something, so that it answers as `once` does. It takes `caller`; the one body
    it takes, if any, is what a repeat is compared with."""

    def around(route: Callable[..., BaseModel]) -> Callable[..., Response]:
        asks = signature(route)
        takes_request = "request" in asks.parameters

        @wraps(route)
        def answered(*, request: Request, caller: Caller, **given: Any) -> Response:
            sent = next((one.model_dump() for one in given.values() if isinstance(one, BaseModel)), None)
            known = given | {"caller": caller} | ({"request": request} if takes_request else {})
            return once(caller, request, sent, lambda: route(**known), status, shown_once=shown_once)

        more = [] if takes_request else [Parameter("request", Parameter.KEYWORD_ONLY, annotation=Request)]
        shown = [*(one.replace(kind=Parameter.KEYWORD_ONLY) for one in asks.parameters.values()), *more]
        answered.__signature__ = asks.replace(parameters=shown)  # type: ignore[attr-defined]
        return answered

    return around


def _answered(known: once_store.Answer, digest: str) -> JSONResponse:
    if known.request_hash != digest:
        raise Refused("This Idempotency-Key was used for another request.", hint="Use a new key.")
    if known.status == 0:
        raise Refused("The first request with this key is still at work.", hint="Ask again in a moment.")
    if known.body == SHOWN_ONCE:
        raise Refused("This was done; its secret was shown with the first answer.", hint="Make another.")
    return JSONResponse(known.body, known.status, headers={"Idempotency-Replayed": "true"})
