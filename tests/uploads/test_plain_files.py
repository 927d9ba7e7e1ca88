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
from service.core.permissions import LEAD
from service.uploads import downloads, looking, mapping, vault
from service.uploads.receiving import receive
from service.uploads.sealing import PIECE, Sealing
from service.uploads.status import as_problem, own_upload, problems_of
from testbed.values import saying
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


def _opened_apart(school: School, upload_id: str) -> None:
    """Do here what pages have done in a process of its own, where the audit doesn't look."""
    caller = school.caller()
    with caller.reading() as tx:
        upload = own_upload(caller, tx, upload_id)
        problems = [as_problem(row) for row in problems_of(caller, tx, upload_id)]
    given = {"problems": problems, "beside": [], "layout": ["Pupils.csv"], "told": {}, "values": True, "known": [],
             "file": None, "table": None, "fields": None}  # fmt: skip
    for work in ("csv", "workbook", "propose"):
        asked = {
            "home": str(school.deployment.home.path),
            "work": work,
            "files": upload.files,
            "given": given,
        }
        head, _, body = looking.answer(asked).partition(b"\n")
        assert (head, bool(body)) == (b"{}", True)


def test_a_pupils_row_is_never_written_in_plain(school: School) -> None:
    sent = {"Pupils.csv": pupils(), "Attendance.csv": marks(), "Behaviour.xlsx": workbook()}
    with written() as paths:
        done = school.send(sent)
        downloads.marked_up(school.caller(), done.id)
        made = downloads.marked_workbook(school.caller(), done.id)
        mapping.proposals(school.caller(), done.id)
        _opened_apart(school, done.id)
    assert done.status == "done"
    assert openpyxl.load_workbook(io.BytesIO(made)).sheetnames == ["Behaviour.xlsx"]
    home = school.deployment.home
    incoming = home.work / "incoming"
    assert [path for path in paths if path.startswith(str(incoming))], "the hook sees what is written"
    allowed = (str(incoming), str(home.uploads), str(home.lake), str(home.path / "belong.sqlite"), os.devnull)
    assert [path for path in paths if not path.startswith(allowed)] == []
    for folder in (home.uploads, home.lake):
        assert [path for path in folder.rglob("*") if path.is_file()]
        assert saying(folder, "Surname1") == []
    assert [path for path in home.work.rglob("*") if path.is_file()] == []


def test_what_comes_in_is_sealed_before_it_touches_the_disk(school: School) -> None:
    home = school.deployment.home
    sealing = Sealing(home)
    sealing.write(pupils() * (2 * PIECE // len(pupils())))
    sealing.end()
    assert sealing.path.stat().st_size > PIECE
    assert b"Surname1" not in sealing.path.read_bytes()
    sealing.close()
    assert list((home.work / "incoming").iterdir()) == []


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


def test_a_file_sent_again_lies_by_itself(school: School) -> None:
    """No two uploads share a file: deleting the one's takes nothing of the other's."""
    home = school.deployment.home
    first, again = (vault.keep(home, URN, [("Pupils.csv", pupils())]) for _ in range(2))
    assert first[0]["sha256"] == again[0]["sha256"]
    vault.forget(home, first)
    (found,) = vault.opened(home, again)
    assert found.data == pupils()


def test_a_file_that_came_in_slowly_counts_as_written_when_it_is_kept(school: School) -> None:
    home = school.deployment.home
    sealing = Sealing(home)
    sealing.write(pupils())
    sealing.end()
    os.utime(sealing.path, (1, 1))
    (entry,) = vault.keep(home, URN, [("Pupils.csv", sealing)])
    path: Path = home.uploads / entry["stored"]
    assert path.stat().st_mtime > 1
