"""What people see, decide and do for a pupil, and what a school can offer. One row class per table."""

from datetime import date, datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.core.base import Base, new_id, now


class _Written:
    """Who wrote a row, for which school, and when."""

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: new_id("h"))
    school: Mapped[str] = mapped_column(String(6), index=True)
    by_account: Mapped[str] = mapped_column(String(40))
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(default=now)


class MenuRow(_Written, Base):
    """A kind of support a school offers; `capacity` is how many pupils it can hold at once.

    `strength` and `source` are those of the lines that Belong brought; a school's own lines have none.
    """

    __tablename__ = "support_menu"

    about: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(200))
    lead: Mapped[str] = mapped_column(String(100))
    capacity: Mapped[int | None]
    retired: Mapped[bool] = mapped_column(default=False)
    strength: Mapped[str] = mapped_column(String(20), default="", server_default="")
    source: Mapped[str] = mapped_column(String(300), default="", server_default="")


class SupportRow(_Written, Base):
    """One support for one pupil: what, who, from, until when it is planned, and when it is looked at again.

    `ends` is set when it has ended."""

    __tablename__ = "support"
    __table_args__ = (
        Index("support_of_pupil", "school", "pupil_id"),
        Index("support_due", "school", "review_on"),
    )

    pupil_id: Mapped[str] = mapped_column(String(21))
    menu_id: Mapped[str | None] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    who: Mapped[str] = mapped_column(String(200))
    starts: Mapped[date]
    until: Mapped[date | None]
    ends: Mapped[date | None]
    review_on: Mapped[date | None]
    aim: Mapped[str] = mapped_column(Text, default="")


class ReviewRow(_Written, Base):
    """What a review of a support found, and what happens next: assess, plan, do, review."""

    __tablename__ = "support_review"
    __table_args__ = (Index("review_of_support", "support_id"),)

    pupil_id: Mapped[str] = mapped_column(String(21))
    support_id: Mapped[str] = mapped_column(String(40))
    held_on: Mapped[date]
    went: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(Text)
    next_step: Mapped[str] = mapped_column(String(20))


class ViewRow(_Written, Base):
    """What a person thought before, or beside, what the model said."""

    __tablename__ = "support_view"
    __table_args__ = (Index("view_of_pupil", "school", "pupil_id", "term"),)

    pupil_id: Mapped[str] = mapped_column(String(21))
    term: Mapped[str] = mapped_column(String(11))
    leaning: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(Text)


class DecisionRow(_Written, Base):
    """How one flag was closed for one term; a later decision for the same pupil and term replaces it."""

    __tablename__ = "support_decision"
    __table_args__ = (Index("decision_of_pupil", "school", "term", "pupil_id"),)

    pupil_id: Mapped[str] = mapped_column(String(21))
    term: Mapped[str] = mapped_column(String(11))
    kind: Mapped[str] = mapped_column(String(20))
    known: Mapped[str] = mapped_column(String(20))
    why: Mapped[str] = mapped_column(Text)
    support_id: Mapped[str | None] = mapped_column(String(40))
    done: Mapped[bool] = mapped_column(default=False)


class NoteRow(_Written, Base):
    """A note about a pupil. A restricted note is shown to its writer and to inclusion leads alone."""

    __tablename__ = "support_note"
    __table_args__ = (Index("note_of_pupil", "school", "pupil_id"),)

    pupil_id: Mapped[str] = mapped_column(String(21))
    words: Mapped[str] = mapped_column(Text)
    restricted: Mapped[bool] = mapped_column(default=False)


class VoiceRow(_Written, Base):
    """A pupil's own words, dated, read back to them, and theirs to withdraw."""

    __tablename__ = "pupil_voice"
    __table_args__ = (Index("voice_of_pupil", "school", "pupil_id"),)

    pupil_id: Mapped[str] = mapped_column(String(21))
    said_on: Mapped[date]
    helps: Mapped[str] = mapped_column(Text)
    hard: Mapped[str] = mapped_column(Text)
    adult: Mapped[str] = mapped_column(Text)
    know: Mapped[str] = mapped_column(Text)
    read_back: Mapped[bool] = mapped_column(default=False)
    withdrawn_at: Mapped[datetime | None]


class KnownByRow(_Written, Base):
    """An adult who knows a pupil; `by_account` is that adult and so has the pupil in 'my pupils'."""

    __tablename__ = "known_by"
    __table_args__ = (Index("known_by_pupil", "school", "pupil_id"),)

    pupil_id: Mapped[str] = mapped_column(String(21))
    how: Mapped[str] = mapped_column(String(200))


class PlacesRow(_Written, Base):
    """How many reviews a school can really do in a year group (`all` for the school) from one list."""

    __tablename__ = "support_places"

    nc_year: Mapped[str] = mapped_column(String(3))
    flag_list: Mapped[str] = mapped_column(String(20))
    places: Mapped[int]


class PracticeRow(_Written, Base):
    """How a school works with Belong: whether a person's view is asked for before the reasons are shown."""

    __tablename__ = "support_practice"

    view_first: Mapped[bool] = mapped_column(default=False)
