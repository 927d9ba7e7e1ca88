"""What the command line calls: each opens the home, does one thing and returns plain values."""

from datetime import date
from pathlib import Path
from typing import Any

from pipelines.registry import Registry
from service.audit import sealing
from service.core import backup_key
from service.core.audit import Event
from service.core.callers import at_machine
from service.core.engine import Database
from service.core.homes import Home
from service.core.migrate import current, head
from service.core.settings import settings_for
from service.operations import backup, remaking
from service.rights import retention, sweeping
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
    with at_machine(home) as caller:
        if not opened.has_seal_key():
            sealing.begin_anchor(caller.deployment)
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
    with at_machine(home) as caller:
        return backup.make_backup(caller, to, keys_to=keys_to)


def run_retention(home: Path, today: date | None = None, *, confirmed: bool = False) -> dict[str, int]:
    """Let go what has been kept long enough, and files that nothing names; returns what went, by table.

    `confirmed`: a person has looked at a run that waited.
    """
    with at_machine(home, as_officer=True) as caller:
        left_behind = sweeping.sweep(caller)
        gone = retention.run(caller, today, confirmed=confirmed)
        return gone | ({"left_behind": left_behind} if left_behind else {})


def rotate_backup_key(home: Path) -> dict[str, Any]:
    """A new version of the backup key, for backups from now on: {key, versions}. Older ones stay readable."""
    with at_machine(home, as_officer=True) as caller:
        key = backup_key.add_version(caller.deployment.home.keys)
        with caller.writing() as tx:
            caller.record(tx, Event.BACKUP_KEY_ADDED, key=key)
        return {"key": key, "versions": len(backup_key.versions(caller.deployment.home.keys))}
