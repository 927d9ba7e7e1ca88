"""Files that belong together: which term they are for, whose pupils they are about, each table checked."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import cast

import numpy as np
import pandas as pd

from data_contracts.calendar import TERMS, Term, term, term_of
from data_contracts.checking import Checked, check_table, gather
from data_contracts.context import Context
from data_contracts.contract import TABLES
from data_contracts.errors import Refused
from data_contracts.problems import Problem, Severity
from data_contracts.reading.extract import Extract
from data_contracts.reading.faults import fault, file_problem
from data_contracts.reading.repeats import once_across
from data_contracts.schools import School
from pipelines.check.beside import without_repeats
from pipelines.check.filling import fill_periods, fill_sen_starts

_TERM_ID = re.compile(r"\d{4}-(?:autumn|spring|summer)")
_DATED = {"attendance": "date", "behaviour": "date", "suspensions": "start_date"}
_CLEARLY = 0.9
_URN_LENGTH = 6
_RETURNS = ("census", "collect")  # a census return covers more than its own term


@dataclass
class ExtractSet:
    """Extracts read together; `name` is the folder or zip they came in."""

    name: str
    extracts: list[Extract]
    problems: list[Problem] = field(default_factory=list)

    def tables(self) -> dict[str, list[Extract]]:
        found: dict[str, list[Extract]] = defaultdict(list)
        for extract in self.extracts:
            found[extract.table].append(extract)
        return {table: found[table] for table in TABLES if table in found}


@dataclass
class SetChecked:
    """One set after its checks; `term` is the term it is for, where that is clear."""

    term: Term | None
    checked: list[Checked]
    problems: list[Problem]


def _named_term(name: str) -> Term | None:
    ids = _TERM_ID.findall(name)
    try:
        return term(ids[-1]) if ids else None
    except Refused:
        return None


def term_of_dates(frames: Sequence[pd.Series]) -> Term | None:
    """The one term nearly all dates lie in, None when there is no such term."""
    dates = pd.concat(list(frames)).dropna() if frames else pd.Series(dtype="datetime64[us]")
    if dates.empty:
        return None
    starts = np.array([t.start for t in TERMS], dtype="datetime64[us]")
    place = np.searchsorted(starts, dates.to_numpy(), side="right") - 1
    commonest = int(np.bincount(place[place >= 0]).argmax()) if (place >= 0).any() else -1
    if commonest < 0 or (place == commonest).mean() < _CLEARLY:
        return None
    found = term_of(dates[place == commonest].median().date())
    return found if found is not None and found.id == TERMS[commonest].id else None


def _term(extracts: ExtractSet) -> Term | None:
    """The term named by the folder, else the one the marks (or, without marks, the events) lie in."""
    if any(extract.mis in _RETURNS for extract in extracts.extracts):
        return None
    named = _named_term(extracts.name)
    if named is not None:
        return named
    by_table = extracts.tables()
    for tables in (("attendance",), ("behaviour", "suspensions")):
        dated = [
            extract.frame[_DATED[table]]
            for table in tables
            for extract in by_table.get(table, [])
            if _DATED[table] in extract.frame
        ]
        found = term_of_dates(dated)
        if found is not None:
            return found
    return None


def _with_system(extracts: list[Extract], school: School | None) -> None:
    """Take the MIS from the school or from the other files of the set where headings don't tell it."""
    known = [extract.mis for extract in extracts if extract.mis != "other"]
    common = max(set(known), key=known.count) if known else (school.mis if school else "other")
    for extract in extracts:
        if extract.mis == "other":
            extract.mis, extract.system_assumed = common, True


def _waiting(extracts: list[Extract]) -> list[Problem]:
    return [file_problem(extract.file, "pupils_refused", table=extract.table) for extract in extracts]


def _other_schools(found: ExtractSet, school: School | None) -> list[Problem]:
    """Extracts of several schools, or of another than `school`, are taken out of the set and named; where no
    school was asked for they stay, with a warning."""
    problems = []
    for extract in list(found.extracts):
        several = len(extract.schools) > 1
        urns = [text for text in extract.schools if text.isdigit() and len(text) == _URN_LENGTH]
        other = school is not None and len(urns) == 1 and not several and urns[0] != school.urn
        if school is not None and (several or other):
            rule = "several_schools" if several else "other_school"
            problems.append(file_problem(extract.file, rule, table=extract.table))
            found.extracts.remove(extract)
        elif several:
            problems.append(fault(extract.file, "several_schools", table=extract.table, severity="warning"))
    return problems


def _unmatched(extracts: list[Extract], frame: pd.DataFrame, checked: Checked) -> list[Problem]:
    """Without a pupils extract: a warning for each file that has rows without a UPN; a file that has nothing
    else can give nothing to anybody, so nothing of it is taken."""
    files = frame["_file"].astype("str")
    without = frame["upn"].isna()
    problems = []
    for extract in extracts:
        here = files == extract.file
        if not (here & without).any():
            continue
        nobody = bool(without[here].all())
        if nobody:
            taken = checked.good["_file"] == extract.file
            checked.quarantined += int(taken.sum())
            checked.good = checked.good[~taken].reset_index(drop=True)
        rule, severity = ("nobody_to_give", "file") if nobody else ("no_pupils", "warning")
        problems.append(fault(extract.file, rule, table=extract.table, severity=cast(Severity, severity)))
    return problems


def _totals_alone(checked: Sequence[Checked], extracts: Sequence[Extract]) -> list[Problem]:
    """Totals without any marks make no figure: said once for each file, since nothing else would show it."""
    kept = {each.table: len(each.good) for each in checked}
    if not kept.get("attendance_summary") or kept.get("attendance"):
        return []
    files = dict.fromkeys(each.file for each in extracts if each.table == "attendance_summary")
    return [fault(file, "totals_alone", table="attendance_summary", severity="warning") for file in files]


def _return_term(extracts: ExtractSet) -> Term | None:
    """The term of the census return the files are, None when they are none."""
    named = {extract.return_term for extract in extracts.extracts if extract.return_term}
    return _named_term(named.pop()) if len(named) == 1 else None


def _check_pupils(
    found: ExtractSet, context: Context, result: SetChecked
) -> tuple[Context, pd.DataFrame | None] | None:
    """The context with who is on roll, and all pupils' rows; None when the pupils files were refused."""
    pupils = found.tables().get("pupils")
    if not pupils:
        return context, context.roll
    rows = gather(pupils, None)
    checked = check_table(pupils, rows, context)
    result.checked.append(checked)
    if checked.refused >= {extract.file for extract in pupils}:
        return None
    return replace(context, roll=checked.good), rows[~rows["_file"].isin(checked.refused)]


def check_set(
    found: ExtractSet, *, school: School | None, term: Term | None, today: date, roll: pd.DataFrame | None
) -> SetChecked:
    """Every table of a set against its contract, with the others at hand for the checks across tables.

    `roll`: pupils known from earlier loads, used when the set brings no pupils extract of its own.
    """
    apart = _other_schools(found, school)
    found.extracts = without_repeats(found.extracts)
    _with_system(found.extracts, school)
    own_term, return_term = term or _term(found), _return_term(found)
    result = SetChecked(own_term or return_term, [], [*found.problems, *apart])
    reference = return_term.start if return_term else None
    asked = Context(today, school, None if return_term else own_term, roll, reference)
    pupils = _check_pupils(found, asked, result)
    others = {table: extracts for table, extracts in found.tables().items() if table != "pupils"}
    if pupils is None:
        for extracts in others.values():
            result.problems += _waiting(extracts)
        return result
    context, rows = pupils
    frames = {table: gather(extracts, rows, context.roll) for table, extracts in others.items()}
    if "behaviour" in frames:
        frames["behaviour"], again = once_across(frames["behaviour"])
        result.problems += [
            fault(file, "same_event", line=line, table="behaviour", severity="warning")
            for file, line in again
        ]
    result.problems += _filled(others, frames, context, result.term)
    context = replace(context, tables=frames)
    for table, extracts in others.items():
        result.checked.append(check_table(extracts, frames[table], context))
        if context.roll is None:
            result.problems += _unmatched(extracts, frames[table], result.checked[-1])
    result.problems += _totals_alone(result.checked, found.extracts)
    return result


def _filled(
    others: dict[str, list[Extract]], frames: dict[str, pd.DataFrame], context: Context, term: Term | None
) -> list[Problem]:
    """Fill in what the term and the roll say where files are silent, before rules run."""
    if "sen" in others:
        fill_sen_starts(frames["sen"], others["sen"], context.roll, term.start if term else context.today)
    if "attendance_summary" in others:
        return fill_periods(frames["attendance_summary"], others["attendance_summary"], term)
    return []
