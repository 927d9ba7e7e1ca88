"""Every route of the application with the permission it names, found by walking what is mounted."""

from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from service.shell.access import Needs

UNCHECKED_METHODS = {"HEAD", "OPTIONS"}


@dataclass(frozen=True)
class Named:
    """A route: its path, one method, the permissions in its dependencies (None: open to all), and whether it
    opens before its reader has shown the one-time code their role needs."""

    path: str
    method: str
    needs: tuple[str | None, ...]
    before_codes: bool = False


def named_routes(app: FastAPI) -> list[Named]:
    """All routes but files and the OpenAPI document, once per method."""
    found = []
    for context in iter_route_contexts(app.routes):
        if not isinstance(context.original_route, APIRoute):
            continue
        asked = _needs(context.dependant)
        needed = tuple(one.action for one in asked)
        early = any(one.without_second_factor for one in asked)
        methods = (context.methods or set()) - UNCHECKED_METHODS
        found += [Named(context.path or "", method, needed, early) for method in sorted(methods)]
    return found


def _needs(dependant: Any) -> list[Needs]:
    own = [dependant.call] if isinstance(dependant.call, Needs) else []
    return own + [each for child in dependant.dependencies for each in _needs(child)]
