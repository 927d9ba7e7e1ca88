"""A theme told as a person would: now and before, where it lies close together, the picture, the records counted."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from data_contracts import calendar
from pipelines.explanation.clusters import Cluster, clusters
from pipelines.explanation.rows import Incident, Mark, Place, Records, Suspension, in_window
from pipelines.explanation.themes import THEMES
from pipelines.explanation.told import COMPARES, Audience, Kind, told
from pipelines.explanation.weeks import (
    Week,
    counted_incidents,
    missed,
    took_out,
    weeks_of,
    whole_suspensions,
)
from pipelines.explanation.words import say

Found = TypeVar("Found")
Dated = TypeVar("Dated", Incident, Mark, Suspension)

LEAST_MOVE = 0.02
"""A share has moved from two points in a hundred on."""
MOVED = 0.2
"""A count has moved when it changed by a fifth, by the day as well as in number …"""
FEW = 2
"""… and by two at least."""
FEWEST_TO_COMPARE = 10
"""A year group smaller than this is not compared with: it would tell about single pupils."""


@dataclass(frozen=True, slots=True)
class Said:
    """One statement: its kind decides who is told it, its code and arguments make the sentence when it is shown."""

    kind: Kind
    code: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def compares(self) -> bool:
        """True where it sets the pupil beside others."""
        return self.kind in COMPARES

    def sentence(self, today: date) -> str:
        """The sentence a person reads on a day."""
        return say(self.code, self.arguments, today)

    def as_dict(self, today: date) -> dict[str, Any]:
        """Plain data with its sentence."""
        plain = {key: _plain(value) for key, value in self.arguments.items()}
        return {
            "kind": str(self.kind),
            "code": self.code,
            "arguments": plain,
            "sentence": self.sentence(today),
        }


@dataclass(frozen=True, slots=True)
class Values:
    """A theme's own figure in three windows; None where not known. `share`: they are shares, not counts.

    `days` and `days_before` are the school days of this term so far and of last term: counts of windows of
    different lengths are compared by the day.
    """

    now: float | None
    last_term: float | None
    last_year: float | None
    share: bool = False
    days: int = 0
    days_before: int = 0

    @classmethod
    def of(
        cls, windows: Sequence[float | None], records: Records | None = None, *, share: bool = False
    ) -> "Values":
        """From the figures of this term, last term and the same term last year."""
        now, last_term, last_year = windows
        return cls(now, last_term, last_year, share, *(_days(records) if records else (0, 0)))

    @property
    def ratio(self) -> float | None:
        """This term's count by the day over last term's; None where either is not known or last term had none."""
        if self.now is None or not self.last_term or not (self.days and self.days_before):
            return None
        return (self.now / self.days) / (self.last_term / self.days_before)

    @property
    def harder(self) -> int:
        """1 where it is harder than last term, -1 where better, 0 where about the same or not known."""
        if self.now is None or self.last_term is None:
            return 0
        if self.share:
            moved = self.last_term - self.now
            return (moved >= LEAST_MOVE) - (moved <= -LEAST_MOVE)
        if self.ratio is None:
            return int(self.now >= FEW)
        if abs(self.now - self.last_term) < FEW:
            return 0
        return (self.ratio >= 1 + MOVED and self.now > self.last_term) - (
            self.ratio <= 1 - MOVED and self.now < self.last_term
        )


@dataclass(frozen=True, slots=True)
class Story:
    """All that is said of one theme. `said` is in the order of reading, the headline first.

    `records` are the ids of the records that `values.now` was counted from, newest first; of a share, `of` is
    what it is out of.
    """

    theme: str
    values: Values
    said: tuple[Said, ...]
    weeks: tuple[Week, ...] = ()
    steps: tuple[tuple[date, str], ...] = ()
    records: tuple[str, ...] = ()
    of: int | None = None

    @property
    def label(self) -> str:
        """The theme's heading."""
        return THEMES[self.theme].label

    def told_to(self, audience: Audience) -> tuple[Said, ...]:
        """Its statements, as far as an audience is told them."""
        return tuple(one for one in self.said if told(one.kind, audience))


@dataclass(frozen=True, slots=True)
class Pupil:
    """Facts about a pupil beside the records: year group, which tables are held, the year group's spread.

    `held(table, term)` says whether the school's table was loaded for a term; `year_group` is what
    `year_groups.year_groups_of` counted for the pupil's own.
    """

    nc_year: str | None
    held: Callable[[str, str], bool]
    year_group: Mapping[str, Any] = field(default_factory=dict)

    @property
    def year(self) -> str:
        """`Year 8`."""
        return "Reception" if self.nc_year == "R" else f"Year {self.nc_year}"


def stories(records: Records, pupil: Pupil) -> dict[str, Story]:
    """The story of every theme about which anything can be said."""
    found = clusters(_now(records, counted_incidents(records)), _now_marks(records), _spread(pupil))
    made = (
        _attendance(records, pupil, found),
        _lateness(records, pupil),
        _behaviour(records, pupil, found),
        _time_out(records, pupil),
        _suspensions(records, pupil),
        _sen(records),
        _moves(records),
    )
    return {story.theme: story for story in made if story is not None}


def _attendance(records: Records, pupil: Pupil, found: Sequence[Cluster]) -> Story | None:
    now = _possible(records, "term")
    three = _three(records, _possible)
    values = Values.of([_share_attended(marks) for marks in three], records, share=True)
    if values.now is None and values.last_term is None:
        return None
    lost = [mark for mark in now if missed(mark)]
    said = [_headline("attendance", values), *_year_ago(values), *_clustered("attendance", found)]
    least = pupil.year_group.get("most", {}).get("attendance")
    if least is not None and values.now is not None and values.now < least:
        said.append(Said(Kind.compared, "most_attend", {"year": pupil.year, "least": least}))
    return Story("attendance", values, tuple(said), _two_terms(records), records=_ids(lost), of=len(now))


def _lateness(records: Records, pupil: Pupil) -> Story | None:
    if records.marks is None:
        return None

    def late(_records: Records, window: str) -> list[Mark] | None:
        marks = _possible(records, window)
        return [mark for mark in marks if mark.category == "late" or mark.code == "U"] if marks else None

    windows = _three(records, late)
    values = Values.of([None if marks is None else len(marks) for marks in windows], records)
    said = (_headline("lateness", values), *_year_ago(values), *_compared("lateness", values, pupil))
    return Story("lateness", values, said, _two_terms(records), records=_ids(windows[0] or ()))


def _behaviour(records: Records, pupil: Pupil, found: Sequence[Cluster]) -> Story:
    own = counted_incidents(records)
    values = _counts(records, pupil, own, "behaviour")
    said = (
        _headline("behaviour", values),
        *_year_ago(values),
        *_clustered("behaviour", found),
        *_compared("behaviour", values, pupil),
    )
    return Story("behaviour", values, said, _two_terms(records), records=_ids(_now(records, own)))


def _time_out(records: Records, pupil: Pupil) -> Story:
    out = [one for one in records.incidents if took_out(one)]
    values = _counts(records, pupil, out, "behaviour")
    said = [_headline("time_out", values), *_year_ago(values)]
    marks = _now_marks(records)
    away = [mark for mark in marks if mark.category == "part_time"]
    before = [mark for mark in _possible(records, "last_term") if mark.category == "part_time"]
    elsewhere = [mark for mark in marks if mark.code in ("B", "D", "K")]
    if away or before:
        said.append(Said(Kind.headline, "part_time", {"now": len(away), "last_term": len(before)}))
    if elsewhere:
        said.append(Said(Kind.headline, "elsewhere", {"now": len(elsewhere)}))
    ids = _ids([*_now(records, out), *away, *elsewhere])
    return Story("time_out", values, tuple(said), _two_terms(records), records=ids)


def _suspensions(records: Records, pupil: Pupil) -> Story:
    whole = whole_suspensions(records)
    values = _counts(records, pupil, whole, "suspensions")
    now = _now(records, whole)
    more = {"sessions": sum(one.sessions or 0 for one in now)}
    said = [Said(Kind.headline, "suspensions", {**_arguments(values), **more}), *_year_ago(values)]
    if whole and not now:
        said.append(Said(Kind.headline, "last_suspension", {"on": max(one.on for one in whole)}))
    steps = tuple((one.on, f"{one.sessions or 0}") for one in whole)
    return Story("suspensions", values, tuple(said), _two_terms(records), steps, _ids(now))


def _sen(records: Records) -> Story | None:
    row = records.standing_sen()
    if row is None:
        return None
    year_before = _same_term_last_year(records.term)
    then = [one for one in records.sen if year_before and one.start and one.start <= year_before.end]
    ago = max(then, key=lambda one: one.start or date.min).provision if then else "N"
    given = row.provision in ("K", "E")
    told = year_before is not None and (bool(then) or _was_here(records, year_before.id))
    known = {"provision": row.provision, "since": row.start, "year_ago": ago if told else None}
    said = [Said(Kind.headline, "sen", known)]
    if given and row.review:
        said.append(Said(Kind.due, "sen_review", {"on": row.review, "provision": row.provision}))
    elif given:
        said.append(Said(Kind.due, "sen_no_review"))
    if row.provision == "K" and not any(one.assessed for one in records.sen if one.standing):
        said.append(Said(Kind.due, "sen_no_need"))
    steps = tuple((one.start, one.provision) for one in records.sen if one.start)
    return Story("sen", Values(None, None, None), tuple(said), steps=steps, records=(row.id,))


def _moves(records: Records) -> Story | None:
    place = records.place()
    if place is None or place.entry is None:
        return None
    said = [Said(Kind.headline, "joined", {"on": place.entry})]
    start = calendar.term(records.term).start
    earlier = {
        one.school for one in records.roll
        if one.school != place.school and calendar.term(one.term).start < start
    }  # fmt: skip
    if earlier:
        said.append(Said(Kind.headline, "earlier_schools", {"schools": len(earlier)}))
    elif (records.as_of - place.entry).days > 365 or _with_the_year_group(place, records.term):
        return (
            None  # who has been here for years, or came with everybody else, and nowhere else, has not moved
        )
    steps = ((place.entry, "joined"),)
    return Story("moves", Values(None, None, None), tuple(said), steps=steps, records=(place.id,))


def _with_the_year_group(place: Place, term: str) -> bool:
    """True where a pupil came in the September in which the whole of Year 7 starts."""
    year, season = term.split("-")
    autumn = int(year) - (season != "autumn")
    return (
        place.nc_year == "7"
        and place.entry is not None
        and (place.entry.year, place.entry.month) == (autumn, 9)
    )


def _headline(code: str, values: Values) -> Said:
    return Said(Kind.headline, code, _arguments(values))


def _arguments(values: Values) -> dict[str, Any]:
    return {"now": values.now, "last_term": values.last_term}


def _year_ago(values: Values) -> tuple[Said, ...]:
    if values.last_year is None:
        return ()
    return (Said(Kind.headline, "year_ago", {"value": values.last_year, "share": values.share}),)


def _clustered(theme: str, found: Sequence[Cluster]) -> list[Said]:
    return [
        Said(Kind.cluster, "cluster", {"theme": theme, "kind": one.kind, "place": one.place,
                                       "count": one.count, "of": one.of, "records": list(one.records)})
        for one in found if one.theme == theme
    ]  # fmt: skip


def _compared(theme: str, values: Values, pupil: Pupil) -> list[Said]:
    """The sentence on how most of the year group are doing, only where the pupil stands apart from them."""
    upto = pupil.year_group.get("most", {}).get(theme)
    if upto is None or values.now is None or values.now <= upto:
        return []
    return [Said(Kind.compared, "most", {"year": pupil.year, "upto": int(upto)})]


def _spread(pupil: Pupil) -> Mapping[str, Mapping[str, int]]:
    if pupil.year_group.get("pupils", 0) < FEWEST_TO_COMPARE:
        return {}
    spread: Mapping[str, Mapping[str, int]] = pupil.year_group.get("spread", {})
    return spread


def _possible(records: Records, window: str) -> list[Mark]:
    inside = within(records, window)
    return [mark for mark in records.marks or () if mark.possible and inside(mark.on)]


def _now_marks(records: Records) -> list[Mark]:
    inside = within(records, "term")
    return [mark for mark in records.marks or () if inside(mark.on)]


def _share_attended(marks: Collection[Mark] | None) -> float | None:
    if not marks:
        return None
    return 1 - sum(missed(mark) for mark in marks) / len(marks)


def _three(records: Records, of: Callable[[Records, str], Found]) -> tuple[Found, Found, Found]:
    return of(records, "term"), of(records, "last_term"), of(records, "same_term_last_year")


def _counts(records: Records, pupil: Pupil, rows: Sequence[Any], table: str) -> Values:
    """Number of rows in each window. None, not nought, where the school's table was never loaded for it or
    the pupil joined after it."""
    terms = (records.term, _term_before(records.term), _id(_same_term_last_year(records.term)))
    windows = ("term", "last_term", "same_term_last_year")
    found = []
    for term, window in zip(terms, windows, strict=True):
        inside = within(records, window)
        n = sum(inside(row.on) for row in rows)
        known = term is not None and pupil.held(table, term) and _was_here(records, term)
        found.append(n if n or known else None)
    return Values.of(found, records)


def _was_here(records: Records, term: str) -> bool:
    """True where the pupil had joined the school by the end of a term, or the roll doesn't say."""
    place = records.place()
    return place is None or place.entry is None or place.entry <= calendar.term(term).end


def within(records: Records, window: str) -> Callable[[date], bool]:
    """True where a day lies in a window; beside those of the indicators, the same term a year before."""
    if window != "same_term_last_year":
        return in_window(records.as_of, window)
    term = _same_term_last_year(records.term)
    return lambda day: term is not None and term.start <= day <= term.end


def _now(records: Records, rows: Sequence[Dated]) -> list[Dated]:
    inside = within(records, "term")
    return [row for row in rows if inside(row.on)]


def _two_terms(records: Records) -> tuple[Week, ...]:
    before = _term_before(records.term)
    start = calendar.term(before or records.term).start
    return weeks_of(records, start, records.as_of)


def _days(records: Records) -> tuple[int, int]:
    """School days of this term up to the as-of date, and of last term."""
    this, before = calendar.term(records.term), _term_before(records.term)
    last = calendar.term(before) if before else None
    return (
        len(calendar.school_days(this.start, min(this.end, records.as_of))),
        len(calendar.school_days(last.start, last.end)) if last else 0,
    )


def _term_before(term: str) -> str | None:
    return calendar.previous_term(term).id if calendar.term(term) != calendar.TERMS[0] else None


def _same_term_last_year(term: str) -> calendar.Term | None:
    year, season = term.split("-")
    return next((one for one in calendar.TERMS if one.id == f"{int(year) - 1}-{season}"), None)


def _id(term: calendar.Term | None) -> str | None:
    return term.id if term else None


def _ids(rows: Sequence[Incident | Mark | Any]) -> tuple[str, ...]:
    return tuple(row.id for row in sorted(rows, key=lambda row: row.on, reverse=True))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
