"""Bodies of what people think, decide, begin, keep and are told about a pupil."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from service.core.taking import Day, Id, Line, Term, Text
from service.shell.bodies import Body
from service.support import Decision, Known, Leaning, Next, Went

Words = Annotated[Text, Field(max_length=2000)]


class ViewRequest(Body):
    """What a person thinks of a pupil this term, before or beside the reasons."""

    term: Term
    leaning: Annotated[Leaning, Field(examples=["help"])]
    words: Annotated[Words, Field(examples=["Quieter than last term; worth a talk."])] = ""


class ViewResponse(Body):
    """What a person thought of a pupil."""

    leaning: str
    words: str
    by: str
    at: datetime


class ViewsResponse(Body):
    """What people thought of a pupil in a term, newest first."""

    views: list[ViewResponse]
    next: str | None


class SupportRequest(Body):
    """A support that begins."""

    name: Annotated[Line, Field(min_length=1, max_length=200, examples=["Weekly mentor"])]
    who: Annotated[Line, Field(min_length=1, max_length=200, examples=["Ms Green"])]
    starts: Annotated[Day, Field(examples=["2026-09-07"])]
    review_on: Annotated[Day | None, Field(examples=["2026-10-19"])] = None
    until: Annotated[Day | None, Field(description="The last day planned.", examples=["2026-12-11"])] = None
    menu_id: Id | None = None
    aim: Words = ""


class DecisionRequest(Body):
    """How a suggestion is closed. `support` comes with the support that begins."""

    term: Term
    decision: Annotated[Decision, Field(examples=["not_now"])]
    known: Annotated[Known, Field(examples=["known"])]
    why: Annotated[Words, Field(examples=["A mentor began in May and it is going well."])] = ""
    support: SupportRequest | None = None
    replaces: Annotated[
        Id | Literal[""] | None,
        Field(
            description="The id of the decision that this one replaces. Empty or left out for a first one: where "
            "the decision in force is another than the one named, the answer is 412 with both versions."
        ),
    ] = None


class ReviewRequest(Body):
    """What a review found, and what follows."""

    held_on: Annotated[Day, Field(examples=["2026-10-19"])]
    went: Annotated[Went, Field(examples=["better"])]
    words: Annotated[Words, Field(examples=["Mornings are easier now."])] = ""
    next: Annotated[Next, Field(examples=["carry_on"])]
    next_review: Annotated[Day | None, Field(examples=["2026-11-30"])] = None
    replaces: Annotated[
        Id | Literal[""] | None,
        Field(
            description="The id of the newest review the caller has read: this one replaces its next step and date. "
            "Empty or left out for a first one: where there is another, the answer is 412 with both versions."
        ),
    ] = None


class ReviewResponse(Body):
    """One review."""

    id: str
    held_on: date
    went: str
    words: str
    next_step: str
    by: str


class SupportResponse(Body):
    """A support with its reviews, newest first. A school's list leaves the reviews out."""

    id: str
    pupil_id: str
    name: str
    who: str
    aim: str
    starts: date
    until: date | None
    ends: date | None
    review_on: date | None
    reviews: list[ReviewResponse]


class SupportsResponse(Body):
    """A pupil's supports."""

    supports: list[SupportResponse]
    next: str | None


class DecisionResponse(Body):
    """The decision that counts for a pupil and term. `mended`: records that were wrong are put right."""

    id: str
    pupil_id: str
    term: str
    decision: str
    known: str
    why: str
    by: str
    at: datetime
    mended: bool


class DecisionsResponse(Body):
    """A school's decisions of a term."""

    decisions: list[DecisionResponse]
    next: str | None


class NoteRequest(Body):
    """A note about a pupil. Families may ask to see it; a restricted one is for its writer and the leads."""

    words: Annotated[Text, Field(min_length=1, max_length=2000, examples=["Likes drama; new baby at home."])]
    restricted: bool = False


class NoteResponse(Body):
    """A note."""

    id: str
    words: str
    restricted: bool
    by: str
    at: datetime


class NotesResponse(Body):
    """The notes the reader may see, newest first."""

    notes: list[NoteResponse]
    next: str | None


class VoiceRequest(Body):
    """A pupil's own words: what helps, what is hard, which adult, what we should know. One is enough."""

    helps: Annotated[Words, Field(examples=["Knowing the plan for the day."])] = ""
    hard: Words = ""
    adult: Words = ""
    know: Words = ""
    read_back: bool = False


class VoiceResponse(Body):
    """What a pupil said."""

    id: str
    said_on: date
    helps: str
    hard: str
    adult: str
    know: str
    read_back: bool
    written_by: str


class VoicesResponse(Body):
    """What a pupil said and did not withdraw, newest first."""

    voices: list[VoiceResponse]
    next: str | None


class KnownByRequest(Body):
    """How the caller knows this pupil."""

    how: Annotated[Line, Field(max_length=200, examples=["Form tutor"])]


class KnownByResponse(Body):
    """An adult who knows a pupil."""

    name: str
    how: str


class KnownByListResponse(Body):
    """The adults who said that they know this pupil."""

    adults: list[KnownByResponse]
