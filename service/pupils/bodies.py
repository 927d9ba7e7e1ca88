"""Bodies about one pupil: what is explained, and who can see it."""

from typing import Any, Literal

from pydantic import BaseModel

from service.shell.bodies import Body


class SimilarResponse(Body):
    """How it went for past pupils with a similar figure."""

    pupils: int
    suspended: int
    low: float
    high: float
    reach: tuple[float, float] | None
    short: str


class SaidResponse(BaseModel):
    """One statement: its kind, the code and arguments it is made of, and its sentence."""

    kind: str
    code: str
    arguments: dict[str, Any]
    sentence: str


class ThemeResponse(BaseModel):
    """A theme told as a reason: its statements, its figures then and now, and the records that were counted."""

    theme: str
    label: str
    contribution: float | None
    leading: str | None
    said: list[SaidResponse]
    now: float | None
    last_term: float | None
    last_year: float | None
    share: bool
    of: int | None
    counted: int
    records: list[Any]


class ReasonResponse(BaseModel):
    """An indicator's part in the figure, in words, with the dated records behind it."""

    indicator: str
    label: str
    theme: str
    kind: Literal["changeable", "context", "history"]
    value: Any
    unit: str | None
    contribution: float | None
    probability_if_usual: float | None
    sentence: str
    evidence: list[Any]
    made_of: dict[str, Any] | None


class ExplanationResponse(BaseModel):
    """Why a figure is what it is. Figures are null for readers who may not see them."""

    pupil_id: str
    school: str
    term: str
    as_of: str
    model_id: str
    synthetic: bool
    abstained: str | None
    log_odds: float | None
    base_log_odds: float | None
    probability: float | None
    similar: SimilarResponse | None
    themes: list[ThemeResponse]
    well: list[SaidResponse]
    reasons: list[ReasonResponse]
    strengths: list[ReasonResponse]


class PupilReaderResponse(Body):
    """Someone who can open a pupil's card."""

    name: str
    role: str


class ReadersResponse(Body):
    """Who can see a pupil."""

    readers: list[PupilReaderResponse]
