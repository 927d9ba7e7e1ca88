"""Computing a load outside any transaction: check the files, take the good rows, say what to commit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from data_contracts import calendar
from data_contracts.context import complete
from data_contracts.contract import load_contract
from data_contracts.schools import School
from pipelines.check import CheckReport
from pipelines.load import LoadRequest, load_report
from service.core.audit import unaudited
from service.core.base import new_id
from service.core.callers import Caller
from service.core.engine import Transaction
from service.records import lake_store, roll_store
from service.schools import SchoolRow
from service.uploads.commits import LoadToCommit, to_commit

Progress = Callable[[str, int, int], None]
EXAMPLE = " For example:"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A load that is asked for: files of one term of one school, by whom, and whether a person said yes.

    `keep_others`: the person said that the files are only a part, so what they don't name stays.
    """

    school: School
    paths: Sequence[Path]
    term: str | None
    by: str
    approved: bool = False
    upload_id: str | None = None
    keep_others: bool = False


def as_school(row: SchoolRow) -> School:
    """The contracts' word for a school's row."""
    return School(row.urn, row.name, row.phase, row.mis, row.synthetic)


def known_roll(tx: Transaction, school: str, term: str | None) -> pd.DataFrame | None:
    """The school's pupils as loaded for the term or the last one before it, for files without a pupils extract."""
    latest = calendar.term(term).start if term else date.max
    starts = {each: calendar.term(each).start for each in lake_store.roll_terms(tx, school)}
    begun = [each for each, start in starts.items() if start <= latest]
    if not begun:
        return None
    read = unaudited(tx, "checking files against the roll; the upload is told")
    rows = roll_store.roll_of(read, school, max(begun, key=starts.__getitem__))
    contract = load_contract("pupils")
    kept = contract.kept("roll")
    frame = pd.DataFrame([{field.name: getattr(row, field.name) for field in kept} for row in rows])
    for field in kept:
        if field.logical_type == "date":
            frame[field.name] = pd.to_datetime(frame[field.name])
    return complete(frame, contract)


def computed(
    caller: Caller, wanted: Wanted, report: CheckReport, progress: Progress | None = None
) -> LoadToCommit:
    """Merge a checked load against the manifest as it stands now; writes lake files, commits nothing."""
    deployment, urn = caller.deployment, wanted.school.urn
    load_id = new_id("l")
    request = LoadRequest(
        load_id, wanted.school, wanted.paths, wanted.term, wanted.by, wanted.approved, wanted.keep_others
    )
    with caller.reading() as tx:
        view = lake_store.live_view(tx, deployment.lake, frozenset({urn}))
        aliases = lake_store.StoredAliases(tx)
        key = deployment.home.alias_key()
        result = load_report(report, request, deployment.lake, view, aliases, key, date.today(), progress)
        return to_commit(tx, load_id, urn, result, by=wanted.by, upload_id=wanted.upload_id)


def evidence_without_values(report: CheckReport) -> list[dict[str, Any]]:
    """What each file was taken for and why, without the examples: a cell's value is for its uploader alone."""
    said: list[dict[str, Any]] = [dict(extract.explained()) for extract in report.extracts]
    return [{**one, "evidence": [line.split(EXAMPLE)[0] for line in one["evidence"]]} for one in said]
