"""The engine: one definition of every indicator, computed by pupil buckets, wherever the work runs.

Every indicator is a fact about one pupil, so the lake is cut by pupil bucket and each cut is one task: the
same queries, on one core, in flat memory. What compares pupils with each other comes after, in `finish`.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import pandas as pd
import pyarrow as pa
from joblib import Parallel, delayed, parallel_config

from pipelines import duck, outcomes, populations
from pipelines.indicators import days, finish, marks, relations
from pipelines.indicators.catalogue import measures
from pipelines.indicators.measure import WINDOW_FLAG, Measure
from pipelines.lake import LakeView

Backend = Literal["loky", "threading", "sequential", "dask"]
Progress = Callable[[str, int, int], None]

ROWS_PER_TASK = 3_000_000
MEMORY = "380MB"
STEPS = {
    "subject": relations.SUBJECT,
    "cells": relations.CELLS,
    "half_terms": relations.HALF_TERMS,
    "runs": relations.RUNS,
    "incidents": relations.INCIDENTS,
    "behaviour_rows": relations.BEHAVIOUR_ROWS,
    "lessons": relations.LESSONS,
    "suspension_rows": relations.SUSPENSION_ROWS,
    "sen_rows": relations.SEN_ROWS,
    "covered": relations.COVERED,
}


@dataclass(frozen=True, slots=True)
class Task:
    """Some pupil buckets of a view, for some as-of dates; small enough to travel to any worker."""

    view: LakeView
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
    return finish.finish(pa.concat_tables(parts), view, rows, measures())


def plan(
    view: LakeView, rows: tuple[days.AsOf, ...], schools: frozenset[str] | None, workers: int
) -> list[Task]:
    """Tasks of whole buckets: one per worker at least, and none much larger than ROWS_PER_TASK rows."""
    size = sum(f.rows for f in view.files if f.table in ("attendance_exceptions", "attendance_possible"))
    pieces = min(view.buckets, max(workers, -(-size // ROWS_PER_TASK)))
    cuts = [tuple(range(piece, view.buckets, pieces)) for piece in range(pieces)]
    return [Task(view, rows, cut, schools) for cut in cuts]


def run(
    tasks: Sequence[Task], workers: int, backend: Backend, progress: Progress | None = None
) -> list[pa.Table]:
    """Every task's table, in order, on one of joblib's backends."""
    if workers == 1 and backend != "dask":
        backend = "sequential"
    with parallel_config(backend=backend, n_jobs=workers):
        results: list[pa.Table] = []
        for part in Parallel(return_as="generator")(delayed(compute)(task) for task in tasks):
            results.append(part)
            if progress is not None:
                progress("Computing indicators", len(results), len(tasks))
    return results


def compute(task: Task) -> pa.Table:
    """One task: the raw value of every measure for every pupil and as-of date in its buckets."""
    with duck.connection(MEMORY) as con:
        prepare(con, task)
        return duck.query(con, values_sql(measures()))


def prepare(con: duck.Connection, task: Task) -> None:
    """Lend a connection the task's rows and build the relations the measures stand on."""
    marks.lend_vocabulary(con, _cuts(task))
    duck.lend(con, "as_of", days.as_of_table(task.rows))
    duck.lend(con, "terms", days.term_table())
    duck.lend(con, "feeds", feed_table(task.view))
    schools = task.schools or {f.school for f in task.view.files}
    duck.lend(con, "wanted", pa.table({"school": pa.array(sorted(schools), pa.string())}))
    duck.lend(con, "sen_files", snapshot_table(task.view, "sen"))
    terms = [row.term for row in task.rows]
    duck.lend(con, "windows", outcomes.window_table(terms))
    duck.lend(con, "labels", outcomes.label_table(task.view, terms))
    lend_lake(con, task)
    for name, sql in STEPS.items():
        con.execute(f"CREATE TEMP TABLE {name} AS {sql}")


def lend_lake(con: duck.Connection, task: Task) -> None:
    """The view's rows of these buckets, up to the last term that matters, as tables of the connection."""
    last = max(row.term_no for row in task.rows) + 1
    terms = {f.term for f in task.view.files if days.term_no(f.term) <= last}
    versions = _versions_sql(task.view)
    keep = f"bucket IN ({', '.join(map(str, task.buckets))}) AND {versions}"
    for name in ("pupils", "behaviour", "suspensions", "sen"):
        schema = relations.SCHEMAS[name]
        duck.lend_files(con, f"{name}_all", task.view.store, task.view.paths(name, terms), schema, keep)
        con.execute(f"CREATE TEMP TABLE {name} AS SELECT {', '.join(schema.names)} FROM {name}_all")
    if task.schools is not None:
        con.execute(ONLY_WANTED)
    lend_counts(con, task, terms, keep)


def lend_counts(con: duck.Connection, task: Task, terms: set[str], keep: str) -> None:
    """Exceptions and possible sessions: the kept ones, or counted anew where the kept ones cannot serve.

    They serve for current versions at the usual as-of dates; for any other date or a replay the raw marks
    are read.
    """
    store = task.view.store
    if _kept_counts_serve(task):
        buckets = f"bucket IN ({', '.join(map(str, task.buckets))})"
        exceptions = task.view.paths("attendance_exceptions", {row.term for row in task.rows})
        duck.lend_files(con, "exceptions", store, exceptions, marks.EXCEPTIONS, buckets)
        counts = task.view.paths("attendance_possible", terms)
        duck.lend_files(con, "possible", store, counts, marks.POSSIBLE, buckets)
        return
    raw = task.view.paths("attendance", terms)
    duck.lend_files(con, "marks", store, raw, relations.SCHEMAS["attendance"], keep)
    con.execute(marks.TOLD)
    con.execute(f"CREATE TEMP TABLE exceptions AS {marks.exceptions_sql()}")
    con.execute(f"CREATE TEMP TABLE possible AS {marks.possible_sql()}")


def values_sql(chosen: Sequence[Measure]) -> str:
    """One row per subject: who, the facts populations and outcomes need, and each measure's value."""
    by_relation: dict[str, list[Measure]] = {}
    for measure in chosen:
        by_relation.setdefault(measure.relation, []).append(measure)
    joins = [
        f"LEFT JOIN (SELECT subject, {_aggregates(group)} FROM {relation} GROUP BY subject) {relation}_v"
        f" ON s.subject = {relation}_v.subject"
        for relation, group in by_relation.items()
        if relation != "subject"
    ]
    feeds = sorted({measure.feed for measure in chosen})
    joins += [f"LEFT JOIN covered {f}_c ON s.subject = {f}_c.subject AND {f}_c.feed = '{f}'" for f in feeds]
    values = ",\n".join(f"CAST({_value(measure)} AS FLOAT) AS {measure.name}" for measure in chosen)
    return f"""
        SELECT s.pupil_id, s.school, s.term, s.as_of, s.phase, s.nc_year, s.registration_group,
               s.enrol_status,
               f.* EXCLUDE (subject), o.* EXCLUDE (subject), {values}
        FROM subject s
        JOIN ({populations.FACTS}) f ON s.subject = f.subject
        LEFT JOIN ({outcomes.OUTCOMES}) o ON s.subject = o.subject
        {" ".join(joins)}
    """


def feed_table(view: LakeView) -> pa.Table:
    """Which tables were loaded for which school and term: feed, school, term, term_no, year_no."""
    names = {"attendance_possible": "attendance", "pupils": "pupils", "behaviour": "behaviour",
             "suspensions": "suspensions", "sen": "sen"}  # fmt: skip
    rows = sorted({(names[f.table], f.school, f.term) for f in view.files if f.table in names})
    places = [days.as_of_row(row[2]) for row in rows]
    return pa.table(
        {
            "feed": pa.array([row[0] for row in rows], pa.string()),
            "school": pa.array([row[1] for row in rows], pa.string()),
            "term": pa.array([row[2] for row in rows], pa.string()),
            "term_no": pa.array([place.term_no for place in places], pa.int32()),
            "year_no": pa.array([place.year_no for place in places], pa.int32()),
        }
    )


def snapshot_table(view: LakeView, table: str) -> pa.Table:
    """From which term up to before which term a school's snapshot of a table is the latest."""
    rows: list[tuple[str, str, int, int]] = []
    for school in sorted({school for school, _ in view.loaded(table)}):
        held = sorted((days.term_no(term), term) for place, term in view.loaded(table) if place == school)
        following = [number for number, _ in held[1:]] + [10_000]
        rows += [(school, term, number, upto) for (number, term), upto in zip(held, following, strict=True)]
    return pa.table(
        {
            "school": pa.array([row[0] for row in rows], pa.string()),
            "term": pa.array([row[1] for row in rows], pa.string()),
            "term_no": pa.array([row[2] for row in rows], pa.int32()),
            "next_term_no": pa.array([row[3] for row in rows], pa.int32()),
        }
    )


def _aggregates(group: Sequence[Measure]) -> str:
    return ", ".join(f"{measure.value} AS {measure.name}" for measure in group)


def _value(measure: Measure) -> str:
    """A measure's value, missing where its table was not loaded for the window the pupil could be in."""
    if measure.relation == "subject":
        return f"s.{measure.value}"
    window = measure.indicator.window
    flag = {"half_term": "in_term", "now": "in_term", "ever": "ever"}.get(window, WINDOW_FLAG[window])
    value = f"coalesce({measure.relation}_v.{measure.name}, {measure.none})"
    return f"CASE WHEN {measure.feed}_c.{flag} THEN {value} END"


def _cuts(task: Task) -> tuple[date, ...] | None:
    return None if _kept_counts_serve(task) else tuple(sorted({row.as_of for row in task.rows}))


def _kept_counts_serve(task: Task) -> bool:
    usual = set(days.standard_cuts())
    return task.view.on is None and all(row.as_of in usual for row in task.rows)


def _versions_sql(view: LakeView) -> str:
    if view.on is None:
        return "known_until IS NULL"
    return f"loaded_on <= DATE '{view.on}' AND coalesce(known_until, DATE '9999-12-31') > DATE '{view.on}'"


# Leave on the roll only pupils who were ever at a wanted school; their time at other schools stays.
ONLY_WANTED = """
    DELETE FROM pupils WHERE pupil_id NOT IN (
        SELECT p.pupil_id FROM pupils p JOIN wanted w ON p.school = w.school)
"""
