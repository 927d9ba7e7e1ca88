"""A whole year group that is missing from a pupils extract: a filter left on, as reports are cut by year group."""

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.indicators import days
from pipelines.lake import LakeView
from pipelines.lake.files import read_buckets
from pipelines.load.versions import current

ENOUGH = 5  # pupils of a year group, below which a drop says nothing
FEWER = 0.5


def _counts(rows: pa.Table) -> dict[str, int]:
    """The number of pupils of each year group."""
    pupils = pa.table({name: rows.column(name) for name in ("pupil_id", "nc_year")})
    told = (
        pupils.filter(pc.is_valid(pupils.column("nc_year"))).group_by(["pupil_id", "nc_year"]).aggregate([])
    )
    return {each["values"]: each["counts"] for each in pc.value_counts(told.column("nc_year")).to_pylist()}


def _next(year: str) -> str:
    return "1" if year == "R" else str(int(year) + 1) if year.isdigit() else year


def _held(view: LakeView, school: str, term: str) -> dict[str, int]:
    files = view.select("pupils", {term}, {school})
    return (
        _counts(current(pa.concat_tables([read_buckets(view.store, f.path) for f in files]))) if files else {}
    )


def _before(view: LakeView, school: str, term: str) -> tuple[dict[str, int], str]:
    """The year groups as this term's earlier file or the term before had them: a year older where a school year
    began between, and only those the school had both then and now."""
    held = _held(view, school, term)
    if held:
        return held, "in this term's earlier file"
    terms = {f.term for f in view.select("pupils", schools={school})}
    last = next((each for each in terms if days.term_no(each) == days.term_no(term) - 1), None)
    if last is None:
        return {}, ""
    held = _held(view, school, last)
    if days.as_of_row(last).year_no != days.as_of_row(term).year_no:
        held = {_next(year): count for year, count in held.items() if _next(year) in held}
    return held, "in the last term"


def missing_years(view: LakeView, school: str, term: str, rows: pa.Table) -> list[str]:
    """A sentence for each year group of which half or more have gone."""
    before, where = _before(view, school, term)
    now = _counts(rows)
    return [
        f"{_words(year)}: {count} pupils {where}, {now.get(year, 0) or 'none'} now."
        for year, count in sorted(before.items(), key=lambda item: _place(item[0]))
        if count >= ENOUGH and now.get(year, 0) < FEWER * count
    ]


def _place(year: str) -> tuple[int, str]:
    return (int(year) if year.isdigit() else 0 if year == "R" else -1), year


def _words(year: str) -> str:
    return "Reception" if year == "R" else f"Year {year}" if year.isdigit() else f"Year group {year}"
