"""Erasure leaves nothing of one pupil anywhere, and everything of everyone else."""

import pytest

from data_contracts.errors import Held, Refused
from service.core.audit import audit_store, unaudited
from service.core.permissions import NotAllowed, NotFound
from service.records import lake_store, roll_store
from service.records.pupil_rows import RollRow
from service.rights import erasing, life_store
from service.rights.marking import pupil_known_as
from testbed.deployments import caller
from testbed.values import saying
from tests.life.living import COUNT, SCHOOLS, TERMS, Living, upn
from tests.life.records import BOTH

pytestmark = pytest.mark.xdist_group("records")


def lake_pupils(records: Living) -> set[str]:
    with records.dpo.reading() as tx:
        view = lake_store.live_view(tx, records.deployment.lake, records.dpo.reader.schools)
    tables = {file.table for file in view.files} - {"audit_characteristics"}
    found = {pupil for table in tables for pupil in view.read(table)["pupil_id"]}
    return found | set(view.read_audit_characteristics()["pupil_id"])


def rows_about(records: Living, pupil: str) -> dict[str, int]:
    with records.dpo.reading() as tx:
        counts = {
            table.name: len(life_store.rows_of_pupil(unaudited(tx, "a test"), table, pupil, SCHOOLS))
            for table in life_store.pupil_tables()
        }
    return {name: count for name, count in counts.items() if count}


@BOTH
def test_nothing_is_left_of_the_pupil_and_all_of_the_others(records: Living) -> None:
    before, neighbour = lake_pupils(records), rows_about(records, records.other)
    assert records.pupil in before
    done = erasing.erase(records.dpo, records.pupil)
    assert done.files >= len(TERMS)
    assert lake_pupils(records) == before - {records.pupil}
    assert rows_about(records, records.pupil) == {}
    assert rows_about(records, records.other) == neighbour
    with records.dpo.reading() as tx:
        assert len(life_store.lake_rows(tx, SCHOOLS, live=True)) > 0
        log = audit_store.search(tx, before=None, limit=1, subject=records.pupil)
    assert [row.event for row in log] == ["pupil_erased"]


def test_no_file_of_the_home_names_the_pupil_but_the_ledger(records: Living) -> None:
    home = records.deployment.home
    lake = home.lake
    assert saying(lake, records.pupil)
    erasing.erase(records.dpo, records.pupil)
    assert saying(lake, records.pupil) == []
    assert records.pupil in (home.path / erasing.LEDGER).read_text()
    assert oct((home.path / erasing.LEDGER).stat().st_mode & 0o777) == "0o600"


@BOTH
def test_raw_uploads_of_the_pupils_school_go_and_others_stay(records: Living) -> None:
    uploads = records.deployment.home.uploads
    erasing.erase(records.dpo, records.pupil)
    assert not list((uploads / SCHOOLS[0]).iterdir())
    assert len(list((uploads / SCHOOLS[1]).iterdir())) == 2


@BOTH
def test_a_load_that_was_computed_before_is_computed_again(records: Living) -> None:
    with records.dpo.reading() as tx:
        before = lake_store.live_ids(tx, SCHOOLS[0])
    erasing.erase(records.dpo, records.pupil)
    with records.dpo.reading() as tx:
        assert lake_store.live_ids(tx, SCHOOLS[0]) != before


@BOTH
def test_only_a_data_protection_officer_and_only_one_pupil_that_is_known(records: Living) -> None:
    with pytest.raises(NotAllowed):
        erasing.erase(caller(records.deployment, "inclusion_lead", SCHOOLS), records.pupil)
    with pytest.raises(NotFound):
        erasing.erase(caller(records.deployment, "dpo", SCHOOLS[1:]), records.pupil)
    assert len(lake_pupils(records)) == COUNT * len(SCHOOLS)


def test_an_upload_in_work_comes_first(records: Living) -> None:
    with records.dpo.writing() as tx:
        for row in life_store.uploads_with_raw_files(tx, SCHOOLS):
            row.status = "running"
    with pytest.raises(Held):
        erasing.erase(records.dpo, records.pupil)
    assert records.pupil in lake_pupils(records)


def test_the_pupil_is_found_by_what_a_letter_says(records: Living) -> None:
    assert pupil_known_as(records.dpo, SCHOOLS[0], upn(SCHOOLS[0], 0).lower()) == records.pupil
    assert pupil_known_as(records.dpo, SCHOOLS[0], "000000") == records.pupil
    with pytest.raises(NotFound):
        pupil_known_as(records.dpo, SCHOOLS[0], "A0000")


@BOTH
def test_a_pupil_of_two_schools_is_erased_by_who_answers_for_both(records: Living) -> None:
    with records.dpo.writing() as tx:
        (row, *_) = roll_store.roll(unaudited(tx, "a test"), records.pupil, SCHOOLS)
        elsewhere = {column.key: getattr(row, column.key) for column in row.__mapper__.columns}
        tx.add(RollRow(**{**elsewhere, "id": 10_000, "school": SCHOOLS[1]}))
    with pytest.raises(Refused, match="also on the roll"):
        erasing.erase(caller(records.deployment, "dpo", SCHOOLS[:1]), records.pupil)
    assert erasing.erase(records.dpo, records.pupil).schools == sorted(SCHOOLS)
