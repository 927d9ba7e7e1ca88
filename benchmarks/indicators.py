"""Indicators from marks: Belong's way beside its rivals, each in a process of its own, in one run.

Every contestant reads the same parquet files. Figures are CPU seconds net of interpreter start and imports,
the median of three runs, and peak memory. `--quick` takes 5 schools (about 5.7 M marks) in place of 50 (57 M);
`--schools N` any other number (150 is 171 M marks, 840 a tenth of England).
"""

import argparse
import importlib
import importlib.util
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.measures import Measure, at_most, finish, measured, note, peak_megabytes
from data_contracts import calendar
from pipelines import duck
from pipelines.indicators import days, engine, marks
from pipelines.indicators.relations import SCHEMAS
from pipelines.lake import Lake, LakeFile, LakeView
from pipelines.lake.files import write_file

TERMS = tuple(term.id for term in calendar.terms_between("2022-autumn", "2025-summer"))
PUPILS, BUCKETS, RUNS = 1000, 16, 3
CODES = ("I", "O", "L", "M", "U", "G", "E", "B", "C")
SHARES = (0.035, 0.02, 0.02, 0.006, 0.004, 0.004, 0.002, 0.001, 0.003)
COUNTERS = ("counted", "absent", "unauthorised", "late")
WINDOWS = {
    "half_term": "c.half_term = a.half_term",
    "last_half_term": "c.half_term = a.half_term - 1",
    "term": "c.term_no = a.term_no",
    "last_term": "c.term_no = a.term_no - 1",
    "year": "c.year_no = a.year_no",
    "last_year": "c.year_no = a.year_no - 1",
}


def make_lake(root: Path, schools: int) -> LakeView:
    """Marks and rolls of some schools over nine terms, written as a load writes them; counts not yet kept."""
    lake = Lake.create(root, BUCKETS)
    files: list[LakeFile] = []
    rng = np.random.default_rng(7)
    for number in range(schools):
        school = f"{999001 + number}" if number < 900 else f"{998000 + number}"
        ids = [f"p{bits:020x}" for bits in (rng.integers(0, 1 << 62, PUPILS).astype(object) << 16)]
        for term in TERMS:
            for table, rows in (
                ("attendance", term_marks(ids, school, term, rng)),
                ("pupils", roll(ids, school, term)),
            ):
                key = (table, school, term)
                files.append(
                    write_file(lake.store, rows, key, buckets=BUCKETS, load_id="b", today=date.today())
                )
    view = lake.view(files)
    (root / "manifest.json").write_text(view.as_json())
    return view


def term_marks(ids: list[str], school: str, term: str, rng: np.random.Generator) -> pa.Table:
    """Two marks a school day for every pupil, about one in ten of them an exception."""
    open_days = calendar.school_days(calendar.term(term).start, calendar.term(term).end)
    each, n = 2 * len(open_days), 2 * len(open_days) * len(ids)
    known = [calendar.add_school_days(day, 5) for day in open_days]
    halves = np.tile([0, 1], n // 2)
    drawn = rng.choice(len(CODES) + 1, size=n, p=(*SHARES, 1 - sum(SHARES)))
    codes = np.where(drawn == len(CODES), len(CODES) + halves, drawn)
    day = np.tile(np.repeat(np.arange(len(open_days)), 2), len(ids))
    columns = {
        "pupil_id": _coded(np.repeat(np.arange(len(ids)), each), ids),
        "date": pa.array(open_days, pa.date32()).take(pa.array(day)),
        "session": _coded(halves, ["AM", "PM"]),
        "code": _coded(codes, [*CODES, "/", "\\"]),
        "known_on": pa.array(known, pa.date32()).take(pa.array(day)),
    }
    return _lake_table("attendance", columns, school, term, n)


def roll(ids: list[str], school: str, term: str) -> pa.Table:
    """Every pupil on roll all the time, spread over Years 7 to 10."""
    n = len(ids)
    columns = {
        "pupil_id": pa.array(ids),
        "nc_year": pa.array([str(7 + i % 4) for i in range(n)]),
        "enrol_status": pa.array(["C"] * n),
        "phase": pa.array(["secondary"] * n),
        "entry_date": pa.array([date(2021, 9, 6)] * n, pa.date32()),
        "known_on": pa.array([date(2021, 9, 6)] * n, pa.date32()),
    }
    return _lake_table("pupils", columns, school, term, n)


def _coded(indices: np.ndarray, values: list[str]) -> pa.Array:
    return pa.array(values).take(pa.array(indices))


def _lake_table(table: str, columns: dict[str, pa.Array], school: str, term: str, n: int) -> pa.Table:
    same = {"school": pa.array([school]).take(pa.array(np.zeros(n, int))),
            "term": pa.array([term]).take(pa.array(np.zeros(n, int)))}  # fmt: skip
    schema, given = SCHEMAS[table], columns | same
    arrays = [given.get(field.name, pa.nulls(n, field.type)) for field in schema]
    return pa.table(arrays, schema=schema)


def floor(view: LakeView) -> None:
    """Scan the same files and count by pupil and code."""
    with duck.connection("8GB") as con:
        duck.lend_files(con, "marks", view.store, view.paths("attendance"), SCHEMAS["attendance"])
        duck.query(con, "SELECT pupil_id, code, count(*) AS n FROM marks GROUP BY ALL")


def floor_of_a_term(view: LakeView) -> None:
    """The same scan over the last term alone."""
    floor(LakeView(view.root, view.buckets, tuple(f for f in view.files if f.term == TERMS[-1])))


def intake(view: LakeView) -> None:
    """Every file of marks reduced to exceptions and counts, as a load does, and written beside them."""
    _intake(view, TERMS)


def intake_of_a_term(view: LakeView) -> None:
    """The last term's files alone."""
    _intake(view, TERMS[-1:])


def _intake(view: LakeView, terms: tuple[str, ...]) -> None:
    files = list(view.files)
    lake = Lake.open(view.root)
    for file in view.select("attendance", terms):
        with duck.connection() as con:
            marks.lend_vocabulary(con)
            duck.lend_files(con, "marks", view.store, [file.path], SCHEMAS["attendance"])
            con.execute(marks.TOLD)
            kept = {
                "attendance_exceptions": duck.query(con, marks.exceptions_sql()).cast(marks.EXCEPTIONS),
                "attendance_possible": duck.query(con, marks.possible_sql()).cast(marks.POSSIBLE),
            }
        for table, rows in kept.items():
            key = (table, file.school, file.term)
            files.append(
                write_file(lake.store, rows, key, buckets=view.buckets, load_id="b", today=date.today())
            )
    Path(view.root, f"kept-{len(terms)}.json").write_text(
        LakeView(view.root, view.buckets, tuple(files)).as_json()
    )


def _kept(view: LakeView) -> LakeView:
    return LakeView.from_json(Path(view.root, f"kept-{len(TERMS)}.json").read_text(), root=view.root)


def rebuild(view: LakeView) -> None:
    """All indicators at nine term-ends from the kept counts."""
    rows = tuple(days.as_of_row(term) for term in TERMS)
    engine.run(engine.plan(_kept(view), rows, None, workers=1), 1, "sequential")


def next_term(view: LakeView) -> None:
    """All indicators at the last term-end from the kept counts."""
    engine.run(engine.plan(_kept(view), (days.as_of_row(TERMS[-1]),), None, workers=1), 1, "sequential")


def buckets_alone(view: LakeView) -> None:
    """The rivals' query, one pupil bucket at a time."""
    for bucket in range(view.buckets):
        with duck.connection() as con:
            _one_query(con, view, f"bucket = {bucket}")


def one_query(view: LakeView) -> None:
    """The same query over everything at once."""
    with duck.connection("16GB") as con:
        _one_query(con, view, "TRUE")


def _one_query(con: duck.Connection, view: LakeView, keep: str) -> None:
    marks.lend_vocabulary(con)
    duck.lend(con, "as_of", days.as_of_table([days.as_of_row(term) for term in TERMS]))
    duck.lend_files(con, "marks", view.store, view.paths("attendance"), SCHEMAS["attendance"], keep)
    sums = ", ".join(
        f"sum(c.{counter}) FILTER ({test}) AS {counter}_{window}"
        for window, test in WINDOWS.items()
        for counter in COUNTERS
    )
    duck.query(
        con,
        f"""
        WITH told AS (
            SELECT m.pupil_id, d.half_term, d.term_no, d.year_no, k.known_by, count(*) AS marks,
                   count(*) FILTER (c.counted) AS counted, count(*) FILTER (c.absent) AS absent,
                   count(*) FILTER (c.category = 'unauthorised') AS unauthorised,
                   count(*) FILTER (c.category = 'late') AS late
            FROM marks m JOIN codes c ON m.code = c.code AND m.date BETWEEN c.valid_from AND c.valid_to
            JOIN days d ON m.date = d.day JOIN days k ON m.known_on = k.day GROUP BY ALL)
        SELECT c.pupil_id, a.term, sum(c.marks) AS marks, {sums}
        FROM told c JOIN as_of a ON c.known_by <= a.as_of AND c.half_term <= a.half_term GROUP BY ALL
    """,
    )


def _facts() -> tuple[pa.Table, pa.Table, pa.Table]:
    """Days, days by the day a mark was known, and codes, as small tables for the other engines."""
    table = days.day_table()
    told = table.select(["day", "half_term", "term_no", "year_no"]).rename_columns(
        ["date", "half_term", "term_no", "year_no"]
    )
    known = table.select(["day", "known_by"]).rename_columns(["known_on", "known_by"])
    return told, known, marks.code_table().select(["code", "category", "counted", "absent"])


def polars_streaming(view: LakeView) -> None:
    """The same figures with polars' streaming engine."""
    import polars as pl

    told, known, codes = (pl.from_arrow(table).lazy() for table in _facts())  # type: ignore[union-attr]
    source = pl.scan_parquet([view.store.path(path) for path in view.paths("attendance")])
    cells = (
        source.select("pupil_id", "date", "code", "known_on")
        .join(codes.unique("code"), on="code").join(told, on="date").join(known, on="known_on")
        .with_columns(unauthorised=pl.col("category") == "unauthorised", late=pl.col("category") == "late")
        .group_by("pupil_id", "half_term", "term_no", "year_no", "known_by")
        .agg(*(pl.col(name).sum() for name in COUNTERS), marks=pl.len())
    )  # fmt: skip
    for row in (days.as_of_row(term) for term in TERMS):
        inside = {"half_term": pl.col("half_term") == row.half_term,
                  "last_half_term": pl.col("half_term") == row.half_term - 1,
                  "term": pl.col("term_no") == row.term_no, "last_term": pl.col("term_no") == row.term_no - 1,
                  "year": pl.col("year_no") == row.year_no,
                  "last_year": pl.col("year_no") == row.year_no - 1}  # fmt: skip
        if row.term == TERMS[0]:
            cells = cells.collect(engine="streaming").lazy()
        cells.filter((pl.col("known_by") <= row.as_of) & (pl.col("half_term") <= row.half_term)).group_by(
            "pupil_id"
        ).agg(
            pl.col("marks").sum(),
            *(pl.col(c).filter(test).sum().alias(f"{c}_{w}") for w, test in inside.items() for c in COUNTERS),
        ).collect(engine="streaming")


def pandas_frames(view: LakeView) -> None:
    """The same figures with pandas."""
    import pandas as pd

    columns = ["pupil_id", "date", "code", "known_on"]
    parts = [pd.read_parquet(view.store.path(path), columns=columns) for path in view.paths("attendance")]
    told, known, codes = (table.to_pandas() for table in _facts())
    frame = pd.concat(parts, ignore_index=True).astype({"pupil_id": "category"})
    frame = (
        frame.merge(codes.drop_duplicates("code"), on="code")
        .merge(told, on="date")
        .merge(known, on="known_on")
    )
    frame["unauthorised"], frame["late"] = frame["category"] == "unauthorised", frame["category"] == "late"
    keys = ["pupil_id", "half_term", "term_no", "year_no", "known_by"]
    cells = frame.groupby(keys, observed=True)[list(COUNTERS)].sum().reset_index()
    for row in (days.as_of_row(term) for term in TERMS):
        known_cells = cells[(cells["known_by"] <= row.as_of) & (cells["half_term"] <= row.half_term)]
        for column, value in (("half_term", row.half_term), ("half_term", row.half_term - 1),
                              ("term_no", row.term_no), ("term_no", row.term_no - 1),
                              ("year_no", row.year_no), ("year_no", row.year_no - 1)):  # fmt: skip
            known_cells[known_cells[column] == value].groupby("pupil_id", observed=True)[list(COUNTERS)].sum()


CONTESTANTS: dict[str, Callable[[LakeView], None]] = {
    function.__name__: function
    for function in (floor, floor_of_a_term, intake, intake_of_a_term, rebuild, next_term, buckets_alone,
                     one_query, polars_streaming, pandas_frames)
}  # fmt: skip
HEAVY = {"polars_streaming": "polars", "pandas_frames": "pandas"}


def alone(name: str, lake: Path) -> None:
    """Run one contestant in this process and print its cost."""
    view = LakeView.from_json((lake / "manifest.json").read_text(), root=str(lake))
    importlib.import_module(HEAVY.get(name, "duckdb"))
    marks.code_table()
    days.day_table()
    with measured() as cost:
        CONTESTANTS[name](view)
    print(json.dumps({"cpu": cost.cpu, "wall": cost.wall, "peak": peak_megabytes()}))


def run(name: str, lake: Path, runs: int) -> dict[str, float]:
    """The median cost of some runs of one contestant, each in a fresh process."""
    found = []
    for _ in range(runs):
        command = [sys.executable, "-m", "benchmarks.indicators", "--only", name, "--lake", str(lake)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found.append(json.loads(done.stdout.splitlines()[-1]))
    return {key: statistics.median(cost[key] for cost in found) for key in found[0]}


def judged(costs: dict[str, dict[str, float]], rows: int) -> dict[str, Measure]:
    """The figures against what is aimed at."""
    base, term = costs["floor"]["cpu"], costs["floor_of_a_term"]["cpu"]
    full = costs["intake"]["cpu"] + costs["rebuild"]["cpu"]
    adding = costs["intake_of_a_term"]["cpu"] + costs["next_term"]["cpu"]
    peak = max(costs[name]["peak"] for name in ("intake", "rebuild", "next_term"))
    measures = {
        "marks": note(float(rows), "rows read"),
        "floor: scan and count, CPU s": note(base),
        "all indicators from marks, times the floor": at_most(full / base, 6, "×"),
        "all indicators from kept counts, times the floor": at_most(costs["rebuild"]["cpu"] / base, 2.5, "×"),
        "adding one term, times the floor of that term": at_most(adding / term, 3, "×"),
        "peak memory of a worker, MB": at_most(peak, 500, "MB"),
    }
    for name, cost in costs.items():
        measures[f"{name}, CPU s"] = note(cost["cpu"])
        measures[f"{name}, times the floor"] = note(cost["cpu"] / base)
        measures[f"{name}, peak MB"] = note(cost["peak"])
    return measures


def main() -> None:
    """Make a lake, run every contestant, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="5 schools, one run of each")
    parser.add_argument("--json", action="store_true", help="print only the closing JSON line")
    parser.add_argument("--schools", type=int, help="how many schools of 1,000 pupils")
    parser.add_argument("--without", nargs="*", default=[], help="contestants to leave out")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--lake", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.only:
        alone(chosen.only, chosen.lake)
        return
    folder = Path(tempfile.mkdtemp(prefix="belong-indicators-"))
    try:
        view = make_lake(folder, chosen.schools or (5 if chosen.quick else 50))
        names = [name for name in CONTESTANTS if name not in chosen.without and _installed(name)]
        costs = {name: run(name, folder, 1 if chosen.quick else RUNS) for name in names}
        rows = sum(file.rows for file in view.select("attendance"))
        finish(judged(costs, rows), only_json=chosen.json)
    finally:
        shutil.rmtree(folder)


def _installed(name: str) -> bool:
    return importlib.util.find_spec(HEAVY.get(name, "duckdb")) is not None


if __name__ == "__main__":
    main()
