"""Calls that are right but for one or two values that nobody would send: every route, pages' forms too.

They start from the document's examples about what is really there, so they come further than calls made of
types alone. A call is at fault where it is answered with a 5xx, or where an error is logged.
"""

import json
import logging
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient
from pydantic import BaseModel

from testbed.examples import Call, call_for
from testbed.matrix import Asker, asker, may
from testbed.routes import named_routes
from testbed.seeds import OWN, TERM, Seeded

# ruff: noqa: E501 - values that stand in a table
TEXTS = (
    "", " ", "\x00", "a\x00b", "\x1b[2J", "\ud800", "\u202e\u200d", "\ufeff", "\ufffe", "💚" * 200, "x" * 300, "x" * 9_000,
    "0000-autumn", "0001-summer", "9999-autumn", "10000-spring", "2026-winter", "２０２６-autumn", "0000-00-00", "0001-01-01",
    "9999-12-31", "10000-01-01", "2026-02-30", "2026-09-07T00:00:00+14:00", "-1", "1e999", "NaN", "٣", "99999999999999999999",
    "18446744073709551616", "../../etc/passwd", "%00", "%s%n", "{{7*7}}", "<script>alert(1)</script>", "' OR 1=1 --", "=1+1",
    "Nguyễn-Ó Súilleabháin " * 40, "null", "true", "[]", "a@b", "\r\nSet-Cookie: a=b",
)  # fmt: skip
OTHERS: tuple[Any, ...] = (
    None, True, -1, 0, 1.5, 2**31, 2**63, 2**64, 10**400, 1e308, float("nan"), float("inf"), [], {}, [[]], {"a": {}},
    ["x"] * 3_000, [None],
)  # fmt: skip
HEADERS = (
    "Idempotency-Key",
    "Belong-Purpose",
    "If-None-Match",
    "If-Match",
    "Accept-Language",
    "Cookie",
    "X-Request-Id",
)
FILES = (
    b"",
    b"\x00" * 9,
    b"PK\x03\x04" + b"\x00" * 90,
    b"Adno,UPN\r\n1,\x00\r\n",
    "Adno\n\ud7ff\n".encode(),
    b"\xff\xfe\x00",
)
ENDS = re.compile("sign-out|close|erase|/end|password|reset|codes|second-factor")
"""Routes that may take the caller's own way in, or what others ask about: they come last."""
PLAIN = {"reason": "A test asks.", "why": "A test asks.", "term": TERM, "school": OWN}


class _Heard(logging.Handler):
    """The errors that are logged."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self.said.append(f"{record.name}: {record.getMessage()} {error!r}"[:600])


@contextmanager
def heard() -> Iterator[list[str]]:
    """What is logged as an error meanwhile; begin it after the application is made."""
    hearing = _Heard()
    logging.getLogger().addHandler(hearing)
    try:
        yield hearing.said
    finally:
        logging.getLogger().removeHandler(hearing)


class Awkward:
    """A deployment's routes, and one stream of chance."""

    def __init__(self, seeded: Seeded, chance: int) -> None:
        self.seeded, self.chance = seeded, random.Random(chance)
        app: Any = seeded.client().app
        self.document = seeded.client().get("/api/v1/openapi.json").json()
        self.routes = named_routes(app)
        self.forms = {
            (context.path, method): _names(context.dependant)
            for context in iter_route_contexts(app.routes)
            if isinstance(context.original_route, APIRoute)
            for method in context.methods or ()
        }

    def call_all(self, role: str, calls: Counter[int]) -> list[str]:
        """Every route a role may use, and some of the others, once and in any order; what broke, one line each."""
        known, faults = asker(self.seeded, role), []
        routes = [route for route in self.routes if may(route, role) or self.chance.random() < 0.2]
        self.chance.shuffle(routes)
        routes.sort(key=lambda route: bool(ENDS.search(route.path)))
        with heard() as errors:
            for route in routes:
                call = self._call(route.path, route.method, known)
                call, headers = self._spoilt(call, "{" in route.path)
                client = (
                    known.browser
                    if self._of_page(route.path) or self.chance.random() < 0.1
                    else known.machine
                )
                status = _sent(client, call, headers)
                calls[status] += 1
                if status >= 500 or errors:
                    told = " | ".join(dict.fromkeys(errors))
                    faults.append(
                        f"{role} {call.method} {route.path}: {status} {told} <- {call!r:.700} {headers!r:.200}"
                    )
                    errors.clear()
        return faults

    @staticmethod
    def _of_page(path: str) -> bool:
        return not path.startswith("/api/")

    def _call(self, path: str, method: str, known: Asker) -> Call:
        ids = self.seeded.ids(OWN)
        if not self._of_page(path):
            call = call_for(self.document, path, method.lower(), ids)
            return replace(call, path=_filled(path, call.path, ids, self.chance))
        asked = {"school": OWN, "term": TERM}
        filled = _filled(path, None, ids, self.chance)
        if method == "GET":
            return Call(method, filled, asked)
        fields = {name: ids.get(name, PLAIN.get(name, "1")) for name in self.forms.get((path, method), ())}
        return Call(method, filled, data={**asked, **fields, "csrf_token": known.csrf})

    def _spoilt(self, call: Call, named: bool) -> tuple[Call, dict[str, bytes]]:
        """A call with one or two values replaced, anywhere; sometimes as it was."""
        headers: dict[str, bytes] = {}
        for _ in range(self.chance.choice((0, 1, 1, 1, 2, 3))):
            places = [name for name in ("params", "json", "data", "files") if getattr(call, name)]
            place = self.chance.choice([*places * 3, "header", "extra", *(["path"] if named else [])])
            if place == "header":
                text = self.chance.choice(TEXTS).translate({0: "0", 10: "n", 13: "r"})
                headers[self.chance.choice(HEADERS)] = text.encode("utf-8", "surrogatepass")
            elif place == "extra":
                added = self.chance.choice(
                    ("limit", "cursor", "school", "term", "q", "from", "to", "next", "pupil")
                )
                call = replace(call, params={**call.params, added: self.chance.choice(TEXTS)})
            elif place == "path":
                parts = call.path.split("/")
                parts[-1 if self.chance.random() < 0.7 else self.chance.randrange(1, len(parts))] = _quoted(
                    self.chance.choice(TEXTS)[:2_000] or " "
                )
                call = replace(call, path="/".join(parts))
            elif place == "files":
                file = (self.chance.choice(TEXTS[1:]), self.chance.choice(FILES), "text/csv")
                call = replace(call, files=[("files", file)] * self.chance.choice((1, 1, 2, 50)))
            else:
                call = replace(call, **{place: self._replaced(getattr(call, place), place == "json")})
        return call, headers

    def _replaced(self, held: Any, typed: bool) -> Any:
        """A value with a part of it replaced."""
        if isinstance(held, dict) and held and (not typed or self.chance.random() < 0.97):
            name = self.chance.choice(sorted(held))
            return {**held, name: self._replaced(held[name], typed)}
        if isinstance(held, list) and held and self.chance.random() < 0.7:
            place = self.chance.randrange(len(held))
            return [*held[:place], self._replaced(held[place], typed), *held[place + 1 :]]
        return self.chance.choice(OTHERS if typed and self.chance.random() < 0.3 else TEXTS)


def _names(dependant: Any) -> list[str]:
    """The fields of a route's form."""
    found: list[str] = []
    for field in dependant.body_params:
        kind = field.field_info.annotation
        found += (
            kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else [field.alias]
        )
    return found + [name for child in dependant.dependencies for name in _names(child)]


def _filled(path: str, example: str | None, ids: Mapping[str, str], chance: random.Random) -> str:
    """An address about what is there; of a part that has no id, anything."""
    if example is not None:
        return example
    parts = [part.strip("{}").split(":")[0] if part.startswith("{") else None for part in path.split("/")]
    return "/".join(
        part if name is None else ids.get(name, _quoted(chance.choice(TEXTS)) or "none")
        for part, name in zip(path.split("/"), parts, strict=True)
    )


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def _encoded(given: Mapping[str, Any]) -> str:
    """A form or a query as a browser would send it, whatever it holds."""
    pairs = [
        (name, each)
        for name, value in given.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    return "&".join(f"{_quoted(str(name))}={_quoted(str(value))}" for name, value in pairs)


def _sent(client: TestClient, call: Call, headers: dict[str, bytes]) -> int:
    """Send a call byte by byte as it is meant; its status."""
    path = f"{call.path}?{_encoded(call.params)}" if call.params else call.path
    more: dict[str, Any] = {}
    if call.files:
        fit = {
            name: str(value).encode("utf-8", "replace").decode() for name, value in (call.data or {}).items()
        }
        files = [
            (name, (file.encode("utf-8", "replace").decode(), *rest)) for name, (file, *rest) in call.files
        ]
        more = {"data": fit, "files": files}
    elif call.json is not None:
        more, headers = {"content": json.dumps(call.json)}, {**headers, "Content-Type": b"application/json"}
    elif call.data:
        form = b"application/x-www-form-urlencoded"
        more, headers = {"content": _encoded(call.data)}, {**headers, "Content-Type": form}
    answer = client.request(call.method, path, headers=headers, follow_redirects=False, **more)  # type: ignore[arg-type]
    return int(answer.status_code)
