"""What several contracts say alike stands once, in `contracts/shared.yaml`, and is included by name.

`- include: identity` stands for a block of columns or rules, `- include: identity.upn` for one of them. What
stands beside `include` is the table's own: `headers` (by column and MIS) are read besides the shared ones, and
where one entry is included any other key takes the place of the shared one.
"""

from copy import deepcopy
from functools import cache
from importlib import resources
from typing import Any

import yaml

from data_contracts.errors import Refused

Entry = dict[str, Any]


def refuse(where: str, what: str) -> Refused:
    """The error for a contract that can't be read, with the place in it."""
    return Refused(f"Contract {where}: {what}.", hint="Correct the YAML; `belong contracts lint` checks it.")


class _UniqueKeys(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML where a key given twice is an error rather than the last one winning."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Entry:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {str(key) for key in keys if keys.count(key) > 1}
        if twice:
            raise Refused(f"The contract gives {', '.join(sorted(twice))} twice.")
        return dict(super().construct_mapping(node, deep))


def source(name: str) -> str:
    """The text of one of our own contract files."""
    return resources.files("data_contracts").joinpath("contracts", f"{name}.yaml").read_text("utf-8")


def plain(text: str) -> Entry:
    """A contract's YAML with everything it includes in its place; Refused where that does not exist."""
    raw = yaml.load(text, Loader=_UniqueKeys)  # noqa: S506 - a SafeLoader
    if not isinstance(raw, dict):
        raise refuse("file", "a mapping is expected")
    where = str(raw.get("name", "file"))
    for table in raw.get("schema") or []:
        table["properties"] = _resolved(table.get("properties"), where)
        table["quality"] = _resolved(table.get("quality"), where)
        for column in table["properties"]:
            if "quality" in column:
                column["quality"] = _resolved(column["quality"], where)
    return raw


@cache
def _blocks() -> dict[str, list[Entry]]:
    return dict(yaml.load(source("shared"), Loader=_UniqueKeys))  # noqa: S506 - a SafeLoader


def _resolved(items: list[Entry] | None, where: str) -> list[Entry]:
    whole: list[Entry] = []
    for item in items or []:
        whole += _included(item, where) if "include" in item else [item]
    return whole


def _included(item: Entry, where: str) -> list[Entry]:
    """The entries an `include` stands for, with what the table adds."""
    block, _, one = str(item["include"]).partition(".")
    entries = deepcopy([entry for entry in _blocks().get(block, []) if not one or entry["name"] == one])
    if not entries:
        raise refuse(where, f"there is nothing shared called {item['include']}")
    own = {key: value for key, value in item.items() if key not in ("include", "headers", "customProperties")}
    if own and not one:
        raise refuse(where, f"{', '.join(sorted(own))} can't be said of a whole block ({block})")
    named = {entry["name"]: entry for entry in entries}
    for name, by_mis in item.get("headers", {}).items():
        if name not in named:
            raise refuse(where, f"headers for {name}, which {item['include']} does not hold")
        _add_headers(named[name], by_mis)
    for entry in entries:
        entry.update(own)
        _say(entry, item.get("customProperties", []))
    return entries


def _add_headers(entry: Entry, by_mis: dict[str, list[str]]) -> None:
    shared = next(pair["value"] for pair in entry["customProperties"] if pair["property"] == "headers")
    for mis, headers in by_mis.items():
        shared[mis] = [*shared.get(mis, []), *headers]


def _say(entry: Entry, pairs: list[Entry]) -> None:
    """Custom properties of the table's own take the place of the shared ones."""
    own = {pair["property"] for pair in pairs}
    kept = [pair for pair in entry.get("customProperties", []) if pair["property"] not in own]
    if pairs:
        entry["customProperties"] = [*kept, *pairs]
