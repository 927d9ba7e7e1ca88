"""What a file is by its first bytes, whatever it is called; and what to do with one that can't be read."""

import io
import struct
import zipfile

from data_contracts.reading.faults import FileRefused
from data_contracts.reading.grid import MAX_CELL, Grid
from data_contracts.reading.text import decode
from data_contracts.reading.worker import WorkerFailed, run_worker

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OLD_DOCUMENT = "WordDocument".encode("utf-16-le")
_BEGINNINGS = (
    (b"%PDF", "pdf"),
    (b"{\\rtf", "document"),
    (b"\x1f\x8b", "packed_otherwise"),
    (b"7z\xbc\xaf", "packed_otherwise"),
    (b"Rar!", "packed_otherwise"),
    (b"BZh", "packed_otherwise"),
    (b"MIME-Version:", "document"),
)
_MARKS = b"\xef\xbb\xbf\xff\xfe \r\n\t\0"


def is_old_workbook(data: bytes) -> bool:
    """The container that .xls files are (and that passwords put round newer ones)."""
    return data.startswith(_OLE)


def is_zip(data: bytes) -> bool:
    return data[:4] == _ZIP


def _holds(data: bytes, beginning: str) -> bool:
    """Whether a zip itself has such a part; a workbook that is packed inside a set doesn't count."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(name.startswith(beginning) for name in archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, struct.error):
        return beginning.encode() in data


def is_workbook(data: bytes) -> bool:
    """A zip whose contents are a spreadsheet, whatever the file is called."""
    return is_zip(data) and _holds(data, "xl/workbook")


def foreign_zip(data: bytes) -> str | None:
    """The fault of a zip that is itself a document: OpenDocument, Word, PowerPoint, a binary workbook."""
    if not is_zip(data):
        return None
    if _holds(data, "xl/workbook.bin"):
        return "binary_workbook"
    if b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet" in data[:200]:
        return "open_document"
    if (
        b"mimetypeapplication/vnd.oasis" in data[:200]
        or _holds(data, "word/document.xml")
        or _holds(data, "ppt/slides")
    ):
        return "document"
    return None


def refuse_foreign(data: bytes) -> None:
    """FileRefused for formats that hold no extract, or one that can't be read from them."""
    if is_old_workbook(data) and _ENCRYPTED in data:
        raise FileRefused("locked_spreadsheet")
    if is_old_workbook(data) and _OLD_DOCUMENT in data:
        raise FileRefused("document")
    for beginning, named in _BEGINNINGS:
        if data.startswith(beginning):
            raise FileRefused(named)
    fault = foreign_zip(data)
    if fault:
        raise FileRefused(fault)


def _opening(data: bytes) -> str:
    """The first characters without marks of order and spaces, in small letters."""
    return data[:2000].replace(b"\0", b"").lstrip(_MARKS)[:600].decode("latin-1").casefold()


def is_html(data: bytes) -> bool:
    """Begins like a web page, or has a table before anything else could be told."""
    opening = _opening(data)
    return opening.startswith(
        ("<!doctype html", "<html", "<table", "<head", "<body", "<style", "<meta", "<div", "<tr")
    ) or (opening.startswith("<?xml") and "<html" in opening)


def is_json(data: bytes) -> bool:
    opening = _opening(data)
    return opening.startswith(("{", "[{", "[\n", "[ ")) and '"' in opening


def is_sheet_xml(data: bytes) -> bool:
    """The XML that Excel 2003 wrote, and some reports still do."""
    opening = _opening(data)
    return opening.startswith("<") and ("office:spreadsheet" in opening or 'progid="excel.sheet"' in opening)


def html_grids(name: str, data: bytes) -> list[Grid]:
    """A grid for each table of a web page; FileRefused when it has none."""
    text, encoding = decode(data)
    try:
        answer = run_worker("html_worker.py", text.encode("utf-8"))
    except WorkerFailed as failed:
        raise FileRefused("too_wide" if failed.reason == "too_wide" else "sheet_unsafe") from failed
    tables = answer["tables"]
    if not tables:
        raise FileRefused("page_without_table")
    if any(len(cell) > MAX_CELL for rows in tables for row in rows for cell in row):
        raise FileRefused("cell_too_long")
    notes = [f"A web page, whatever its name says; encoding: {encoding}."]
    return [
        Grid(name if len(tables) == 1 else f"{name}[table {n}]", rows, list(range(1, len(rows) + 1)), "page",
             "\ufffd" in text, list(notes))
        for n, rows in enumerate(tables, start=1)
    ]  # fmt: skip
