"""Calls put together from the examples of the OpenAPI document, with ids of what is really there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FILE = ("files", ("Pupils.csv", b"Adno,UPN\r\n1,A\r\n", "text/csv"))


@dataclass(frozen=True)
class Call:
    """One call: method, path, query, JSON body or form with files."""

    method: str
    path: str
    params: dict[str, Any] = field(default_factory=dict)
    json: Any = None
    data: dict[str, Any] | None = None
    files: list[Any] | None = None

    def options(self) -> dict[str, Any]:
        """What a client takes beside method and path."""
        return {"params": self.params, "json": self.json, "data": self.data, "files": self.files}


def call_for(document: Mapping[str, Any], path: str, method: str, ids: Mapping[str, str]) -> Call:
    """The call that the document's examples make; `ids` stand for the parameters and fields of their names."""
    operation = document["paths"][path][method]
    params, filled = {}, path
    for parameter in operation.get("parameters", ()):
        name, where = parameter["name"], parameter["in"]
        if where == "path" or (where == "query" and (parameter["required"] or name in ids)):
            value = ids[name] if name in ids else _example(document, parameter["schema"], parameter, ids)
            if where == "path":
                filled = filled.replace("{" + name + "}", str(value))
            else:
                params[name] = value
    body = operation.get("requestBody", {})
    content = body.get("content", {}) if body.get("required") else {}
    if "application/json" in content:
        sent = _example(document, content["application/json"]["schema"], {}, ids)
        return Call(method.upper(), filled, params, json=sent)
    if content:
        return Call(
            method.upper(), filled, params, data={n: ids[n] for n in ("school", "term")}, files=[FILE]
        )
    return Call(method.upper(), filled, params)


def _example(
    document: Mapping[str, Any], schema: Mapping[str, Any], place: Mapping[str, Any], ids: Any
) -> Any:
    """The first example that stands at a place or its schema; of an object, field by field."""
    for holder in (place, schema):
        if holder.get("examples"):
            given = holder["examples"]
            return given[0] if isinstance(given, list) else next(iter(given.values()))["value"]
    if "$ref" in schema:
        return _example(document, _followed(document, schema["$ref"]), {}, ids)
    if schema.get("type") == "object" and "properties" in schema:
        return _object(document, schema, ids)
    if schema.get("enum"):
        return schema["enum"][0]
    raise AssertionError(f"no example for {place.get('name') or schema}")


def _object(document: Mapping[str, Any], schema: Mapping[str, Any], ids: Any) -> dict[str, Any]:
    """Fields that must be there, and those that have an example of their own."""
    body = {}
    for name, own in schema["properties"].items():
        if name in ids and name != "urn":
            body[name] = ids[name]
        elif name == "confirm":
            body[name] = ids["pupil_id"]
        elif name in schema.get("required", ()) or own.get("examples"):
            body[name] = _example(document, own, {"name": name}, ids)
    return body


def _followed(document: Mapping[str, Any], reference: str) -> Mapping[str, Any]:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)
