"""The OpenAPI document, completed so that a client can be made from it: how to sign, headers, tags, short names."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from service.shell.access import Needs

TAGS = {
    "uploads": "Upload a term's extracts, read what has to be corrected, undo a load.",
    "mappings": "What a school's own layouts mean, as a person confirmed it.",
    "pupils": "A term's list and why a pupil is on it.",
    "setting": "What changed in a school, before any pupil.",
    "support": "Views, decisions, support, reviews and notes; what a school offers and how many reviews it can do.",
    "exports": "Lists as files that carry their purpose, reader, day and end.",
    "model": "The model as the table it is, its report, its card, its audits; who put it into use.",
    "schools": "Schools, their terms, pause and resume; who the caller is.",
    "accounts": "Accounts, invitations and tokens.",
    "audit log": "Who did and read what; the seals over it.",
    "data protection": "Marks, erasure, subject access, requests and their days.",
    "operations": "Whether the process answers and the service can work.",
    "account": "The caller's own second factor and tokens.",
}
SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token a person made for a machine."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-sid",
        "description": "A signed-in browser; unsafe methods also need its X-CSRF-Token.",
    },
}


def operation_id(route: APIRoute) -> str:
    """The name of the function, which is what a client's method is called."""
    return route.name


def complete(app: FastAPI) -> None:
    """Let the application describe itself fully, once, when first asked."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _written(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _written(app: FastAPI) -> dict[str, Any]:
    written = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    used = {
        tag for path in written["paths"].values() for operation in path.values()
        for tag in operation.get("tags", ())
    }  # fmt: skip
    written["tags"] = [{"name": tag, "description": TAGS.get(tag, "")} for tag in TAGS if tag in used]
    written.setdefault("components", {})["securitySchemes"] = SCHEMES
    guarded = _guarded(app)
    for path, operations in written["paths"].items():
        for method, operation in operations.items():
            if (path, method) in guarded:
                operation["security"] = [{"token": []}, {"session": []}]
                operation.setdefault("parameters", []).extend(_headers(path, method))
                if method == "get" and path.startswith("/api/"):
                    operation["responses"]["304"] = {"description": "What the caller has is still current."}
    return written


def _guarded(app: FastAPI) -> set[tuple[str, str]]:
    """(path, method) of the routes that need a permission."""
    return {
        (context.path or "", method.lower())
        for context in iter_route_contexts(app.routes)
        if isinstance(context.original_route, APIRoute) and _needs(context.dependant)
        for method in context.methods or ()
    }


def _needs(dependant: Any) -> bool:
    own = isinstance(dependant.call, Needs) and dependant.call.action is not None
    return own or any(_needs(child) for child in dependant.dependencies)


def _headers(path: str, method: str) -> list[dict[str, Any]]:
    """The headers that every route of the API knows, by method."""
    if not path.startswith("/api/"):
        return []
    known = [_header("Belong-Purpose", "What for: a code, recorded in the audit log.", r"^[a-z_\-]{1,40}$")]
    if method == "get":
        known.append(_header("If-None-Match", "An ETag the caller has: 304 where it is still current.", ""))
    if method == "post":
        known.append(_header("Idempotency-Key", "The same again has no second effect.", r"^[!-~]{1,200}$"))
        known.append(_header("If-Match", "The ETag that was read: 412 where it has changed.", ""))
    return known


def _header(name: str, description: str, pattern: str) -> dict[str, Any]:
    schema = {"type": "string", **({"pattern": pattern} if pattern else {})}
    return {"name": name, "in": "header", "required": False, "description": description, "schema": schema}
