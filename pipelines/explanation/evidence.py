"""Evidence is what was counted: the rows a value was made of, all of them, in the form of its indicator.

A value can be counted again from its evidence alone:

* count: how many rows. sum: their `amount` together. share: rows in per cent of `of`, none below `least`.
* change: the same of the rows less that of `before` (per cent where `of` is given).
* extreme: of a run its length; of the worst its `amount`; of the last or the oldest its `school_days_ago`.
* spread: how many different `group`; with `groups`, how many of them have rows for `least` per cent or more of
  their sessions; with `of`, the rows of the largest group in per cent of it.
* state: whether a row says so, as the indicator's sentence does. norm: `of` is what the year group has on
  average, or the share of it with fewer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from model.indicator import Indicator
from pipelines.explanation import counted_incidents, counted_marks, counted_places
from pipelines.explanation.counted import Build, Counted, Row, number
from pipelines.explanation.rows import Records
from pipelines.indicators.catalogue import catalogue

Kept = Literal["all", "some", "none"]
NOT_KEPT = "The records behind this are not held."
SOME_KEPT = "Some of the records behind this are not held here, or were corrected since."
NONE = "None."
CLOSE = 1e-4  # values are kept as float32

BUILDS: Mapping[str, Build] = {**counted_marks.BUILDS, **counted_incidents.BUILDS, **counted_places.BUILDS}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The rows of one value, newest first. `kept` says whether they are all that was counted.

    `of`, `groups`, `least` and `before` are what the form takes beside them; `said` is a sentence for people.
    """

    indicator: str
    form: str
    window: str
    as_of: str
    kept: Kept
    records: tuple[Row, ...]
    of: float | None
    least: int | None
    groups: Mapping[str, int]
    before: Counted | None
    said: str

    @property
    def total(self) -> int:
        """Number of records, shown or not."""
        return len(self.records)

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON; see the module for how a value is counted from it."""
        before = None
        if self.before is not None:
            before = {"records": list(self.before.rows), "of": self.before.of}
        return {
            "indicator": self.indicator, "form": self.form, "window": self.window, "as_of": self.as_of,
            "kept": self.kept, "total": self.total, "records": list(self.records), "of": self.of,
            "least": self.least, "groups": dict(self.groups), "before": before, "said": self.said,
        }  # fmt: skip


@cache
def _declared() -> dict[str, Indicator]:
    return {each.name: each for each in catalogue()}


def evidence_of(name: str, records: Records, value: float | None) -> Evidence:
    """The evidence of one indicator's value; an indicator nobody declares today has none kept."""
    one, known = _declared().get(name), value is not None and value == value
    found = BUILDS[name](records, value if known else None) if name in BUILDS else None
    kept = _kept(found, value if known else None)
    if found is None or kept == "none":
        found = Counted((), None)
    return Evidence(
        indicator=name,
        form=one.form if one else "",
        window=one.window if one else "",
        as_of=records.as_of.isoformat(),
        kept=kept,
        records=found.rows,
        of=found.of,
        least=found.least,
        groups=found.groups,
        before=found.before,
        said=_said(one, found, kept, known),
    )


def _kept(found: Counted | None, value: float | None) -> Kept:
    """Say "all" where the rows add up to the value, else "some", or "none" where there are no rows.

    A missing value is not explained by rows that would give one: some of them were not known to it.
    """
    if found is None or (value is None and found.value is not None):
        return "none"
    if value is None:
        return "all"
    if found.value is not None and abs(found.value - value) <= CLOSE * max(1.0, abs(value)):
        return "all"
    return "some" if found.rows else "none"


def _said(one: Indicator | None, found: Counted, kept: Kept, known: bool) -> str:
    if kept != "all":
        return SOME_KEPT if kept == "some" else NOT_KEPT
    if one is not None and not known:
        return one.missing
    if found.said:
        return found.said
    told = number(len(found.rows), found.noun)
    return f"{told[:1].upper()}{told[1:]}." if found.rows else NONE
