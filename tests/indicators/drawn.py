"""Read a drawn picture: pupils, their records in one line each, and the value an indicator should have."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from data_contracts import calendar
from pipelines.indicators import days
from tests.indicators.lakes import TABLES, Rows, pupil_id

_ENROLLED = date(2022, 9, 5)
_WORDS = {
    "behaviour": {"known": "recorded_on", "id": "incident_id"},
    "suspensions": {"known": "recorded_on", "on": "status_on"},
    "sen": {"known": "recorded_on", "need": "need_type", "review": "review_date", "end": "end_date"},
}
_NUMBERS = {"severity": int, "points": float, "sessions": int}
_START = {"behaviour": "date", "suspensions": "start_date", "sen": "start_date"}


@dataclass
class Drawing:
    """One picture as a world of one school, and the values expected by pupil."""

    term: str
    expected: dict[str, float | None] = field(default_factory=dict)
    world: dict[tuple[str, str], dict[str, Rows]] = field(default_factory=dict)

    def rows(self, school: str, term: str, table: str) -> Rows:
        tables = self.world.setdefault((school, term), {name: [] for name in TABLES})
        return tables[table]


def read(picture: str, school: str, first: int) -> Drawing:
    """The drawing of one picture at a school of its own; pupils are numbered from `first`."""
    lines = [line for line in picture.splitlines() if line.strip()]
    start = next(n for n, line in enumerate(lines) if line.startswith("as of"))
    as_of = date.fromisoformat(lines[start].split()[2])
    drawing = Drawing(days.term_at(as_of))
    assert calendar.as_of(drawing.term) == as_of, "pictures are drawn at the usual as-of date"
    header = [cell.strip() for cell in lines[start + 1].split("|")]
    for number, line in enumerate(lines[start + 2 :], first):
        cells = [cell.strip() for cell in line.split("|")]
        pupil = pupil_id(number)
        drawing.expected[pupil] = None if cells[-1] == "missing" else float(cells[-1])
        _draw_pupil(drawing, school, pupil, dict(zip(header[1:-1], cells[1:-1], strict=True)))
    return drawing


def _draw_pupil(drawing: Drawing, school: str, pupil: str, cells: dict[str, str]) -> None:
    facts = _facts(cells.get("pupil", ""))
    terms = {drawing.term}
    for name, text in cells.items():
        if name.startswith("marks from "):
            terms |= _draw_marks(drawing, school, pupil, date.fromisoformat(name.split()[2]), text)
        elif name != "pupil":
            terms |= _draw_records(drawing, school, pupil, name, text)
    row = {
        "pupil_id": pupil, "nc_year": facts.get("year", "8"), "registration_group": "8A",
        "phase": "secondary", "entry_date": facts.get("joined", _ENROLLED), "leaving_date": None,
        "enrol_status": "C",
    }  # fmt: skip
    for term in terms:
        drawing.rows(school, term, "pupils").append(row)
    if "before" in facts:
        other = f"{int(school) + 500}"
        drawing.rows(other, calendar.previous_term(drawing.term).id, "pupils").append(row)


def _draw_marks(drawing: Drawing, school: str, pupil: str, start: date, text: str) -> set[str]:
    term = days.term_at(start)
    open_days = calendar.school_days(start, calendar.term(term).end)
    for day, token in zip(open_days, text.split(), strict=False):
        am, pm = token.split(",") if "," in token else (token[0], token[1:])
        for session, code in (("AM", am), ("PM", pm)):
            drawing.rows(school, term, "attendance").append(
                {"pupil_id": pupil, "date": day, "session": session, "code": code}
            )
    return {term} if text else set()


def _draw_records(drawing: Drawing, school: str, pupil: str, table: str, text: str) -> set[str]:
    terms = set()
    for number, entry in enumerate(part.strip() for part in text.split(",") if part.strip()):
        day, *words = entry.split()
        term = drawing.term if table == "sen" else days.term_at(date.fromisoformat(day))
        terms.add(term)
        row: dict[str, Any] = {"pupil_id": pupil, _START[table]: date.fromisoformat(day)}
        row |= _record(table, words, f"{pupil}-{number}")
        drawing.rows(school, term, table).append(row)
    return terms


def _record(table: str, words: list[str], number: str) -> dict[str, Any]:
    plain = [word for word in words if "=" not in word]
    named = _facts(" ".join(word for word in words if "=" in word))
    values = {_WORDS[table].get(key, key): _NUMBERS.get(key, str)(value) for key, value in named.items()}
    base: dict[str, dict[str, Any]] = {
        "behaviour": {
            "incident_id": number, "type": plain[0] if plain else "", "positive": "positive" in plain,
            "action": "none", "role": "involved", "recorded_on": None,
        },
        "suspensions": {
            "category": "SUSP", "start_session": "AM", "status": "issued", "status_on": None,
            "recorded_on": None,
        },
        "sen": {"provision": plain[0] if plain else "", "need_rank": 1, "recorded_on": None},
    }  # fmt: skip
    return base[table] | values


def _facts(text: str) -> dict[str, str]:
    return dict(re.findall(r"(\w+)=(\S+)", text))
