"""Write canonical rows straight into a lake, for tests that are about reading it."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from pipelines.indicators import marks
from pipelines.lake import Lake, LakeFile, LakeView
from pipelines.lake.files import write_file
from pipelines.lake.schemas import SCHEMAS
from pipelines.load.canonical import lake_rows, with_known_on

LOADED = date(2026, 11, 24)
TABLES = ("pupils", "attendance", "behaviour", "suspensions", "sen")
Rows = list[dict[str, Any]]
DATES = ("date", "entry_date", "leaving_date", "start_date", "end_date", "status_on", "review_date",
         "recorded_on", "known_on")  # fmt: skip


def pupil_id(number: int) -> str:
    """A pupil id whose bucket is spread by its number."""
    return f"p{(number * 2654435761) % (1 << 32):08x}{number:012x}"


def lake_table(rows: Rows, table: str, school: str, term: str) -> pa.Table:
    """Rows with pupil_id as a lake table; known_on as given, else recorded_on, else assumed."""
    schema = SCHEMAS[table]
    if not rows:
        return schema.empty_table()
    frame = pd.DataFrame(rows)
    for name in (name for name in DATES if name in frame):
        frame[name] = pd.to_datetime(frame[name])
    if "known_on" in frame:
        frame = frame.assign(recorded_on=frame["known_on"]).drop(columns="known_on")
    frame = with_known_on(frame, table)
    part = lake_rows(frame, table, school, pd.Series(term, index=frame.index))
    versions = {"known_until": pa.nulls(len(rows), pa.date32()), "loaded_on": pa.array([LOADED] * len(rows))}
    return pa.table([*part.columns, *versions.values()], schema=schema)


def write_lake(
    root: Path, world: Mapping[tuple[str, str], Mapping[str, Rows]], buckets: int = 4, pieces: int = 1
) -> LakeView:
    """A lake of {(school, term): {table: rows}}; `pieces` cuts every table into that many files."""
    lake = Lake.create(root, buckets)
    files: list[LakeFile] = []
    for (school, term), tables in world.items():
        for table in (name for name in TABLES if name in tables):
            files += _write(lake, school, term, table, tables[table], pieces)
    return lake.view(files)


def _write(lake: Lake, school: str, term: str, table: str, rows: Rows, pieces: int) -> Iterable[LakeFile]:
    for piece in range(pieces):
        part = lake_table(rows[piece::pieces], table, school, term)
        named = {table: part}
        if table == "attendance":
            exceptions, possible = marks.reduce_marks(part)
            named |= {"attendance_exceptions": exceptions, "attendance_possible": possible}
        for name, content in named.items():
            yield write_file(
                lake.store, content, (name, school, term),
                buckets=lake.buckets, load_id=f"{piece}", today=LOADED,
            )  # fmt: skip
