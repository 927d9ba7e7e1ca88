"""Reasons to hold a load for a person: much less than before, a year group gone, a mix that shifted, a code never
met, a feed that stopped."""

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.indicators import days
from pipelines.lake import AUDIT_TABLE, LakeView
from pipelines.lake.files import read_buckets
from pipelines.load.scope import DAY
from pipelines.load.versions import current
from pipelines.load.year_groups import missing_years

FEWER = 0.8
ENOUGH = {"suspensions": 4}  # rows below which a drop says nothing
USUALLY_ENOUGH = 20
SHIFT, ENOUGH_OF_A_MIX = 0.15, 200  # of all rows; below so many rows, shares jump by chance


def reasons_to_hold(tables: dict[tuple[str, str], pa.Table], view: LakeView, school: str) -> tuple[str, ...]:
    """Plain sentences, one per thing a person should look at; empty where the load looks as usual.

    `tables` are the new current rows by (table, term).
    """
    found = [
        fewer_rows(view, school, table, term, rows)
        for (table, term), rows in tables.items()
        if table != AUDIT_TABLE
    ]
    for (table, term), rows in tables.items():
        if table == "pupils":
            found += missing_years(view, school, term, rows)
        if table == "attendance":
            found += [new_codes(view, school, term, rows), shifted_marks(view, school, term, rows)]
    return tuple(sentence for sentence in found if sentence)


def fewer_rows(view: LakeView, school: str, table: str, term: str, rows: pa.Table) -> str | None:
    """Rows dropped by a fifth or more against the same term's file; pupils also against the term before."""
    held = _current(view, table, term, school)
    if held is None:
        before = _rows_before(view, table, term, school)
        if table == "behaviour":
            return _stopped(rows.num_rows, before)
        if table != "pupils" or not _fewer(table, rows.num_rows, before):
            return None
        return f"Pupils: {rows.num_rows:,} rows, where the last term had {before:,}."
    if table == "attendance":
        held = _same_days(rows, held)
    if not _fewer(table, rows.num_rows, held.num_rows):
        return None
    said = f"{_words(table)}: {rows.num_rows:,} rows, where this term's earlier file had {held.num_rows:,}."
    return said + _part(table, rows, held)


def _fewer(table: str, rows: int, before: int) -> bool:
    return before >= ENOUGH.get(table, USUALLY_ENOUGH) and rows < FEWER * before


def _part(table: str, rows: pa.Table, held: pa.Table) -> str:
    """The pupils and days the new rows are about, beside those before."""
    now, then = (pc.count_distinct(each.column("pupil_id")).as_py() for each in (rows, held))
    said = f" They are about {now:,} of {then:,} pupils"
    if table in DAY and rows.num_rows:
        spans = [pc.min_max(each.column(DAY[table])).as_py() for each in (rows, held)]
        if None not in [*spans[0].values(), *spans[1].values()]:
            new, old = (f"{span['min']:%-d %b %Y} to {span['max']:%-d %b %Y}" for span in spans)
            said += f", {new}" + (f" (before: {old})" if new != old else "")
    return f"{said}."


def _same_days(rows: pa.Table, held: pa.Table) -> pa.Table:
    """Marks of other days stay as they are, so they don't count as missing."""
    span = pc.min_max(rows.column("date"))
    if not span["min"].is_valid:
        return held
    dates = held.column("date")
    return held.filter(pc.and_(pc.greater_equal(dates, span["min"]), pc.less_equal(dates, span["max"])))


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
    return f"Marks: {', '.join(often)} appears often, but not in earlier terms." if often else None


def shifted_marks(view: LakeView, school: str, term: str, rows: pa.Table) -> str | None:
    """A share of marks other than present that is far from this term's earlier file, or else the last term's."""
    held, then = _current(view, "attendance", term, school), "this term's earlier file"
    if held is not None:
        marks, others = held.num_rows, _not_present(held)
    else:
        then, marks = "the last term", _rows_before(view, "attendance", term, school)
        others = _rows_before(view, "attendance_exceptions", term, school)
    if min(rows.num_rows, marks) < ENOUGH_OF_A_MIX:
        return None
    now, before = _not_present(rows) / rows.num_rows, others / marks
    if abs(now - before) < SHIFT:
        return None
    return f"Marks: {now:.0%} are other than present, where {then} had {before:.0%}."


def _not_present(rows: pa.Table) -> int:
    return int(pc.sum(pc.invert(pc.is_in(rows.column("code"), value_set=pa.array(["/", "\\"])))).as_py() or 0)


def _stopped(rows: int, before: int) -> str | None:
    if rows == 0 and before >= USUALLY_ENOUGH:
        return (
            f"Behaviour records: none this term, where the last term had {before:,}. Has recording stopped?"
        )
    return None


def _rows_before(view: LakeView, table: str, term: str, school: str) -> int:
    earlier = [
        f for f in view.select(table, schools={school}) if days.term_no(f.term) == days.term_no(term) - 1
    ]
    return sum(f.rows for f in earlier)


def _current(view: LakeView, table: str, term: str, school: str) -> pa.Table | None:
    """The rows of the same table and term that stand now, None where there is no such file."""
    files = view.select(table, {term}, {school})
    if not files:
        return None
    return current(pa.concat_tables([read_buckets(view.store, f.path) for f in files]))


def _words(table: str) -> str:
    return {
        "attendance": "Marks",
        "behaviour": "Behaviour records",
        "sen": "SEN",
        "attendance_summary": "Totals of marks",
    }.get(table, table.capitalize())
