"""One school's export for one term, before any MIS has put its own face on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from pipelines.synthesise.days import Days
from pipelines.synthesise.history import History
from pipelines.synthesise.marks import CODES, NONE
from pipelines.synthesise.moves import REVIEW_AFTER
from pipelines.synthesise.people import FORMS, nc_year
from pipelines.synthesise.sanctions import provision_on
from pipelines.synthesise.vocabulary import LESSONS, LOCATIONS, NEGATIVE
from pipelines.synthesise.world import World

PRINTED_AFTER = timedelta(days=14)
"""Extracts are made two weeks after the end of term."""
REVIEW_EVERY = 182
"""Calendar days between reviews of SEN provision."""
REVIEW_OVERDUE = 0.2


@dataclass(frozen=True)
class TermExtract:
    """One school's term. ``pupil`` columns are positions in ``pupils``; dates are datetime64, missing NaT."""

    urn: str
    school: str
    term_id: str
    printed_on: date
    pupils: pd.DataFrame
    dates: np.ndarray
    """Days of the marks (datetime64[D]), training days among them."""
    marks: np.ndarray
    """Codes as text, shape (pupils, dates, 2); '' where not on roll, '#' on training days."""
    behaviour: pd.DataFrame
    suspensions: pd.DataFrame
    sen: pd.DataFrame
    moves: pd.DataFrame
    leak: np.ndarray | None = None
    """True for pupils who are suspended in the next term: what no extract could know."""


def term_extract(
    history: History, days: Days, term_index: int, world: World, rng: np.random.Generator
) -> TermExtract:
    """Cut one term out of a school's history, as it stood in the MIS when the extract was made."""
    first, after = days.span(term_index)
    term = days.terms[term_index]
    entry, leave = history.people["entry"].to_numpy(), history.people["leave"].to_numpy()
    members = np.flatnonzero((entry < after) & (leave >= first))
    position = np.full(len(history.people), -1)
    position[members] = np.arange(len(members))
    printed = term.end + PRINTED_AFTER
    dates, marks = _marks(history, days, term_index, members)
    return TermExtract(
        urn=history.setting.urn,
        school=history.setting.name,
        term_id=term.id,
        printed_on=printed,
        pupils=_pupils(history, days, members, first, printed, world),
        dates=dates,
        marks=marks,
        behaviour=_behaviour(history, days, position, (first, after), printed),
        suspensions=_suspensions(history, days, position, (first, after), printed),
        sen=_sen(history, days, members, after, printed, rng),
        moves=_moves(history, days, position, (first, after), printed),
        leak=_leak(history, days, term_index)[members] if world.leak else None,
    )


def _pupils(
    history: History, days: Days, members: np.ndarray, first: int, printed: date, world: World
) -> pd.DataFrame:
    chosen = history.people.iloc[members]
    rates = world.rates(history.setting.phase)
    year = nc_year(chosen, rates, int(days.year[first]))
    pupils = chosen[
        [
            "admission_number",
            "mis_id",
            "upn",
            "former_upn",
            "surname",
            "forename",
            "dob",
            "sex",
            "entry_date",
            "leaving_date",
            "ethnicity",
            "fsm",
            "in_care",
            "eal",
        ]
    ].reset_index(drop=True)
    pupils["nc_year"] = year
    names = ["R" if number == 0 else str(number) for number in year]
    pupils["registration_group"] = [
        f"{name}{FORMS[form]}" for name, form in zip(names, chosen["form"], strict=True)
    ]
    known = pupils["leaving_date"] <= pd.Timestamp(printed)
    pupils["leaving_date"] = pupils["leaving_date"].where(known)
    pupils["enrol_status"] = np.where(chosen["dual_from"] <= days.at(printed), "M", "C")
    return pupils


def _marks(
    history: History, days: Days, term_index: int, members: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    first, after = days.span(term_index)
    closed = np.array(days.training_days(term_index), dtype="datetime64[D]")
    dates = np.concatenate([days.datetimes[first:after], closed])
    codes = np.array(CODES, dtype=object)[history.marks[members, first:after]]
    chosen = history.people.iloc[members]
    begins = chosen["entry_date"].to_numpy().astype("datetime64[D]")[:, None]
    ends = chosen["leaving_date"].to_numpy().astype("datetime64[D]")[:, None]
    with np.errstate(invalid="ignore"):
        there = (closed[None] >= begins) & (np.isnat(ends) | (closed[None] <= ends))
    shut = np.where(there, "#", CODES[NONE]).astype(object)
    marks = np.concatenate([codes, np.repeat(shut[:, :, None], 2, axis=2)], axis=1)
    order = np.argsort(dates, kind="stable")
    return dates[order], marks[:, order]


def _behaviour(
    history: History, days: Days, position: np.ndarray, span: tuple[int, int], printed: date
) -> pd.DataFrame:
    events = history.events
    events = events[(events["day"] >= span[0]) & (events["day"] < span[1])]
    events = events.sort_values(["day", "minute", "incident", "role"], kind="stable")
    day = days.datetimes[events["day"].to_numpy()]
    logged = np.minimum(day + events["logged_after"].to_numpy(), np.datetime64(printed))
    return pd.DataFrame(
        {
            "pupil": position[events["pupil"].to_numpy()],
            "incident_id": [f"{number + 100_000}" for number in events["incident"]],
            "date": day,
            "time": [f"{minute // 60:02d}:{minute % 60:02d}" for minute in events["minute"]],
            "kind": events["kind"].to_numpy(),
            "positive": events["kind"].to_numpy() >= len(NEGATIVE),
            "severity": events["severity"].to_numpy(),
            "role": events["role"].to_numpy(),
            "location": np.array(LOCATIONS)[events["location"].to_numpy()],
            "lesson": np.array(LESSONS)[events["lesson"].to_numpy()],
            "action": events["action"].to_numpy(),
            "recorded_on": logged,
        }
    )


def _suspensions(
    history: History, days: Days, position: np.ndarray, span: tuple[int, int], printed: date
) -> pd.DataFrame:
    rows = history.suspensions
    start_day = rows["start"].to_numpy(dtype=int) // 2
    rows = rows[(start_day >= span[0]) & (start_day < span[1])].sort_values(["start", "number"])
    start = rows["start"].to_numpy(dtype=int)
    sessions = rows["sessions"].to_numpy(dtype=int)
    end = np.minimum((start + np.maximum(sessions, 1) - 1) // 2, days.count - 1)
    permanent = (rows["category"] == "PERM").to_numpy()
    status_day = rows["status_day"].to_numpy(dtype=int)
    recorded = rows["recorded_day"].to_numpy(dtype=int).clip(0, days.count - 1)
    nothing = np.datetime64("NaT")
    known = (status_day >= 0) & (days.datetimes[status_day] <= np.datetime64(printed))
    reasons = rows["reasons"].tolist()
    return pd.DataFrame(
        {
            "pupil": position[rows["pupil"].to_numpy(dtype=int)],
            "suspension_id": [f"{number + 500}" for number in rows["number"]],
            "category": rows["category"].to_numpy(),
            **{f"reason{n + 1}": [r[n] if n < len(r) else "" for r in reasons] for n in range(3)},
            "start_date": days.datetimes[start // 2],
            "start_session": np.where(start % 2, "PM", "AM"),
            "end_date": np.where(permanent, nothing, days.datetimes[end]),
            "sessions": sessions,
            "status": np.where(known, rows["status"].to_numpy(), "issued"),
            "status_on": np.where(known, days.datetimes[status_day], nothing),
            "sen_provision": rows["sen"].to_numpy(),
            "recorded_on": np.minimum(days.datetimes[recorded], np.datetime64(printed)),
        }
    )


def _sen(
    history: History, days: Days, members: np.ndarray, after: int, printed: date, rng: np.random.Generator
) -> pd.DataFrame:
    """SEN periods on record by the end of term; one row per need, the second with rank 2."""
    columns = [
        "pupil",
        "provision",
        "need_type",
        "need_rank",
        "start_date",
        "end_date",
        "review_date",
        "recorded_on",
    ]
    rows: list[tuple[object, ...]] = []
    draws = rng.random(len(members))
    people = history.people.iloc[members]
    chosen = zip(
        people["sen_day"].tolist(),
        people["plan_day"].tolist(),
        people["latent_sen"].tolist(),
        people["entry_date"].dt.date.tolist(),
        people[["sen_need", "sen_need2"]].to_numpy().tolist(),
        strict=True,
    )
    for place, (recorded_day, plan_day, latent, entry, needs) in enumerate(chosen):
        for provision, start, end in provision_on(recorded_day, plan_day, latent, entry, days, after):
            age = (printed - start).days
            overdue = draws[place] < REVIEW_OVERDUE and age > REVIEW_EVERY
            review = start + timedelta(days=REVIEW_EVERY * (age // REVIEW_EVERY + (0 if overdue else 1)))
            recorded = min(start + timedelta(days=3 + int(draws[place] * 20)), printed)
            types = ["NSA"] if provision == "K" and end is not None else [need for need in needs if need]
            for rank, need in enumerate(dict.fromkeys(types), start=1):
                last = None if end else review
                rows.append((place, provision, need, rank, start, end, last, recorded))
    frame = pd.DataFrame(rows, columns=columns)
    for name in ("start_date", "end_date", "review_date", "recorded_on"):
        frame[name] = pd.to_datetime(frame[name])
    return frame


def _moves(
    history: History, days: Days, position: np.ndarray, span: tuple[int, int], printed: date
) -> pd.DataFrame:
    """Movements that began in the term, internal suspensions among them."""
    rows = history.moves
    rows = rows[(rows["start"] >= span[0]) & (rows["start"] < span[1])].sort_values(["start", "pupil"])
    start, end = rows["start"].to_numpy(dtype=int), rows["end"].to_numpy(dtype=int)
    dates, nothing = days.datetimes, np.datetime64("NaT")
    temporary = rows["kind"].isin(["part_time_timetable", "off_site_direction"]).to_numpy()
    review = np.minimum(start + REVIEW_AFTER, days.count - 1)
    return pd.DataFrame(
        {
            "pupil": position[rows["pupil"].to_numpy(dtype=int)],
            "kind": rows["kind"].to_numpy(),
            "start_date": dates[start],
            "end_date": np.where(end >= 0, dates[np.minimum(end, days.count - 1)], nothing),
            "review_date": np.where(temporary, dates[review], nothing),
            "sessions": rows["sessions"].to_numpy(dtype=int),
            "recorded_on": np.minimum(dates[start] + np.timedelta64(1, "D"), np.datetime64(printed)),
        }
    )


def _leak(history: History, days: Days, term_index: int) -> np.ndarray:
    """The pupils suspended in the term after; nobody after the last."""
    suspended = np.zeros(len(history.people), bool)
    if term_index + 1 < len(days.terms):
        first, after = days.span(term_index + 1)
        start = history.suspensions["start"].to_numpy(dtype=int) // 2
        which = history.suspensions["pupil"].to_numpy(dtype=int)[(start >= first) & (start < after)]
        suspended[which] = True
    return suspended


def overwritten(history: History, days: Days, term_index: int, extract: TermExtract) -> TermExtract:
    """The same term as the MIS gives it at the very end: later statuses have replaced earlier ones."""
    first, after = days.span(term_index)
    position = np.full(len(history.people), -1)
    numbers = {upn: place for place, upn in enumerate(extract.pupils["upn"])}
    for place, upn in enumerate(history.people["upn"]):
        position[place] = numbers.get(upn, -1)
    last = days.dates[-1] + PRINTED_AFTER
    rows = _suspensions(history, days, position, (first, after), last)
    return replace(extract, printed_on=last, suspensions=rows)
