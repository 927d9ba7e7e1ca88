"""The acts that are killed everywhere, and what must be so of a home when the worker has started again."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import update

from data_contracts.errors import BelongError
from service.app.worker import Worker
from service.audit.sealing import verify
from service.core import job_store
from service.core.audit import unaudited
from service.core.callers import Caller, command_caller
from service.core.deployment import Deployment
from service.core.job_rows import JobRow
from service.core.permissions import LEAD, Reader
from service.core.settings import Settings
from service.operations import doctor
from service.operations.archive import SealedBackup
from service.operations.backup import make_backup
from service.operations.restore import open_backup, restore
from service.records import lake_store, roll_store
from service.rights import erasing, life_store, retention, sweeping
from service.rights.ledger import LEDGER
from service.rights.tables import metadata
from service.uploads import upload_store, vault
from service.uploads.receiving import receive
from testbed.crashing import Act, days_later
from testbed.hanging import wait_until
from testbed.values import says

YEARS_LATER = date(2033, 1, 1)
COUNTED = ("upload", "load", "roll", "alias", "timeline", "score", "publication", "lake_file", "erasure",
           "deletion", "support_note", "subject_export", "problem")  # fmt: skip
FILES = ("files", "lake", "erasure", "keys", "folders", "database", "audit log", "check")


@dataclass(frozen=True)
class World:
    """A home with one school to send for, what is sent, who is erased, and bytes that may lie nowhere in plain."""

    school: str
    term: str
    files: tuple[tuple[str, bytes], ...]
    pupil: Callable[[Deployment], str]
    marker: bytes
    keys: Path
    backup: Path


def opened(home: Path) -> Deployment:
    """The home as the service has it open."""
    return Deployment.open(home, Settings(home=home))


def leases_over(deployment: Deployment) -> None:
    """Let a dead worker's leases, and pauses after a failure, be over: time that needn't be waited for."""
    with deployment.database.writing() as tx:
        tx.execute(update(JobRow).where(JobRow.state == job_store.RUNNING).values(leased_until=0.0))


def lead(deployment: Deployment, world: World) -> Caller:
    reader = Reader("a-lead", "lead@school.example", "Lead", LEAD, frozenset({world.school}))
    return Caller(deployment, reader)


def acts(world: World) -> tuple[Act, ...]:
    """Upload, load with publication, erasure, retention's deleting, backup and restore."""

    def nothing(home: Path) -> None:
        del home

    def upload(home: Path, aside: Path | None = None) -> None:
        with opened(home) as deployment:
            receive(lead(deployment, world), world.school, world.term, world.files)

    def work(home: Path, aside: Path) -> None:
        finish(home)

    def erase(home: Path, aside: Path) -> None:
        with opened(home) as deployment:
            erasing.erase(retention.keeper(deployment), world.pupil(deployment))

    def keep_to_schedule(home: Path, aside: Path) -> None:
        with opened(home) as deployment:
            retention.run(retention.keeper(deployment), YEARS_LATER, confirmed=True)

    def back_up(home: Path, aside: Path) -> None:
        with opened(home) as deployment:
            make_backup(command_caller(deployment), aside / "backups", keys_to=aside / "keys")

    def bring_back(home: Path, aside: Path) -> None:
        restore(world.backup, aside / "home", keys=world.keys, settings=Settings(home=aside / "home"))

    return (
        Act("upload", nothing, upload),
        Act("load", upload, work, taken_up=True),
        Act("erasure", nothing, erase),
        Act("retention", nothing, keep_to_schedule),
        Act("backup", nothing, back_up),
        Act("restore", nothing, bring_back),
    )


def finish(home: Path) -> None:
    """Work until nothing is left to do."""
    with opened(home) as deployment:
        work_off(deployment)


def work_off(deployment: Deployment, checkpoint: Callable[[str], None] | None = None) -> None:
    """Do all work that there is, a dead worker's too."""
    worker = Worker(deployment, checkpoint=checkpoint) if checkpoint else Worker(deployment)

    def finished() -> bool:
        leases_over(deployment)
        while worker.work_once():
            pass
        with deployment.database.reading() as tx:
            return set(job_store.counts(tx)) <= {job_store.DONE}

    wait_until(finished, "all work to be done")


def start_again(home: Path) -> None:
    """What happens when the service comes back: work goes on, and days later what nothing names is gone."""
    finish(home)
    with opened(home) as deployment:
        sweeping.sweep(retention.keeper(deployment))
    days_later(home)
    with opened(home) as deployment:
        sweeping.sweep(retention.keeper(deployment))


def state(home: Path) -> Any:
    """What a home holds, without ids and times: rows by table, live files by content, uploads and who is there."""
    with opened(home) as deployment:
        caller = retention.keeper(deployment)
        schools = caller.reader.schools
        with caller.reading() as tx:
            rows = {name: life_store.count_rows(tx, metadata.tables[name], schools) for name in COUNTED}
            live = sorted(
                (row.school, row.table, row.term, row.sha256) for row in lake_store.live_rows(tx, schools)
            )
            uploads = [upload_store.uploads(tx, {school}, limit=100) for school in sorted(schools)]
            roll = {
                (school, term): sorted(
                    row.pupil_id for row in roll_store.roll_of(unaudited(tx, "a test"), school, term)
                )
                for school in sorted(schools)
                for term in sorted(lake_store.roll_terms(tx, school))
            }
    statuses = [[(row.status, row.raw_deleted_at is None) for row in each] for each in uploads]
    return rows, live, statuses, roll, ledger(home)


def ledger(home: Path) -> list[str]:
    """Whose erasure is noted beside the home."""
    path = home / LEDGER
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [json.loads(line)["pupil_id"] for line in lines]


def looked_over(world: World) -> Callable[[Path, Path], list[str]]:
    """The look at a home that has started again: what is wrong, each as a few words."""

    def look(home: Path, scratch: Path) -> list[str]:
        with opened(home) as deployment:
            found = _of_files(deployment) + _readable(home, scratch, world.marker)
            if verify(deployment).broken is not None:
                found.append("the audit log is broken")
            if len(ledger(home)) != len(set(ledger(home))):
                found.append("an erasure is noted twice")
        found += [
            f"doctor: {one.name}: {one.message}"
            for one in doctor.doctor(home, Settings(home=home), deep=True)
            if one.state == "wrong" and one.name in FILES
        ]
        aside = home.with_name(f"{home.name}-aside")
        return found + _of_backups(aside / "backups", aside / "keys") + _of_restored(aside / "home")

    return look


def _of_files(deployment: Deployment) -> list[str]:
    """Files without rows, and rows without files."""
    caller = retention.keeper(deployment)
    found = [f"nothing names {stray.path.name}" for stray in sweeping.strays(caller)]
    with caller.reading() as tx:
        paths = life_store.lake_paths(tx, caller.reader.schools)
        uploads = life_store.uploads_with_raw_files(tx, caller.reader.schools)
    found += [f"missing {path}" for path in paths if not (deployment.home.lake / path).exists()]
    for row in uploads:
        try:
            vault.opened(deployment.home, row.files)
        except BelongError as error:
            found.append(f"upload without its files: {error.message}")
    return found


def _readable(home: Path, scratch: Path, marker: bytes) -> list[str]:
    """Plain text outside the database: in the home's own folders or where temporary files are left."""
    folders = [home / name for name in ("uploads", "work", "lake", "keys")] + [scratch]
    loose = [path for path in home.iterdir() if path.is_file() and "sqlite" not in path.name]
    files = loose + [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [f"plain text in {path.name}" for path in files if says(path.read_bytes(), marker.decode())]


def _of_backups(folder: Path, keys: Path) -> list[str]:
    """A backup that stands under its name is whole."""
    found = []
    for path in sorted(folder.glob("belong-*")) if folder.exists() else []:
        try:
            opened = open_backup(path, keys, unauthenticated=False)
            assert isinstance(opened, SealedBackup)
            opened.check()
        except BelongError as error:
            found.append(f"half a backup: {error.message}")
    return found


def _of_restored(home: Path) -> list[str]:
    """A restored home opens only when all of its rows and files are there."""
    if not (home / "format").exists():
        return []
    with opened(home) as deployment:
        return _of_files(deployment)
