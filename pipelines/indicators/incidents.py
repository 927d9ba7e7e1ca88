"""Behaviour as one row per subject: counters by window, and what can't be added up.

Only incidents in which the pupil took part count, and none that ended in a suspension: it counts as that.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipelines import duck
from pipelines.indicators import days
from pipelines.indicators.marks import among, coded
from pipelines.indicators.windows import Pairs, Subjects, Tallies, half_terms_in, required_columns

Array = npt.NDArray[Any]
TOOK_PART = ("involved", "aggressor", "")  # who isn't described took part

# The first record of an incident decides, whatever later files repeat.
FIRST = """
    SELECT row FROM (
        SELECT row, row_number() OVER (
            PARTITION BY incident
            ORDER BY known_on, term_no, role, type, action, points, severity, lesson) AS place
        FROM repeated
    ) WHERE place = 1
"""


def behaviour(
    records: pa.Table, who: Subjects, rows: Sequence[days.AsOf], expressions: Iterable[str]
) -> dict[str, Array]:
    """Behaviour columns per subject.

    Each COUNTER_WINDOW that `expressions` use, of the counters of `counted`; most_serious_year,
    kinds_term, weeks_term, in_lessons_year, in_one_lesson_year, records_here_term, and
    school_days_since_incident (missing where there was none).
    """
    taken = _taking_part(records, first_records(records))
    date = taken["date"].cast(pa.int32()).to_numpy()
    known = np.maximum(date, taken["known_on"].cast(pa.int32()).fill_null(0).to_numpy())
    day, calendar = date - days.day_number(days.FIRST_DAY), days.day_arrays()
    half_term, pupil = calendar.half_term[day], taken["pupil"].to_numpy()
    sums = counted(taken)
    most = {
        "most_serious": sums["severity"],
        "last_school_day": np.where(sums["incidents"], calendar.school_day[day], 0),
    }
    kept = Tallies(half_term, pupil, known, who.pupils, sums, most)
    apart = {
        "kind": coded(taken["type"])[0] + np.int64(0),
        "week": calendar.week[day],
        "lesson": coded(taken["lesson"])[0] + np.int64(0),
    }
    said = {
        name: taken[column].is_valid().to_numpy() for name, column in (("kind", "type"), ("lesson", "lesson"))
    }
    wanted = sorted(required_columns(expressions, sums))
    pairs = Pairs(pupil, taken["school"], who)
    columns: dict[str, Array] = {}
    for row in sorted(rows, key=lambda row: row.as_of):
        at, windows = who.at(row), half_terms_in(row)
        mine, seen = who.pupil[at], known <= days.day_number(row.as_of)
        kept.advance_to(row)
        found = {f"{name}_{window}": kept.over(name, windows[window], mine) for name, window in wanted}
        found["most_serious_year"] = kept.over("most_serious", windows["year"], mine)
        last = kept.over("last_school_day", windows["ever"], mine)
        found["school_days_since_incident"] = days.school_day(row.as_of) - last
        term = seen & np.isin(half_term, windows["term"])
        year = seen & np.isin(half_term, windows["year"]) & sums["incidents"].astype(bool) & said["lesson"]
        bad = term & sums["incidents"].astype(bool)
        found["kinds_term"] = (_spread(pupil, apart["kind"], bad & said["kind"], who) > 0).sum(axis=1)[mine]
        found["weeks_term"] = (_spread(pupil, apart["week"], bad, who) > 0).sum(axis=1)[mine]
        lessons = _spread(pupil, apart["lesson"], year, who)
        found["in_lessons_year"] = lessons.sum(axis=1)[mine]
        found["in_one_lesson_year"] = lessons.max(axis=1)[mine]
        here = np.bincount(pairs.place[term], minlength=pairs.count)
        found["records_here_term"] = here[pairs.own[at]]
        for name, values in found.items():
            columns.setdefault(name, np.zeros(len(who.pupil), np.int32))[at] = values
    return columns


def counted(taken: pa.Table) -> dict[str, Array]:
    """Each record's contribution to each counter. A record that isn't marked positive is an incident."""
    positive = taken["positive"].fill_null(False).to_numpy()
    points = taken["points"].fill_null(0.0).to_numpy() * 100
    return {
        "incidents": ~positive,
        "positives": positive,
        "severity": np.where(positive, 0, taken["severity"].fill_null(1).to_numpy()),
        "points_hundredths": np.copysign(np.floor(np.abs(points) + 0.5), points),
        "detentions": ~positive & among(taken["action"], ("detention",)),
        "removals": among(taken["action"], ("removal",)),
        "internal_suspensions": among(taken["action"], ("internal_suspension",)),
        "outside_lessons": ~positive & taken["lesson"].is_null().to_numpy(),
    }


def incident_keys(records: pa.Table) -> pa.ChunkedArray:
    """Keys that tell incidents of one pupil at one school apart: their number, or else what was written down."""
    if not records["incident_id"].null_count:
        return records["incident_id"]
    told = pc.binary_join_element_wise(
        *(records[name].cast(pa.string()) for name in ("date", "time", "type", "lesson", "points")),
        "|", null_handling="skip",
    )  # fmt: skip
    return pc.coalesce(records["incident_id"], told)


def first_records(records: pa.Table) -> Array:
    """True for the row that stands first among those of its incident."""
    number, numbers = coded(incident_keys(records))
    school, schools = coded(records["school"])
    incident = (records["pupil"].to_numpy().astype(np.int64) * (len(schools) + 1) + school) * (
        len(numbers) + 1
    )
    incident += number
    again = pd.Series(incident).duplicated(keep=False).to_numpy()
    if not again.any():
        return ~again
    at = np.flatnonzero(again)
    repeated = records.take(pa.array(at)).append_column("row", pa.array(at))
    repeated = repeated.append_column("incident", pa.array(incident[at]))
    first = ~again
    first[duck.ask(FIRST, {"repeated": repeated})["row"].to_numpy()] = True
    return first


def _taking_part(records: pa.Table, first: Array) -> pa.Table:
    """Of the first records, those inside the calendar of pupils who took part, unless a suspension came of them."""
    part = among(records["role"], TOOK_PART) & ~among(records["action"], ("suspension",))
    day = records["date"].cast(pa.int32()).fill_null(-1).to_numpy() - days.day_number(days.FIRST_DAY)
    inside = (day >= 0) & (day < len(days.day_arrays().half_term))
    told = records.drop_columns(["incident_id", "time"])
    return told.filter(pa.array(first & part & inside))


def _spread(pupil: Array, code: Array, chosen: Array, who: Subjects) -> Array:
    """Occurrences of each code among the chosen rows of each pupil: pupils × codes."""
    code = code[chosen]
    code = code - (code.min() if len(code) else 0)
    width = int(code.max(initial=0)) + 1
    found = np.bincount(pupil[chosen] * np.int64(width) + code, minlength=who.pupils * width)
    return found.reshape(who.pupils, width)
