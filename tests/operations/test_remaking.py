"""Timelines of an earlier release: `belong migrate` and `belong restore` make them again from the lake."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from pipelines.explanation.evidence import evidence_of
from pipelines.explanation.records import records_of
from service.core.audit import unaudited
from service.core.callers import Caller, command_caller
from service.core.deployment import Deployment
from service.core.settings import Settings
from service.operations import remaking
from service.operations.backup import make_backup
from service.operations.restore import restore
from service.records import lake_store, timeline_store
from service.records.pupil_rows import TimelineRow
from tests.life.living import SCHOOLS, TERMS, Living
from tests.life.records import BOTH

pytestmark = pytest.mark.xdist_group("records")
LATER = ("key", "role", "known_on", "start_session", "category", "assessed", "alleges_crime")


def as_an_earlier_release_wrote_it(caller: Caller) -> None:
    """Events without what this release added; pupils with nothing else to tell had no timeline at all."""
    with caller.writing() as tx:
        for row in tx.scalars(select(TimelineRow).where(TimelineRow.school.in_(SCHOOLS))):
            kept = [event for event in row.events if event["kind"] != "register"]
            row.events = [{**event, "detail": _without(event["detail"])} for event in kept]
            if not kept:
                tx.delete(row)


def _without(detail: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in detail.items() if name not in LATER}


def told(caller: Caller) -> list[Any]:
    with caller.reading() as tx:
        return [
            (school, term, row.pupil_id, row.load_id, sorted(map(json.dumps, row.events)))
            for school in SCHOOLS
            for term in TERMS
            for row in sorted(
                lake_store.live_timelines(unaudited(tx, "a test"), school, term), key=lambda row: row.pupil_id
            )
        ]


@BOTH
def test_older_timelines_are_made_again_once_and_what_stopped_goes_on(
    records: Living, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = command_caller(records.deployment)
    before = told(machine)
    as_an_earlier_release_wrote_it(machine)
    older = told(machine)
    assert len(older) <= len(before)
    assert "register" not in str(older)
    made = remaking._remade
    calls: list[str] = []

    def stops_at_the_third(caller: Caller, tx: Any, school: str, term: str) -> bool:
        calls.append(school + term)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return made(caller, tx, school, term)

    with monkeypatch.context() as patch:
        patch.setattr(remaking, "_remade", stops_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            remaking.remake(machine)
    assert remaking.remake(machine) == 2
    assert told(machine) == before
    assert remaking.remake(machine) == 0


def test_an_older_backup_is_whole_again_once_it_is_restored(records: Living, tmp_path: Path) -> None:
    machine = command_caller(records.deployment)
    before = told(machine)
    as_an_earlier_release_wrote_it(machine)
    made = make_backup(machine, tmp_path / "backups", keys_to=tmp_path / "keys")
    there = Settings(home=tmp_path / "again")
    restore(made["folder"], there.home, keys=tmp_path / "keys", settings=there)
    with Deployment.open(there.home, there) as deployment:
        again = command_caller(deployment)
        assert told(again) == before
        assert remaking.remake(again) == 0


def test_older_events_are_read_and_say_that_marks_are_not_known(records: Living) -> None:
    machine = command_caller(records.deployment)

    def seen() -> Any:
        with machine.reading() as tx:
            events = timeline_store.timeline(unaudited(tx, "a test"), pupil, [SCHOOLS[0]])
        return records_of(events, date(2026, 7, 3), TERMS[-1], school=SCHOOLS[0])

    with machine.reading() as tx:
        rows = lake_store.live_timelines(unaudited(tx, "a test"), SCHOOLS[0], TERMS[-1])
    pupil = next(r.pupil_id for r in rows if any(e["kind"] == "attendance_week" for e in r.events))
    whole = seen()
    assert whole.marks
    as_an_earlier_release_wrote_it(machine)
    older = seen()
    assert older.marks is None
    assert [one.id.split(":")[0] for one in older.incidents] == [
        one.id.split(":")[0] for one in whole.incidents
    ]
    assert evidence_of("absence_term", older, 12.5).as_dict()["kept"] == "none"
    assert evidence_of("absence_term", older, 12.5).said == "The records behind this are not held."
