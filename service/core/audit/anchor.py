"""The anchor: a file beside the keys with a line for every seal, so that a log that was cut short can be told.

Whoever changes the database alone can remove the newest events together with their seals, or empty both; what is
left would look like a younger log. The anchor still names what was there. It only ever grows.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from service.core.audit.audit_rows import SealRow
from service.core.homes import Home, write_secret

NAME = "seals.anchor"
TAIL = 65_536


@dataclass(frozen=True, slots=True)
class Anchored:
    """A seal as the anchor has it. `keyed` is False for seals of releases that had no key for them."""

    seal: int
    hash: str
    keyed: bool


def path_of(home: Home) -> Path:
    """Where the anchor lies."""
    return home.keys / NAME


def begin(home: Home, seals: Iterable[tuple[SealRow, bool]] = ()) -> None:
    """Begin an anchor with the seals there are, each with whether a key was used. One that stands is left alone."""
    if path_of(home).exists():
        return
    known = list(seals)
    first: dict[str, Any] = {"begun": _moment(), "seals": len(known)}
    write_secret(path_of(home), _text([first, *(_line(one, keyed=keyed) for one, keyed in known)]))


def read(home: Home) -> list[Anchored] | None:
    """The seals that should be there, oldest first; None where there is no anchor."""
    if not path_of(home).exists():
        return None
    begun, found = False, dict[int, Anchored]()
    for line in _lines(path_of(home).read_bytes()):
        begun = begun or "begun" in line
        if "restored" in line:
            found = {number: one for number, one in found.items() if number <= line["seal"]}
        elif "hash" in line:
            found[line["seal"]] = Anchored(line["seal"], line["hash"], bool(line["keyed"]))
    return list(found.values()) if begun else None


def last(home: Home) -> int | None:
    """The number of the last seal anchored, 0 before the first; None where there is no anchor. Reads the end alone."""
    if not path_of(home).exists():
        return None
    with path_of(home).open("rb") as handle:
        handle.seek(max(0, handle.seek(0, os.SEEK_END) - TAIL))
        found = list(_lines(handle.read()))
    return int(found[-1].get("seal", 0)) if found else None


def catch_up(home: Home, seals: Iterable[SealRow]) -> list[SealRow]:
    """Add those of these seals that came after the last one anchored; returns them. Nothing without an anchor.

    So a process that died between a seal and its line leaves no gap, and an older copy of the anchor, put back
    after a loss, grows to the end again.
    """
    if last(home) is None:
        return []
    with path_of(home).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # several workers seal
        after = last(home) or 0
        new = [one for one in seals if one.id > after]
        if new:
            _append(home, [_line(one, keyed=True) for one in new])
    return new


def restored(home: Home, seals: Iterable[SealRow]) -> None:
    """After a restore: the log ends where the backup's did. What was anchored later is not missed any more."""
    end = max((one.id for one in seals), default=0)
    _append(home, [{"restored": _moment(), "seal": end}])


def _line(seal: SealRow, *, keyed: bool) -> dict[str, Any]:
    return {"seal": seal.id, "last": seal.last, "rows": seal.rows, "hash": seal.hash, "keyed": keyed}


def _lines(data: bytes) -> Iterator[dict[str, Any]]:
    """The lines that can be read; one that was cut off by a power cut is written again by `catch_up`."""
    for text in data.decode("utf-8", errors="replace").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and ("begun" in line or isinstance(line.get("seal"), int)):
            yield line


def _append(home: Home, lines: list[dict[str, Any]]) -> None:
    """Each on a line of its own, also after one that was cut off; on the disk before anybody goes on."""
    text = _text(lines)
    descriptor = os.open(path_of(home), os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+b") as handle:
        if handle.seek(0, os.SEEK_END) and _cut_off(handle.fileno()):
            text = "\n" + text
        handle.write(text.encode())
        handle.flush()
        os.fsync(handle.fileno())


def _text(lines: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(line, sort_keys=True) + "\n" for line in lines)


def _cut_off(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, 1, size - 1) != b"\n"


def _moment() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
