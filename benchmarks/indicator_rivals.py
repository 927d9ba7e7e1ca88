"""Other ways to count attendance over windows, on the same files: four counters in six windows, and all marks."""

from typing import Any

import pyarrow as pa

from benchmarks.indicator_lake import TERMS
from pipelines import duck
from pipelines.indicators import days, marks
from pipelines.lake import LakeView

COUNTERS = ("counted", "absent", "unauthorised", "late")
WINDOWS = {
    "half_term": "c.half_term = a.half_term",
    "last_half_term": "c.half_term = a.half_term - 1",
    "term": "c.term_no = a.term_no",
    "last_term": "c.term_no = a.term_no - 1",
    "year": "c.year_no = a.year_no",
    "last_year": "c.year_no = a.year_no - 1",
}


def scan(con: duck.Connection, view: LakeView, keep: str = "TRUE") -> None:
    """Lend a connection the marks of all files, read by DuckDB itself."""
    paths = ", ".join(f"'{view.store.path(path)}'" for path in view.paths("attendance"))
    con.execute(f"CREATE TEMP VIEW marks AS SELECT * FROM read_parquet([{paths}]) WHERE {keep}")


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
    duck.lend(con, "days", days.day_table())
    duck.lend(con, "codes", marks.code_table())
    duck.lend(con, "as_of", days.as_of_table([days.as_of_row(term) for term in TERMS]))
    scan(con, view, keep)
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

    tables: list[Any] = [pl.from_arrow(table) for table in _facts()]
    told, known, codes = (table.lazy() for table in tables)
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
