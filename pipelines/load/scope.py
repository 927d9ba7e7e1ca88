"""The scope of a file: which of the rows held so far it speaks of. Only those can be replaced or closed by
it.

Marks are spoken of day by day: a file of one half-term leaves the other alone, and a file of some classes
leaves the pupils it doesn't name alone as long as they are on the school's roll. Any other table's file
speaks for its whole term, unless a person said that it is only a part (`keep_others`): then it speaks for
the days and the pupils that stand in it. A census return speaks for the suspensions it repeats and no others.
"""

from collections.abc import Collection
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.contract import all_contracts

DAY = {contract.table: contract.day for contract in all_contracts() if contract.day}


@dataclass(frozen=True, slots=True)
class Scope:
    """A file's scope among the rows held. `on_roll`: the pupils of the term's roll, where the load brings it;
    `returned`: the rows come from a census return."""

    table: str
    keep_others: bool = False
    returned: bool = False
    on_roll: Collection[str] | None = None

    def spoken(self, new: pa.Table, held: pa.Table) -> pa.Array:
        """A boolean per held row: whether the new rows speak of it."""
        if self.returned and self.table == "suspensions":
            return pc.is_in(suspension_keys(held), value_set=suspension_keys(new))
        if self.table == "attendance":
            return pc.and_(_inside(new, held, "date"), pc.or_(_named(new, held), self._left(held)))
        if not self.keep_others:
            return pa.repeat(True, held.num_rows)
        return pc.and_(_inside(new, held, DAY.get(self.table)), _named(new, held))

    def offered(self, new: pa.Table, held: pa.Table) -> pa.Table:
        """The new rows that say something: a return says nothing of a suspension the school itself recorded."""
        if not (self.returned and self.table == "suspensions") or not held.num_rows:
            return new
        own = pc.or_(pc.invert(held.column("known_assumed")), pc.not_equal(held.column("status"), "issued"))
        kept = held.filter(pc.fill_null(own, False))
        return new.filter(pc.invert(pc.is_in(suspension_keys(new), value_set=suspension_keys(kept))))

    def _left(self, held: pa.Table) -> pa.Array:
        if self.on_roll is None:
            return pa.repeat(False, held.num_rows)
        roll = pa.array(sorted(self.on_roll), pa.string())
        return pc.invert(pc.is_in(held.column("pupil_id"), value_set=roll))


def _inside(new: pa.Table, held: pa.Table, day: str | None) -> pa.Array:
    """Held rows of the days from the first to the last of the new ones."""
    if day is None:
        return pa.repeat(True, held.num_rows)
    span = pc.min_max(new.column(day))
    if not span["min"].is_valid:
        return pa.repeat(False, held.num_rows)
    dates = held.column(day)
    within = pc.and_(pc.greater_equal(dates, span["min"]), pc.less_equal(dates, span["max"]))
    return pc.fill_null(within, True)


def _named(new: pa.Table, held: pa.Table) -> pa.Array:
    return pc.is_in(held.column("pupil_id"), value_set=pc.unique(new.column("pupil_id")))


def suspension_keys(rows: pa.Table) -> pa.Array:
    """The key of one suspension: pupil, first day, first session, over lunch or not."""
    session = pc.fill_null(rows.column("start_session"), "AM")
    lunch = pc.if_else(pc.equal(rows.column("category"), "LNCH"), "lunch", "school")
    day = pc.cast(rows.column("start_date"), pa.string())
    joined = pc.binary_join_element_wise(rows.column("pupil_id"), day, session, lunch, "|")
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined
