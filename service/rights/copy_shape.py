"""What the pages of a family's copy are made of: parts with paragraphs, dated lines and one table of weeks."""

from dataclasses import dataclass
from datetime import datetime

from pipelines.explanation.words import on
from service.core.clock import SCHOOLS_TIME


@dataclass(frozen=True)
class Line:
    """What was, and when; `when` may be empty."""

    when: str
    words: str


@dataclass(frozen=True)
class Lines:
    """Lines under a heading of their own, or none. `dense` lines stand small, in columns."""

    heading: str
    lines: tuple[Line, ...]
    dense: bool = False


@dataclass(frozen=True)
class Weeks:
    """(week of, missed, without leave, suspended, late) of the weeks in which something was missed."""

    rows: tuple[tuple[str, str, str, str, str], ...] = ()


@dataclass(frozen=True)
class Part:
    """One part of the copy."""

    title: str
    paragraphs: tuple[str, ...] = ()
    lines: tuple[Lines, ...] = ()
    weeks: Weeks = Weeks()


def moment_of(text: str) -> datetime:
    """A moment in the school's own time."""
    return datetime.fromisoformat(text).astimezone(SCHOOLS_TIME)


def local_day(text: str) -> str:
    """The day of a moment where the school is, as in `3 July 2026`."""
    return on(moment_of(text).date())
