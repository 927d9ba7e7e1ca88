"""The files beside a copy's pages: all of it, a table for each kind of record, in one zip."""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from data_contracts import calendar
from data_contracts.codes import code_set
from data_contracts.downloads import safe_csv
from pipelines.events import sentence
from pipelines.explanation import records_of

Row = Mapping[str, Any]
Sheet = tuple[str, str, list[Row]]
"""A file's name without its ending, what is in it, its rows."""

SECTIONS = {
    "roll": "The pupil's places on school rolls: names, numbers, year groups, dates.",
    "identifiers": "The numbers by which files are matched to the pupil, scrambled so that they can't be read.",
    "copies": "Copies like this one that were prepared before.",
    "who-looked": "Every line of the log about the pupil: who opened or changed what, and when.",
    "kept-until": "How long each kind of record is stored.",
}
ALL_DAYS = date(2999, 12, 31)
SPLIT_OFF = ("stored", "used", "weights", "told", "explanation")
"""Parts of a figure that have a table of their own."""


def zipped(body: Row) -> bytes:
    """A zip of a copy as tables (CSV), whole (JSON), and a text that says what each file holds."""
    sheets = [sheet for sheet in sheets_of(body) if sheet[2]]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("read-me.txt", _read_me(sheets))
        archive.writestr("copy.json", json.dumps(body, ensure_ascii=False, indent=1))
        for name, _about, rows in sheets:
            archive.writestr(f"{name}.csv", safe_csv(_table(rows)).encode("utf-8-sig"))
    return packed.getvalue()


def sheets_of(body: Row) -> Iterator[Sheet]:
    """Every table of a copy, empty ones too."""
    for name, about in SECTIONS.items():
        yield name, about, body.get(name.replace("-", "_"), [])
    yield from _records(body)
    for name, rows in body.get("decided", {}).items():
        yield f"written-{name.replace('_', '-')}", "What adults or the pupil wrote, or decided.", rows
    yield from _figures(body.get("figures", []))
    for name, rows in body.get("superseded", {}).items():
        about = "Earlier versions, replaced by a later upload and stored so that it can be undone."
        yield f"replaced-{name.replace('_', '-')}", about, rows


def _records(body: Row) -> Iterator[Sheet]:
    for name, rows in body.get("records", {}).items():
        about = "The school's records as they were uploaded."
        yield f"records-{name.replace('_', '-')}", about, [_with_meaning(name, row) for row in rows]
    events = body.get("timeline", [])
    about = "Every dated event, with the words that staff read."
    yield "timeline", about, [{**one, "words": sentence(one["text_key"], one["detail"])} for one in events]
    yield "registers", "Every session of the registers that the dated events tell of.", _sessions(events)


def _with_meaning(name: str, row: Row) -> Row:
    """A register's mark with what its code means."""
    if name != "attendance":
        return row
    marks = code_set("attendance")
    return {**row, "meaning": marks[row["code"]].label if row.get("code") in marks else ""}


def _sessions(events: Sequence[Row]) -> list[Row]:
    """Every session whose mark a timeline holds."""
    registers = [one for one in events if one["kind"] == "register"]
    if not registers:
        return []
    found = records_of(registers, ALL_DAYS, calendar.TERMS[-1].id).marks or ()
    marks = code_set("attendance")
    return [
        {
            "date": one.on, "session": one.half, "school": one.school, "code": one.code,
            "meaning": marks[one.code].label if one.code in marks else "", "counted_as": one.category,
            "possible": one.possible, "known_on": one.known_on,
        }
        for one in found
    ]  # fmt: skip


def _figures(figures: Sequence[Row]) -> Iterator[Sheet]:
    plain, inputs, said = list[Row](), list[Row](), list[Row]()
    for one in figures:
        head = {name: one.get(name) for name in ("term", "school", "published_at")}
        stored = {f"stored_{name}": value for name, value in one.get("stored", {}).items()}
        plain.append({name: value for name, value in one.items() if name not in SPLIT_OFF} | stored)
        inputs += [{**head, **row} for row in _inputs(one)]
        said += [{**head, **row} for row in _statements(one.get("explanation") or {})]
    yield "figures", "What the computer made of the records, list by list, as it is stored.", plain
    yield "figures-inputs", "Each input of each figure: its value and how far it moved the figure.", inputs
    yield "figures-reasons", "All that was or could be said of each figure in words.", said


def _inputs(figure: Row) -> Iterator[Row]:
    used, weights = figure.get("used") or {}, figure.get("weights") or {}
    for label in {**used, **weights}:
        yield {"input": label, "value": used.get(label), "weight": weights.get(label)}


def _statements(explanation: Row) -> Iterator[Row]:
    for theme in explanation.get("themes", []):
        for one in theme["said"]:
            yield {"theme": theme["label"], "kind": one["kind"], "sentence": one["sentence"]}
    for one in explanation.get("well", []):
        yield {"theme": "Going well", "kind": one["kind"], "sentence": one["sentence"]}
    for one in explanation.get("reasons", []):
        yield {"theme": one["theme"], "kind": "input", "input": one["label"], "sentence": one["sentence"]}


def _table(rows: Sequence[Row]) -> Iterator[list[Any]]:
    heads = list(dict.fromkeys(name for row in rows for name in row))
    yield heads
    for row in rows:
        yield [_cell(row.get(name)) for name in heads]


def _cell(value: Any) -> Any:
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False)
    return value


def _read_me(sheets: Iterable[Sheet]) -> str:
    lines = [
        "All that Belong holds about one pupil, beside the pages that say it in words.",
        "",
        "copy.json: everything, in one file for a program.",
        *(f"{name}.csv: {about}" for name, about, _rows in sheets),
        "",
        "The tables open in any spreadsheet. An apostrophe before a cell stops it being run as a formula.",
        "Some cells hold the codes of the school's own system. The pages say them in words.",
    ]
    return "\n".join(lines) + "\n"
