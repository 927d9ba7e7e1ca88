"""Nothing comes in without bounds: every parameter, form field and body is tried with what no school would send."""

import types
import typing
from collections.abc import Iterator
from datetime import date, datetime
from enum import Enum
from typing import Any

from fastapi import UploadFile
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel, TypeAdapter, ValidationError

from data_contracts.errors import BelongError
from service.app.web import create_app
from service.core.taking import is_line
from testbed.seeds import Seeded

HOSTILE: dict[type, tuple[Any, ...]] = {
    str: ("a\x00b", "\x00", "\x08", "a\u202eb", "x" * 4001),
    date: ("0001-01-01", "1999-12-31", "9999-12-31", "2040-01-01"),
    datetime: ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
    int: (2**31, -(2**31) - 1, 10**30),
}


def _kinds(annotation: Any, notes: tuple[Any, ...] = ()) -> Iterator[tuple[type, Any]]:
    """(plain type, type with all that is said of it) of every part of a type that could take in something."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        inner, *own = typing.get_args(annotation)
        yield from _kinds(inner, (*own, *notes))
    elif origin in (typing.Union, types.UnionType):
        for part in typing.get_args(annotation):
            if part is not type(None):
                yield from _kinds(part, notes)
    elif origin in (list, tuple, set, frozenset, dict):
        for part in typing.get_args(annotation):
            yield from _kinds(part)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for field in annotation.model_fields.values():
            yield from _kinds(field.annotation, tuple(field.metadata))
    elif isinstance(annotation, type) and annotation in HOSTILE:
        yield annotation, typing.Annotated[annotation, *notes] if notes else annotation
    elif origin is not typing.Literal and not issubclass(annotation, Enum | bool | UploadFile):
        raise AssertionError(f"{annotation} is not looked at")


def _fields(dependant: Any) -> Iterator[Any]:
    for kind in ("path_params", "query_params", "header_params", "cookie_params", "body_params"):
        yield from getattr(dependant, kind)
    for child in dependant.dependencies:
        yield from _fields(child)


def _lets_in(annotation: Any, value: Any) -> bool:
    try:
        taken = TypeAdapter(annotation).validate_python(value)
    except (ValidationError, BelongError):
        return False
    return not (isinstance(taken, str) and is_line(taken) and len(taken) <= 500)


def test_no_parameter_takes_what_cant_be_stored_or_read_again(seeded: Seeded) -> None:
    app = create_app(seeded.deployment.settings, seeded.deployment)
    wrong, seen = set(), 0
    for context in iter_route_contexts(app.routes):
        if not isinstance(context.original_route, APIRoute):
            continue
        for field in _fields(context.dependant):
            info = field.field_info
            for plain, own in _kinds(info.annotation, tuple(info.metadata)):
                seen += 1
                let_in = [value for value in HOSTILE[plain] if _lets_in(own, value)]
                if let_in:
                    told = [f"{value!r}"[:20] for value in let_in]
                    wrong.add(f"{sorted(context.methods or ())} {context.path} {field.name}: {told}")
    assert seen > 100
    assert not wrong, "\n".join(sorted(wrong))
