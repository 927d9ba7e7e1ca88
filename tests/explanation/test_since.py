"""What a suggestion was made of, after the school corrected, undid or erased it: on both databases."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd

from data_contracts.schools import School
from pipelines.explanation.records import Records, records_of
from pipelines.load import LoadRequest
from pipelines.load.plan import plan_load
from service.core.audit import unaudited
from service.core.base import now
from service.core.callers import Caller, command_caller
from service.records import lake_store, roll_store, timeline_store
from service.rights.erasing import erase
from service.scoring import score_store
from service.scoring.score_rows import PublicationRow
from service.uploads.commits import commit_load, to_commit, undo_committed
from tests.lake.worlds import TODAY, frames
from tests.life.living import COUNT, SCHOOLS, TERMS, Living
from tests.life.records import BOTH

HERE, TERM = SCHOOLS[0], TERMS[-1]
Frames = dict[str, pd.DataFrame]


def load(machine: Caller, name: str, changed: Callable[[Frames], None]) -> None:
    good = frames(HERE, TERM, COUNT)
    changed(good)
    school = School(HERE, f"School {HERE}", "secondary", "sims", True)
    request = LoadRequest(name, school, [], TERM, "Test", True)
    with machine.reading() as tx:
        view = lake_store.live_view(tx, machine.deployment.lake, machine.reader.schools)
        aliases, key = lake_store.StoredAliases(tx), machine.deployment.home.alias_key()
        result = plan_load(good, request, machine.deployment.lake, view, aliases, key, TODAY)
        made = to_commit(tx, name, HERE, result, by="Test")
    with machine.writing() as tx:
        commit_load(tx, machine, made)


def published(machine: Caller) -> PublicationRow:
    with machine.reading() as tx:
        found = score_store.publication(tx, HERE, TERM)
    assert found is not None
    return found


def at(machine: Caller, pupil: str, publication: PublicationRow) -> tuple[list[dict[str, Any]], Records]:
    with machine.reading() as tx:
        events = timeline_store.timeline_at(unaudited(tx, "a test"), pupil, [HERE], publication)
    return events, records_of(events, date(2026, 7, 3), TERM, school=HERE)


def since(machine: Caller, pupil: str, publication: PublicationRow, then: Records) -> dict[str, str]:
    with machine.reading() as tx:
        return dict(timeline_store.since(unaudited(tx, "a test"), pupil, [HERE], publication, then))


@BOTH
def test_corrected_undone_and_erased_records_are_told_apart(records: Living) -> None:
    machine, publication = command_caller(records.deployment), published(command_caller(records.deployment))
    first = frames(HERE, TERM, COUNT)["behaviour"]
    who = str(first["upn"].mode().iloc[0])
    pupil = _pupil(machine, who)
    events, then = at(machine, pupil, publication)
    assert len(then.incidents) >= 2
    assert since(machine, pupil, publication, then) == {}
    own = first[first["upn"] == who].sort_values("date")
    changed, gone = str(own["incident_id"].iloc[0]), str(own["incident_id"].iloc[1])

    def corrects(good: Frames) -> None:
        rows = good["behaviour"]
        rows.loc[rows["incident_id"] == changed, "lesson"] = "Drama"
        good["behaviour"] = rows[rows["incident_id"] != gone]

    load(machine, "lcorrects", corrects)
    assert at(machine, pupil, publication) == (events, then)
    assert since(machine, pupil, publication, then) == {
        f"incident:{HERE}:{name}": "corrected since" for name in (changed, gone)
    }
    later = PublicationRow(school=HERE, term=TERM, at=now())
    _, after = at(machine, pupil, later)
    assert f"incident:{HERE}:{gone}" not in {one.id for one in after.incidents}

    def adds(good: Frames) -> None:
        corrects(good)
        more = good["behaviour"][good["behaviour"]["incident_id"] == changed].assign(incident_id="more")
        good["behaviour"] = pd.concat([good["behaviour"], more])

    load(machine, "ladds", adds)
    newest = PublicationRow(school=HERE, term=TERM, at=now())
    _, more = at(machine, pupil, newest)
    with machine.writing() as tx:
        row = lake_store.load(tx, "ladds", {HERE})
        assert row is not None
        undo_committed(tx, machine, row)
    assert at(machine, pupil, newest)[1] == more
    assert since(machine, pupil, newest, more) == {f"incident:{HERE}:more": "undone since"}
    assert at(machine, pupil, publication) == (events, then)
    erase(records.dpo, pupil)
    assert at(machine, pupil, publication)[0] == []
    assert set(since(machine, pupil, publication, then).values()) == {"erased since"}


def _pupil(machine: Caller, number: str) -> str:
    with machine.reading() as tx:
        return next(
            row.pupil_id
            for row in roll_store.roll_of(unaudited(tx, "a test"), HERE, TERM)
            if row.upn == number
        )
