"""Everything goes on its day: not before, and not later."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from data_contracts.errors import Refused
from service.core.audit import unaudited
from service.core.homes import Home
from service.core.permissions import NotAllowed
from service.records import lake_store
from service.rights import life_store, retention, rotating
from service.rights.marking import pupil_known_as
from service.rights.policy import months_later, schedule
from service.rights.tables import metadata
from service.scoring import score_store
from testbed.deployments import caller
from tests.life.living import SCHOOLS, TERMS, Living, upn
from tests.life.records import BOTH

pytestmark = pytest.mark.xdist_group("records")


def figures(records: Living) -> int:
    with records.dpo.reading() as tx:
        return len(score_store.score(unaudited(tx, "a test"), records.pupil, None, SCHOOLS))


@BOTH
def test_figures_go_13_months_after_their_term_and_not_a_day_before(records: Living) -> None:
    last = schedule(records.deployment.home).goes_on("score", TERMS[-1])
    assert last == months_later(date(2026, 7, 17), 13).replace(day=last.day)
    retention.run(records.dpo, last, confirmed=True)
    assert figures(records) == 1
    retention.run(records.dpo, last + timedelta(days=1), confirmed=True)
    assert figures(records) == 0
    with records.dpo.reading() as tx:
        assert life_store.schools_of_pupil(tx, records.pupil, SCHOOLS)


@BOTH
def test_raw_uploads_go_after_30_days_unless_a_younger_upload_holds_the_same_file(records: Living) -> None:
    folder = records.deployment.home.uploads / SCHOOLS[0]
    with records.dpo.writing() as tx:
        old = next(row for row in life_store.uploads_with_raw_files(tx, SCHOOLS[:1]))
        old.created_at = datetime.now(UTC) - timedelta(days=40)
        younger = {column.key: getattr(old, column.key) for column in old.__mapper__.columns}
        younger |= {"id": "younger", "created_at": datetime.now(UTC), "files": old.files[1:]}
        tx.add(type(old)(**younger))
    gone = retention.run(records.dpo)
    assert gone["raw_files"] == 1
    assert [f"{SCHOOLS[0]}/{path.name}" for path in folder.iterdir()] == [younger["files"][0]["stored"]]


@BOTH
def test_lake_files_and_their_bytes_go_with_their_term(records: Living) -> None:
    lake = records.deployment.home.lake
    before = len(list(lake.rglob("*.parquet")))
    gone = retention.run(records.dpo, date(2031, 7, 1), confirmed=True)
    assert gone["lake_files"] > 0
    left = {path.parts[-3:-1] for path in lake.rglob("*.parquet")}
    assert len(list(lake.rglob("*.parquet"))) == before - gone["lake_files"]
    with records.dpo.reading() as tx:
        view = lake_store.live_view(tx, records.deployment.lake, records.dpo.reader.schools)
        assert {(f.school, f.term) for f in view.files} == left
    assert not view.loaded("attendance") & {(school, TERMS[0]) for school in SCHOOLS}
    assert view.loaded("suspensions") == {(s, t) for s in SCHOOLS for t in TERMS}


def test_nothing_goes_while_nothing_is_due(records: Living) -> None:
    assert retention.run(records.dpo, date(2026, 11, 24)) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[retention.months_after_term]\nscore = 14", "at most 13"),
        ("[retention]\nraw_uploads_days = 31", "at most 30"),
        ("[retention]\nraw_uploads_days = 0", "at least 1"),
        ("[retention]\nraw_upload_days = 3", "unknown"),
        ("[retention]\nmonths_after_term = 3", "must be a table"),
    ],
)
def test_the_schedule_can_be_shortened_and_never_by_mistake(tmp_path: Path, text: str, said: str) -> None:
    home = Home(tmp_path)
    home.governance.write_text(text)
    with pytest.raises(Refused, match=said):
        schedule(home)
    home.governance.write_text("[retention.months_after_term]\nscore = 6\n")
    assert schedule(home).months_after_term["score"] == 6
    assert schedule(home).months_after_term["roll"] == 84


def test_every_table_about_pupils_has_its_time(tmp_path: Path) -> None:
    kept = schedule(Home(tmp_path))
    named = {*kept.months_after_term, *kept.months_after_date, "subject_export", "alias"}
    assert {table.name for table in life_store.pupil_tables()} <= named
    assert {*kept.months_after_term, *kept.months_after_date} <= metadata.tables.keys()


@BOTH
def test_a_rotated_key_keeps_every_pupil_and_opens_no_old_door(records: Living) -> None:
    home, before = records.deployment.home, records.deployment.home.alias_key()
    with records.dpo.reading() as tx:
        old = {row.hash: row.pupil_id for row in life_store.aliases(tx, SCHOOLS)}
    done = rotating.rotate(records.dpo)
    assert done == {"aliases": len(old), "dropped": 0}
    assert home.alias_key() != before
    with records.dpo.reading() as tx:
        new = {row.hash: row.pupil_id for row in life_store.aliases(tx, SCHOOLS)}
        assert lake_store.StoredAliases(tx).find(list(old)) == {}
    assert not old.keys() & new.keys()
    assert sorted(old.values()) == sorted(new.values())
    assert pupil_known_as(records.dpo, SCHOOLS[0], upn(SCHOOLS[0], 0)) == records.pupil


@pytest.mark.parametrize("committed", [True, False])
def test_a_rotation_cut_off_is_settled_by_what_the_database_says(records: Living, committed: bool) -> None:
    keys = records.deployment.home.keys
    before = (keys / "alias.key").read_text()
    if committed:
        rotating.rotate(records.dpo)
        (keys / rotating.NEXT_KEY).write_text((keys / "alias.key").read_text())
        (keys / "alias.key").write_text(before)
    else:
        (keys / rotating.NEXT_KEY).write_text("11" * 32)
    assert rotating.finish(records.dpo)
    assert not (keys / rotating.NEXT_KEY).exists()
    assert pupil_known_as(records.dpo, SCHOOLS[0], upn(SCHOOLS[0], 0)) == records.pupil


def test_only_a_data_protection_officer(records: Living) -> None:
    with pytest.raises(NotAllowed):
        retention.run(caller(records.deployment, "admin", SCHOOLS))
    with pytest.raises(NotAllowed):
        rotating.rotate(caller(records.deployment, "inclusion_lead", SCHOOLS))


def test_the_worker_keeps_to_the_schedule_once_a_day_and_outlives_a_wrong_one(records: Living) -> None:
    assert retention.run_if_due(records.deployment)
    assert not retention.run_if_due(records.deployment)
    records.deployment.home.governance.write_text("[retention]\nraw_uploads_days = 99\n")
    assert not retention.run_if_due(records.deployment, hours=0)
