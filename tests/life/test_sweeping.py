"""Every file of the home is named by something, or goes."""

import os
import shutil
import time
from pathlib import Path

import pytest

from service.operations import doctor
from service.rights import deleting, deletion_store, erasing, exporting, life_store, retention, sweeping
from service.rights.deletion_store import UPLOAD
from service.uploads import vault
from tests.life.living import SCHOOLS, Living
from tests.life.records import BOTH

pytestmark = pytest.mark.xdist_group("records")
HOUR, DAY = 3600.0, 86400.0


def aged(path: Path, seconds: float, data: bytes = b"x") -> Path:
    """A file, or what stands there already, last written so long ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_bytes(data)
    os.utime(path, (time.time() - seconds,) * 2)
    return path


def wrong(records: Living, *, deep: bool = False) -> dict[str, str]:
    found = doctor.doctor(records.deployment.home.path, records.deployment.settings, deep=deep)
    return {one.name: one.message for one in found if one.state == "wrong"}


@BOTH
def test_what_nothing_names_goes_when_its_time_is_over_and_not_before(records: Living) -> None:
    home = records.deployment.home
    export = exporting.prepare(records.dpo, records.pupil)["id"]
    before = {path for path in home.path.rglob("*") if path.is_file()}
    old = [
        aged(home.uploads / SCHOOLS[0] / "left.sealed", HOUR),
        aged(home.uploads / SCHOOLS[0] / "left.sealed.1.part", HOUR),
        aged(home.work / "upload-abc" / "Pupils.csv", HOUR),
        aged(home.work / "incoming" / "broken-off.part", HOUR),
        aged(home.work / "exports" / "xgone.sealed", HOUR),
        aged(home.lake / "tables" / "pupils" / SCHOOLS[0] / "2026-spring" / "left.parquet", DAY + HOUR),
        aged(home.lake / "tables" / "pupils" / SCHOOLS[0] / "2026-spring" / ".left.1.part", DAY + HOUR),
        aged(home.lake / "packs" / "pupils" / "2026-spring" / "left.parquet", DAY + HOUR),
        aged(home.keys / "alias.key.part", DAY + HOUR),
        aged(home.registry / "models" / "m-never-added" / "model.npz", DAY + HOUR),
    ]
    os.utime(home.work / "upload-abc", (1, 1))
    os.utime(home.registry / "models" / "m-never-added", (1, 1))
    young = [
        aged(home.uploads / SCHOOLS[0] / "new.sealed", 60),
        aged(home.lake / "tables" / "pupils" / SCHOOLS[0] / "2026-spring" / "new.parquet", HOUR),
        aged(home.work / "upload-new" / "Pupils.csv", 60),
        aged(home.work / "incoming" / "coming.part", 60),
    ]
    sweeping.sweep(records.dpo)
    assert [path for path in old if path.exists()] == []
    assert all(path.exists() for path in young)
    assert {path for path in before if not path.exists()} == set(), "what is named stays"
    assert exporting.read(records.dpo, export)


def test_a_file_dated_into_the_future_has_its_time_too(records: Living) -> None:
    path = aged(records.deployment.home.uploads / SCHOOLS[0] / "left.sealed", -4 * 365 * DAY)
    before = time.time()
    sweeping.sweep(records.dpo)
    assert int(before) <= path.stat().st_mtime <= time.time()
    aged(path, HOUR)
    sweeping.sweep(records.dpo)
    assert not path.exists()


def test_doctor_counts_what_is_not_swept(records: Living) -> None:
    home = records.deployment.home
    assert "files" not in wrong(records)
    aged(home.uploads / SCHOOLS[0] / "left.sealed", 4 * HOUR)
    assert "nothing names 1 file" in wrong(records)["files"]
    sweeping.sweep(records.dpo)
    assert "files" not in wrong(records)
    (home.path / "notes.txt").write_text("x")
    found = doctor.doctor(home.path, records.deployment.settings, deep=True)
    assert any("notes.txt" in one.message for one in found if one.name == "files")


@BOTH
def test_doctor_finds_what_an_erased_pupil_left(records: Living) -> None:
    home = records.deployment.home
    kept = Path(shutil.copytree(home.lake, home.path.parent / "lake-before"))
    erasing.erase(records.dpo, records.pupil)
    assert "erasure" not in wrong(records, deep=True)
    for path in kept.rglob("*.parquet"):
        target = home.lake / path.relative_to(kept)
        if not target.exists():
            shutil.copy(path, target)
    said = wrong(records, deep=True)["erasure"]
    assert "still hold a pupil who was erased, 0 of them in use" in said


@BOTH
def test_a_file_sent_again_while_it_goes_stays(records: Living) -> None:
    """The same bytes are kept again between the list and the deleting: the new row's file lies by itself."""
    home = records.deployment.home
    with records.dpo.reading() as tx:
        row = life_store.uploads_with_raw_files(tx, SCHOOLS[:1])[0]
    entry = row.files[0]
    with records.dpo.writing() as tx:
        deletion_store.add_deletions(tx, UPLOAD, [(SCHOOLS[0], entry["stored"])])
        for each in life_store.uploads_with_raw_files(tx, SCHOOLS[:1]):
            each.raw_deleted_at = each.created_at
    (again,) = vault.keep(home, SCHOOLS[0], [(entry["name"], f"of {SCHOOLS[0]}".encode())])
    assert again["sha256"] == entry["sha256"]
    assert deleting.work_off(records.dpo) == 1
    assert not (home.uploads / entry["stored"]).exists()
    assert (home.uploads / again["stored"]).exists()


@BOTH
def test_a_file_written_anew_since_it_was_listed_waits(records: Living) -> None:
    """As where an earlier release, which named files by their content alone, kept the same bytes again."""
    home = records.deployment.home
    with records.dpo.reading() as tx:
        row = life_store.uploads_with_raw_files(tx, SCHOOLS[:1])[0]
    entry = row.files[0]
    with records.dpo.writing() as tx:
        deletion_store.add_deletions(tx, UPLOAD, [(SCHOOLS[0], entry["stored"])])
        for each in life_store.uploads_with_raw_files(tx, SCHOOLS[:1]):
            each.raw_deleted_at = each.created_at
    time.sleep(0.01)
    os.utime(home.uploads / entry["stored"])
    assert deleting.work_off(records.dpo) == 0
    assert (home.uploads / entry["stored"]).exists()
    aged(home.uploads / entry["stored"], HOUR)
    with records.dpo.writing() as tx:
        for listed in deletion_store.deletions(tx, SCHOOLS):
            listed.at = listed.at.replace(year=2020)
    assert deleting.work_off(records.dpo) == 1


def test_the_worker_sweeps_as_soon_as_it_starts(records: Living) -> None:
    from service.app.worker import Worker

    path = aged(records.deployment.home.work / "upload-abc" / "Pupils.csv", HOUR)
    os.utime(path.parent, (1, 1))
    worker = Worker(records.deployment)
    worker._keep_house()
    assert not path.parent.exists()


@BOTH
def test_what_belongs_to_nothing_any_more_goes_with_it(records: Living) -> None:
    with records.dpo.writing() as tx:
        from service.records import lake_store

        lake_store.add_problems(
            tx, [{"school": SCHOOLS[0], "upload_id": "gone", "load_id": None, "file": "z/" * 300, "line": 1,
                  "column": None, "rule": "r", "message": "m", "hint": "h", "table": None, "severity": "row"}],
        )  # fmt: skip
    gone = retention.run(records.dpo)
    assert gone["problem"] == 1
    assert "alias" not in gone
