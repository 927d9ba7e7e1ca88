"""A backup back into a new home and an empty database; what was erased since stays erased."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from data_contracts.errors import Refused
from service.audit import Event
from service.callers import Caller
from service.db import dump_store
from service.db.engine import Database
from service.db.migrate import current, downgrade, upgrade
from service.deployment import Deployment
from service.homes import FORMAT, PRIVATE_FOLDERS, Home, write_secret
from service.life import erasing
from service.operations.backup import KEYS, key_fingerprint, table_lines, verified
from service.operations.remaking import remake
from service.permissions import DPO, Reader
from service.settings import Settings, settings_for


def restore(
    backup: Path,
    to: Path,
    *,
    keys: Path,
    settings: Settings | None = None,
    erased: Path | None = None,
) -> dict[str, Any]:
    """Restore a backup: {rows, files, erased_again}. `settings` names the database (else the environment).

    `erased` is the ledger of erasures saved from the lost home, to be repeated. Refused where anything of the
    backup is missing or changed, the keys don't fit, or home or database hold something already. Whatever goes
    wrong later leaves home and database as empty as they were.
    """
    manifest = verified(backup)
    home = Home(to.resolve())
    settings = settings or settings_for(home.path)
    _must_be_empty(home, settings)
    _must_fit(manifest, keys)
    try:
        return _restored(backup, manifest, home, keys, settings, erased)
    except BaseException:  # also a person's Ctrl-C: half a home would be in the way of the next try
        _empty_again(home, settings)
        raise


def _restored(
    backup: Path, manifest: dict[str, Any], home: Home, keys: Path, settings: Settings, erased: Path | None
) -> dict[str, Any]:
    _put_files(backup, manifest, home, keys)
    rows = _put_rows(backup, manifest, settings)
    upgrade(settings)
    (home.path / "format").write_text(FORMAT + "\n", "utf-8")
    with Deployment.open(home.path, settings) as deployment:
        caller = restoring_caller(deployment)
        with caller.writing() as tx:
            caller.record(tx, Event.RESTORED, rows=sum(rows.values()), files=len(manifest["files"]))
        again = _erase_again(caller, home, manifest, erased)
        remake(caller)
    return {"rows": sum(rows.values()), "files": len(manifest["files"]), "erased_again": len(again)}


def restoring_caller(deployment: Deployment) -> Caller:
    """Whoever may run commands on the machine, in the part of data protection."""
    return Caller(
        deployment, Reader("command", "command", "Command line", DPO, deployment.all_urns(), via="command")
    )


def _must_be_empty(home: Home, settings: Settings) -> None:
    if home.path.exists() and any(home.path.iterdir()):
        raise Refused(f"{home.path} holds something already.", hint="Restore into a folder that is empty.")
    if settings.database_url:
        database = Database(settings.owner_url or settings.url)
        try:
            if current(database) is not None:
                raise Refused("The database is not empty.", hint="Make a new one and restore into that.")
        finally:
            database.close()


def _empty_again(home: Home, settings: Settings) -> None:
    shutil.rmtree(home.path, ignore_errors=True)
    if settings.database_url:
        database = Database(settings.owner_url or settings.url)
        try:
            begun = current(database) is not None
        finally:
            database.close()
        if begun:
            downgrade(settings, "base")


def _must_fit(manifest: dict[str, Any], keys: Path) -> None:
    for name in KEYS:
        path = keys / name
        if not path.exists() or key_fingerprint(path) != manifest["keys"][name]:
            raise Refused(f"{name} is missing or not the key of this backup.", hint="Ask its custodian.")


def _put_files(backup: Path, manifest: dict[str, Any], home: Home, keys: Path) -> None:
    home.path.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in PRIVATE_FOLDERS:
        (home.path / name).mkdir(mode=0o700, exist_ok=True)
    home.registry.mkdir(exist_ok=True)
    for name in KEYS:
        write_secret(home.keys / name, (keys / name).read_text("utf-8"))
    for name in manifest["files"]:
        target = home.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(backup / name, target)


def _put_rows(backup: Path, manifest: dict[str, Any], settings: Settings) -> dict[str, int]:
    """Rows under the schema they were taken from; Refused where the database counts others than the backup."""
    upgrade(settings, manifest["revision"])
    database = Database(settings.owner_url or settings.url)
    try:
        counted = dump_store.fill(database, manifest["schools"], _content(backup, manifest))
    finally:
        database.close()
    expected = {name: entry["rows"] for name, entry in manifest["tables"].items()}
    if {name: counted.get(name) for name in expected} != expected:
        raise Refused("The database holds another number of rows than the backup.", hint="Start again.")
    return expected


def _content(backup: Path, manifest: dict[str, Any]) -> Iterator[tuple[str, Iterator[bytes]]]:
    for table in dump_store.tables():
        if table.name in manifest["tables"]:
            yield table.name, table_lines(backup, table.name)


def _erase_again(caller: Caller, home: Home, manifest: dict[str, Any], given: Path | None) -> list[str]:
    """Repeat what was erased after the backup was made, from the ledger saved with it or apart."""
    ledgers = [path for path in (home.path / erasing.LEDGER, given) if path is not None and path.exists()]
    lines = [line for path in ledgers for line in path.read_text("utf-8").splitlines() if line.strip()]
    return erasing.erase_again(caller, lines, datetime.fromisoformat(manifest["made_at"]))
