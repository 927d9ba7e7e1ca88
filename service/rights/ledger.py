"""The ledger beside the home: without it a restore would bring an erased pupil back."""

import fcntl
import json
import os
from collections.abc import Iterable
from datetime import datetime

from service.core.homes import Home

LEDGER = "erased.jsonl"


def pupils(home: Home) -> set[str]:
    """Every pupil whose erasure is noted, also by an earlier Belong; a line that can't be read names nobody."""
    path = home.path / LEDGER
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return {pupil for line in lines if (pupil := _read(line))}


def _read(line: str) -> str:
    try:
        return str(json.loads(line)["pupil_id"])
    except (ValueError, TypeError, KeyError):
        return ""


def _without_last(text: str) -> str:
    return text[: text.rfind("\n") + 1]


def note(home: Home, erased: Iterable[tuple[str, datetime]]) -> None:
    """Write a line for each (pupil, moment) that has none yet; they are on the disk when this returns."""
    lines = [json.dumps({"pupil_id": pupil, "at": at.isoformat()}) for pupil, at in sorted(set(erased))]
    if not lines:
        return
    descriptor = os.open(home.path / LEDGER, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        text = handle.read()
        whole = (
            text if not text or text.endswith("\n") or _read(text.splitlines()[-1]) else _without_last(text)
        )
        if whole != text:  # a line cut off by a crash: it says nothing, and would stand in a restore's way
            os.ftruncate(handle.fileno(), len(whole.encode()))
        known = set(whole.splitlines())
        start = "" if not whole or whole.endswith("\n") else "\n"
        handle.write(start + "".join(f"{line}\n" for line in lines if line not in known))
        handle.flush()
        os.fsync(handle.fileno())
