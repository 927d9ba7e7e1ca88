"""Timeline events from canonical rows: dated plain records for cards, no identifiers, no crime reasons."""

from collections.abc import Hashable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from data_contracts.codes import crime_reasons
from pipelines.events import TimelineEvent
from pipelines.indicators.marks import code_table

_WEEK_COUNTS = ("absent", "unauthorised", "late", "suspended", "part_time")


def timeline(frames: dict[str, pd.DataFrame], school: str) -> tuple[TimelineEvent, ...]:
    """Every event of the frames (which have pupil_id), by pupil and date."""
    makers = {
        "attendance": attendance_weeks,
        "behaviour": incidents,
        "suspensions": suspensions,
        "sen": sen_steps,
    }
    found = [
        event
        for table, make in makers.items()
        if len(frames.get(table, ()))
        for event in make(frames[table], school)
    ]
    return tuple(sorted(found, key=lambda event: (event.pupil_id, event.date, event.kind, event.text_key)))


def attendance_weeks(marks: pd.DataFrame, school: str) -> Iterator[TimelineEvent]:
    """One event per pupil and week in which something other than presence was marked."""
    categories = code_table().select(["code", "category"]).to_pandas().drop_duplicates("code")
    told = marks[~marks["code"].isin(["/", "\\"])].merge(categories, on="code")
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


def incidents(rows: pd.DataFrame, school: str) -> Iterator[TimelineEvent]:
    """Behaviour records, positive ones included; the role decides the sentence."""
    names = ("type", "lesson", "location", "time", "action", "severity", "points")
    for row in rows.to_dict("records"):
        role = _plain(row.get("role")) or "involved"
        key = "positive" if row.get("positive") else f"incident_{role}"
        yield TimelineEvent(
            row["pupil_id"], school, _day(row["date"]), "behaviour", key, _details(row, names)
        )


def suspensions(rows: pd.DataFrame, school: str) -> Iterator[TimelineEvent]:
    """Suspensions and permanent exclusions, with length and status; no reason that alleges crime."""
    keys = {"SUSP": "suspension", "PERM": "permanent_exclusion", "LNCH": "lunchtime_suspension"}
    for row in rows.to_dict("records"):
        detail = _details(row, ("sessions", "status", "status_on", "end_date"))
        reasons = [_plain(row.get(f"reason{n}")) for n in (1, 2, 3)]
        detail["reasons"] = [code for code in reasons if code and code not in crime_reasons()]
        yield TimelineEvent(
            row["pupil_id"], school, _day(row["start_date"]), "suspension", keys[row["category"]], detail
        )


def sen_steps(rows: pd.DataFrame, school: str) -> Iterator[TimelineEvent]:
    """Provision begun, and reviews due; need types are not told."""
    for row in rows.drop_duplicates(["pupil_id", "provision", "start_date"]).to_dict("records"):
        if pd.isna(row["start_date"]):
            continue
        detail = _details(row, ("provision", "end_date", "review_date"))
        yield TimelineEvent(row["pupil_id"], school, _day(row["start_date"]), "sen", "sen_provision", detail)


def _details(row: Mapping[Hashable, Any], names: tuple[str, ...]) -> dict[str, Any]:
    plain = {name: _plain(row.get(name)) for name in names}
    return {name: value for name, value in plain.items() if value is not None}


def _plain(value: Any) -> Any:
    """A JSON value, None for any kind of missing."""
    if value is None or pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return value.item() if hasattr(value, "item") else value


def _day(value: Any) -> date:
    day: date = pd.Timestamp(value).date()
    return day
