"""The source: a lake's facts a task needs, found out once and small enough to travel, however many schools
there are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.indicators import days
from pipelines.lake import LakeView, Store
from pipelines.lake.packs import FEWEST, Piece

Array = npt.NDArray[Any]
FEEDS = {"attendance_possible": "attendance", "pupils": "pupils", "behaviour": "behaviour",
         "suspensions": "suspensions", "sen": "sen"}  # fmt: skip
TABLES = ("pupils", "behaviour", "suspensions", "sen")
KEPT = ("attendance_exceptions", "attendance_possible")
NEVER = -1 << 31


@dataclass(frozen=True, slots=True)
class Source:
    """A view up to a term: where its rows lie, and what was loaded.

    Of attendance the kept counts are named, or the raw marks where those cannot serve. `feeds` says for each
    feed of which school and term its table was loaded (schools × terms of the calendar, schools in order);
    `suspensions_loaded` on which day that of suspensions came last (days since 1970; NEVER).
    """

    store: Store
    on: date | None
    schools: tuple[str, ...]
    pieces: Mapping[str, tuple[Piece, ...]]
    feeds: Mapping[str, Array]
    suspensions_loaded: Array

    @classmethod
    def of(
        cls, view: LakeView, rows: Sequence[days.AsOf], schools: Collection[str] | None = None
    ) -> "Source":
        """The source as-of dates need of a view, for all schools or for the pupils of some."""
        names = tuple(sorted({file.school for file in view.files}))
        place = {name: number for number, name in enumerate(names)}
        shape = len(names), len(days.years_of_terms())
        feeds = {feed: np.zeros(shape, bool) for feed in FEEDS.values()}
        loaded = np.full(shape, NEVER, np.int32)
        for table, feed in FEEDS.items():
            for file in view.select(table):
                feeds[feed][place[file.school], days.term_no(file.term)] = True
        for file in view.select("suspensions"):
            at = place[file.school], days.term_no(file.term)
            loaded[at] = max(loaded[at], days.day_number(file.first_loaded))
        few = schools is not None and len(schools) < max(2, FEWEST * len(names))
        last = max(row.term_no for row in rows) + 1
        terms = {file.term for file in view.files if days.term_no(file.term) <= last}
        tables = (*TABLES, *(KEPT if _kept_counts_serve(view, rows) else ("attendance",)))
        pieces = {  # where pupils have been, only the rolls of all schools tell
            table: tuple(view.pieces(table, terms, few=few and table != "pupils")) for table in tables
        }
        return cls(view.store, view.on, names, pieces, feeds, loaded)

    def places(self, schools: Sequence[str]) -> Array:
        """The place of each of some schools in `schools`."""
        number = {name: place for place, name in enumerate(self.schools)}
        return np.array([number[name] for name in schools], np.int64)

    def until_next(self, feed: str) -> Array:
        """The number of the next term in which a school's table was loaded again, by school and term; or FAR."""
        loaded, last = self.feeds[feed], len(days.years_of_terms()) - 1
        following = np.full(loaded.shape, days.FAR_TERM)
        for term in reversed(range(last)):
            following[:, term] = np.where(loaded[:, term + 1], term + 1, following[:, term + 1])
        return following


def _kept_counts_serve(view: LakeView, rows: Sequence[days.AsOf]) -> bool:
    """Kept counts serve for current versions at the usual as-of dates, and not for other dates or a replay."""
    usual = set(days.standard_cuts())
    return view.on is None and all(row.as_of in usual for row in rows)
