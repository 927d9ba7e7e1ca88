"""What may come in from outside: words, days and names with their bounds, the same for API, pages and commands."""

import unicodedata
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from data_contracts import calendar
from data_contracts.errors import Refused
from service.core import clock

FIRST_DAY = date(2000, 1, 1)
FARTHEST = timedelta(days=3 * 366)
OURS = "belong_"
"""Begins the type of an error that is said in our own words."""
NOT_IN_NAMES = frozenset({"Cc", "Cn", "Co", "Cs", "Zl", "Zp"})
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""Letters that turn what follows round, so that a name reads as another."""
IN_TEXTS = frozenset("\n\r\t")


def is_line(text: str) -> bool:
    """Whether every letter can be seen and stays on its line, as in a name."""
    return not any(letter in TURNING or unicodedata.category(letter) in NOT_IN_NAMES for letter in text)


def is_text(text: str) -> bool:
    """Whether every letter can be seen or begins a new line, as in a note."""
    return not any(letter not in IN_TEXTS and not is_line(letter) for letter in text)


def is_near(day: date) -> bool:
    """Whether a day lies where something about a pupil can have happened or be planned."""
    return FIRST_DAY <= day <= clock.today() + FARTHEST


def checked_day(text: str) -> date | None:
    """The day a form's field holds, None for an empty one; Refused for what is no day, or one far away."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Refused("Enter dates as year-month-day, for example 2026-09-14.") from None
    if not is_near(day):
        raise Refused(FAR, hint="Is the year right?")
    return day


def check_days(*days: date | None) -> None:
    """Refused where one of these days is far away: what is kept must be readable for ever after."""
    if not all(day is None or is_near(day) for day in days):
        raise Refused(FAR, hint="Is the year right?")


FAR = "This date is too long ago or too far ahead."


def _line(text: str) -> str:
    if not is_line(text):
        raise PydanticCustomError(f"{OURS}line", "has letters in it that can't be shown.")
    return text


def _sought(text: str) -> str:
    return "".join(letter if is_line(letter) else "\ufffd" for letter in text[:500])


def _text(text: str) -> str:
    if not is_text(text):
        raise PydanticCustomError(f"{OURS}text", "has letters in it that can't be shown.")
    return text


def _day(day: date) -> date:
    if not is_near(day):
        raise PydanticCustomError(f"{OURS}day", "is too long ago or too far ahead.")
    return day


def _moment(moment: datetime) -> datetime:
    _day(moment.date())
    return moment


def _term(term: str) -> str:
    try:
        return calendar.term(term).id
    except Refused:
        known = {"first": calendar.TERMS[0].id, "last": calendar.TERMS[-1].id}
        raise PydanticCustomError(f"{OURS}term", "is no term from {first} to {last}.", known) from None


Line = Annotated[str, StringConstraints(max_length=500), AfterValidator(_line)]
"""A name, a heading, a choice: one line. Say a smaller size where there is one."""
Text = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_text)]
"""Sentences, over several lines if need be."""
Sought = Annotated[str, AfterValidator(_sought)]
"""What a search is for, which says itself what it can't look for: letters that can't be shown stand as one sign."""
Handed = Annotated[str, StringConstraints(max_length=4000), AfterValidator(_line)]
"""What another service gave a browser to bring back, or we did."""
Secret = Annotated[str, StringConstraints(max_length=300), AfterValidator(_line)]
"""A password, a code, the secret of a link."""
Term = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-(autumn|spring|summer)$"),
    AfterValidator(_term),
    Field(examples=["2026-summer"], description="A term."),
]
SomeTerm = Term | Literal[""]
"""A term, or none said."""
Urn = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{6}$"),
    Field(examples=["999001"], description="A school's URN."),
]
Day = Annotated[date, AfterValidator(_day)]
Moment = Annotated[datetime, AfterValidator(_moment)]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.\-]{1,64}$")]
"""The id of something of ours."""
