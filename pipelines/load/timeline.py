"""Timeline events from canonical rows: dated plain records for cards, no identifiers, no crime reasons.

An event carries all that an indicator reads of its row, so that what was counted can be counted again.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.codes import crime_reasons, crime_types
from pipelines.events import NAMED_AS_TAKING_PART, TimelineEvent
from pipelines.indicators.incidents import incident_keys
from pipelines.indicators.marks import code_table
from pipelines.load.register import registers

_ROLES = {
    "aggressor": "incident_hurting",
    "target": "incident_target",
    "witness": "incident_witness",
}
_CATEGORIES = {
    "SUSP": "suspension",
    "PERM": "permanent_exclusion",
    "LNCH": "lunchtime_suspension",
}
_MISSED = ("authorised", "unauthorised", "suspended", "part_time")
_COUNTED = (*_MISSED, "present", "late", "approved_activity")
_WEEK_COUNTS = ("absent", "unauthorised", "late", "suspended", "part_time")


def timeline(table: str, rows: pa.Table, school: str) -> list[TimelineEvent]:
    """The events that a table's standing rows tell of, in the table's own order; none for other tables."""
    makers = {
        "attendance": attendance_weeks,
        "attendance_summary": attendance_totals,
        "behaviour": incidents,
        "suspensions": suspensions,
        "sen": sen_steps,
    }
    if table not in makers or not rows.num_rows:
        return []
    whole: list[TimelineEvent] = []
    if table == "attendance":
        whole += registers(rows, school)
        rows = rows.filter(pc.invert(pc.is_in(rows.column("code"), value_set=pa.array(["/", "\\"]))))
    if table == "behaviour":
        rows = rows.append_column("key", incident_keys(rows))
    return [*whole, *makers[table](rows.to_pandas(date_as_object=False), school)]


def in_order(events: Iterable[TimelineEvent]) -> tuple[TimelineEvent, ...]:
    """Pupil by pupil and day by day."""
    return tuple(sorted(events, key=lambda event: (event.pupil_id, event.date, event.kind, event.text_key)))


def attendance_weeks(marks: pd.DataFrame, school: str) -> Iterator[TimelineEvent]:
    """One event per pupil and week in which something other than presence was marked."""
    categories = code_table().select(["code", "category"]).to_pandas().drop_duplicates("code")
    told = marks.merge(categories, on="code")
    told = told[told["category"].isin(["authorised", "unauthorised", "late", "suspended", "part_time"])]
    monday = told["date"] - pd.to_timedelta(told["date"].dt.day_of_week, unit="D")
    told = told.assign(week=monday, absent=told["category"].isin(["authorised", "unauthorised"]))
    for name in _WEEK_COUNTS[1:]:
        told[name] = told["category"] == name
    weeks = told.groupby(["pupil_id", "week"], sort=False)[list(_WEEK_COUNTS)].sum()
    for (pupil_id, week), *counts in weeks.itertuples(name=None):
        detail = {name: int(n) for name, n in zip(_WEEK_COUNTS, counts, strict=True) if n}
        ends = week.date() + timedelta(days=4)
        yield TimelineEvent(pupil_id, school, ends, "attendance_week", "attendance_week", detail)


def attendance_totals(rows: pd.DataFrame, school: str) -> Iterator[TimelineEvent]:
    """One event per pupil and period of which only totals are known: sessions possible, missed and late.

    Totals by category and counts by code may stand beside each other, so the larger is taken; whether anyone
    was late is not known where no row says so.
    """
    told = rows[rows["pupil_id"].notna() & rows["period_start"].notna() & rows["period_end"].notna()]
    sessions, kind, by_code = told["sessions"].fillna(0), told["category"], told["code"].notna()
    parts = {
        f"{name}_{how}": sessions.where(kind.isin(kinds) & shown, 0)
        for name, kinds in (("counted", _COUNTED), ("missed", _MISSED))
        for how, shown in (("code", by_code), ("total", ~by_code))
    }
    told = told.assign(late=sessions.where(kind == "late"), **parts)
    groups = told.groupby(["pupil_id", "period_start", "period_end"], sort=False)
    sums = (
        groups[[*parts]].sum().assign(possible=groups["possible"].max(), late=groups["late"].sum(min_count=1))
    )
    for (pupil_id, start, end), one in zip(sums.index, sums.to_dict("records"), strict=True):
        counted = max(one["counted_code"], one["counted_total"])
        possible = int(counted if pd.isna(one["possible"]) else one["possible"])
        missed = int(min(max(one["missed_code"], one["missed_total"]), possible))
        detail = {"from": start.date().isoformat(), "possible": possible, "missed": missed}
        if not pd.isna(one["late"]):
            detail["late"] = int(one["late"])
        yield TimelineEvent(str(pupil_id), school, end.date(), "attendance_total", "attendance_total", detail)


def incidents(rows: pd.DataFrame, school: str) -> Iterator[TimelineEvent]:
    """Behaviour records, positive ones included; role and type decide the sentence.

    A type that alleges a crime is counted with the others and marked, so that no sentence names it.
    """
    names = (
        "type",
        "lesson",
        "location",
        "time",
        "action",
        "severity",
        "points",
        "key",
        "role",
        "known_on",
    )
    for pupil_id, day, positive, *values in _plain_rows(rows, "date", ("positive", *names)):
        detail = _details(names, values)
        if detail.get("type") in crime_types():
            detail["alleges_crime"] = True
        key = "positive" if positive else _ROLES.get(detail.get("role", ""), "incident_involved")
        if key == "incident_hurting" and detail.get("type") not in NAMED_AS_TAKING_PART:
            key = "incident_involved"  # SIMS writes this role on every negative record
        yield TimelineEvent(pupil_id, school, day, "behaviour", key, detail)


def suspensions(rows: pd.DataFrame, school: str) -> Iterator[TimelineEvent]:
    """Suspensions and permanent exclusions, with length and status; no reason that alleges crime."""
    names = ("category", "start_session", "sessions", "status", "status_on", "end_date", "known_on")
    for pupil_id, day, *values in _plain_rows(rows, "start_date", ("reason1", "reason2", "reason3", *names)):
        detail = _details(names, values[3:])
        detail["reasons"] = [code for code in values[:3] if code and code not in crime_reasons()]
        yield TimelineEvent(pupil_id, school, day, "suspension", _CATEGORIES[detail["category"]], detail)


def sen_steps(rows: pd.DataFrame, school: str) -> Iterator[TimelineEvent]:
    """Every row with a start: provision, review, and whether a need was assessed; never which need."""
    names = ("provision", "end_date", "review_date", "known_on", "assessed")
    begun = rows[rows["start_date"].notna()]
    assessed = begun["need_type"].notna() & begun["need_type"].ne("NSA")
    begun = begun.assign(assessed=assessed).drop_duplicates(["pupil_id", "start_date", *names])
    for pupil_id, day, *values in _plain_rows(begun, "start_date", names):
        yield TimelineEvent(pupil_id, school, day, "sen", "sen_provision", _details(names, values))


def _details(names: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    return {name: value for name, value in zip(names, values, strict=True) if value is not None}


def _plain_rows(rows: pd.DataFrame, day: str, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """(pupil_id, day, one JSON value per name) of each row, converted a column at a time."""
    given = rows.reindex(columns=["pupil_id", day, *names])
    days = pd.to_datetime(given[day]).dt.date
    return zip(given["pupil_id"], days, *(_plain_column(given[name]) for name in names), strict=True)


def _plain_column(values: pd.Series) -> list[Any]:
    """A column as JSON values, None for any kind of missing, dates as text."""
    if pd.api.types.is_datetime64_any_dtype(values):
        values = values.dt.strftime("%Y-%m-%d")
    plain: list[Any] = values.astype(object).where(values.notna(), None).tolist()
    return plain
