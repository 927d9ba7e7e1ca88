"""Was a support followed by fewer records? This pupil's own weeks before and after; no cause is claimed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pipelines.explanation.weeks import Week, monday
from service.core.taking import is_near

WEEKS = 8
"""School weeks looked at on each side of the day a support began."""
FEWEST_AFTER = 3
"""Fewer school weeks than this after the start say nothing yet."""


@dataclass(frozen=True)
class Compared:
    """One thing for an average week before and after."""

    words: str
    before: float
    after: float


@dataclass(frozen=True)
class Response:
    """The weeks around the start of a support. `lines` is empty while it is too soon to look."""

    name: str
    starts: date
    before: tuple[Week, ...]
    after: tuple[Week, ...]
    lines: tuple[Compared, ...]


def response_to(
    name: str,
    starts: date,
    ends: date | None,
    weeks: Sequence[Week],
) -> Response:
    """What the records say around the start of a support.

    `weeks` are the pupil's school weeks, oldest first; those without marks say nothing. The week in which the
    support began counts as after.
    """
    if not is_near(starts):  # kept before such days were refused: there are no weeks around it
        return Response(name, starts, (), (), ())
    first = monday(starts)
    held = [week for week in weeks if week.possible and (ends is None or week.monday <= ends)]
    before = tuple(week for week in held if week.monday < first)[-WEEKS:]
    after = tuple(week for week in held if week.monday >= first)[:WEEKS]
    enough = len(after) >= FEWEST_AFTER and len(before) >= FEWEST_AFTER
    return Response(name, starts, before, after, _compared(before, after) if enough else ())


def _compared(before: Sequence[Week], after: Sequence[Week]) -> tuple[Compared, ...]:
    def a_week(weeks: Sequence[Week], what: str) -> float:
        return sum(getattr(week, what) for week in weeks) / len(weeks)

    def missed(weeks: Sequence[Week]) -> float:
        return 10 * sum(week.missed for week in weeks) / max(sum(week.possible or 0 for week in weeks), 1)

    return (
        Compared("Sessions missed per week, out of 10", missed(before), missed(after)),
        Compared("Behaviour records per week", a_week(before, "incidents"), a_week(after, "incidents")),
        Compared("Positive records per week", a_week(before, "positives"), a_week(after, "positives")),
    )
