"""Kills a process before and after every single thing it does to a disk or a database, and looks at what is left.

The places are found by counting: what writes, renames, removes or commits is wrapped, a first run says how many
such moments there are, and each later run is killed at one of them. Nobody has to remember a place.
"""

import builtins
import io
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any

from sqlalchemy.engine.default import DefaultDialect

from pipelines.lake.store import Store

OS_CALLS = (
    "replace", "rename", "unlink", "remove", "mkdir", "rmdir", "chmod", "utime", "link", "symlink", "truncate",
    "fsync", "write",
)  # fmt: skip
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
KILLED = -signal.SIGKILL


@dataclass
class Moments:
    """The moments of a run so far; at number `fatal` the process is killed as by a power cut."""

    roots: tuple[str, ...]
    fatal: int = 0
    seen: list[str] = field(default_factory=list)

    def pass_by(self, what: str, target: Any) -> None:
        """One moment, if it is about anything below the roots; a call on an open file counts always."""
        if isinstance(target, str | bytes | os.PathLike):
            path = os.path.abspath(os.fsdecode(target))
            if not path.startswith(self.roots):
                return
            what = f"{what} {os.path.basename(path)}"
        self.seen.append(what)
        if len(self.seen) == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, name: str, call: Callable[..., Any], target: Callable[..., Any]) -> Callable[..., Any]:
        """The same call with a moment before it and one after it."""

        @wraps(call)
        def wrapped(*args: Any, **named: Any) -> Any:
            about = target(*args, **named)
            if about is None:
                return call(*args, **named)
            self.pass_by(f"before {name}", about)
            answer = call(*args, **named)
            self.pass_by(f"after {name}", about)
            return answer

        return wrapped

    def install(self) -> None:
        """Wrap all there is, in this process and for good."""
        for name in OS_CALLS:
            setattr(os, name, self.around(name, getattr(os, name), lambda path, *_, **__: path))
        os.open = self.around(
            "open", os.open, lambda path, flags, *_, **__: path if flags & WRITING else None
        )
        opened = self.around("open", io.open, _opened_to_write)
        io.open = builtins.open = opened
        commit = self.around("commit", DefaultDialect.do_commit, lambda *_: 0)
        DefaultDialect.do_commit = commit  # type: ignore[method-assign]
        Store.delete = self.around("delete", Store.delete, Store.path)  # type: ignore[method-assign]


def _opened_to_write(file: Any, mode: str = "r", *_: Any, **__: Any) -> Any:
    return file if set(mode) & set("wax+") and not isinstance(file, int) else None


def in_a_process(work: Callable[[], None], roots: tuple[Path, ...], fatal: int = 0) -> tuple[int, list[str]]:
    """Do some work in a process of its own, killed at its moment `fatal`: how it ended, and its moments if whole."""
    with tempfile.TemporaryDirectory() as aside:
        told = Path(aside) / "moments"
        child = os.fork()
        if child == 0:
            code = 1
            try:
                moments = Moments(tuple(str(root.resolve()) for root in roots), fatal)
                moments.install()
                work()
                met = "\n".join(moments.seen)
                moments.roots = ("\0",)
                moments.fatal = -1
                told.write_text(met, "utf-8")
                code = 0
            finally:
                os._exit(code)
        _, ended = os.waitpid(child, 0)
        seen = told.read_text("utf-8").splitlines() if told.exists() else []
    return os.waitstatus_to_exitcode(ended), seen


Recover = Callable[[Path], None]
State = Callable[[Path], Any]
Look = Callable[[Path, Path], list[str]]


@dataclass(frozen=True)
class Act:
    """What is killed: what has to be there first, the work, and whether it must be whole after a restart.

    `taken_up`: the worker ends it whatever happened; else it was done or it was not.
    """

    name: str
    prepare: Callable[[Path], None]
    work: Callable[[Path, Path], None]
    taken_up: bool = False


@dataclass(frozen=True)
class Killed:
    """One kill and what it left."""

    act: str
    moment: int
    of: int
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Range:
    """An act in one home: how many moments it has, and how a home stands that it wasn't or was done in."""

    act: Act
    folder: Path
    recover: Recover
    state: State
    look: Look
    before: Path
    of: int
    states: tuple[Any, Any]

    @classmethod
    def measured(
        cls, act: Act, home: Path, folder: Path, recover: Recover, state: State, look: Look
    ) -> "Range":
        """Do the act once undisturbed, counting its moments, and once not at all."""
        before, after, without = (folder / f"{act.name}-{name}" for name in ("before", "after", "without"))
        shutil.copytree(home, before)
        act.prepare(before)
        shutil.copytree(before, after)
        shutil.copytree(before, without)
        aside = folder / f"{act.name}-after-aside"
        ended, seen = in_a_process(lambda: act.work(after, aside), (after, aside))
        assert ended == 0, f"{act.name} did not go through undisturbed"
        states = []
        for each in (without, after):
            recover(each)
            states.append(state(each))
        with _temporary_files_in(folder / f"{act.name}-tmp") as scratch:
            wrong = look(after, scratch)
        assert not wrong, f"{act.name} undisturbed: {wrong}"
        for path in (without, after, aside):
            shutil.rmtree(path, ignore_errors=True)
        return cls(act, folder, recover, state, look, before, len(seen), (states[0], states[1]))

    def killed_at(self, moment: int) -> Killed:
        """Kill the act at one of its moments, start again, and say what is wrong then."""
        name = f"{self.act.name}-{moment}"
        home, aside = self.folder / name, self.folder / f"{name}-aside"
        shutil.copytree(self.before, home)
        with _temporary_files_in(self.folder / f"{name}-tmp") as scratch:
            ended, _ = in_a_process(lambda: self.act.work(home, aside), (home, aside), moment)
            faults = [] if ended in (KILLED, 0) else [f"ended by itself with {ended}"]
            self.recover(home)
            if self.state(home) not in (self.states[1:] if self.act.taken_up else self.states):
                faults.append("neither as before nor as after")
            faults += self.look(home, scratch)
        for path in (home, aside):
            shutil.rmtree(path, ignore_errors=True)
        return Killed(self.act.name, moment, self.of, tuple(faults))


@contextmanager
def _temporary_files_in(folder: Path) -> Iterator[Path]:
    """A folder of its own for what a process leaves in the place for temporary files."""
    folder.mkdir()
    before = tempfile.tempdir
    tempfile.tempdir = str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = before
        shutil.rmtree(folder, ignore_errors=True)


def days_later(home: Path, days: float = 3.0) -> None:
    """Let every file be as old as if days had passed, so that a sweep needn't be waited for."""
    moment = time.time() - days * 86400
    for path in [*home.rglob("*"), home]:
        os.utime(path, (moment, moment), follow_symlinks=False)
