"""The end of a deployment: everything about people goes, and a record stays of what it was and what it did."""

import gzip
import hashlib
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from data_contracts.errors import Refused
from service.audit import sealing
from service.core.audit import Event, audit_store
from service.core.callers import command_caller
from service.core.deployment import Deployment
from service.core.homes import PRIVATE_FOLDERS, Home
from service.core.migrate import downgrade
from service.core.settings import Settings, settings_for
from service.operations import dump_store, state_store
from service.schools import school_store

RECORD, AUDIT = "record.json", "audit.jsonl.gz"
SEALED_BATCHES = 1000


def decommission(
    path: Path,
    keep_at: Path,
    *,
    by: str,
    reason: str,
    confirm: str,
    settings: Settings | None = None,
) -> dict[str, Any]:
    """Take a deployment apart; the record is written to `keep_at` first: {record, sha256, rows, schools}.

    Kept are models (their tables, cards and reports hold no pupil), the audit log (ids and codes alone) and
    what there was. The keys go too, so that raw uploads in old backups can't be read any more. Refused unless
    `confirm` is the home folder's name and someone with a reason does it, or where `keep_at` isn't empty.
    """
    home = Home.open(path)
    if confirm != home.path.name:
        raise Refused(f"Confirm by the folder's name: {home.path.name}.", hint="This can't be undone.")
    if not by.strip() or not reason.strip():
        raise Refused("A deployment is ended by a person, with a reason.")
    kept = keep_at.resolve()
    if (kept.exists() and any(kept.iterdir())) or home.path in (kept, *kept.parents):
        raise Refused("The record needs an empty folder outside the home.")
    settings = settings or settings_for(home.path)
    with Deployment.open(home.path, settings) as deployment:
        _check_may_drop(deployment)
        record = _recorded(deployment, kept, by.strip(), reason.strip())
    downgrade(settings, "base")
    _remove(home)
    return record


def _check_may_drop(deployment: Deployment) -> None:
    """Refused before anything is written where the tables could not be dropped in the end."""
    powers = state_store.role_powers(deployment.database)
    if powers and not deployment.settings.owner_url and not powers["owns tables"]:
        raise Refused(
            "Only the tables' owner can end this deployment.",
            hint="Name the owner in BELONG_DATABASE_OWNER_URL (or …_FILE), as for init and migrate.",
        )


def _recorded(deployment: Deployment, kept: Path, by: str, reason: str) -> dict[str, Any]:
    """Write the record; its own hash is what a governor may keep on paper."""
    kept.mkdir(parents=True, exist_ok=True, mode=0o700)
    caller = command_caller(deployment)
    with caller.writing() as tx:
        caller.record(tx, Event.DECOMMISSIONED)
    for _ in range(SEALED_BATCHES):
        if sealing.seal(deployment) == 0:
            break
    rows = _keep_audit(deployment, kept / AUDIT)
    if deployment.home.registry.exists():
        shutil.copytree(deployment.home.registry, kept / "registry")
    with deployment.database.reading() as tx:
        schools = [{"urn": s.urn, "name": s.name, "since": s.created_at} for s in school_store.schools(tx)]
        seal = audit_store.last_seal(tx)
    body = {
        "ended_at": datetime.now(UTC),
        "by": by,
        "reason": reason,
        "schools": schools,
        "rows": rows,
        "models": deployment.registry.models(),
        "last_audit_seal": seal.hash if seal else None,
        "files": {str(p.relative_to(kept)): _hash(p) for p in sorted(kept.rglob("*")) if p.is_file()},
        "keys_destroyed": True,
    }
    data = json.dumps(body, default=str, indent=1, ensure_ascii=False).encode()
    (kept / RECORD).write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    return {"record": kept / RECORD, "sha256": digest, "rows": rows, "schools": len(schools)}


def _keep_audit(deployment: Deployment, path: Path) -> dict[str, int]:
    """Write the audit log's lines; returns how many rows every table had."""
    schools, counts = dump_store.every_school(deployment.database), dict[str, int]()
    for name, lines in dump_store.snapshot(deployment.database, schools):
        counts[name] = _write(path, lines) if name == "audit" else sum(1 for _ in lines)
    return counts


def _write(path: Path, lines: Iterator[bytes]) -> int:
    count = 0
    with gzip.open(path, "wb") as handle:
        for line in lines:
            handle.write(line)
            count += 1
    return count


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _remove(home: Home) -> None:
    """Everything of ours in the home, the keys first: without them the rest is hard to read."""
    for name in ("keys", *PRIVATE_FOLDERS, "lake", "registry"):
        shutil.rmtree(home.path / name, ignore_errors=True)
    for pattern in (
        "belong.sqlite*",
        "format",
        "governance.toml",
        "belong.toml",
        "published.csv",
        "*.jsonl",
        "demo.json",
    ):
        for path in home.path.glob(pattern):
            path.unlink()
