"""The two lists of a term: who stands on them, narrowed and ordered as the reader asks. Never by a figure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import Query

from pipelines.explanation import Account, Audience, Kind
from service.core.taking import Line
from service.lists.flags import AbstainedLine, FlagLine, FlagPage
from service.lists.words import how_often_right
from service.shell.messages import N_, _
from service.shell.strips import Strip, strips
from service.support import KNOWN_WORDS, LIST_WORDS, Decided, FlagList, Known, Support

SOON = timedelta(days=14)
ON_A_LIST = frozenset({Kind.headline, Kind.cluster, Kind.due})
SHOWN = (
    ("", N_("Everyone")),
    ("mine", N_("My pupils")),
    ("new", N_("New this term")),
    ("again", N_("On last term’s list too")),
    ("open", N_("Not decided yet")),
    ("review", N_("Review due")),
    ("new-to-us", N_("New to us")),
    ("known", N_("We knew already")),
)
SEN = (
    ("", N_("Any")),
    ("K", N_("SEN support")),
    ("E", N_("Education, health and care plan")),
    ("N", N_("None recorded")),
)
SORTED = (("", N_("Name")), ("form", N_("Form")), ("review", N_("Review date")))
WORDS = {
    FlagList.not_suspended: N_("Pupils for whom a first suspension may be avoided."),
    FlagList.suspended: N_("Look at what is already being done, and whether it helps."),
}


@dataclass(frozen=True)
class Wanted:
    """How a reader narrows and orders the lists; empty means everyone, by name."""

    year: Annotated[Line, Query(max_length=4)] = ""
    form: Annotated[Line, Query(max_length=40)] = ""
    sen: Annotated[Line, Query(max_length=1)] = ""
    only: Annotated[Line, Query(max_length=10)] = ""
    sort: Annotated[Line, Query(max_length=10)] = ""
    name: Annotated[Line, Query(max_length=80)] = ""

    @property
    def narrows(self) -> bool:
        """Whether anyone may be missing from what is shown."""
        return any((self.year, self.form, self.sen, self.only, self.name.strip()))


@dataclass(frozen=True)
class PupilLine:
    """A pupil on a list. `why` is the first theme in one line, `also` at most one more."""

    pupil_id: str
    name: str
    group: str
    new: bool
    why: str
    also: str
    strip: Strip | None
    left_on: date | None
    done: str
    known: str
    review_on: date | None
    late: bool
    mine: bool


@dataclass(frozen=True)
class PupilList:
    """One list: its heading, what past lists like it came to, and its pupils."""

    heading: str
    words: str
    how_often: str
    places: int
    lines: tuple[PupilLine, ...]


@dataclass(frozen=True)
class UnsaidLine:
    """A pupil about whom nothing can be said, and why."""

    pupil_id: str
    name: str
    group: str
    reason: str
    attendance_first: bool


@dataclass(frozen=True)
class WrittenHere:
    """What the school has written about this term's pupils."""

    decisions: Mapping[str, Decided]
    reviews: Mapping[str, date]
    mine: set[str]
    provisions: Mapping[str, str]
    today: date
    begun: Mapping[str, tuple[date, ...]]
    audience: Audience


def written_about(
    decisions: Mapping[tuple[str, str], Decided],
    supports: Sequence[Support],
    mine: set[str],
    provisions: Mapping[str, str],
    *,
    term: str,
    today: date,
    audience: Audience,
) -> WrittenHere:
    """Gather decisions of the term, the next review of each pupil, and the reader's own pupils."""
    reviews: dict[str, date] = {}
    begun: dict[str, tuple[date, ...]] = {}
    for support in supports:
        begun[support.pupil_id] = (*begun.get(support.pupil_id, ()), support.starts)
        if support.review_on is not None:
            reviews[support.pupil_id] = min(support.review_on, reviews.get(support.pupil_id, date.max))
    closed = {pupil: each for (pupil, of), each in decisions.items() if of == term}
    return WrittenHere(closed, reviews, mine, provisions, today, begun, audience)


def two_lists(
    found: FlagPage, known: WrittenHere, wanted: Wanted, report: Mapping[str, Any]
) -> tuple[PupilList, ...]:
    """Both lists, narrowed and ordered; the counted sentence is about the whole list."""
    lists = []
    drawn = _strips(found, known)
    for kind in FlagList:
        flags = [flag for flag in found.flags if flag.flag_list == kind]
        kept = [flag for flag in flags if _kept(flag, wanted, known)]
        lines = [_line(flag, known, found.accounts[flag.pupil_id], drawn[flag.pupil_id]) for flag in kept]
        keep = _keeps(wanted.only, known)
        lines = [line for line in lines if keep(line)]
        if wanted.sort == "review":
            lines.sort(key=lambda line: line.review_on or date.max)
        elif wanted.sort == "form":
            lines.sort(key=lambda line: line.group)
        said = how_often_right(report, len(flags), kind)
        lists.append(PupilList(_(LIST_WORDS[kind]), _(WORDS[kind]), said, len(flags), tuple(lines)))
    return tuple(lists)


def _keeps(only: str, known: WrittenHere) -> Callable[[PupilLine], bool]:
    tests: dict[str, Callable[[PupilLine], bool]] = {
        "mine": lambda line: line.mine,
        "new": lambda line: line.new,
        "again": lambda line: not line.new,
        "open": lambda line: not line.done,
        "review": lambda line: line.review_on is not None and line.review_on <= known.today + SOON,
        "new-to-us": lambda line: line.known == KNOWN_WORDS[Known.new],
        "known": lambda line: line.known == KNOWN_WORDS[Known.known],
    }
    return tests.get(only, lambda _line: True)


def _strips(found: FlagPage, known: WrittenHere) -> dict[str, Strip]:
    """The strip of each pupil's school year, all on one scale."""
    pupils = list(found.accounts)
    weeks = [(found.accounts[pupil].weeks, known.begun.get(pupil, ())) for pupil in pupils]
    return dict(zip(pupils, strips(weeks), strict=True))


def _why(account: Account, known: WrittenHere) -> tuple[str, str]:
    """The first theme's headline with where it clusters, and the second's headline."""
    told_of = [
        [one for one in reason.story.told_to(known.audience) if one.kind in ON_A_LIST]
        for reason in account.reasons[:2]
    ]
    lines = []
    for place, said in enumerate(told_of):
        if len(said) > 1 and said[0].arguments.get("now") == 0 == said[0].arguments.get("last_term"):
            said = said[1:]  # nothing lately: what the theme rests on is older
        shown = [said[0], *(one for one in said[1:] if one.kind is Kind.cluster)][: 2 - place] if said else []
        lines.append(" ".join(one.sentence(known.today) for one in shown))
    return (lines[0] if lines else "", lines[1] if len(lines) > 1 else "")


def _line(flag: FlagLine, known: WrittenHere, account: Account, strip: Strip) -> PupilLine:
    decided = known.decisions.get(flag.pupil_id)
    review_on = known.reviews.get(flag.pupil_id)
    why, also = _why(account, known)
    return PupilLine(
        flag.pupil_id,
        name_of(flag),
        group_of(flag),
        flag.new,
        why,
        also,
        strip,
        flag.left_on,
        decided.done_words if decided else "",
        decided.known if decided else "",
        review_on,
        review_on is not None and review_on < known.today,
        flag.pupil_id in known.mine,
    )


def unsaid(found: Sequence[AbstainedLine], wanted: Wanted, known: WrittenHere) -> tuple[UnsaidLine, ...]:
    """Those who need help with attendance first, then the others, each in name order."""
    lines = [
        UnsaidLine(each.pupil_id, name_of(each), group_of(each), each.reason, "attendance" in each.reason)
        for each in found
        if _of_group(each, wanted) and (wanted.only != "mine" or each.pupil_id in known.mine)
    ]
    return tuple(sorted(lines, key=lambda line: not line.attendance_first))


def choices(found: FlagPage) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """The year groups and forms that pupils on the lists are in."""
    both: list[FlagLine | AbstainedLine] = [*found.flags, *found.abstained]
    years = sorted({each.nc_year for each in both if each.nc_year}, key=_year_order)
    forms = sorted({each.registration_group for each in both if each.registration_group})
    return (
        (("", _("All year groups")), *((year, f"Year {year}") for year in years)),
        (("", _("All forms")), *((form, form) for form in forms)),
    )


def _kept(flag: FlagLine, wanted: Wanted, known: WrittenHere) -> bool:
    if wanted.name.strip().casefold() not in name_of(flag).casefold():
        return False
    return _of_group(flag, wanted) and (not wanted.sen or known.provisions.get(flag.pupil_id) == wanted.sen)


def _of_group(line: FlagLine | AbstainedLine, wanted: Wanted) -> bool:
    return (not wanted.year or line.nc_year == wanted.year) and (
        not wanted.form or line.registration_group == wanted.form
    )


def name_of(line: FlagLine | AbstainedLine) -> str:
    """Surname first, as on a register."""
    known = [part for part in (line.surname, line.forename) if part]
    return ", ".join(known) if known else "Name not known"


def group_of(line: FlagLine | AbstainedLine) -> str:
    """The form, or where none is known the year group."""
    return line.registration_group or (f"Year {line.nc_year}" if line.nc_year else "")


def _year_order(year: str) -> int:
    return int(year) if year.isdigit() else 0
