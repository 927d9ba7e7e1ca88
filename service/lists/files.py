"""Results as files for a whole trust or authority: flags with reasons, the setting's counts, indicators.

Every file says what it is for and until when it may be used; no name and no UPN stands in one.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from data_contracts import calendar
from pipelines.indicators.batch import write_manifest
from service.core.callers import Caller, at_machine
from service.lists.exports import exported_flags
from service.records import lake_store
from service.scoring import Progress
from service.setting import SettingFactRow, hidden, setting_store


def write_scores(home: Path, term: str, schools: Sequence[str], out: Path) -> dict[str, Any]:
    """Write `flags-TERM.parquet`, `flags-TERM.csv` and `setting-TERM.csv`; {files, flags, expires}.

    Flags are those published for the term, in no order of risk, each with its first reasons in words.
    """
    out.mkdir(parents=True, exist_ok=True)
    expires = calendar.next_term(term).end
    with at_machine(home) as caller:
        flags = pd.DataFrame([row for urn in schools for row in _flags_of(caller, urn, term)])
        setting = pd.DataFrame(_setting(caller, schools, term))
    files = [out / f"flags-{term}.parquet", out / f"flags-{term}.csv", out / f"setting-{term}.csv"]
    flags.to_parquet(files[0], index=False)
    flags.to_csv(files[1], index=False)
    setting.to_csv(files[2], index=False)
    return {"files": files, "flags": len(flags), "expires": expires}


def write_lake_manifest(home: Path, out: str | None = None) -> dict[str, Any]:
    """Write the list of live lake files, so that workers elsewhere can build indicators from the lake."""
    with at_machine(home) as caller:
        with caller.reading() as tx:
            view = lake_store.live_view(tx, caller.deployment.lake, caller.reader.schools)
        return {"manifest": write_manifest(view, out or view.root), "files": len(view.files)}


def pack_lake(home: Path, progress: Progress | None = None) -> dict[str, Any]:
    """Pack the live lake files of all schools by table and term: {files, packs}."""
    with at_machine(home) as caller:
        with caller.reading() as tx:
            view = lake_store.live_view(tx, caller.deployment.lake, caller.reader.schools)
        return {"files": len(view.files), "packs": caller.deployment.lake.pack(view, progress)}


def _flags_of(caller: Caller, urn: str, term: str) -> list[dict[str, Any]]:
    with caller.writing() as tx:
        return exported_flags(caller, tx, urn, term)


def _setting(caller: Caller, schools: Sequence[str], term: str) -> list[dict[str, Any]]:
    """The setting's counts; a group with fewer than ten pupils behind it gives none, nor does one that would
    give it away by subtraction."""
    with caller.reading() as tx:
        facts = [fact for school in schools for fact in _shown(setting_store.facts(tx, school, term))]
        return [
            {
                "school": fact.school,
                "term": fact.term,
                "measure": fact.measure,
                "grouping": fact.grouping,
                "group": fact.name,
                "amount": fact.amount,
                "base": fact.base,
            }
            for fact in facts
        ]


def _shown(facts: list[SettingFactRow]) -> list[SettingFactRow]:
    kept_back = hidden(facts)
    return [fact for fact in facts if (fact.measure, fact.grouping, fact.name) not in kept_back]
