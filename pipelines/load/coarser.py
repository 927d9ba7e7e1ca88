"""A coarser source never takes the place of a finer one: the SEN columns of a roll leave a SEN report as it is."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from data_contracts.calendar import term as find_term
from data_contracts.problems import Problem
from pipelines.lake import LakeView
from pipelines.lake.files import read_buckets
from pipelines.load.versions import current

if TYPE_CHECKING:
    from pipelines.check import CheckReport

_SAYS = (
    "The SEN columns of the pupils extract were not taken, because a SEN report of this term is loaded.",
    "Nothing to do, unless SEN has changed since: then export the SEN report again and send it.",
)
_MORE = ("end_date", "review_date")  # what a roll never says


def without_coarser(
    report: "CheckReport", view: LakeView, school: str, term: str | None
) -> tuple[Mapping[str, pd.DataFrame], tuple[Problem, ...]]:
    """The good rows of a check, without the SEN of a roll where the lake has it from a report of its own."""
    sources = [each for each in report.extracts if each.table == "sen"]
    if term is None or not sources or any("pupils" not in each.beside for each in sources):
        return report.good, ()
    if not _finer(view, school, term, report.good.get("pupils")):
        return report.good, ()
    said = tuple(
        Problem(each.file, None, None, "sen_report_stands", *_SAYS, "sen", "warning") for each in sources
    )
    return {table: frame for table, frame in report.good.items() if table != "sen"}, said


def _finer(view: LakeView, school: str, term: str, pupils: pd.DataFrame | None) -> bool:
    """True where the SEN that is held says more than a roll could: a start of its own, an end, a review."""
    files = view.select("sen", {term}, {school})
    if not files:
        return False
    held = current(pa.concat_tables([read_buckets(view.store, f.path) for f in files]))
    if any(held.column(name).null_count < held.num_rows for name in _MORE):
        return True
    begun = pd.Timestamp(find_term(term).start)
    by_roll = {(pd.Timestamp(begun.year - (begun.month < _SEPTEMBER), 8, 31)).date()}
    if pupils is not None:
        by_roll |= {day.date() for day in pupils["entry_date"].dropna()}
    return bool(set(held.column("start_date").to_pylist()) - by_roll)


_SEPTEMBER = 9
