"""Opening a school's files for a page: in a process of its own, so that none of them can cost everybody theirs."""

import json
import resource
import subprocess
import sys
import threading
from typing import Any

from data_contracts.errors import BelongError, Refused
from service.core.homes import Home

AT_ONCE = 2
WAIT_SECONDS = 10.0
MEMORY_BYTES = 3 * 1024**3
CPU_SECONDS, WALL_SECONDS = 60, 240
"""What a busy machine takes longer for is no harder; only what waits for something is ended by the wall clock."""
_room = threading.BoundedSemaphore(AT_ONCE)


class TooManyOpen(BelongError):
    """Others' files are being opened; it will work in a while."""

    http_status = 503
    retry_after = 10

    def __init__(self) -> None:
        super().__init__("Other files are being looked at just now.", hint="Try again in ten seconds.")


def in_own_process(home: Home, work: str, files: list[dict[str, Any]], given: dict[str, Any]) -> bytes:
    """What `looking.WORKS[work]` makes of sealed files, in bounds of memory and time.

    Raises what it refuses as Refused, TooManyOpen where others are at it, and Refused where a bound was hit.
    """
    if not _room.acquire(timeout=WAIT_SECONDS):
        raise TooManyOpen
    try:
        # Asked and answered through pipes: nothing readable stays when the process is stopped in the middle.
        asked = {"home": str(home.path), "work": work, "files": files, "given": given}
        done = subprocess.run(
            [sys.executable, "-m", "service.uploads.looking"],
            input=json.dumps(asked).encode(),
            capture_output=True,
            preexec_fn=_bounds,
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _unsafe() from None
    finally:
        _room.release()
    head, _, body = done.stdout.partition(b"\n")
    if done.returncode != 0 or not head:
        raise _unsafe()
    told = json.loads(head)
    if "refused" in told:
        message, hint = told["refused"]
        raise Refused(message, hint=hint)
    return body


def _unsafe() -> Refused:
    return Refused("These files are too large or too unusual to be opened here.", hint="Export less at once.")


def _bounds() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
