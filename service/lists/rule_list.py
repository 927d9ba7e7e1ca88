"""A list by a plain points rule, for schools about which no model can say anything yet. It is called a rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model.indicator import Indicator
from pipelines.config import Baseline
from pipelines.indicators import catalogue, engine
from pipelines.rule_list import RULE
from pipelines.rule_list import rule_list as chosen_by_rule
from service.core.audit import Event
from service.core.callers import Caller
from service.core.permissions import check
from service.core.progress import Progress, tell
from service.records import (
    RollRow,
    in_own_years,
    kept_out,
    lake_store,
    may_have_figures,
    records_read,
    roll_store,
)
from service.scoring import UNLISTED, check_scorable

NO_HISTORY = "school_history"


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A pupil who meets the rule, and the sentences of what was met."""

    pupil_id: str
    name: str
    form: str
    met: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleList:
    """A term's list by the rule, in name order, at most as long as the support places. `conditions` is the rule."""

    label: str
    conditions: tuple[str, ...]
    places: int
    lines: tuple[RuleLine, ...]


def rule_list(caller: Caller, school: str, term: str, progress: Progress | None = None) -> RuleList:
    """The list of a school and term.

    Raises NotAllowed outside the reader's scope, Refused for a school that isn't settled, Held while it is paused.
    """
    check(caller.reader, "names.read", school)
    deployment = caller.deployment
    with caller.writing() as tx:
        check_scorable(caller, tx, school)
        view = lake_store.live_view(tx, deployment.lake, frozenset({school}))
        left_out = kept_out(tx)
        read = caller.record(tx, Event.FLAGS_READ, school=school, term=term, rule=RULE)
        roll = {row.pupil_id: row for row in roll_store.roll_of(read, school, term)}
        seen = in_own_years(caller, tx, list(roll))
    config = deployment.config()
    rule, indicators = config.baselines[RULE], {one.name: one for one in catalogue()}
    tell(progress, "Counting points", 0, 1)
    with records_read():
        matrix = engine.build(view, [term], schools={school})
    kept = matrix["pupil_id"].isin(seen - left_out) & ~matrix["abstain_reason"].isin(UNLISTED)
    matrix = matrix[kept].reset_index(drop=True)
    # points for this term's records need no earlier terms, which a school's first list can't have
    matrix["scored"] |= matrix["abstain_reason"] == NO_HISTORY
    found = chosen_by_rule(matrix, config, RULE)["schools"]
    chosen = matrix[matrix["pupil_id"].isin(found[0]["pupils"] if found else [])].to_dict("records")
    with (
        caller.reading() as tx
    ):  # counting took a while: who was erased, moved or marked meanwhile is not shown
        check_scorable(caller, tx, school)
        staying = may_have_figures(tx, school)
    chosen = [row for row in chosen if row["pupil_id"] in staying]
    lines = [_line(roll[str(row["pupil_id"])], row, rule, indicators) for row in chosen]
    return RuleList(
        label=rule.label,
        conditions=_conditions(rule, indicators),
        places=found[0]["places"] if found else 0,
        lines=tuple(sorted(lines, key=lambda line: line.name)),
    )


def _line(
    row: RollRow, values: Mapping[Any, Any], rule: Baseline, indicators: Mapping[str, Indicator]
) -> RuleLine:
    met = dict.fromkeys(name for name, least, _worth in rule.rules if _number(values[name]) >= least)
    name = f"{row.surname or ''}, {row.forename or ''}".strip(", ") or row.pupil_id
    said = tuple(indicators[one].said(_number(values[one])) for one in met)
    return RuleLine(row.pupil_id, name, row.registration_group or "", said)


def _conditions(rule: Baseline, indicators: Mapping[str, Indicator]) -> tuple[str, ...]:
    """The rule in words, as `Absence this term: 1 point from 10, 2 points from 20 (% of sessions)`."""
    steps: dict[str, list[tuple[float, float]]] = {}
    for name, least, worth in rule.rules:
        steps.setdefault(name, []).append((least, worth))
    return tuple(_condition(indicators[name], each) for name, each in steps.items())


def _condition(indicator: Indicator, steps: list[tuple[float, float]]) -> str:
    """What one indicator counts for: each step adds its points to those before."""
    points, said = 0.0, []
    for least, worth in steps:
        points += worth
        said.append(f"{points:g} {'point' if points == 1 else 'points'} from {least:g}")
    return f"{indicator.label}: {', '.join(said)}{f' ({indicator.unit})' if indicator.unit else ''}"


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")
