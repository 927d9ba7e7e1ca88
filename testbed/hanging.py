"""How long to wait for what has to happen: however long a busy machine takes, and yet not for ever.

A wait is no measurement. What has to be quick is measured in CPU seconds or in counts of work, or by a benchmark.
"""

import time
from collections.abc import Callable

HANGS_AFTER = 3600.0
"""Seconds after which what was waited for hangs, on any machine."""


def wait_until(
    happened: Callable[[], bool], what: str, *, every: float = 0.05, seconds: float = HANGS_AFTER
) -> None:
    """Return as soon as it happened; what hangs fails by its name."""
    until = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > until:
            raise TimeoutError(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(every)
