"""What a process makes is its owner's alone. Imports nothing of ours: every process begins with it."""

import os
import stat
from pathlib import Path

OTHERS = 0o077
"""What group and others may do; here, nothing."""


def keep_private() -> None:
    """Let whatever this process makes from here on be its owner's alone."""
    os.umask(OTHERS)


def loose(path: Path) -> bool:
    """Whether others than its owner may open a file or folder."""
    return bool(stat.S_IMODE(path.stat().st_mode) & OTHERS)


def tighten(path: Path) -> None:
    """Let nobody but its owner open a file or folder; the owner may what they might before."""
    path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)
