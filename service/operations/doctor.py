"""Looks a deployment over and says what is wrong and what to do about it. Changes nothing."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from data_contracts.errors import BelongError
from service.audit import sealing
from service.core import backup_key, governance
from service.core.audit import anchor, audit_store
from service.core.deployment import Deployment
from service.core.engine import Database
from service.core.homes import ALIAS_KEY, BACKUP_KEY, PRIVATE_FOLDERS, SEAL_KEY, UPLOAD_KEY, Home
from service.core.migrate import current, head
from service.core.settings import Settings, settings_for
from service.operations import doctor_on_files, doctor_on_words, state_store
from service.operations.doctor_on_files import Finding
from service.operations.lake_files import changed_files, missing_files
from service.rights import NEXT_KEY
from service.schools import school_store

LEAST_FREE_BYTES = 2 * 1024**3
BACKUP_DAYS = 2
STUCK_SECONDS = 3600
UNSEALED = timedelta(minutes=5)
ALTERED: dict[sealing.Altered, str] = {
    "beginning": "events or seals at the beginning were changed, added or removed",
    "middle": "events or seals in the middle were changed, added or removed",
    "end": "events or seals at the end were changed or removed",
    "everything": "everything was removed",
}


Look = Callable[[], Iterator[Finding]]


def doctor(home: Path, settings: Settings | None = None, *, deep: bool = False) -> list[Finding]:
    """Everything that can be looked at from this machine. `deep` also reads every live file of the lake."""
    path = Path(home).resolve()
    try:
        settings = settings or settings_for(path)
        opened = Home.open(path)
    except BelongError as problem:
        return [Finding("home", "wrong", problem.message, problem.hint)]
    found = [*_looked(lambda: _folders(opened)), *_looked(lambda: _settings(settings))]
    deployment = Deployment(settings, opened, Database(settings.url, pool_size=1))
    try:
        reached = _looked(lambda: _schema(deployment))
        found += reached
        if all(finding.state == "ok" for finding in reached):
            for look in _looks(deployment, deep=deep):
                found += _looked(look)
    finally:
        deployment.close()
    return found


def as_dict(found: list[Finding]) -> dict[str, Any]:
    """For scripts: whether nothing is wrong, and every finding."""
    return {"ok": all(one.state != "wrong" for one in found), "findings": [asdict(one) for one in found]}


def lines(found: list[Finding]) -> list[str]:
    """For a person: one line each, with the advice under what needs some."""
    told = []
    for one in found:
        told.append(f"{one.state:<8} {one.name}: {one.message}")
        if one.advice:
            told.append(f"         {one.advice}")
    return told


def _looks(deployment: Deployment, *, deep: bool) -> list[Look]:
    return [
        lambda: _powers(deployment),
        lambda: _lake(deployment, deep=deep),
        lambda: _model(deployment),
        lambda: _schools(deployment),
        lambda: _work(deployment),
        lambda: _audit(deployment),
        lambda: doctor_on_files.kept_too_long(deployment),
        lambda: doctor_on_files.erasures(deployment, deep=deep),
        lambda: doctor_on_files.left_behind(deployment, deep=deep),
        lambda: _backups(deployment),
        *([lambda: doctor_on_words.stored_words(deployment)] if deep else []),
    ]


def _looked(look: Look) -> list[Finding]:
    """What a look found; a look that fails is itself a finding."""
    try:
        return list(look())
    except BelongError as problem:
        return [Finding("check", "wrong", problem.message, problem.hint)]
    except Exception as problem:  # noqa: BLE001  # the doctor must finish the round whatever is broken
        kind = type(problem).__name__
        return [Finding("check", "wrong", f"a check failed with {kind}", "See the service's log for more.")]


def _folders(home: Home) -> Iterator[Finding]:
    for name in ("", *PRIVATE_FOLDERS):
        path = home.path / name
        if not path.is_dir():
            yield Finding(
                "folders", "wrong", f"{name or 'home'}/ is missing", f"Make it: mkdir -m 700 {path}"
            )
    yield from doctor_on_files.open_to_others(home)
    for name in (ALIAS_KEY, UPLOAD_KEY, BACKUP_KEY, SEAL_KEY):
        path = home.keys / name
        if not path.exists():
            advice = "Restore it from its own custody."
            if name in (BACKUP_KEY, SEAL_KEY):
                advice += " A home that never had one gets it from: belong migrate --home ..."
            yield Finding("keys", "wrong", f"keys/{name} is missing", advice)
    if all((home.keys / name).exists() for name in (ALIAS_KEY, UPLOAD_KEY, BACKUP_KEY, SEAL_KEY)):
        _keys_open(home)
    if (home.keys / NEXT_KEY).exists():
        yield Finding(
            "keys", "warning", "a key rotation was cut off", "Run the rotation again; that corrects it."
        )
    free = shutil.disk_usage(home.path).free
    if free < LEAST_FREE_BYTES:
        yield Finding(
            "disk", "warning", f"{free // 1024**2} MiB are free", "Make room before the next upload."
        )
    if not os.access(home.path, os.W_OK):
        yield Finding("folders", "wrong", "the home can't be written to", "Give it to the service's user.")
    yield Finding("home", "ok", f"at {home.path}")


def _keys_open(home: Home) -> None:
    """Raise what using the keys would raise."""
    if len(home.alias_key()) != 32:
        raise BelongError("keys/alias.key is not 32 bytes.", hint="Restore it from its own custody.")
    Fernet((home.keys / UPLOAD_KEY).read_text("utf-8").strip().encode())
    backup_key.versions(home.keys)


def _settings(settings: Settings) -> Iterator[Finding]:
    if not settings.production:
        advice = "For real pupils set BELONG_ENV=production; see docs/operations.md."
        yield Finding("settings", "warning", "runs as on a laptop", advice)
    elif set(settings.allowed_hosts) & {"*", "testserver"}:
        yield Finding("settings", "wrong", "any host name is accepted", "Set BELONG_ALLOWED_HOSTS.")
    if settings.production and settings.url.startswith("sqlite"):
        yield Finding("settings", "warning", "SQLite is for one machine", "Use PostgreSQL for a trust.")
    for provider in settings.providers:
        if not provider.tenants:
            message = f"{provider.name} lists no tenant, so nobody can sign in by it"
            yield Finding("sign-in", "wrong", message, "List your tenant ids (Entra) or domains (Google).")
        if not provider.issuer.startswith("https://"):
            yield Finding(
                "sign-in", "wrong", f"{provider.name} is not reached by https", "Correct its issuer."
            )
    if find_spec("uvloop") is None:
        yield Finding("server", "warning", "uvloop is missing; answers take longer", "Install the lock file.")


def _schema(deployment: Deployment) -> Iterator[Finding]:
    stands, wanted = current(deployment.database), head()
    if stands == wanted:
        yield Finding("database", "ok", f"at revision {stands}")
    else:
        message = f"at revision {stands}, this release wants {wanted}"
        yield Finding("database", "wrong", message, "Make a backup, then run: belong migrate --home ...")


def _powers(deployment: Deployment) -> Iterator[Finding]:
    """On PostgreSQL row-level security means nothing to an owner or a superuser."""
    powers = [power for power, has in state_store.role_powers(deployment.database).items() if has]
    if powers:
        message = f"the application's role {' and '.join(powers)}"
        advice = "Connect as another role; name the owner in BELONG_DATABASE_OWNER_URL for migrations only."
        yield Finding("database role", "wrong", message, advice)
    bare = state_store.unprotected_tables(deployment.database)
    if bare:
        yield Finding("row-level security", "wrong", f"missing on {', '.join(bare)}", "Tell the developers.")
    if not powers and not bare:
        yield Finding("database role", "ok", "can do its work and no more")


def _lake(deployment: Deployment, *, deep: bool) -> Iterator[Finding]:
    missing, count = missing_files(deployment)
    advice = "Restore the lake folder from the newest backup; do not load over it."
    if missing:
        first = f"{missing[0].table} {missing[0].school} {missing[0].term}"
        yield Finding("lake", "wrong", f"{len(missing)} of {count} files are missing, first {first}", advice)
    changed = changed_files(deployment) if deep else []
    if changed:
        yield Finding("lake", "wrong", f"{len(changed)} files are not as they were loaded", advice)
    if not missing and not changed:
        yield Finding("lake", "ok", f"{count} live files" + (", every byte as loaded" if deep else ""))


def _model(deployment: Deployment) -> Iterator[Finding]:
    serving = deployment.registry.serving()
    if serving is None:
        advice = "Load terms, then: belong train, belong promote. The setting view works without."
        yield Finding("model", "warning", "no model in use yet", advice)
        return
    manifest = deployment.registry.load(serving).manifest
    said = " (learned from synthetic pupils)" if manifest["synthetic"] else ""
    yield Finding("model", "ok", f"{serving} is in use, its hash is right{said}")


def _schools(deployment: Deployment) -> Iterator[Finding]:
    with deployment.database.reading() as tx:
        schools = school_store.schools(tx)
    for school in (school for school in schools if not school.synthetic):
        lacking = governance.of_school(deployment.home, school.urn).missing(date.today())
        if lacking:
            advice = f"Complete [schools.{school.urn}] in {deployment.home.governance}."
            yield Finding("governance", "wrong", f"school {school.urn} lacks {'; '.join(lacking)}", advice)
    yield Finding("schools", "ok", f"{len(schools)} registered")


def _work(deployment: Deployment) -> Iterator[Finding]:
    waits = state_store.oldest_wait(deployment.database)
    failed = state_store.jobs_by_state(deployment.database).get("failed", 0)
    if waits > STUCK_SECONDS:
        message = f"the oldest open job has waited {waits / 3600:.1f} hours"
        yield Finding("work", "wrong", message, "Is a worker running? Start: belong worker --home ...")
    if failed:
        yield Finding("work", "warning", f"{failed} jobs failed for good", "Their uploads' pages say why.")
    if waits <= STUCK_SECONDS and not failed:
        yield Finding("work", "ok", "nothing is stuck")


def _audit(deployment: Deployment) -> Iterator[Finding]:
    checked = sealing.verify(deployment)
    if checked.broken is not None:
        message = f"altered: seal {checked.broken} does not hold or is gone; {ALTERED[checked.altered]}"
        advice = "Make a copy of database and keys/ and tell the data protection officer."
        yield Finding("audit log", "wrong", message, advice)
    else:
        noted = f"; note down the newest seal: {checked.last[:16]}" if checked.last else ""
        yield Finding("audit log", "ok", f"{checked.sealed} events sealed, {checked.unsealed} not yet{noted}")
    if checked.since is not None and datetime.now(UTC) - checked.since > UNSEALED:
        message = (
            f"{checked.unsealed} events wait for a seal, the oldest since {checked.since:%Y-%m-%d %H:%M} UTC"
        )
        advice = (
            "Until then they could be removed unseen. Is a worker running? Start: belong worker --home ..."
        )
        yield Finding("audit log", "warning", message, advice)
    if checked.anchor != "whole":
        name = f"keys/{anchor.NAME}"
        message = f"{name} is {'missing' if checked.anchor == 'missing' else 'shorter than the log'}"
        advice = "Ask who removed it. Put back its newest copy from the keys' custody; a worker brings it up to date."
        yield Finding("audit log", "warning", f"{message}, so a shortened log could not be told", advice)


def _backups(deployment: Deployment) -> Iterator[Finding]:
    with deployment.database.reading() as tx:
        made = audit_store.search(tx, before=None, limit=1, event="backup_made")
    advice = "Make one daily: belong backup --to ... and try a restore."
    if not made:
        yield Finding("backup", "warning", "none was ever made", advice)
    elif made[0].at < datetime.now(UTC) - timedelta(days=BACKUP_DAYS):
        yield Finding("backup", "warning", f"the last one is of {made[0].at:%Y-%m-%d}", advice)
    else:
        yield Finding("backup", "ok", f"the last one is of {made[0].at:%Y-%m-%d %H:%M} UTC")
