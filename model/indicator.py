"""The indicator: one named fact about a pupil, declared once and used everywhere.

The declaration stands beside its computation in `pipelines.indicators`; training, explanation, the model
card and the manual all read it from here, so a label or a direction cannot mean two things.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

Direction = Literal[-1, 0, 1]
Kind = Literal["changeable", "context", "history"]
Family = Literal["attendance", "lost_learning", "behaviour", "sen"]
Window = Literal["half_term", "term", "last_term", "year", "last_year", "ever", "now"]
Form = Literal["count", "sum", "share", "change", "extreme", "spread", "state", "norm"]
Theme = Literal[
    "attendance", "lateness", "behaviour", "praise", "time_out", "suspensions", "sen", "moves", "year_group"
]

KINDS: tuple[Kind, ...] = ("changeable", "context", "history")
WINDOWS: tuple[Window, ...] = ("half_term", "term", "last_term", "year", "last_year", "ever", "now")
FORMS: tuple[Form, ...] = get_args(Form)
THEMES: tuple[Theme, ...] = get_args(Theme)


@dataclass(frozen=True, slots=True)
class Indicator:
    """One input of the model.

    `direction` is the sign the risk is allowed to take as the value grows: +1, -1, or 0 where no sign is
    certain. `cap` is the value above which no further meaning is read. `sentence` is a `str.format` template
    with the field `{value}` and, where a number decides them, `{s}` (plural) and `{were}`; with `{rose}` (or
    fell) and `{above}` (or below) the value stands without its sign. For a fact that is yes or no it stands for
    yes, and `otherwise` for no; `at_zero` stands where a count of 0 would read oddly. `missing` says what an
    absent value means.
    `support` names the entries of the support menu it points to, `evidence` the kind of dated records behind
    it ('' where there are none). `form` is how the value is made of them, and so how they are shown; `theme`
    what it is told under. Both are '' in what earlier releases wrote down only. A `retired` indicator is still
    computed for models that were trained with it; no new model takes it, and nobody is told it.
    """

    name: str
    label: str
    family: Family
    unit: str
    source: str
    window: Window
    direction: Direction
    kind: Kind
    sentence: str
    missing: str
    support: tuple[str, ...] = ()
    cap: float | None = None
    evidence: str = ""
    decimals: int = 0
    otherwise: str = ""
    at_zero: str = ""
    form: Form | Literal[""] = field(kw_only=True)
    theme: Theme | Literal[""] = field(kw_only=True)
    retired: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or self.name != self.name.lower():
            raise ValueError(f"indicator name {self.name!r} must be a lower-case identifier")
        if self.direction not in (-1, 0, 1):
            raise ValueError(f"{self.name}: direction must be -1, 0 or 1, not {self.direction!r}")
        if self.kind not in KINDS or self.window not in WINDOWS:
            raise ValueError(f"{self.name}: unknown kind {self.kind!r} or window {self.window!r}")
        if self.form not in ("", *FORMS) or self.theme not in ("", *THEMES):
            raise ValueError(f"{self.name}: unknown form {self.form!r} or theme {self.theme!r}")
        self.said(0.0)

    def shown(self, value: float | None) -> str:
        """The value as a person reads it: rounded to `decimals`, or what missing means."""
        if value is None or value != value:
            return self.missing
        return f"{value:.{self.decimals}f}"

    def said(self, value: float | None) -> str:
        """The sentence for one value; for a missing value, what missing means."""
        if value is None or value != value:
            return self.missing
        if self.otherwise:
            return self.sentence if value >= 0.5 else self.otherwise
        text = self.shown(value)
        if self.at_zero and text.lstrip("-") == self.shown(0.0):
            return self.at_zero
        one, up = text == "1", value > 0
        if "{rose}" in self.sentence or "{above}" in self.sentence:
            text = self.shown(abs(value))
        return self.sentence.format(
            value=text,
            s="" if one else "s",
            were="was" if one else "were",
            rose="rose" if up else "fell",
            above="above" if up else "below",
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain data for a manifest; `Indicator.from_dict` reads it back."""
        return {**asdict(self), "support": list(self.support)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Indicator":
        """An indicator from `as_dict` data; raises TypeError where a field is missing or unknown.

        Manifests of earlier releases say neither form nor theme.
        """
        return cls(**{"form": "", "theme": "", **data, "support": tuple(data["support"])})
