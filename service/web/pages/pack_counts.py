"""Counts for people who see no pupil: small numbers are not told, nor what would give them away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from service.callers import Caller
from service.db import score_store
from service.db.engine import Transaction
from service.permissions import check
from service.reads.flags import live_publication
from service.support import decided, given
from service.support.words import LIST_WORDS, FlagList

SMALL = 10
FEW = f"fewer than {SMALL}"


@dataclass(frozen=True)
class Counted:
    """A total and its parts in words. `parts` is empty where a part would be small."""

    total: str
    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class TermCounts:
    """What a term's work came to at one school."""

    published_at: datetime
    model_id: str
    synthetic: bool
    suggested: Counted
    closed: Counted
    never_disagreed: bool
    supports: str
    places: int


def counted(parts: Mapping[str, int]) -> Counted:
    """A total and its parts; where any part is small none is told apart, so nothing follows by subtraction."""
    total = sum(parts.values())
    if total < SMALL:
        return Counted(FEW, ())
    if any(count < SMALL for count in parts.values()):
        return Counted(str(total), ())
    return Counted(str(total), tuple((words, str(count)) for words, count in parts.items()))


def term_counts(caller: Caller, tx: Transaction, school: str, term: str) -> TermCounts:
    """The counts of a school and term. NotFound where nothing is published, Held while it is paused."""
    check(caller.reader, "packs.read", school)
    live = live_publication(tx, school, term)
    listed = [row.flag_list for row in score_store.listed(tx, live) if row.flagged]
    decisions = list(decided.latest(tx, school, [term]).values())
    practice = decided.practice(decisions)
    helped = {support.pupil_id for support in given.going_on(tx, school)}
    closed = {
        "Support was started": practice.support,
        "Already supported": practice.already,
        "Not now, with a reason": practice.not_now,
        "Records to be put right": practice.data_wrong,
    }
    return TermCounts(
        published_at=live.at,
        model_id=live.model_id,
        synthetic=live.synthetic,
        suggested=counted({LIST_WORDS[name]: listed.count(name) for name in FlagList}),
        closed=counted(closed),
        never_disagreed=practice.never_disagreed,
        supports=str(len(helped)) if len(helped) >= SMALL else FEW,
        places=live.places,
    )
