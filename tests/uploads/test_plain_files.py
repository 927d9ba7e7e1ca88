"""Files lie on the disk sealed or not at all, and what is refused leaves nothing behind."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from data_contracts.errors import Refused
from service.permissions import LEAD
from service.uploads import downloads, mapping, receive, vault
from tests.uploads.conftest import TERM, URN, School, behaviour, marks, pupils

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_seen: list[str] | None = None


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if _seen is None or event != "open" or not isinstance(arguments[0], str | bytes):
        return
    if arguments[2] & WRITING:
        _seen.append(os.fsdecode(arguments[0]))


@contextmanager
def written() -> Iterator[list[str]]:
    """Every file that this process opens to write to, as Python's own audit tells it."""
    global _seen  # an audit hook can't be taken away again
    sys.addaudithook(_note)
    _seen = found = []
    try:
        yield found
    finally:
        _seen = None


def workbook() -> bytes:
    book, data = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for line in behaviour(odd={3: "99/99/2024"}).decode().splitlines():
        sheet.append(line.split(","))
    book.save(data)
    return data.getvalue()


def test_a_pupils_row_is_never_written_in_plain(school: School) -> None:
    sent = {"Pupils.csv": pupils(), "Attendance.csv": marks(), "Behaviour.xlsx": workbook()}
    with written() as paths:
        done = school.send(sent)
        downloads.marked_up(school.caller(), done.id)
        made = downloads.marked_workbook(school.caller(), done.id)
        mapping.proposals(school.caller(), done.id)
    assert done.status == "done"
    assert openpyxl.load_workbook(io.BytesIO(made)).sheetnames == ["Behaviour.xlsx"]
    home = school.deployment.home
    assert [path for path in paths if ".sealed" in path], "the hook sees what is written"
    allowed = (str(home.uploads), str(home.lake), str(home.path / "belong.sqlite"), os.devnull)
    assert [path for path in paths if not path.startswith(allowed)] == []
    for path in home.uploads.rglob("*.*"):
        assert b"Surname1" not in path.read_bytes()
    assert list(home.work.iterdir()) == []


def test_a_process_led_astray_finds_no_plain_file_either(school: School) -> None:
    """What is opened is bytes alone: a name that leads elsewhere, or is too long for a disk, harms nothing."""
    entries = vault.keep(school.deployment.home, URN, [("Pupils.csv", pupils())])
    entries[0]["name"] = "../../" + "x" * 400 + ".csv"
    (found,) = vault.opened(school.deployment.home, entries)
    assert found.data == pupils()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([("Pupils.csv", b"x"), ("b.csv", b"")], "empty"),
        ([("a.csv", b"x"), ("A.csv", b"y")], "same name"),
        ([(f"{n}.csv", b"x") for n in range(41)], "more than 40"),
        ([("a.csv", b"x"), (".hidden", b"y")], "usable name"),
        ([("a.csv", b"x"), ("\N{PARTY POPPER}" * 140 + ".csv", b"y")], "usable name"),
        ([], "No file"),
    ],
)
def test_what_is_refused_is_not_kept(school: School, files: list[tuple[str, bytes]], said: str) -> None:
    with pytest.raises(Refused, match=said):
        receive(school.caller(LEAD), URN, TERM, files)
    assert [path for path in school.deployment.home.uploads.rglob("*") if path.is_file()] == []


def test_a_long_name_of_many_bytes_is_read_like_any_other(school: School) -> None:
    name = "\N{PARTY POPPER}" * 45 + ".csv"
    assert school.send({name: pupils(), "Attendance.csv": marks()}).status == "done"


def test_a_file_sent_again_counts_as_written_now(school: School) -> None:
    home = school.deployment.home
    (entry,) = vault.keep(home, URN, [("Pupils.csv", pupils())])
    path: Path = home.uploads / entry["stored"]
    os.utime(path, (1, 1))
    vault.keep(home, URN, [("Pupils.csv", pupils())])
    assert path.stat().st_mtime > 1
