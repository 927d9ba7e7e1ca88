"""The manual of indicators: declarations and drawn pictures, listed, shown and printed as one page."""

from functools import lru_cache
from importlib import resources

from data_contracts.errors import Refused
from model.indicator import Indicator
from pipelines.indicators.catalogue import catalogue

FAMILIES = {
    "attendance": "Attendance",
    "lost_learning": "Lost learning by the school's decision",
    "behaviour": "Behaviour records",
    "sen": "SEN and the pupil's place at school",
}
_DIRECTIONS = {
    1: "risk may only rise with it",
    -1: "risk may only fall with it",
    0: "no direction is assumed",
}
_KINDS = {"changeable": "the school can change it", "context": "context", "history": "history"}
_INTRODUCTION = """\
# Indicators

Printed by `belong indicators docs` from the declarations and the drawn pictures; each picture is a test.

An indicator is computed for a pupil at an as-of date, by default ten school days before a term's end, from
what the school knew by that day: rows are cut by `known_on` first. Marks are taken to be known five school
days after the session, behaviour after two, suspensions after one, SEN after twenty, unless the extract says
when they were recorded. A value is missing where the records of that time were never loaded; it is not zero.

In a picture `/\\` is a day of two sessions present; a day after another is the next school day.

## Adding one

Declare it in its family's file in `pipelines/indicators/` with its piece of computation, draw its picture in
`pipelines/indicators/pictures/`, add its line to the slow reference in `tests/indicators/reference.py`, name the
records it is made of in `BUILDS` of `pipelines/explanation/counted_*.py`, and print this page again. `CONTRIBUTING.md`
says it step by step.

## Past one machine

Work is cut by pupil bucket, and each cut runs the same queries in flat memory, on joblib's backends: processes
of one machine, or an existing Dask cluster. To start one: `dask scheduler --protocol tls --host ADDRESS` on one
machine, `dask worker tls://ADDRESS:8786 --nthreads 1` on each of the others, with the same Belong installed, the
certificates `operations.md` describes, and the lake on a file system or object store that all of them reach. A
worker that is lost costs the buckets it held. Lake and results may lie at any address pyarrow or fsspec opens,
such as `s3://bucket/lake?endpoint_override=…`.
"""


@lru_cache(maxsize=1)
def pictures() -> dict[str, str]:
    """The drawn picture of every indicator by name, as written in `pipelines/indicators/pictures/`."""
    drawn: dict[str, str] = {}
    for family in FAMILIES:
        page = resources.files("pipelines.indicators") / "pictures" / f"{family}.txt"
        for block in page.read_text(encoding="utf-8").split("== ")[1:]:
            name, _, picture = block.partition("\n")
            drawn[name.strip()] = picture.strip()
    return drawn


def indicator(name: str) -> Indicator:
    """The declaration of one indicator; Refused where there is none."""
    for each in catalogue():
        if each.name == name:
            return each
    raise Refused(f"There is no indicator '{name}'.", hint="`belong indicators list` names them all.")


def listed() -> list[dict[str, str]]:
    """One line per indicator: name, label, family, window, kind."""
    return [
        {"name": i.name, "label": i.label, "family": i.family, "window": i.window, "kind": i.kind}
        for i in catalogue()
    ]


def shown(name: str) -> str:
    """One indicator's page: everything declared, and its picture."""
    each = indicator(name)
    facts = {
        "Unit": each.unit,
        "From": f"{each.source}, window: {each.window.replace('_', ' ')}",
        "Kind": _KINDS[each.kind],
        "Direction": _DIRECTIONS[each.direction],
        "Says": each.said(2.0),
        "Missing": each.missing,
    }
    if each.cap is not None:
        facts["Cap"] = f"values above {each.cap:g} are read as {each.cap:g}"
    if each.support:
        facts["Points to"] = "; ".join(each.support)
    lines = [f"### {each.name}", "", f"**{each.label}**", ""]
    lines += [f"* {key}: {text}" for key, text in facts.items()]
    return "\n".join([*lines, "", "```text", pictures()[name], "```", ""])


def printed() -> str:
    """The whole manual, as kept in `docs/indicators.md`."""
    parts = [_INTRODUCTION]
    for family, title in FAMILIES.items():
        parts.append(f"## {title}\n")
        parts += [shown(each.name) for each in catalogue() if each.family == family]
    return "\n".join(parts).rstrip() + "\n"
