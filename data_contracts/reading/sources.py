"""The files to read: collected from paths, bytes and zipped sets, bounded in size, never trusted by name."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from data_contracts.problems import Problem
from data_contracts.reading.archives import ArchiveRefused, read_members
from data_contracts.reading.faults import file_problem, file_warning
from data_contracts.reading.formats import foreign_zip, is_workbook, is_zip

MAX_FILE_BYTES = 200 * 1024 * 1024
_WORKBOOKS = (".xlsx", ".xlsm")
EXTRACT_SUFFIXES = frozenset(
    {".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xml", ".zip", ".xls", ".htm", ".html"}
)
# never an extract that can be read, but said rather than passed over
REFUSED_SUFFIXES = frozenset(
    {".ods", ".xlsb", ".json", ".pdf", ".docx", ".doc", ".7z", ".rar", ".gz", ".numbers"}
)
_LOOKED_AT = EXTRACT_SUFFIXES | REFUSED_SUFFIXES


@dataclass(frozen=True)
class Source:
    """One file. `name`: as people know it (`set.zip/Marks.csv` in a zip); `group`: the set it belongs to."""

    name: str
    data: bytes
    group: str

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.name).suffix.lower()


Given = Path | Source
"""What is given to be read: a file or folder on a disk, or a file whose bytes are in hand and lie on none."""


def in_hand(name: str, data: bytes) -> Source:
    """A file sent or unsealed: its bytes alone, so that nothing readable is ever left behind on a disk."""
    return Source(name, data, "")


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        found = (p for p in path.rglob("*") if p.is_file() and p.suffix.lower() in _LOOKED_AT)
        return sorted(p for p in found if not p.name.startswith((".", "~$")))
    return [path]


def _label(file: Path, given: Path) -> str:
    return file.relative_to(given).as_posix() if given.is_dir() else file.name


def _zip_members(name: str, data: bytes, problems: list[Problem]) -> list[Source]:
    try:
        members, others = read_members(data, _LOOKED_AT - {".zip"})
    except ArchiveRefused as refused:
        problems.append(file_problem(name, refused.rule))
        return []
    problems += [
        file_warning(f"{name}/{other}", "not_opened")
        for other in others
        if members and not other.endswith((".toml", ".md"))
    ]
    if not members:
        problems.append(file_problem(name, "empty_archive"))
    return [Source(f"{name}/{member}", content, name) for member, content in members]


def collect(given: Iterable[Given]) -> tuple[list[Source], list[Problem]]:
    """All extracts of what is `given` (folders are searched) and what kept others from being opened."""
    sources: list[Source] = []
    problems: list[Problem] = []
    for each in given:
        for found in [each] if isinstance(each, Source) else _read(each, problems):
            if len(found.data) > MAX_FILE_BYTES:
                problems.append(file_problem(found.name, "file_too_large"))
                continue
            workbook = is_workbook(found.data) or found.suffix in _WORKBOOKS
            if is_zip(found.data) and not workbook and not foreign_zip(found.data):
                sources += _zip_members(found.name, found.data, problems)
            else:
                sources.append(found)
    return sources, problems


def _read(given: Path, problems: list[Problem]) -> Iterator[Source]:
    """The files at or below a path, as they stand; what is too large isn't even read."""
    for file in _files(given):
        name = _label(file, given)
        try:
            if file.stat().st_size > MAX_FILE_BYTES:
                problems.append(file_problem(name, "file_too_large"))
                continue
            data = file.read_bytes()
        except OSError:
            problems.append(file_problem(name, "file_unreadable"))
            continue
        yield Source(name, data, file.parent.as_posix() if given.is_dir() else "")
