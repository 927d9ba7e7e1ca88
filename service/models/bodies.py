"""Bodies about the model. What a training writes down and isn't named here goes along as it is (`extra`)."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from service.core.taking import Text
from service.shell.bodies import Body

LEAST_SHOWN = 10
"""Fewer events of a school than this are not told: they could be counted down to single pupils."""

ModelId = Annotated[str, Field(examples=["m0123456789ab"], description="Named after the table's own hash.")]
Interval = Annotated[list[float], Field(min_length=2, max_length=2, description="From and to, at 95 %.")]


class Kept(BaseModel):
    """Base of all that was written down by a training: what is new in it is not lost on the way."""

    model_config = ConfigDict(extra="allow", serialize_by_alias=True, protected_namespaces=())


class OutcomeResponse(Kept):
    """What is predicted."""

    name: str


class PartResponse(Kept):
    """Pupil-terms of one part of the data, and how many of them with the outcome."""

    rows: int
    events: int


class IndicatorResponse(Kept):
    """One input, as its family declared it."""

    name: str
    label: str
    family: str
    kind: Literal["changeable", "context", "history"]
    unit: str
    direction: Annotated[int, Field(description="1: more adds; -1: more takes away; 0: not laid down.")]
    window: str
    source: str
    sentence: str
    missing: str


class SimilarBandResponse(Kept):
    """Past pupils whose log-odds lay between `from` and `to`: how many, and how many were suspended."""

    begins: Annotated[float | None, Field(alias="from")]
    ends: Annotated[float | None, Field(alias="to")] = None
    pupils: int
    suspended: int
    low: float | None = None
    high: float | None = None


class CandidateResponse(Kept):
    """How one candidate did on the calibration terms."""

    name: str
    average_precision: float | None
    auc: float | None
    log_loss: float | None


class GateResponse(Kept):
    """One bound a model has to keep before it may serve."""

    gate: str
    passed: bool
    bound: str | None = None
    found: Any = None


class GatesResponse(Kept):
    """All bounds."""

    passed: bool
    gates: list[GateResponse]


class CertificateResponse(Kept):
    """How far explanations by look-up are from shap's own, in log-odds."""

    passed: bool
    rows: int
    tolerance: float
    shap: str
    gaps: dict[str, float | None]


class ModelResponse(Kept):
    """The manifest of a model: what it is, what it learned from, how it did and whether it may serve."""

    model_id: ModelId
    bundle_sha256: str
    synthetic: bool
    phase: str | None
    outcome: OutcomeResponse
    indicators: list[IndicatorResponse]
    left_out: dict[str, str]
    chosen: str
    candidates: list[CandidateResponse]
    terms: dict[str, list[str]]
    rows: dict[str, PartResponse]
    data_sha256: dict[str, str]
    similar: list[SimilarBandResponse]
    certificate: CertificateResponse
    gates: GatesResponse
    compared_with: str | None = None
    seed: int
    versions: dict[str, str]


class CellResponse(BaseModel):
    """A cell of the table: an indicator's values in words, and what they add to the log-odds."""

    indicator: str
    label: str
    cell: str
    pupils: Annotated[int | None, Field(description="Training rows; null for fewer than 10.")]
    contribution: float


class ShapesResponse(BaseModel):
    """The whole model as the table it is."""

    model_config = ConfigDict(protected_namespaces=())

    model_id: ModelId
    rows: list[CellResponse]


class ModelLineResponse(Kept):
    """A model in the registry."""

    model_id: ModelId
    at: datetime
    by: str
    synthetic: bool
    serving: bool


class RegistryEventResponse(Kept):
    """What happened to a model: added, promoted or rolled back, by whom and why. Each names the last one's hash."""

    number: int
    event: str
    model_id: str
    at: datetime
    by: str
    reason: str
    before: str


class ModelsResponse(BaseModel):
    """Every model and the history of promotions."""

    models: list[ModelLineResponse]
    events: list[RegistryEventResponse]


class RightResponse(Kept):
    """How often a list of so many places was right."""

    flags: float
    events: float
    precision: float | None
    recall: float | None
    lift: float | None
    right: float | None
    average_precision: float | None = None
    auc: float | None = None


class PupilsResponse(Kept):
    """The model beside the plain rules, for one kind of pupils; rules stand under their own names."""

    rows: int
    events: int
    rate: float | None
    model: RightResponse


class PointResponse(Kept):
    """A tenth of the pupils: how many had the outcome and how many were expected to, as shares."""

    expected: float
    observed: float
    rows: int


class CalibrationResponse(Kept):
    """Whether figures mean what they say."""

    slope: float | None
    intercept: float | None
    in_the_large: float | None
    brier: float | None
    curve: list[PointResponse]


class SchoolFiguresResponse(Kept):
    """A school's expected and observed outcomes; few observed ones are not told."""

    school: str
    rows: int
    events: Annotated[float | None, Field(description="Null for fewer than 10.")]
    expected: float | None

    @field_validator("events")
    @classmethod
    def _not_few(cls, value: float | None) -> float | None:
        return None if value is None or value < LEAST_SHOWN else value


class EvaluationResponse(Kept):
    """How a model did on rows it had not seen."""

    all: PupilsResponse
    no_earlier_suspension: PupilsResponse
    lists: Annotated[dict[str, RightResponse], Field(alias="list")]
    calibration: CalibrationResponse
    schools: list[SchoolFiguresResponse] = []
    intervals: dict[str, Any] = {}


class NotPossibleResponse(Kept):
    """Why a validation could not be made."""

    not_possible: str


class ValidationsResponse(Kept):
    """The same on later terms (`rolling`), on pupils and on schools left out; null where not made."""

    learned_anew: list[str] = []
    rolling: EvaluationResponse | None = None
    pupils_apart: EvaluationResponse | None = None
    schools_apart: EvaluationResponse | NotPossibleResponse | None = None


class GroupRowResponse(Kept):
    """A group of pupils: how many, and the model's figures for them. Small groups are `suppressed`."""

    group: str
    suppressed: bool
    pupils: int | None = None
    observed: float | None = None
    expected: float | None = None
    observed_over_expected: float | None = None
    interval: Interval | None = None
    flag_rate: float | None = None
    false_flag_rate: float | None = None
    miss_rate: float | None = None


class GroupResponse(Kept):
    """One characteristic: what was found, and its groups."""

    finding: str
    rows: list[GroupRowResponse]


class ProxyResponse(Kept):
    """How well the indicators together tell a characteristic that is no input."""

    finding: str
    auc: float | None = None
    value: str | None = None


class AuditedResponse(Kept):
    """The audit by groups."""

    groups: dict[str, GroupResponse]
    proxies: dict[str, ProxyResponse] = {}


class LabelAuditResponse(Kept):
    """Whether like conduct was sanctioned, or written down, alike for a group."""

    group: str
    test: str
    finding: str
    odds_ratio: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None


class AuditsResponse(BaseModel):
    """What the group and label audits of the serving model found; null where none was made."""

    audit: AuditedResponse | None
    labels: list[LabelAuditResponse] | None


class ReportResponse(Kept):
    """How a model did on terms it had not seen, beside the plain rules it has to beat."""

    model_id: ModelId
    synthetic: bool
    chosen: str
    terms: dict[str, list[str]]
    candidates: list[CandidateResponse]
    gates: GatesResponse
    test: EvaluationResponse
    validations: ValidationsResponse | None = None
    audit: AuditedResponse | None = None
    label_audit: list[LabelAuditResponse] | None = None


class CardItemResponse(Kept):
    """An item of TRIPOD+AI."""

    item: str
    title: str
    text: str


class CardResponse(Kept):
    """A model's card. `open` names the items only the deploying school or trust can fill."""

    model_id: ModelId
    synthetic: bool
    items: list[CardItemResponse]
    open: list[str]


class PromoteRequest(Body):
    """A named person's decision that a model serves."""

    reason: Annotated[
        Text, Field(min_length=1, max_length=2000, examples=["It passed its gates and we read its report."])
    ]


class PromotedResponse(Body):
    """The model that serves now."""

    model_id: str | None
