"""When a load waits for a person's yes: much less than before, a code never met, a feed that stopped."""

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.indicators import days
from pipelines.lake import LakeView
from pipelines.lake.files import read_buckets

FEWER = 0.8
ENOUGH = 20  # rows below which a drop says nothing


def reasons_to_hold(tables: dict[tuple[str, str], pa.Table], view: LakeView, school: str) -> tuple[str, ...]:
    """Plain sentences, one per thing a person should look at; empty where the load looks as usual.

    `tables` are the new current rows by (table, term).
    """
    found = [fewer_rows(view, school, table, term, rows.num_rows) for (table, term), rows in tables.items()]
    found += [
        new_codes(view, school, term, rows) for (table, term), rows in tables.items() if table == "attendance"
    ]
    return tuple(sentence for sentence in found if sentence)


def fewer_rows(view: LakeView, school: str, table: str, term: str, rows: int) -> str | None:
    """Rows dropped by a fifth or more, against the same term's file, or for marks the term before."""
    same = view.select(table, {term}, {school})
    if same:
        before, against = _current_rows(view, table, term, school), "this term's earlier file"
    elif table == "behaviour":
        before, against = _rows_before(view, table, term, school), "the last term"
        return _stopped(rows, before)
    else:
        return None
    if before >= ENOUGH and rows < FEWER * before:
        return f"{_words(table)}: {rows:,} rows, where {against} had {before:,}."
    return None


def new_codes(view: LakeView, school: str, term: str, rows: pa.Table) -> str | None:
    """Attendance codes that none of the school's earlier files of the same school year holds."""
    year = days.as_of_row(term).year_no
    terms = {f.term for f in view.select("attendance", schools={school})}
    past = {each for each in terms if days.as_of_row(each).year_no == year and each != term}
    paths = view.paths("attendance_possible", past, {school})
    if not paths:
        return None
    met: set[str] = set()
    for path in view.paths("attendance_exceptions", past, {school}):
        met |= set(read_buckets(view.store, path).column("code").unique().to_pylist())
    counts = {entry["values"]: entry["counts"] for entry in pc.value_counts(rows.column("code")).to_pylist()}
    often = sorted(
        code for code, n in counts.items() if code not in met | {"/", "\\"} and n > rows.num_rows / 50
    )
    return f"Marks: {', '.join(often)} stands often, and not in earlier terms." if often else None


def _stopped(rows: int, before: int) -> str | None:
    if rows == 0 and before >= ENOUGH:
        return (
            f"Behaviour records: none this term, where the last term had {before:,}. Has recording stopped?"
        )
    return None


def _rows_before(view: LakeView, table: str, term: str, school: str) -> int:
    earlier = [
        f for f in view.select(table, schools={school}) if days.term_no(f.term) == days.term_no(term) - 1
    ]
    return sum(f.rows for f in earlier)


def _current_rows(view: LakeView, table: str, term: str, school: str) -> int:
    files = view.select(table, {term}, {school})
    return sum(read_buckets(view.store, f.path).column("known_until").null_count for f in files)


def _words(table: str) -> str:
    return {"attendance": "Marks", "behaviour": "Behaviour records", "sen": "SEN"}.get(
        table, table.capitalize()
    )
