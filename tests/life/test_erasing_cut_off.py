"""A process that dies while it erases somebody leaves an erasure that is finished, by whoever comes first."""

import json
from collections.abc import Callable

import pytest

from service.app.worker import Worker
from service.core.base import now
from service.core.permissions import NotFound
from service.operations import doctor
from service.rights import deleting, deletion_store, erasing, ledger, life_store, retention, sweeping
from testbed.values import saying
from tests.life.living import SCHOOLS, Living
from tests.life.records import BOTH

pytestmark = pytest.mark.xdist_group("records")


class Died(BaseException):
    """The process is gone."""


def cut_off(records: Living, monkeypatch: pytest.MonkeyPatch, room: object, name: str) -> None:
    """Erase a pupil as far as the call of a function, at which the process dies."""

    def die(*_: object, **__: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(room, name, die)
        with pytest.raises(Died):
            erasing.erase(records.dpo, records.pupil)


def ended(records: Living) -> None:
    home = records.deployment.home
    assert saying(home.lake, records.pupil) == []
    assert not list((home.uploads / SCHOOLS[0]).iterdir())
    lines = (home.path / ledger.LEDGER).read_text().splitlines()
    assert [json.loads(line)["pupil_id"] for line in lines] == [records.pupil]
    with records.dpo.reading() as tx:
        assert deletion_store.open_erasures(tx, SCHOOLS) == []
        assert deletion_store.deletions(tx, SCHOOLS) == []


AFTER_COMMIT = [(deleting, "work_off"), (ledger, "note"), (deleting, "forget"), (deleting, "_deleted"),
                (deletion_store, "strike"), (deletion_store, "close_erasures")]  # fmt: skip


def by_the_worker(records: Living) -> None:
    Worker(records.deployment)._keep_house()


def by_the_command(records: Living) -> None:
    sweeping.sweep(retention.keeper(records.deployment))


def by_erasing_again(records: Living) -> None:
    assert erasing.erase(records.dpo, records.pupil).schools == [SCHOOLS[0]]


@BOTH
@pytest.mark.parametrize("finish", [by_the_worker, by_the_command, by_erasing_again])
def test_after_the_commit_it_is_erased(
    records: Living, monkeypatch: pytest.MonkeyPatch, finish: Callable[[Living], None]
) -> None:
    cut_off(records, monkeypatch, *AFTER_COMMIT[0])
    assert saying(records.deployment.home.lake, records.pupil), "what is to be finished is there"
    finish(records)
    ended(records)
    with pytest.raises(NotFound):
        erasing.erase(records.dpo, records.pupil)


@pytest.mark.parametrize(("room", "name"), AFTER_COMMIT[1:])
def test_wherever_it_is_cut_off_after_the_commit(
    records: Living, monkeypatch: pytest.MonkeyPatch, room: object, name: str
) -> None:
    cut_off(records, monkeypatch, room, name)
    by_the_worker(records)
    ended(records)


@BOTH
def test_before_the_commit_nothing_has_happened(records: Living, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_off(records, monkeypatch, deletion_store, "add_erasure")
    home = records.deployment.home
    by_the_worker(records)
    assert not (home.path / ledger.LEDGER).exists()
    with records.dpo.reading() as tx:
        assert life_store.schools_of_pupil(tx, records.pupil, SCHOOLS) == {SCHOOLS[0]}
        paths = life_store.lake_paths(tx, SCHOOLS)
    assert all((home.lake / path).exists() for path in paths)
    assert saying(home.lake, records.pupil)
    erasing.erase(records.dpo, records.pupil)
    ended(records)


def test_doctor_finds_an_erasure_that_nobody_finishes(
    records: Living, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_off(records, monkeypatch, *AFTER_COMMIT[0])
    with records.dpo.writing() as tx:
        for row in deletion_store.open_erasures(tx, SCHOOLS):
            row.at = row.at.replace(year=2025)
    found = doctor.doctor(records.deployment.home.path, records.deployment.settings)
    assert [one.state for one in found if one.name == "erasure"] == ["wrong"]


@pytest.mark.parametrize("kept", ["", '{"pupil_id": "pé", "at": "2026-01-01T00:00:00+00:00"}\n'])
def test_a_line_torn_by_a_crash_gives_way_to_the_whole_one(records: Living, kept: str) -> None:
    path = records.deployment.home.path / ledger.LEDGER
    path.write_text(kept + '{"pupil_id": "p0', "utf-8")
    erasing.erase(records.dpo, records.pupil)
    *before, whole = path.read_text("utf-8").splitlines()
    assert before == kept.splitlines()
    assert json.loads(whole)["pupil_id"] == records.pupil
    erasing.erase_again(records.dpo, path.read_text("utf-8").splitlines(), now())
