"""Which pupils are in a reader's year groups: always by the newest entry on a roll, whatever term is being read.

Whoever was in year 7 last year is in year 8 now, and the head of year 7 no longer opens their card; so no list of
an older term names them either.
"""

from collections.abc import Collection
from datetime import date

from data_contracts import calendar
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import NotFound, check_pupil
from service.records import roll_store
from service.records.pupil_rows import RollRow

ELSEWHERE_FIRST = ("S", "G")  # dual registration at the other school first; a guest


def recency(roll: RollRow | roll_store.Standing) -> tuple[date, bool, bool, date]:
    """What makes one roll entry newer than another: the term; within it, where the pupil still is and is
    registered first, and who admitted them last."""
    return (
        calendar.term(roll.term).start,
        roll.leaving_date is None,
        roll.enrol_status not in ELSEWHERE_FIRST,
        roll.entry_date or date.min,
    )


def in_own_years(caller: Caller, tx: Transaction, pupils: Collection[str]) -> set[str]:
    """Those of the pupils whose newest entry at the reader's schools is in the reader's year groups.

    A pupil whom no roll of theirs holds any more is not among them, unless all year groups are the reader's.
    """
    if caller.reader.year_groups is None:
        return set(pupils)
    newest: dict[str, roll_store.Standing] = {}
    for entry in roll_store.standing_on_roll(tx, caller.reader.schools, pupils):
        known = newest.get(entry.pupil_id)
        if known is None or recency(entry) > recency(known):
            newest[entry.pupil_id] = entry
    return {pupil for pupil, entry in newest.items() if _may_see(caller, entry)}


def _may_see(caller: Caller, entry: roll_store.Standing) -> bool:
    try:
        check_pupil(caller.reader, entry.school, entry.nc_year)
    except NotFound:
        return False
    return True
