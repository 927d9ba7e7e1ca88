"""The slow reference: every indicator again, in plain Python over plain rows, one pupil at a time.

It shares no code with the engine but the calendar's and the codes' facts.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from data_contracts import calendar
from data_contracts.codes import attendance_category

Row = dict[str, Any]
World = Mapping[tuple[str, str], Mapping[str, list[Row]]]
Value = float | None
LAGS = {"attendance": 5, "behaviour": 2, "suspensions": 1, "sen": 20, "pupils": 0}
DAY = {"attendance": "date", "behaviour": "date", "suspensions": "start_date", "sen": "start_date",
       "pupils": "entry_date"}  # fmt: skip
PLAIN, AWAY = {"present", "late", "approved_activity"}, {"authorised", "unauthorised"}


@cache
def place(day: date) -> tuple[int, int, int]:
    """(half-term, term, year) of a day as running numbers: the half-term that began last."""
    half_terms = [(half[0], n, t.year) for n, t in enumerate(calendar.TERMS) for half in t.half_terms]
    begun = [number for number, half in enumerate(half_terms) if half[0] <= day]
    if not begun:
        return -9, -9, -9
    _start, term, year = half_terms[begun[-1]]
    return begun[-1], term, int(year[:4])


@cache
def school_days_between(first: date, last: date) -> int:
    """School days after `first` up to and with `last`."""
    start = calendar.TERMS[0].start
    return len(calendar.school_days(start, last)) - len(calendar.school_days(start, first))


def known_on(table: str, row: Row) -> date:
    """The recorded day, else the event's and the table's lag."""
    day: date = row[DAY[table]]
    recorded = row.get("recorded_on")
    return recorded or (calendar.add_school_days(day, LAGS[table]) if LAGS[table] else day)


def filed(row: Row) -> date:
    """The beginning of the term a row was filed under."""
    return calendar.term(row["term"]).start


@dataclass
class Seen:
    """What the trust knew of one pupil at one as-of date."""

    pupil: str
    school: str
    term: str
    on_roll: Row
    world: World
    as_of: date = field(init=False)

    def __post_init__(self) -> None:
        self.as_of = calendar.as_of(self.term)
        self.marks = [
            m for m in self._rows("attendance") if max(known_on("attendance", m), m["date"]) <= self.as_of
        ]
        self.incidents = list(self._incidents())
        self.suspensions = list(self._suspensions())
        self.sen = list(self._sen())

    def _rows(self, table: str) -> Iterable[Row]:
        """The pupil's rows of every school and term, each with where it was filed."""
        for (school, term), tables in self.world.items():
            for row in tables.get(table, []):
                if row["pupil_id"] == self.pupil:
                    yield {**row, "school": school, "term": term}

    def _incidents(self) -> Iterable[Row]:
        met: dict[Any, Row] = {}
        for row in sorted(self._rows("behaviour"), key=lambda r: (known_on("behaviour", r), filed(r))):
            met.setdefault((row["school"], row["incident_id"]), row)
        for row in met.values():
            known = max(known_on("behaviour", row), row["date"]) <= self.as_of
            if known and row["role"] in ("involved", "aggressor") and row["action"] != "suspension":
                yield row

    def _suspensions(self) -> Iterable[Row]:
        groups: dict[Any, list[Row]] = {}
        for row in self._rows("suspensions"):
            if max(known_on("suspensions", row), row["start_date"]) <= self.as_of:
                key = (row["start_date"], row["start_session"], row["category"] == "LNCH")
                groups.setdefault(key, []).append(row)
        for rows in groups.values():
            told = [r for r in rows if r["status_on"] and r["status_on"] <= self.as_of]
            latest = max(told, key=lambda r: (r["status_on"], filed(r))) if told else None
            row = latest or max(rows, key=filed)
            if not (latest and latest["status"] in ("cancelled", "overturned")):
                yield row

    def _sen(self) -> Iterable[Row]:
        mine = place(self.as_of)[1]
        for school in {key[0] for key in self.world}:
            files = [
                term for place_, term in self.world if place_ == school and "sen" in self.world[place_, term]
            ]
            upto = [term for term in files if place(calendar.term(term).start)[1] <= mine]
            if not upto:
                continue
            latest = max(upto, key=lambda term: calendar.term(term).start)
            for row in self.world[school, latest]["sen"]:
                known = max(known_on("sen", row), row["start_date"]) <= self.as_of
                if row["pupil_id"] == self.pupil and known:
                    yield row

    def inside(self, window: str) -> Callable[[date], bool]:
        """Whether a day lies in a window seen from the as-of date."""
        half, term, year = place(self.as_of)
        tests: dict[str, Callable[[tuple[int, int, int]], bool]] = {
            "half_term": lambda p: p[0] == half, "last_half_term": lambda p: p[0] == half - 1,
            "term": lambda p: p[1] == term, "last_term": lambda p: p[1] == term - 1,
            "year": lambda p: p[2] == year, "last_year": lambda p: p[2] == year - 1, "ever": lambda p: True,
        }  # fmt: skip
        return lambda day: tests[window](place(day))

    def covered(self, table: str, window: str) -> bool:
        """Whether the pupil was on a roll whose school's table was loaded, in a term of the window."""
        window = {"half_term": "term", "now": "term"}.get(window, window)
        rolls = [
            calendar.term(term).start
            for (school, term), tables in self.world.items()
            if table in tables and any(row["pupil_id"] == self.pupil for row in tables.get("pupils", []))
        ]
        upto = [start for start in rolls if place(start)[1] <= place(self.as_of)[1]]
        return any(self.inside(window)(start) for start in upto)


def sort_of(mark: Row) -> str:
    """'attended', 'authorised', 'unauthorised' or 'neither'."""
    category = attendance_category(mark["code"], mark["date"])
    if category in AWAY:
        return str(category)
    return "attended" if category in PLAIN and mark["code"] not in ("B", "K") else "neither"


def absence(marks: list[Row]) -> Value:
    """Percent of the counted sessions missed."""
    return percent([m for m in marks if sort_of(m) in AWAY], counted(marks))


def counted(marks: list[Row]) -> list[Row]:
    return [m for m in marks if sort_of(m) != "neither"]


def percent(part: list[Any], whole: list[Any], least: int = 1) -> Value:
    return 100.0 * len(part) / len(whole) if len(whole) >= least else None


def runs(seen: Seen) -> list[int]:
    """Lengths of this term's runs of absence, walking session by session at each school."""
    found = []
    here = [m for m in seen.marks if m["term"] == seen.term]
    for school in {m["school"] for m in here}:
        told = {(m["date"], m["session"]): sort_of(m) for m in here if m["school"] == school}
        term = calendar.term(seen.term)
        length = 0
        for day in calendar.school_days(term.start, term.end):
            for session in ("AM", "PM"):
                sort = told.get((day, session), "attended")
                if sort in AWAY:
                    length += 1
                elif sort == "attended" and length:
                    found.append(length)
                    length = 0
        if length:
            found.append(length)
    return found


def attendance(seen: Seen) -> dict[str, Value]:
    """The family of attendance."""

    def during(window: str) -> list[Row]:
        return [m for m in seen.marks if seen.inside(window)(m["date"])]

    def of(window: str, test: Callable[[Row], bool]) -> list[Row]:
        return [m for m in during(window) if test(m)]

    def late(mark: Row) -> bool:
        return attendance_category(mark["code"], mark["date"]) == "late"

    halves: dict[int, list[Row]] = {}
    for mark in during("year"):
        halves.setdefault(place(mark["date"])[0], []).append(mark)
    half_terms = [value for value in (absence(marks) for marks in halves.values()) if value is not None]
    away = of("year", lambda m: sort_of(m) in AWAY)
    spells = runs(seen)
    values: dict[str, Value] = {f"absence_{w}": absence(during(w)) for w in
                                ("term", "half_term", "year", "last_term", "last_year")}  # fmt: skip
    for name, now, before in (("half_term", "half_term", "last_half_term"), ("term", "term", "last_term")):
        new, old = absence(during(now)), absence(during(before))
        values[f"absence_change_{name}"] = None if new is None or old is None else new - old
    for window in ("term", "year"):
        missed = of(window, lambda m: sort_of(m) == "unauthorised")
        values[f"unauthorised_{window}"] = percent(missed, counted(during(window)))
        values[f"late_{window}"] = percent(of(window, late), counted(during(window)))
    return values | {
        "low_attendance_half_terms": sum(value >= 10 for value in half_terms),
        "severe_absence_half_terms": sum(value >= 50 for value in half_terms),
        "after_close_year": len(of("year", lambda m: m["code"] == "U")),
        "no_reason_half_term": len(of("half_term", lambda m: m["code"] in "NO")),
        "holiday_year": len(of("year", lambda m: m["code"] == "G")),
        "longest_run_term": max(spells, default=0),
        "absence_spells_term": len(spells),
        "edge_share_year": percent([m for m in away if m["date"].weekday() in (0, 4)], away, 6),
        "suspended_marks_term": len(of("term", lambda m: m["code"] == "E")),
        "part_time_term": len(of("term", lambda m: m["code"] == "C2")),
        "elsewhere_term": len(of("term", lambda m: m["code"] in ("B", "D", "K"))),
    }


def lost_learning(seen: Seen) -> dict[str, Value]:
    """Suspensions."""
    whole = [s for s in seen.suspensions if s["category"] != "LNCH"]

    def during(rows: list[Row], window: str) -> list[Row]:
        return [s for s in rows if seen.inside(window)(s["start_date"])]

    lunch = [s for s in seen.suspensions if s["category"] == "LNCH"]
    since = [school_days_between(s["start_date"], seen.as_of) for s in whole]
    values: dict[str, Value] = {f"suspensions_{w}": len(during(whole, w)) for w in
                                ("term", "year", "last_year", "ever")}  # fmt: skip
    return values | {
        "suspended_sessions_year": sum(s["sessions"] or 0 for s in during(whole, "year")),
        "school_days_since_suspension": min(since) if since else None,
        "lunchtime_suspensions_year": len(during(lunch, "year")),
    }


def behaviour(seen: Seen) -> dict[str, Value]:
    """Behaviour records."""

    def during(window: str, *, positive: bool = False) -> list[Row]:
        return [
            b for b in seen.incidents if bool(b["positive"]) == positive and seen.inside(window)(b["date"])
        ]

    term, year, ever = during("term"), during("year"), during("ever")
    good = during("term", positive=True)
    lessons = Counter(b["lesson"] for b in year if b["lesson"])
    in_lessons = sum(lessons.values())
    values: dict[str, Value] = {
        f"incidents_{w}": len(during(w)) for w in ("half_term", "term", "year", "last_year")
    }
    for action in ("internal_suspension", "removal"):
        every = [b for b in seen.incidents if b["action"] == action]
        for window in ("term", "year"):
            inside = [b for b in every if seen.inside(window)(b["date"])]
            values[f"{action}s_{window}"] = len(inside)
    return values | {
        "incidents_change_half_term": len(during("half_term")) - len(during("last_half_term")),
        "severity_term": sum(b["severity"] or 1 for b in term),
        "most_serious_year": max((b["severity"] or 1 for b in year), default=0),
        "positives_term": len(good),
        "positive_share_term": percent(good, good + term, 3),
        "detentions_term": sum(b["action"] == "detention" for b in term),
        "out_of_lessons_share_year": percent([b for b in year if not b["lesson"]], year, 3),
        "one_lesson_share_year": 100.0 * max(lessons.values()) / in_lessons if in_lessons >= 4 else None,
        "kinds_of_incident_term": len({b["type"] for b in term}),
        "weeks_with_incidents_term": len({tuple(b["date"].isocalendar()[:2]) for b in term}),
        "first_incident_this_term": float(bool(term) and len(ever) == len(term)),
        "school_days_since_incident": min(
            (school_days_between(b["date"], seen.as_of) for b in ever), default=None
        ),
        "incidents_above_norm_term": len(term),
        "incidents_rank_term": len(term),
        "points_term": sum(b["points"] or 0 for b in term + good),
    }


def sen(seen: Seen) -> dict[str, Value]:
    """SEN records."""
    standing = [s for s in seen.sen if not s["end_date"] or s["end_date"] > seen.as_of]
    ranks = [{"E": 2, "K": 1}.get(s["provision"], 0) for s in standing]
    begun = [s for s in seen.sen if s["provision"] in "KE" and seen.inside("year")(s["start_date"])]
    due = [s["review_date"] for s in standing if s["review_date"] and s["review_date"] < seen.as_of]
    assessed = [s for s in standing if s["provision"] in "KE" and s["need_type"] not in (None, "NSA")]
    return {
        "sen_support": float(max(ranks, default=0) == 1),
        "sen_plan": float(max(ranks, default=0) == 2),
        "sen_changed_year": float(bool(begun)),
        "sen_review_overdue": max((school_days_between(day, seen.as_of) for day in due), default=0),
        "sen_need_not_assessed": float(1 in ranks and not assessed),
    }


def pupils_place(seen: Seen) -> dict[str, Value]:
    """Year group and time at this school."""
    joined: date = seen.on_roll["entry_date"]
    starts = [t.start for t in calendar.TERMS if place(t.start)[2] == place(seen.as_of)[2]]
    before = {
        school
        for (school, term), tables in seen.world.items()
        if school != seen.school
        and calendar.term(term).start < calendar.term(seen.term).start
        and any(row["pupil_id"] == seen.pupil for row in tables.get("pupils", []))
    }
    same_year = place(joined)[2] == place(seen.as_of)[2]
    return {
        "year_group": float(seen.on_roll["nc_year"]),
        "school_days_since_joining": school_days_between(joined, seen.as_of),
        "joined_in_year": float(same_year and school_days_between(min(starts), joined) > 20),
        "earlier_schools": len(before),
    }
