"""What the command line calls: each opens the home, does one thing and returns plain values."""

from datetime import date
from pathlib import Path
from typing import Any

from pipelines.registry import Registry
from service.audit import sealing
from service.core import backup_key
from service.core.audit import Event
from service.core.callers import Caller, command_caller
from service.core.deployment import Deployment
from service.core.engine import Database
from service.core.homes import Home
from service.core.migrate import current, head
from service.core.settings import settings_for
from service.operations import backup, remaking
from service.operations.restore import restoring_caller
from service.rights import erasing, exporting, marking, requests, retention, rotating, sweeping
from service.scoring import telling


def migrate(home: Path) -> dict[str, Any]:
    """Bring a home to this release: {before, after, models, backup_key, timelines, lists}.

    Old models are read before anything is changed: a file that is no model stops the whole. `timelines`: of how
    many terms at schools the dated records were made again, as this release needs them; `lists`: for how many
    lists what is told of their pupils was put together.
    """
    opened = Home.open(home)
    registry = Registry(str(opened.registry))
    old = registry.old_models()
    before = current_revision(opened)
    opened.upgrade()
    for model_id, model in old.items():
        registry.convert(model_id, model, "belong migrate")
    made = backup_key.make_if_missing(opened.keys)
    with Deployment.open(home) as deployment:
        if not opened.has_seal_key():
            sealing.begin_anchor(deployment)
        caller = command_caller(deployment)
        remade, told = remaking.remake(caller), telling.retell(caller)
    return {
        "before": before,
        "after": head(),
        "models": sorted(old),
        "backup_key": "made" if made else "kept",
        "timelines": remade,
        "lists": told,
    }


def current_revision(home: Home) -> str | None:
    """The revision a home's database stands at."""
    database = Database(settings_for(home.path).url, pool_size=1)
    try:
        return current(database)
    finally:
        database.close()


def make_backup(home: Path, to: Path, *, keys_to: Path | None = None) -> dict[str, Any]:
    """A backup of a home: {folder, rows, files, bytes, key, keys}."""
    with Deployment.open(home) as deployment:
        return backup.make_backup(command_caller(deployment), to, keys_to=keys_to)


def run_retention(home: Path, today: date | None = None, *, confirmed: bool = False) -> dict[str, int]:
    """Let go what has been kept long enough, and files that nothing names; returns what went, by table.

    `confirmed`: a person has looked at a run that waited.
    """
    with Deployment.open(home) as deployment:
        caller = restoring_caller(deployment)
        left_behind = sweeping.sweep(caller)
        gone = retention.run(caller, today, confirmed=confirmed)
        return gone | ({"left_behind": left_behind} if left_behind else {})


def rotate_key(home: Path) -> dict[str, int]:
    """A new alias key: {aliases, dropped}."""
    with Deployment.open(home) as deployment:
        return rotating.rotate(restoring_caller(deployment))


def rotate_backup_key(home: Path) -> dict[str, Any]:
    """A new version of the backup key, for backups from now on: {key, versions}. Older ones stay readable."""
    with Deployment.open(home) as deployment:
        caller = restoring_caller(deployment)
        key = backup_key.add_version(deployment.home.keys)
        with caller.writing() as tx:
            caller.record(tx, Event.BACKUP_KEY_ADDED, key=key)
        return {"key": key, "versions": len(backup_key.versions(deployment.home.keys))}


def mark_subject(home: Path, school: str, identifier: str, reason: str) -> dict[str, Any]:
    """Keep a pupil out of scoring, named by UPN or admission number: {pupil_id, schools}."""
    with Deployment.open(home) as deployment:
        caller = restoring_caller(deployment)
        pupil_id = _subject(caller, school, identifier)
        return {"pupil_id": pupil_id, "schools": marking.mark(caller, pupil_id, reason)}


def unmark_subject(home: Path, school: str, identifier: str) -> dict[str, Any]:
    """End a pupil's mark: {pupil_id}."""
    with Deployment.open(home) as deployment:
        caller = restoring_caller(deployment)
        pupil_id = _subject(caller, school, identifier)
        marking.unmark(caller, pupil_id)
        return {"pupil_id": pupil_id}


def erase_subject(home: Path, school: str, identifier: str, *, confirm: str) -> dict[str, Any]:
    """Erase a pupil everywhere; `confirm` repeats the identifier: {pupil_id, schools, rows, files, raw}."""
    with Deployment.open(home) as deployment:
        caller = restoring_caller(deployment)
        pupil_id = _subject(caller, school, identifier)
        return erasing.erase_confirmed(caller, pupil_id, pupil_id if confirm == identifier else "")


def prepare_export(home: Path, school: str, identifier: str) -> dict[str, Any]:
    """Gather what is kept about a pupil: {id, sections, expires_on}."""
    with Deployment.open(home) as deployment:
        caller = restoring_caller(deployment)
        return exporting.prepare(caller, _subject(caller, school, identifier))


def release_export(home: Path, export_id: str, withhold: tuple[str, ...] = ()) -> dict[str, Any]:
    """What a person decided to hand over of a prepared export."""
    with Deployment.open(home) as deployment:
        return exporting.release(restoring_caller(deployment), export_id, withhold)


def list_requests(home: Path, *, open_only: bool = True) -> list[dict[str, Any]]:
    """Complaints, objections and requests, those due soonest first."""
    with Deployment.open(home) as deployment:
        return requests.listed(restoring_caller(deployment), open_only=open_only)


def _subject(caller: Caller, school: str, identifier: str) -> str:
    """A pupil by what a letter says, or by the pupil_id itself."""
    if identifier.startswith("p") and len(identifier) == 21:
        return identifier
    return marking.pupil_known_as(caller, school, identifier)
