"""Generated worlds: two schools over four terms, with what makes school data awkward."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from data_contracts import calendar
from data_contracts.codes import attendance_codes
from tests.indicators.lakes import TABLES, Rows, pupil_id

TERMS = ("2023-autumn", "2024-spring", "2024-summer", "2024-autumn")  # a leap day, and new codes in the last
SCHOOLS = ("999001", "999002")
LEAP_DAY = date(2024, 2, 29)
_CODES = attendance_codes()
_LIFE = ("stays", "moves", "joins", "leaves", "registered twice")
World = dict[tuple[str, str], dict[str, Rows]]


def open_days(term: str) -> list[date]:
    found = calendar.term(term)
    return calendar.school_days(found.start, found.end)


def codes_on(day: date) -> list[str]:
    """Codes in use on a day, presence left out."""
    used = _CODES[(_CODES["valid_from"] <= str(day)) & (_CODES["valid_to"] >= str(day))]
    return sorted(set(used["code"]) - {"/", "\\"})


NEW, OLD = codes_on(date(2024, 9, 9)), codes_on(date(2024, 5, 1))
recorded = st.one_of(st.none(), st.integers(0, 90))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A world of up to six pupils; a school may lack a term, or a table of a term."""
    world: World = {}
    for school in SCHOOLS:
        for term in TERMS:
            if term == TERMS[-1] or draw(st.integers(0, 5)):
                gone = draw(
                    st.sampled_from((None, None, None, "behaviour", "sen", "suspensions", "attendance"))
                )
                world[school, term] = {table: [] for table in TABLES if table != gone}
    for number in range(draw(st.integers(2, 6))):
        _live(draw, world, number, draw(st.sampled_from(_LIFE)))
    return world


def _live(draw: st.DrawFn, world: World, number: int, life: str) -> None:
    """One pupil's time at school."""
    home, other = draw(st.permutations(SCHOOLS))
    turn = draw(st.integers(1, 3))
    for n, term in enumerate(TERMS):
        if (life == "joins" and n < turn) or (life == "leaves" and n > turn):
            continue
        school = other if life == "moves" and n >= turn else home
        facts: dict[str, Any] = {"entry_date": date(2022, 9, 5), "leaving_date": None, "enrol_status": "C"}
        if n == turn and life in ("joins", "moves"):
            facts["entry_date"] = draw(st.sampled_from(open_days(term)))
        elif n > turn and life in ("joins", "moves"):
            facts["entry_date"] = calendar.term(TERMS[turn]).start
        if n == turn and life == "leaves":
            facts["leaving_date"] = draw(st.sampled_from(open_days(term)))
        _term(draw, world, number, school, term, facts)
        if life == "registered twice" and n >= turn:
            _term(draw, world, number, other, term, {**facts, "enrol_status": "S"})


def _term(draw: st.DrawFn, world: World, number: int, school: str, term: str, facts: dict[str, Any]) -> None:
    tables = world.get((school, term))
    if tables is None:
        return
    who = {"pupil_id": pupil_id(number)}
    year = str(draw(st.integers(9, 10)))
    tables["pupils"].append(
        {**who, "nc_year": year, "registration_group": "A", "phase": "secondary", **facts}
    )
    makers = {"attendance": _marks, "behaviour": _incidents, "suspensions": _suspensions, "sen": _sen}
    for table, make in makers.items():
        if table in tables:
            tables[table] += [{**who, **row} for row in make(draw, term)]


def _marks(draw: st.DrawFn, term: str) -> Rows:
    """Two stretches of days, all marked, with runs of other codes in between; part-time in some."""
    days = open_days(term)
    rows: Rows = []
    for start in (draw(st.integers(0, 20)), draw(st.integers(30, len(days) - 12))):
        stretch = [(day, s) for day in days[start : start + 10] for s in ("AM", "PM")]
        codes = OLD if days[start] < date(2024, 8, 19) else NEW
        run, at = draw(st.integers(0, 12)), draw(st.integers(0, 19))
        main, odd = draw(st.sampled_from([*"IOUGN", *codes])), draw(st.sampled_from(codes))
        for n, (day, session) in enumerate(stretch):
            code = main if at <= n < at + run else "/" if session == "AM" else "\\"
            code = odd if n == at + run // 2 else code
            rows.append({"date": day, "session": session, "code": code, "recorded_on": None})
    return rows


def _later(draw: st.DrawFn, day: date) -> date | None:
    """When a record was written down: unknown, or some school days after."""
    lag = draw(recorded)
    return None if lag is None else calendar.add_school_days(day, lag) if lag else day


def _incidents(draw: st.DrawFn, term: str) -> Rows:
    rows: Rows = []
    for n in range(draw(st.integers(0, 6))):
        day = draw(st.sampled_from(open_days(term)))
        rows.append(
            {
                "incident_id": f"{term}-{n}", "date": day, "time": "10:00",
                "type": draw(st.sampled_from(("uniform", "fighting", "disruption"))),
                "positive": draw(st.booleans()) and draw(st.booleans()),
                "points": draw(st.sampled_from((None, 0.1, 0.25, 3.0))),
                "severity": draw(st.sampled_from((None, 1, 3, 5))),
                "lesson": draw(st.sampled_from((None, "Maths", "Maths", "Art"))),
                "action": draw(st.sampled_from(
                    ("none", "detention", "removal", "internal_suspension", "suspension"))),
                "role": draw(st.sampled_from(("involved", "involved", "aggressor", "target", "witness"))),
                "recorded_on": _later(draw, day),
            }
        )  # fmt: skip
    return rows


def _suspensions(draw: st.DrawFn, term: str) -> Rows:
    rows: Rows = []
    days = [day for day in open_days(term) if day != LEAP_DAY]
    if term == "2024-spring" and draw(st.booleans()):
        days = [LEAP_DAY]
    for day in draw(st.lists(st.sampled_from(days), max_size=3, unique=True)):
        status = draw(st.sampled_from(("issued", "issued", "cancelled", "overturned", "reinstated")))
        changed = calendar.add_school_days(day, draw(recorded) or 1)
        rows.append(
            {
                "category": draw(st.sampled_from(("SUSP", "SUSP", "SUSP", "LNCH", "PERM"))),
                "start_date": day, "start_session": draw(st.sampled_from(("AM", "PM"))),
                "sessions": draw(st.sampled_from((1, 2, 5, 90))), "status": status,
                "status_on": None if status == "issued" else changed,
                "recorded_on": _later(draw, day),
            }
        )  # fmt: skip
    return rows


def _sen(draw: st.DrawFn, term: str) -> Rows:
    rows: Rows = []
    for start in draw(
        st.lists(st.sampled_from([date(2023, 2, 6), *open_days(term)]), max_size=2, unique=True)
    ):
        rows.append(
            {
                "provision": draw(st.sampled_from("NKE")), "start_date": start, "need_rank": 1,
                "need_type": draw(st.sampled_from((None, "NSA", "SLCN"))),
                "end_date": draw(st.sampled_from((None, None, *open_days(term)[-15:-8]))),
                "review_date": draw(st.sampled_from((None, *open_days(term)[-15:-8]))),
                "recorded_on": _later(draw, start) if start.year > 2023 else None,
            }
        )  # fmt: skip
    return rows
