"""Files made to break the reader: each is refused in one clear sentence, and the process stays up."""

import io
import struct
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest

from data_contracts.problems import Problem
from data_contracts.reading.archives import ArchiveRefused, check_sizes, read_members
from data_contracts.reading.read import read_source
from data_contracts.reading.sources import Source, collect

SHEET_HEAD = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
SHEET_FOOT = "</sheetData></worksheet>"
PUPIL = "<PupilOnRoll><PupilIdentifiers><UPN>{}</UPN></PupilIdentifiers></PupilOnRoll>"
CENSUS = f"<Message><Pupils><PupilsOnRoll>{PUPIL}</PupilsOnRoll></Pupils></Message>"


def refused(data: bytes, name: str) -> Problem:
    started = time.process_time()
    extracts, problems = read_source(Source(name, data, ""))
    assert time.process_time() - started < 20
    assert extracts == []
    assert problems[-1].severity == "file"
    assert problems[-1].message
    assert problems[-1].hint
    return problems[-1]


def packed(members: dict[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def workbook(cells: str) -> bytes:
    """A real workbook whose only sheet is replaced by the given cells."""
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    with zipfile.ZipFile(out) as archive:
        members: dict[str, bytes | str] = {name: archive.read(name) for name in archive.namelist()}
    members["xl/worksheets/sheet1.xml"] = SHEET_HEAD + cells + SHEET_FOOT
    return packed(members)


def test_a_sparse_giant_sheet_takes_nothing_down() -> None:
    corners = '<row r="1"><c r="A1" t="str"><v>UPN</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert refused(workbook(corners), "giant.xlsx").rule in ("sheet_unsafe", "too_wide")


def test_a_sheet_with_a_very_wide_row() -> None:
    wide = '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c></row>'
    assert refused(workbook(wide), "wide.xlsx").rule == "too_wide"


def test_a_workbook_that_unpacks_to_gigabytes() -> None:
    bomb = packed({"xl/workbook.xml": "<workbook/>", "xl/worksheets/sheet1.xml": b"0" * 120_000_000})
    assert len(bomb) < 1_000_000
    assert refused(bomb, "bomb.xlsx").rule == "sheet_unsafe"


def test_a_zip_bomb_by_its_declared_size(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    path.write_bytes(packed({"marks.csv": b"0" * 120_000_000}))
    sources, problems = collect([path])
    assert sources == []
    assert [problem.rule for problem in problems] == ["archive_too_large"]


def test_a_zip_bomb_that_lies_about_its_size() -> None:
    data = bytearray(packed({"marks.csv": b"0" * 120_000_000}))
    small = struct.pack("<L", 10)
    declared = struct.pack("<L", 120_000_000)
    while (place := data.find(declared)) >= 0:
        data[place : place + 4] = small
    with pytest.raises(ArchiveRefused, match="archive_too_large"):
        check_sizes(bytes(data))


@pytest.mark.parametrize(
    "name", ["../evil.csv", "/etc/evil.csv", "..\\evil.csv", "C:\\evil.csv", "a/../../b.csv"]
)
def test_names_that_point_outside_are_refused(name: str) -> None:
    with pytest.raises(ArchiveRefused, match="archive_names"):
        read_members(packed({name: "UPN\n"}), frozenset({".csv"}))


def test_a_zip_in_a_zip_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "outer.zip"
    path.write_bytes(packed({"inner.zip": packed({"marks.csv": "UPN"})}))
    assert [problem.rule for problem in collect([path])[1]] == ["empty_archive"]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"PK\x03\x04 not a zip", id="only the first bytes"),
        pytest.param(packed({"a.csv": "x"})[:-30], id="cut short"),  # its bytes hold the time: not a name
    ],
)
def test_damaged_archives(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "set.zip"
    path.write_bytes(data)
    assert [problem.rule for problem in collect([path])[1]] == ["archive_broken"]


def test_members_without_a_name_found_by_fuzzing() -> None:
    """A directory entry whose name has no length; and one that names the folder itself."""
    data = bytearray(packed({"marks.csv": "UPN\n"}))
    entry = data.find(b"PK\x01\x02")
    data[entry + 28 : entry + 30] = b"\0\0"
    for archive in (bytes(data), packed({".": "UPN\n"})):
        with pytest.raises(ArchiveRefused, match=r"archive_(broken|names)"):
            read_members(archive, frozenset({".csv"}))


def test_a_damaged_workbook() -> None:
    data = packed({"xl/workbook.xml": "<workbook", "[Content_Types].xml": "<"})
    assert refused(data, "broken.xlsx").rule == "sheet_broken"


def test_billion_laughs_and_external_entities() -> None:
    laughs = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>' + CENSUS.format(
        "&b;"
    )
    outside = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + CENSUS.format(
        "&a;"
    )
    assert refused(laughs.encode(), "return.xml").rule == "xml_unsafe"
    assert refused(outside.encode(), "return.xml").rule == "xml_unsafe"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (CENSUS[:60], "xml_broken"),
        ("<message><note>hello</note></message>", "xml_unknown"),
        ("<html><body>Sign in</body></html>", "page_without_table"),
        ("<a>" * 5000, "xml_broken"),
    ],
)
def test_xml_that_is_no_return(text: str, rule: str) -> None:
    assert refused(text.encode(), "return.xml").rule == rule


def test_a_row_of_a_million_cells() -> None:
    assert refused(b"UPN,Date,Session,Mark\n" + b"," * 1_000_000 + b"\n", "wide.csv").rule == "too_wide"
    assert refused(b"," * 1_000_000 + b"\n", "wide.csv").rule == "too_wide"


def test_a_cell_of_ten_megabytes() -> None:
    data = b"UPN,Date,Session,Mark\nA," + b"x" * 10_000_000 + b",AM,/\n"
    assert refused(data, "fat.csv").rule == "cell_too_long"


def test_nul_bytes_and_machine_files() -> None:
    assert refused(b"UPN,Date\0,Session\0\0,Mark\nA\0\0,b\n", "nul.csv").rule == "file_binary"
    assert refused(bytes(range(256)) * 50, "noise.csv").rule == "file_binary"
    assert refused(b"\x89PNG\r\n\x1a\n" + bytes(range(200)) * 20, "picture.csv").rule == "file_binary"
    assert refused(b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old.xls").rule == "old_spreadsheet"
    assert refused(b"\0" * 100, "zeros.csv").rule == "file_empty"
