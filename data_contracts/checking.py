"""Rows against their contract: facts computed, the suite run, every broken rule turned into a problem."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data_contracts.context import Context, complete
from data_contracts.contract import Contract, Rule, load_contract
from data_contracts.errors import Refused
from data_contracts.facts import FACTS
from data_contracts.facts.shared import Asked, first_of_each
from data_contracts.problems import Problem
from data_contracts.reading.extract import Extract
from data_contracts.resolving import resolve


@dataclass
class Checked:
    """`good`: rows that keep every rule, canonical columns with `_file` and `_line`; `quarantined`: how many
    rows wait; `refused`: files of which nothing was taken."""

    table: str
    good: pd.DataFrame
    problems: list[Problem] = field(default_factory=list)
    quarantined: int = 0
    rows: int = 0
    refused: set[str] = field(default_factory=set)


def gather(
    extracts: Sequence[Extract], pupils: pd.DataFrame | None, good: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The rows of all extracts of one table: `_file`, `upn` resolved through `pupils`, every column there."""
    contract = load_contract(extracts[0].table)
    frames = []
    for extract in extracts:
        frame = extract.frame.assign(_file=extract.file)
        frame["_file"] = frame["_file"].astype("category")
        frames.append(frame)
    joined = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0].reset_index(drop=True)
    joined = complete(joined, contract)
    if contract.table == "pupils":
        return joined.assign(_found=True, _certain=True, _ready=True)
    return complete(resolve(joined, pupils, good), contract)


def _fact(rule: Rule, frame: pd.DataFrame, context: Context) -> np.ndarray:
    if rule.check == "readable":
        marked = frame.get(f"_unreadable_{rule.column}")
        return (
            np.ones(len(frame), dtype=bool) if marked is None else ~marked.fillna(False).to_numpy(dtype=bool)
        )
    if rule.fact is None:
        return first_of_each(frame, rule.parameters["columns"])
    fact = FACTS.get(rule.fact)
    if fact is None:
        raise Refused(f"The rule {rule.name} asks for a fact nobody computes: {rule.fact}.")
    return fact(Asked(frame, context, rule.column))


def with_facts(frame: pd.DataFrame, contract: Contract, context: Context) -> pd.DataFrame:
    """`frame` with a boolean column for every rule about rows, other rows or other tables."""
    from data_contracts.expectations import fact_column

    facts = {fact_column(rule): _fact(rule, frame, context) for rule in contract.rules if rule.computed}
    return pd.concat([frame, pd.DataFrame(facts, index=frame.index)], axis=1)


class _Headings:
    """Which heading of which file a problem is about."""

    def __init__(self, extracts: Sequence[Extract]) -> None:
        self.mapping = {extract.file: extract.mapping for extract in extracts}
        self.mis = {extract.file: extract.mis for extract in extracts}

    def column(self, file: str, rule: Rule, melted: object) -> str | None:
        if rule.column is None:
            return None
        if isinstance(melted, str) and rule.column in ("code", "session", "sessions", "date"):
            return melted
        return self.mapping[file].get(rule.column, rule.column)


def _sentence(rule: Rule, rivals: object) -> str:
    """What the rule says, and whom a row could be about where that is what is not clear."""
    return f"{rule.sentence} {rivals}." if isinstance(rivals, str) else rule.sentence


def _problems(
    rule: Rule, positions: np.ndarray, frame: pd.DataFrame, headings: _Headings, table: str
) -> list[Problem]:
    rows = frame.take(positions)
    melted = rows["_heading"] if "_heading" in rows else [None] * len(rows)
    hints = {file: rule.hint(mis) for file, mis in headings.mis.items()}
    rivals = rows["_rivals"] if rule.name == "pupil_certain" and "_rivals" in rows else [None] * len(rows)
    found = (
        Problem(file, int(line), headings.column(file, rule, heading), rule.name, _sentence(rule, two), hints[file],
                table, "warning" if rule.severity == "warning" else "row")
        for file, line, heading, two in zip(rows["_file"], rows["_line"], melted, rivals, strict=True)
    )  # fmt: skip
    return list(dict.fromkeys(found))  # one line of a wide file gives several rows


def _file_problems(
    rule: Rule, positions: np.ndarray, frame: pd.DataFrame, headings: _Headings, table: str
) -> list[Problem]:
    """A rule that refuses whole files names each file once, with the first line that broke it."""
    found = []
    rows = frame.take(positions)
    for file, lines in rows.groupby("_file", observed=True)["_line"]:
        column = headings.column(str(file), rule, None)
        hint = rule.hint(headings.mis[str(file)])
        found.append(
            Problem(str(file), int(lines.min()), column, rule.name, rule.sentence, hint, table, "file")
        )
    if not len(positions):
        for file, mis in headings.mis.items():
            found.append(Problem(file, None, None, rule.name, rule.sentence, rule.hint(mis), table, "file"))
    return found


def _kept_columns(contract: Contract) -> list[str]:
    return [*contract.columns(), "_file", "_line"]


# a rule → rules which, broken by the same row, have said it already
_SAID_BY = {
    "inside_term": ("dates_day_first", "date_not_future", "start_not_far_future"),
    "school_day": ("dates_day_first", "date_not_future", "inside_term"),
    "on_roll": ("dates_day_first", "date_not_future", "start_not_far_future"),
    "recorded_after_event": ("dates_day_first", "date_not_future", "inside_term"),
    "sessions_above_zero": ("sessions_readable",),
    "length_fits_dates": ("sessions_readable", "sessions_whole", "sessions_above_zero", "end_after_start"),
    "sessions_add_up": ("totals_fit_period", "sessions_readable", "sessions_whole"),
    "totals_fit_period": ("possible_plausible", "sessions_not_negative", "period_in_order"),
    "upn_check_letter": ("upn_form",),
    "age_fits_year": ("dob_plausible",),
    "date_not_future": ("dates_day_first",),
    "start_not_far_future": ("dates_day_first",),
}


def _still_to_say(
    rule: Rule, positions: np.ndarray, broken: dict[str, np.ndarray], frame: pd.DataFrame
) -> np.ndarray:
    """The rows of which this rule says something new: one cause is one problem, and a cell that could not be
    read is not missing too."""
    for other in _SAID_BY.get(rule.name, ()):
        if other in broken:
            positions = positions[~np.isin(positions, broken[other])]
    marked = frame.get(f"_unreadable_{rule.column}") if rule.check == "present" else None
    return positions if marked is None else positions[~marked.fillna(False).to_numpy(dtype=bool)[positions]]


def check_table(extracts: Sequence[Extract], frame: pd.DataFrame, context: Context) -> Checked:
    """The rows of one table (as `gather` gives them) against its contract.

    Nothing is lost: every row is either in `good` or counted as quarantined with at least one problem.
    """
    from data_contracts import expectations  # the heavy door opens only when rows are really checked

    contract = load_contract(extracts[0].table)
    frame = with_facts(frame, contract, context)
    broken = expectations.run(contract, frame)
    checked = Checked(contract.table, frame.iloc[:0], rows=len(frame))
    headings = _Headings(extracts)
    bad = np.zeros(len(frame), dtype=bool)
    for rule in contract.rules:
        if rule.name not in broken:
            continue
        positions = broken[rule.name]
        if rule.severity == "file":
            found = _file_problems(rule, positions, frame, headings, contract.table)
            checked.refused |= {problem.file for problem in found}
            checked.problems += found
            continue
        told = _still_to_say(rule, positions, broken, frame)
        checked.problems += _problems(rule, told, frame, headings, contract.table) if len(told) else []
        if rule.severity == "row":
            bad[positions] = True
        else:
            _blank(frame, rule, positions)
    refused = frame["_file"].isin(checked.refused).to_numpy()
    checked.quarantined = int((bad | refused).sum())
    checked.good = frame.loc[~(bad | refused), _kept_columns(contract)].reset_index(drop=True)
    checked.good["_file"] = checked.good["_file"].astype("str")
    return checked


def _blank(frame: pd.DataFrame, rule: Rule, positions: np.ndarray) -> None:
    """A value outside its code set or form that is only warned about is left out rather than kept."""
    if rule.check in ("code_set", "pattern") and rule.column is not None:
        frame.loc[frame.index[positions], rule.column] = pd.NA


def check_extract(extract: Extract, context: Context) -> Checked:
    """One extract by itself; `context.roll` is used to find the pupils its rows are about."""
    return check_table([extract], gather([extract], context.roll), context)
