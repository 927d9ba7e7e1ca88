"""What the doctor says about files: whom they are open to, whether something names each, what an erasure left."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from service.core.audit import Event, audit_store
from service.core.deployment import Deployment
from service.core.homes import Home
from service.core.private import loose
from service.operations.lake_files import files_about
from service.rights import deletion_store, ledger, life_store, retention, schedule, sweeping, unusual

State = Literal["ok", "warning", "wrong"]
LATE = timedelta(hours=2)
"""A sweep comes every ten minutes where a worker runs; what lies this much longer than it may isn't swept."""
KNOWN = ("format", "governance.toml", "belong.toml", "published.csv", "demo.json", "extracts", "uploads", "work",
         "keys", "lake", "registry", ledger.LEDGER)  # fmt: skip
DATABASE = "belong.sqlite"
RUN = "Run: belong retention run --home ...  If it comes back, no worker runs: start one."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: how it is and, where it is not well, what to do."""

    name: str
    state: State
    message: str
    advice: str = ""


def open_to_others(home: Home) -> Iterator[Finding]:
    """Folders, keys and the database that others than the owner may open."""
    for path in home.private():
        if loose(path):
            name = path.relative_to(home.path).as_posix()
            said = "the home" if name == "." else f"{name}/" if path.is_dir() else name
            kind = "keys" if name.startswith("keys/") else "folders" if path.is_dir() else "files"
            yield Finding(
                kind, "wrong", f"{said} is open to others", f"chmod {700 if path.is_dir() else 600} {path}"
            )


def left_behind(deployment: Deployment, *, deep: bool) -> Iterator[Finding]:
    """Files that nothing names any more and that should be gone; `deep`: also what nobody knows in the home."""
    caller = retention.keeper(deployment)
    over = [stray for stray in sweeping.strays(caller) if stray.age > stray.grace + LATE.total_seconds()]
    if over:
        first = over[0].path.relative_to(deployment.home.path)
        yield Finding("files", "wrong", f"nothing names {_files(len(over))}, first {first}", RUN)
    home = deployment.home
    unknown = [p.name for p in sorted(home.path.iterdir()) if p.name not in KNOWN and DATABASE not in p.name]
    if deep and unknown:
        message = f"nobody knows what {', '.join(unknown[:3])} in the home is"
        yield Finding("files", "warning", message, "Belong made none of them. Move what you need elsewhere.")
    if not over and not (deep and unknown):
        yield Finding("files", "ok", "every file is named by what it belongs to")


def erasures(deployment: Deployment, *, deep: bool) -> Iterator[Finding]:
    """Erasures that aren't at their end; `deep`: also what the lake still holds of anybody who was erased."""
    urns = deployment.all_urns()
    late = datetime.now(UTC) - LATE
    with deployment.database.reading(urns) as tx:
        begun = [row for row in deletion_store.open_erasures(tx, urns) if row.at < late]
        listed = [row for row in deletion_store.deletions(tx, urns) if row.at < late]
        erased = deletion_store.erased(tx, urns)
        named = life_store.lake_paths(tx, urns)
    if begun or listed:
        message = f"{len(begun)} erasures are not at their end; {_files(len(listed))} have to go"
        yield Finding("erasure", "wrong", message, RUN)
    held = files_about(deployment, erased | ledger.pupils(deployment.home)) if deep else []
    if held:
        live = sum(1 for name in held if name in named)
        message = f"{_files(len(held))} of the lake still hold a pupil who was erased, {live} of them in use"
        yield Finding("erasure", "wrong", message, "Erase the pupil again: belong subject erase ...")
    if not begun and not listed and not held:
        yield Finding("erasure", "ok", f"{len(erased)} pupils were erased, nothing is left to do")


def kept_too_long(deployment: Deployment) -> Iterator[Finding]:
    """Whether the schedule is kept to: daily, and of every table there is."""
    kept = schedule(deployment.home)
    days, urns = kept.raw_uploads_days, deployment.all_urns()
    edge = datetime.now(UTC) - timedelta(days=days + 1)
    with deployment.database.reading(urns) as tx:
        late = [row for row in life_store.uploads_with_raw_files(tx, urns) if row.created_at < edge]
        tables = {row.table for row in life_store.lake_rows(tx, urns, live=False)}
        waits = unusual.waiting(tx)
        future = audit_store.search(
            tx, before=None, limit=1, event=Event.RETENTION_KEPT, since=datetime.now(UTC) + retention.SOON
        )
    if waits is not None:
        why = (
            "the clock may be wrong" if waits.detail.get("why") == unusual.CLOCK else "much would go at once"
        )
        yield Finding("retention", "wrong", f"waits for a person: {why}", unusual.CONFIRM)
    if late:
        message = f"raw files of {len(late)} uploads are older than {days} days"
        yield Finding("retention", "wrong", message, "Run daily: belong retention run --home ...")
    for table in sorted(tables - kept.lake_months_after_term.keys()):
        message = f"lake table {table} has no time after which it goes"
        yield Finding("retention", "wrong", message, "Tell the developers: retention.toml lacks it.")
    if future:
        advice = "Nothing is lost by it. Set the machine's clock by a time server."
        yield Finding(
            "clock", "warning", f"was ahead: retention is noted for {future[0].at:%Y-%m-%d}", advice
        )
    if waits is None and not late:
        yield Finding("retention", "ok", f"no raw file is older than {days} days")


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
