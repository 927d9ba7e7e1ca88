"""The engine: one definition of every indicator, computed by pupil buckets, wherever the work runs.

Every indicator is a fact about one pupil, so the lake is cut by pupil bucket and each cut is one task: the
same steps, on one core, in flat memory. What compares pupils with each other comes after, in `finish`.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from joblib import Parallel, delayed, parallel_config

from pipelines import duck, outcomes, populations
from pipelines.indicators import days, finish, incidents, marks, relations, roll, sessions, task_rows, windows
from pipelines.indicators.catalogue import features
from pipelines.indicators.feature import ONE_ROW, WINDOW_FLAG, Feature
from pipelines.indicators.source import Source
from pipelines.lake import LakeView
from pipelines.lake.files import flat_memory

Backend = Literal["loky", "threading", "sequential", "dask"]
Progress = Callable[[str, int, int], None]

ROWS_PER_TASK = 900_000
MEMORY = "380MB"
WHO = ["school", "term", "as_of", "phase", "nc_year", "registration_group", "enrol_status"]
STEPS = {
    "suspension_rows": relations.SUSPENSION_ROWS,
    "sen_rows": relations.SEN_ROWS,
}
READ = {
    "behaviour": ("school", "term", "incident_id", "date", "time", "type", "positive", "points", "severity",
                  "lesson", "action", "role", "known_on"),
    "suspensions": ("school", "term", "category", "start_date", "start_session", "sessions", "status",
                    "status_on", "known_on"),
    "sen": ("school", "term", "provision", "need_type", "start_date", "end_date", "review_date", "known_on"),
    "attendance": ("school", "term", "date", "session", "code", "known_on"),
    "attendance_exceptions": ("school", "term", "date", "session", "code", "known_on"),
    "attendance_possible": ("school", "half_term", "known_by", *marks.COUNTS),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Task:
    """Some pupil buckets of a source, for some as-of dates; small enough to travel to any worker."""

    source: Source
    rows: tuple[days.AsOf, ...]
    buckets: tuple[int, ...]
    schools: frozenset[str] | None = None


def build(
    view: LakeView,
    terms: Sequence[str],
    *,
    schools: Collection[str] | None = None,
    workers: int = 1,
    backend: Backend = "loky",
    progress: Progress | None = None,
    as_of: date | None = None,
) -> pd.DataFrame:
    """The matrix: one row per pupil on roll at each term's as-of date, sorted by school, term and pupil.

    Columns: pupil_id, school, term, as_of, phase, nc_year, registration_group, every indicator (float32, NaN
    is missing), possible_sessions, suspended_last_year, scored, abstain_reason, trainable, outcome,
    any_break, censored (left before enough of the window was seen), window_days. `as_of` replaces the usual
    date, for a single term. Refused for unknown terms.
    """
    rows = tuple(days.as_of_row(term, as_of) for term in dict.fromkeys(terms))
    wanted = None if schools is None else frozenset(schools)
    tasks = plan(view, rows, wanted, workers)
    parts = run(tasks, workers, backend, progress)
    return finish.finish(pa.concat_tables(parts), tasks[0].source, features())


def plan(
    view: LakeView, rows: tuple[days.AsOf, ...], schools: frozenset[str] | None, workers: int
) -> list[Task]:
    """Tasks of whole buckets: one per worker at least, and none much larger than ROWS_PER_TASK rows."""
    terms = {row.term for row in rows}
    size = sum(
        f.rows
        for f in view.files
        if (schools is None or f.school in schools)
        and (
            f.table in ("attendance_possible", "behaviour")
            or (f.table == "attendance_exceptions" and f.term in terms)
        )
    )
    pieces = min(view.buckets, max(workers, -(-size // ROWS_PER_TASK)))
    edges = [view.buckets * piece // pieces for piece in range(pieces + 1)]
    source = Source.of(view, rows, schools)
    return [Task(source, rows, tuple(range(*cut)), schools) for cut in pairwise(edges)]


def run(
    tasks: Sequence[Task],
    workers: int,
    backend: Backend,
    progress: Progress | None = None,
    step: Callable[[Task], Any] | None = None,
) -> list[Any]:
    """The results of `step` (by default `compute`) for every task, in order, on one of joblib's backends."""
    if workers == 1 and backend != "dask":
        backend = "sequential"
    with parallel_config(backend=backend, n_jobs=workers):
        results: list[Any] = []
        for part in Parallel(return_as="generator")(delayed(step or compute)(task) for task in tasks):
            results.append(part)
            if progress is not None:
                progress("Computing indicators", len(results), len(tasks))
    return results


def compute(task: Task) -> pa.Table:
    """One task: the raw value of every feature for every pupil and as-of date in its buckets."""
    flat_memory()
    with duck.connection(MEMORY) as con:
        who, subject = prepare(con, task)
        values = duck.query(con, values_sql(features()))
    place = values["subject"].to_numpy()
    if not np.array_equal(place, subject["subject"].to_numpy()):
        values = values.take(pa.array(np.argsort(place)))
    found = subject.select(WHO).append_column("pupil_id", _named(subject["pupil"], who.ids))
    for name in values.column_names[1:]:
        found = found.append_column(name, values[name])
    return found


def _named(pupil: pa.ChunkedArray, ids: pa.Array) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pupil.combine_chunks(), ids)


def prepare(con: duck.Connection, task: Task) -> tuple[task_rows.Pupils, pa.Table]:
    """Lend a connection the task's rows and the relations features stand on; also its pupils and subjects.

    `subject` has all that is one value per subject, numbered in order.
    """
    part = task_rows.Slice(task.source, frozenset(task.buckets), task.schools)
    who = task_rows.pupils(
        part, {term for row in task.rows for term in (row.term, days.term_after(row.term))}
    )
    subject = _subjects(task, part, who)
    sen = task_rows.rows(part, who, "sen", READ["sen"])
    tables = {
        "subject": subject,
        "days": days.day_table(),
        "suspensions": task_rows.rows(part, who, "suspensions", READ["suspensions"]),
        "sen": sen.append_column("next_term_no", _until_next(task.source, sen)),
    }
    for name, rows in tables.items():
        duck.lend(con, name, rows)
    for name, sql in STEPS.items():
        con.execute(f"CREATE TEMP TABLE {name} AS {sql}")
    return who, subject


def _subjects(task: Task, part: task_rows.Slice, who: task_rows.Pupils) -> pa.Table:
    """The subjects with their attendance, behaviour, and which feeds cover which of their windows.

    What was read of attendance is let go before behaviour is read.
    """
    table = roll.subject_table(who.rolls, task.rows, task.schools)
    subjects = windows.Subjects.of(table, len(who.ids))
    columns = {
        **_attendance(task, part, who, subjects),
        **_behaviour(task, part, who, subjects),
        **windows.covered(who.rolls, task.source, subjects, task.rows),
        **outcomes.window_columns(task.source, table),
    }
    for name, values in columns.items():
        table = table.append_column(name, pa.array(values) if isinstance(values, np.ndarray) else values)
    return table


def _attendance(
    task: Task, part: task_rows.Slice, who: task_rows.Pupils, subjects: windows.Subjects
) -> dict[str, marks.Array]:
    exceptions, possible = _counts(task, part, who)
    runs = sessions.runs_of(exceptions, task.rows, len(who.ids))
    return sessions.attendance(possible, runs, subjects, task.rows, _expressions())


def _behaviour(
    task: Task, part: task_rows.Slice, who: task_rows.Pupils, subjects: windows.Subjects
) -> dict[str, marks.Array]:
    records = task_rows.rows(part, who, "behaviour", READ["behaviour"])
    return incidents.behaviour(records, subjects, task.rows, _expressions())


def _expressions() -> list[str]:
    """The computations that say which counters are needed, and in which windows."""
    return [*(feature.value for feature in features()), populations.COHORT_COLUMNS]


def _counts(task: Task, part: task_rows.Slice, who: task_rows.Pupils) -> tuple[pa.Table, pa.Table]:
    """(exceptions, possible): the kept ones, or counted anew where the source names the raw marks."""
    if "attendance" not in task.source.pieces:
        terms = {row.term for row in task.rows}
        exceptions = task_rows.rows(part, who, "attendance_exceptions", READ["attendance_exceptions"], terms)
        return exceptions, task_rows.rows(part, who, "attendance_possible", READ["attendance_possible"])
    raw = task_rows.rows(part, who, "attendance", READ["attendance"])
    named = raw.append_column("pupil_id", who.ids.take(raw["pupil"].combine_chunks()).cast(pa.string()))
    cuts = tuple(sorted({row.as_of for row in task.rows}))
    exceptions, possible = marks.reduce_marks(named, cuts)
    return task_rows.numbered(exceptions, who.ids), task_rows.numbered(possible, who.ids)


def values_sql(chosen: Sequence[Feature]) -> str:
    """One row per subject: the facts populations and outcomes need, and each feature's value."""
    by_relation: dict[str, list[Feature]] = {}
    for feature in chosen:
        by_relation.setdefault(feature.relation, []).append(feature)
    joins = [
        f"LEFT JOIN ({_rows_of(relation, group)}) {relation}_v ON s.subject = {relation}_v.subject"
        for relation, group in by_relation.items()
        if relation not in ONE_ROW
    ]
    values = ",\n".join(f"CAST({_value(feature)} AS FLOAT) AS {feature.name}" for feature in chosen)
    return f"""
        SELECT s.subject, {populations.COHORT_COLUMNS}, {outcomes.OUTCOMES}, {values}
        FROM subject s
        LEFT JOIN ({populations.SUSPENDED}) f ON s.subject = f.subject
        LEFT JOIN ({outcomes.HAPPENED}) o ON s.subject = o.subject
        {" ".join(joins)}
    """


def _until_next(source: Source, sen: pa.Table) -> pa.Array:
    """Until before which term each row of a snapshot stands: the next in which the school gave one."""
    code, schools = marks.coded(sen["school"])
    following = source.until_next("sen")[source.places(schools.to_pylist())]
    return pa.array(following[code, sen["term_no"].to_numpy()] if len(code) else np.empty(0, np.int64))


def _rows_of(relation: str, group: Sequence[Feature]) -> str:
    values = ", ".join(f"{feature.value} AS {feature.name}" for feature in group)
    return f"SELECT subject, {values} FROM {relation} GROUP BY subject"


def _value(feature: Feature) -> str:
    """A feature's value, missing where its table was not loaded for the window the pupil could be in."""
    if feature.relation == "subject":
        return f"s.{feature.value}"
    window = feature.indicator.window
    flag = {"half_term": "in_term", "now": "in_term", "ever": "ever"}.get(window, WINDOW_FLAG[window])
    value = feature.value if feature.relation in ONE_ROW else f"{feature.relation}_v.{feature.name}"
    return f"CASE WHEN s.{feature.feed}_{flag} THEN coalesce({value}, {feature.none}) END"
