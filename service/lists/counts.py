"""Counts for people who see no pupil: small numbers of pupils are not told, nor what would give them away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from service.core.audit import unaudited
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import check
from service.lists.flags import live_publication
from service.scoring import score_store
from service.support import LIST_WORDS, FlagList, decisions, supports

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


def acted(parts: Mapping[str, int], of: int) -> Counted:
    """What adults did is told whatever the number, nought too; what came of it only as `counted` tells it.

    `of` is how many they could have acted on, told where it is not small itself."""
    total = sum(parts.values())
    said = f"{total} of {of}" if of >= SMALL else str(total)
    return Counted(said, counted(parts).parts)


def term_counts(caller: Caller, tx: Transaction, school: str, term: str) -> TermCounts:
    """The counts of a school and term. NotFound where nothing is published, Held while it is paused."""
    check(caller.reader, "packs.read", school)
    live = live_publication(tx, school, term)
    read = unaudited(tx, "counts, small numbers not told")
    flagged = [row for row in score_store.listed(read, live) if row.flagged]
    listed, asked = [row.flag_list for row in flagged], {row.pupil_id for row in flagged}
    answers = [one for one in decisions.latest(read, school, [term]).values() if one.pupil_id in asked]
    practice = decisions.practice(answers)
    helped = {support.pupil_id for support in supports.going_on(read, school)}
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
        closed=acted(closed, len(listed)),
        never_disagreed=practice.never_disagreed,
        supports=str(len(helped)) if len(helped) >= SMALL else FEW,
        places=live.places,
    )
