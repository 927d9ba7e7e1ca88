"""Files that nothing names: every file of a home is known by a row, by a manifest or by its name, or it goes.

What is about to be named has its time: minutes for uploads and work, a day for the lake.
"""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from data_contracts.errors import BelongError
from pipelines.lake import forget_others
from pipelines.registry import Registry
from service.core.callers import Caller
from service.core.deployment import Deployment
from service.core.homes import Home
from service.rights import deleting, life_store
from service.rights.deleting import DAY, MINUTES, Shelf, shelves
from service.rights.deletion_store import LAKE
from service.uploads import INCOMING

LAKE_FOLDERS = ("tables", "audit", "packs")
"""Where the lake's own files lie. A manifest or a build's output beside them is somebody else's to keep."""
UNFINISHED = ".part"


@dataclass(frozen=True)
class Stray:
    """A file or folder that nothing names, and for how many seconds it may lie."""

    path: Path
    grace: float

    @property
    def age(self) -> float:
        """Seconds since anything in it was last written; 0 where that lies in the future."""
        return max(0.0, time.time() - _written(self.path))

    def date_anew(self) -> None:
        """Let a file that a wrong clock dated into the future have its time from now on, and then go too."""
        if _written(self.path) > time.time() + MINUTES:
            for path in (self.path, *_inside(self.path)):
                with suppress(FileNotFoundError):
                    os.utime(path, follow_symlinks=False)

    @property
    def over(self) -> bool:
        """Whether whoever might have named it has had the time."""
        return self.age > self.grace


def sweep(caller: Caller, *, lake: bool = True) -> int:
    """Delete what is listed to go, and what nothing names any more; returns how many. For every school at once.

    `lake`: also walk the lake, which may hold very many files.
    """
    deployment = caller.deployment
    assert caller.reader.schools >= deployment.all_urns(), "what another school's row names would go"
    gone = deleting.work_off(caller)
    if lake:
        with caller.reading() as tx:
            named = life_store.lake_paths(tx, caller.reader.schools)
        forget_others(deployment.lake.store, named)
    for kind, shelf in shelves(deployment).items():
        found = list(_unnamed(caller, kind, shelf)) if lake or kind != LAKE else []
        for stray in found:
            stray.date_anew()
        old = [stray for stray in found if stray.over]
        if old:
            with shelf.locked():
                still = {stray.path for stray in _unnamed(caller, kind, shelf) if stray.over}
                gone += sum(_remove(stray.path) for stray in old if stray.path in still)
    others = [*_work(deployment.home), *_parts(deployment.home), *_models(deployment)]
    for stray in others:
        stray.date_anew()
    return gone + sum(_remove(stray.path) for stray in others if stray.over)


def strays(caller: Caller) -> list[Stray]:
    """Everything in the home that nothing names, however young."""
    deployment = caller.deployment
    on_shelves = [
        stray for kind, shelf in shelves(deployment).items() for stray in _unnamed(caller, kind, shelf)
    ]
    home = deployment.home
    return [*on_shelves, *_work(home), *_parts(home), *_models(deployment)]


def _unnamed(caller: Caller, kind: str, shelf: Shelf) -> Iterator[Stray]:
    """The files of a shelf that no row names; those on the list of what has to go are looked after there."""
    with caller.reading() as tx:
        named = shelf.named(tx, caller.reader.schools)
    for path in _files(shelf.folder, LAKE_FOLDERS if kind == LAKE else ("",)):
        if path.relative_to(shelf.folder).as_posix() not in named:
            yield Stray(path, shelf.grace)


def _files(folder: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    for part in parts:
        for root, _, names in os.walk(folder / part):
            yield from (Path(root, name) for name in sorted(names))


def _work(home: Home) -> Iterator[Stray]:
    """What lies in the folder for work but exports and figures: files whose coming in broke off, and what only
    earlier releases left there."""
    for path in sorted(home.work.iterdir()) if home.work.is_dir() else []:
        if path.name not in ("exports", "metrics", INCOMING):
            yield Stray(path, MINUTES)
    yield from (Stray(path, MINUTES) for path in sorted((home.work / INCOMING).glob("*")))


def _parts(home: Home) -> Iterator[Stray]:
    """Files that were never finished, beside those that were."""
    for folder in (home.path, home.keys, home.lake):
        for path in sorted(folder.glob(f"*{UNFINISHED}")) + sorted(folder.glob(f".*{UNFINISHED}")):
            yield Stray(path, DAY)


def _models(deployment: Deployment) -> Iterator[Stray]:
    """Models that were never added: the registry's events are their manifest."""
    folder = deployment.home.registry / "models"
    if not folder.is_dir():
        return
    try:
        known = {event["model_id"] for event in Registry(str(deployment.home.registry)).events()}
    except BelongError:  # changed by hand: nobody can say what belongs to it
        return
    yield from (Stray(path, DAY) for path in sorted(folder.iterdir()) if path.name not in known)


def _written(path: Path) -> float:
    """When a file, or anything in a folder, was last written."""
    try:
        own = path.lstat().st_mtime
    except FileNotFoundError:
        return time.time()
    return max([own, *(each.lstat().st_mtime for each in _inside(path) if each.exists())])


def _inside(path: Path) -> list[Path]:
    return list(path.rglob("*")) if path.is_dir() and not path.is_symlink() else []


def _remove(path: Path) -> bool:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    except FileNotFoundError:
        return False
    return True
