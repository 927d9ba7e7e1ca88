"""Lakes to measure indicators on: marks, rolls and records of schools of 1,000 pupils over nine terms.

A few schools are drawn and written; further ones hold the same rows under other pupils and another name, so
that even a tenth of England is made in minutes. Files are what a load would have written.
"""

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.measures import Progress
from data_contracts import calendar
from pipelines.lake import Lake, LakeFile, LakeView
from pipelines.lake.files import encode_sorted, with_buckets
from pipelines.lake.schemas import SCHEMAS

TERMS = tuple(term.id for term in calendar.terms_between("2022-autumn", "2025-summer"))
PUPILS, DRAWN = 1000, 5
CODES = ("I", "O", "L", "M", "U", "G", "E", "B", "C")
SHARES = (0.035, 0.02, 0.02, 0.006, 0.004, 0.004, 0.002, 0.001, 0.003)
TABLES = ("attendance", "pupils", "behaviour", "suspensions", "sen")
START = date(2021, 9, 6)


def make_lake(root: Path, schools: int, buckets: int, progress: Progress) -> LakeView:
    """Write the lake of some schools, or take the one that lies there; counts are not yet kept."""
    made = root / "manifest.json"
    if made.exists():
        return LakeView.from_json(made.read_text(), root=str(root))
    lake, rng = Lake.create(root, buckets), np.random.default_rng(7)
    files: list[LakeFile] = []
    heads = _heads(buckets, rng)
    for number, term in enumerate(TERMS):
        drawn = [_drawn(heads[n], term, buckets, rng) for n in range(min(DRAWN, schools))]
        for school in range(schools):
            for table, rows in drawn[school % DRAWN].items():
                files.append(_written(lake, rows, table, f"{999001 + school}"[-6:], school, term))
        progress("Making the lake", number + 1, len(TERMS))
    view = lake.view(files)
    made.write_text(view.as_json())
    return view


def _heads(buckets: int, rng: np.random.Generator) -> np.ndarray:
    """What the pupils' ids begin with, as evenly spread over the buckets as those of many real pupils are.

    Every school's pupils begin like those of the school they were drawn for, so chance would not even out.
    """
    even = rng.permutation(np.arange(DRAWN * PUPILS) % buckets)
    return (rng.integers(0, (1 << 32) // buckets, DRAWN * PUPILS) * buckets + even).reshape(DRAWN, PUPILS)


def _written(lake: Lake, rows: pa.Table, table: str, school: str, number: int, term: str) -> LakeFile:
    """The drawn rows as those of another school: the tail of every pupil's id is the school's."""
    ids = rows.column("pupil_id").chunk(0)
    tail = f"{number:012x}"
    named = pa.array([f"{head[:9]}{tail}" for head in ids.dictionary.to_pylist()])
    columns = {
        "pupil_id": pa.DictionaryArray.from_arrays(ids.indices, named).cast(pa.string()),
        "school": pa.array([school]).take(pa.array(np.zeros(rows.num_rows, int))),
    }
    for name, column in columns.items():
        rows = rows.set_column(rows.column_names.index(name), name, column)
    data = encode_sorted(rows)
    digest = hashlib.sha256(data).hexdigest()
    path = f"tables/{table}/{school}/{term}/{digest[:32]}.parquet"
    target = Path(lake.root, path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    return LakeFile(table, school, term, path, digest, rows.num_rows, "b", date(2026, 9, 1))


def _drawn(heads: np.ndarray, term: str, buckets: int, rng: np.random.Generator) -> dict[str, pa.Table]:
    """One school's tables of a term, in a lake file's order, pupil ids dictionary-encoded."""
    ids = [f"p{head:08x}{0:012x}" for head in heads]
    makers: dict[str, Callable[[], tuple[dict[str, pa.Array], np.ndarray]]] = {
        "attendance": lambda: _marks(term, rng),
        "pupils": _roll,
        "behaviour": lambda: _incidents(term, rng),
        "suspensions": lambda: _suspensions(term, rng),
        "sen": lambda: _sen(rng),
    }
    drawn = {}
    for table, make in makers.items():
        columns, who = make()
        columns |= {"pupil_id": _coded(who, ids), "term": _coded(np.zeros(len(who), int), [term])}
        arrays = [columns.get(field.name, pa.nulls(len(who), field.type)) for field in SCHEMAS[table]]
        rows = with_buckets(pa.table(arrays, schema=SCHEMAS[table]), buckets)
        coded = rows.column("pupil_id").combine_chunks().dictionary_encode()
        drawn[table] = rows.set_column(0, "pupil_id", coded)
    return drawn


def _marks(term: str, rng: np.random.Generator) -> tuple[dict[str, pa.Array], np.ndarray]:
    """Two marks a school day for every pupil, about one in ten of them an exception."""
    open_days = calendar.school_days(calendar.term(term).start, calendar.term(term).end)
    each, n = 2 * len(open_days), 2 * len(open_days) * PUPILS
    halves = np.tile([0, 1], n // 2)
    drawn = rng.choice(len(CODES) + 1, size=n, p=(*SHARES, 1 - sum(SHARES)))
    codes = np.where(drawn == len(CODES), len(CODES) + halves, drawn)
    day = np.tile(np.repeat(np.arange(len(open_days)), 2), PUPILS)
    columns = {
        "date": pa.array(open_days, pa.date32()).take(pa.array(day)),
        "session": _coded(halves, ["AM", "PM"]),
        "code": _coded(codes, [*CODES, "/", "\\"]),
        "known_on": _later(open_days, 5).take(pa.array(day)),
    }
    return columns, np.repeat(np.arange(PUPILS), each)


def _roll() -> tuple[dict[str, pa.Array], np.ndarray]:
    """Every pupil on roll all the time, spread over Years 7 to 10."""
    who = np.arange(PUPILS)
    columns = {
        "nc_year": _coded(who % 4, ["7", "8", "9", "10"]),
        "enrol_status": _coded(who * 0, ["C"]),
        "phase": _coded(who * 0, ["secondary"]),
        "entry_date": pa.array([START] * PUPILS, pa.date32()),
        "known_on": pa.array([START] * PUPILS, pa.date32()),
    }
    return columns, who


def _incidents(term: str, rng: np.random.Generator) -> tuple[dict[str, pa.Array], np.ndarray]:
    """Three behaviour records for each pupil, a third of them positive."""
    open_days = calendar.school_days(calendar.term(term).start, calendar.term(term).end)[:-8]
    n = 3 * PUPILS
    day = pa.array(rng.integers(0, len(open_days), n))
    columns = {
        "incident_id": pa.array([f"{term}-{number}" for number in range(n)]),
        "date": pa.array(open_days, pa.date32()).take(day),
        "known_on": _later(open_days, 2).take(day),
        "type": _coded(rng.integers(0, 4, n), ["disruption", "uniform", "fighting", "effort"]),
        "positive": pa.array(rng.random(n) < 1 / 3),
        "points": pa.array(rng.integers(1, 5, n).astype(float)),
        "severity": pa.array(rng.integers(1, 6, n).astype(np.int32)),
        "lesson": _coded(rng.integers(0, 4, n), ["Maths", "English", "Art", "Science"]),
        "action": _coded(rng.integers(0, 4, n), ["none", "detention", "removal", "internal_suspension"]),
        "role": _coded(np.zeros(n, int), ["involved"]),
    }
    return columns, rng.integers(0, PUPILS, n)


def _suspensions(term: str, rng: np.random.Generator) -> tuple[dict[str, pa.Array], np.ndarray]:
    """A suspension for every sixteenth pupil."""
    open_days = calendar.school_days(calendar.term(term).start, calendar.term(term).end)[:-8]
    n = PUPILS // 16
    day = pa.array(rng.integers(0, len(open_days), n))
    columns = {
        "category": _coded(np.zeros(n, int), ["SUSP"]),
        "start_date": pa.array(open_days, pa.date32()).take(day),
        "start_session": _coded(rng.integers(0, 2, n), ["AM", "PM"]),
        "known_on": _later(open_days, 1).take(day),
        "sessions": pa.array(rng.integers(1, 10, n).astype(np.int32)),
        "status": _coded(np.zeros(n, int), ["issued"]),
    }
    return columns, rng.permutation(PUPILS)[:n]


def _sen(rng: np.random.Generator) -> tuple[dict[str, pa.Array], np.ndarray]:
    """SEN support or a plan for every sixth pupil."""
    n = PUPILS // 6
    columns = {
        "provision": _coded(rng.integers(0, 2, n), ["K", "E"]),
        "need_type": _coded(rng.integers(0, 3, n), ["SEMH", "SLCN", "NSA"]),
        "start_date": pa.array([START] * n, pa.date32()),
        "known_on": pa.array([START] * n, pa.date32()),
    }
    return columns, np.arange(n) * 6


def _later(open_days: list[date], lag: int) -> pa.Array:
    return pa.array([calendar.add_school_days(day, lag) for day in open_days], pa.date32())


def _coded(indices: np.ndarray, values: list[str]) -> pa.Array:
    return pc.take(pa.array(values), pa.array(indices))
