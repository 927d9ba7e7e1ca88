"""One fault tried: put into a copy of the tree, a room's tests run there in a process of its own with a limit.

That process is forked from this one, which has imported every large library and nothing of Belong: importing them
takes three times as long as importing the house, and would be paid again for each fault.
"""

import importlib
import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.mutants.faults import Fault

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("benchmarks", "data_contracts", "docs", "model", "pipelines", "service", "tests")
LIBRARIES = (
    "pandas", "numpy", "scipy.stats", "sklearn.linear_model", "pyarrow.parquet", "duckdb", "great_expectations", "shap",
    "interpret.glassbox", "fastapi.testclient", "sqlalchemy.orm", "alembic.command", "authlib.jose",
    "cryptography.fernet", "pwdlib", "openpyxl", "typer", "rich.console", "jinja2", "prometheus_client", "zxcvbn",
)  # fmt: skip
OPTIONS = ("-x", "-q", "-m", "not postgres and not browser", "-p", "no:cacheprovider", "--no-header")
PASSED, FAILED, NO_TIME = "survived", "killed", "stopped at the limit"
POLL = 0.1


def warm() -> None:
    """Import what every test needs, once."""
    for name in LIBRARIES:
        with suppress(ImportError):
            importlib.import_module(name)


class Copy:
    """A copy of the source tree in which faults are put, one at a time. The checkout itself is never touched."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "tree"
        self.scratch = folder / "scratch"
        unwanted = shutil.ignore_patterns("__pycache__", "node_modules")
        for name in COPIED:
            shutil.copytree(ROOT / name, self.root / name, ignore=unwanted)
        for path in (ROOT / "pyproject.toml", ROOT / "Makefile", ROOT / "README.md"):
            shutil.copy2(path, self.root)
        self._kept = b""
        self._stamp = int(time.time()) - 1_000_000

    def put(self, fault: Fault) -> None:
        """Write the faulty file."""
        self._kept = (self.root / fault.file).read_bytes()
        self._write(fault.file, fault.applied(self._kept))

    def mend(self, fault: Fault) -> None:
        """Write it as it was."""
        self._write(fault.file, self._kept)

    def _write(self, file: str, source: bytes) -> None:
        """Every version has a second of its own: compiled files are told apart by the second and the size."""
        self._stamp += 1
        (self.root / file).write_bytes(source)
        os.utime(self.root / file, (self._stamp, self._stamp))


@dataclass
class Trial:
    """Tests that run in a copy."""

    copy: Copy
    pid: int
    began: float
    limit: float

    @classmethod
    def start(cls, copy: Copy, tests: tuple[str, ...], limit: float) -> "Trial":
        """Fork, and run the tests there; what they print goes to the copy's `said.txt`."""
        here = [name for name in tests if (copy.root / name.partition("::")[0]).exists()]
        pid = os.fork()
        if pid == 0:
            _run(copy, here)
        return cls(copy, pid, time.monotonic(), limit)

    def ended(self) -> str | None:
        """How it ended; None while it runs. One that takes too long is stopped with all it started."""
        done, status = os.waitpid(self.pid, os.WNOHANG)
        if not done:
            if time.monotonic() - self.began < self.limit:
                return None
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        shutil.rmtree(self.copy.scratch, ignore_errors=True)
        if not done:
            return NO_TIME
        return PASSED if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0 else FAILED

    def seconds(self) -> float:
        """How long it has run."""
        return time.monotonic() - self.began


def _run(copy: Copy, tests: list[str]) -> None:
    """In the forked process: run the tests on the copy's source and end."""
    code = 1
    try:
        os.setsid()
        said = os.open(copy.root.parent / "said.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        for stream in (1, 2):
            os.dup2(said, stream)
        os.chdir(copy.root)
        for name in [name for name in sys.modules if name.split(".")[0] in COPIED]:
            del sys.modules[name]
        sys.path[:] = [str(copy.root), *(path for path in sys.path if path not in ("", str(ROOT)))]
        importlib.invalidate_caches()
        os.environ["PYTHONPATH"] = str(copy.root)
        sys.argv = ["pytest"]
        code = int(pytest.main([*OPTIONS, f"--rootdir={copy.root}", f"--basetemp={copy.scratch}", *tests]))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
