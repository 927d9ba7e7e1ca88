"""Parsing spreadsheets and XML in a process of its own, with bounds on memory, time and output.

The worker files import nothing of ours and answer in JSON, so a parser that is led astray by a hostile file
takes nothing down with it and hands back nothing but text.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

MEMORY_BYTES = 1_500 * 1024 * 1024
CPU_SECONDS = 30
WALL_SECONDS = 60
MAX_ANSWER_BYTES = 400 * 1024 * 1024


class WorkerFailed(Exception):
    """The file was not parsed; `reason` is 'unsafe' (a bound was hit) or the worker's own word for it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _limits() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_ANSWER_BYTES, MAX_ANSWER_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _scratch() -> IO[bytes]:
    """A file that lies in memory alone; where the system has none, one of the temporary folder without a name."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("belong"), "w+b")
    return tempfile.TemporaryFile()


def run_worker(worker: str, data: bytes) -> Any:
    """The JSON answer of `worker` (a file beside this one) to `data`; WorkerFailed when there is none."""
    script = Path(__file__).with_name(worker)
    with _scratch() as given, _scratch() as answer:
        given.write(data)
        given.seek(0)
        try:
            done = subprocess.run(
                [sys.executable, "-I", str(script)],
                stdin=given,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                preexec_fn=_limits,
                timeout=WALL_SECONDS,
                check=False,
                env={},
            )
        except subprocess.TimeoutExpired as error:
            raise WorkerFailed("unsafe") from error
        answer.seek(0)
        text = answer.read(MAX_ANSWER_BYTES + 1)
    if done.returncode != 0 or len(text) > MAX_ANSWER_BYTES:
        raise WorkerFailed("unsafe")
    try:
        found = json.loads(text)
    except ValueError as error:
        raise WorkerFailed("unsafe") from error
    if "failed" in found:
        raise WorkerFailed(found["failed"])
    return found
