"""Coverage-guided fuzzing of the readers by atheris: no crash, no hang over 5 s, no memory over the limit.

Each target runs in a process of its own (`python -m benchmarks.intake.fuzz TARGET SECONDS FOLDER`), since a
fuzzer ends with its process. What runs in subprocesses in service (sheets, census XML, web pages) is fuzzed in
the open, so that coverage guides it. A finding is kept as a file in FOLDER and named.
"""

import importlib.util
import io
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from benchmarks.measures import Measure, at_least, at_most, note

HANG_SECONDS, MEMORY_MB, MAX_BYTES = 5, 1500, 3000
_SEED_LINES = 8  # short seeds are tried more often
_SHARES = {"text": 6, "wide": 2, "cells": 1, "sheet": 1, "census": 1, "page": 1, "archive": 1}
_ALL_SECONDS, _QUICK_SECONDS = 600, 44


def _text_seeds() -> Iterator[bytes]:
    from testbed.messy.layouts import layouts
    from testbed.messy.quirks import QUIRKS, messy, write

    with tempfile.TemporaryDirectory() as folder:
        for layout in layouts():
            for quirk in (
                "plain",
                "semicolons",
                "UTF-16 with a mark",
                "titles",
                "totals and a footer",
                "all quoted",
            ):
                assert quirk in QUIRKS
                data = write(messy(layout, quirk), Path(folder), "seed").read_bytes()
                yield b"\n".join(data.split(b"\n")[:_SEED_LINES])[:MAX_BYTES]


def _read(data: bytes) -> None:
    """A whole file through the reader; kinds that have targets of their own are left to those."""
    from data_contracts.reading.census import is_xml
    from data_contracts.reading.formats import is_html, is_zip
    from data_contracts.reading.read import read_source
    from data_contracts.reading.sources import Source

    if is_zip(data) or is_html(data) or is_xml(data):
        return
    extracts, problems = read_source(Source("extract.csv", data, ""))
    assert extracts or problems, "neither read nor refused"


def _wide(data: bytes) -> None:
    """The layouts of marks, whose headings and cells the bytes make up."""
    words = data.decode("utf-8", "replace").replace("\r", "").split("\n")
    head, *cells = words or [""]
    for start in (
        "UPN,Week beginning,Mon,Tue,",
        "UPN,From,To,Marks,",
        "UPN,08/09/2025 AM,08/09/2025 PM,",
        "UPN,I,L,",
    ):
        body = "".join(f"Z999400122001,{cell}\n" for cell in cells[:20])
        _read(f"{start}{head}\n{body}".encode())


def _cells(data: bytes) -> None:
    """Dates, times, codes, marks, numbers, years: every reader of one cell."""
    import numpy as np

    from data_contracts.contract import all_contracts
    from data_contracts.reading.dates import read_clock, read_date
    from data_contracts.reading.faults import FileRefused
    from data_contracts.reading.layouts import split_marks
    from data_contracts.reading.values import read_column

    text = data.decode("utf-8", "replace")
    texts = np.array([*text.split("\n"), text], dtype=object)
    read_date(text)
    read_clock(text)
    for expected in (2, 10, 24):
        split_marks(text, expected)
    kinds = {(f.reading, f.code_set): f for contract in all_contracts() for f in contract.fields if f.reading}
    for field in kinds.values():
        try:
            read_column(field, texts, "heading")
        except FileRefused:
            continue


def _sheet(data: bytes) -> None:
    """The bytes as the cells of an otherwise sound workbook."""
    from python_calamine import CalamineError

    from data_contracts.reading import sheet_worker

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_workbook())) as sound, zipfile.ZipFile(out, "w") as made:
        for name in sound.namelist():
            made.writestr(name, data if name.endswith("sheet1.xml") else sound.read(name))
    sheet_worker.unworked(data)
    if re.search(
        rb"[A-Z]{2,}\d|\d{6,}", data
    ):  # the process that reads sheets is bounded in memory; this one is not
        return
    try:
        sheet_worker._book(out.getvalue())
    except CalamineError:
        return


@cache
def _workbook() -> bytes:
    from openpyxl import Workbook

    book, out = Workbook(), io.BytesIO()
    assert book.active is not None
    for row in (["UPN", "Date", "Type"], ["Z999400122001", "08/09/2025", "Fighting"], ["x", 1.5, "=1+1"]):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def _census(data: bytes) -> None:
    """What the worker that parses XML does, and what is made of its answer."""
    from data_contracts.reading import census_worker

    census_worker.answer(data)


def _page(data: bytes) -> None:
    from data_contracts.reading import html_worker

    html_worker.answer(data)


def _archive(data: bytes) -> None:
    from data_contracts.reading.archives import ArchiveRefused, read_members

    try:
        read_members(data, frozenset({".csv"}))
    except ArchiveRefused:
        return


def _archives() -> Iterator[bytes]:
    for kind in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", kind) as archive:
            archive.writestr("marks.csv", "UPN,Date,Session,Mark\n" * 4)
            archive.writestr("a/b.txt", "x")
        yield out.getvalue()


def _returns() -> Iterator[bytes]:
    yield (
        b"<?xml version='1.0'?><Message><Header><CollectionDetails><Term>AUT</Term><Year>2024</Year>"
        b"</CollectionDetails>"
        b"</Header><Pupils><PupilsOnRoll><PupilOnRoll><UPN>Z999400122001</UPN><DOB>2011-11-05</DOB><SENneeds><SENneed>"
        b"<SENtype>SEMH</SENtype></SENneed></SENneeds><TermlyExclusion><Category>SUSP</Category><Reason>DB</Reason>"
        b"</TermlyExclusion></PupilOnRoll></PupilsOnRoll></Pupils></Message>"
    )


TARGETS: dict[str, tuple[Callable[[bytes], None], Callable[[], Iterator[bytes]]]] = {
    "text": (_read, _text_seeds),
    "wide": (
        _wide,
        lambda: iter(
            [b"Wed,Thu,Fri\n08/09/2025,/\\,/\\,/\\,I I,C1 L", b"x\n08/09/2025,12/09/2025,/\\/\\/\\/\\/\\"]
        ),
    ),
    "cells": (
        _cells,
        lambda: iter(
            [b"08/09/2025", b"2025-Sep-08 00:00:00", b"45908", b"9:05 pm", "1½ days".encode(), b"Year  7"]
        ),
    ),
    "sheet": (
        _sheet,
        lambda: iter([zipfile.ZipFile(io.BytesIO(_workbook())).read("xl/worksheets/sheet1.xml")]),
    ),
    "census": (_census, _returns),
    "page": (_page, lambda: iter([b"<table><tr><th>UPN<td colspan=2 rowspan=3>x&amp;<tr><td>1</table>"])),
    "archive": (_archive, _archives),
}


def run(target: str, seconds: int, folder: Path) -> None:
    """Fuzz one target; ends the process. A non-zero exit code is a finding."""
    import atheris

    with atheris.instrument_imports(include=["data_contracts"]):
        import data_contracts.reading.census
        import data_contracts.reading.census_worker
        import data_contracts.reading.html_worker
        import data_contracts.reading.read
        import data_contracts.reading.sheet_worker  # noqa: F401
    one, seeds = TARGETS[target]
    corpus = folder / f"{target}-corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    limits = [f"-max_total_time={seconds}", f"-timeout={HANG_SECONDS}", f"-rss_limit_mb={MEMORY_MB}"]
    keep = [f"-max_len={MAX_BYTES}", f"-artifact_prefix={folder}/{target}-", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *limits, *keep, str(corpus)], one)
    atheris.Fuzz()


def _one(target: str, seconds: int, folder: Path) -> tuple[int, int, int, bool]:
    """(inputs tried, places of code reached, peak MB, whether something was found) of one target."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.intake.fuzz", target, str(seconds), str(folder)],
        capture_output=True, text=True, errors="replace", timeout=seconds + 300, check=False,
    )  # fmt: skip
    said = done.stdout + done.stderr
    figures = [
        int(found[-1]) if (found := re.findall(form, said)) else 0
        for form in (r"number_of_executed_units:\s+(\d+)", r"cov: (\d+)", r"peak_rss_mb:\s+(\d+)")
    ]
    if done.returncode:
        print(f"{target}: {said[-3000:]}", file=sys.stderr)
    return figures[0], figures[1], figures[2], done.returncode != 0


def measures(*, quick: bool, loud: bool) -> dict[str, Measure]:
    """Ten minutes over all targets (a minute in the quick form)."""
    if importlib.util.find_spec("atheris") is None:
        return {"fuzz": Measure("not run: atheris is not installed (make bench-setup)", "run", False)}
    budget = _QUICK_SECONDS if quick else _ALL_SECONDS
    folder = Path(tempfile.mkdtemp(prefix="belong-fuzz-"))
    inputs, reached, peak, findings = 0, {}, 0, []
    for target, share in _SHARES.items():
        tried, cov, memory, found = _one(target, max(1, budget * share // sum(_SHARES.values())), folder)
        inputs, reached[target], peak = inputs + tried, cov, max(peak, memory)
        if found:
            findings.append(target)
        if loud:
            print(
                f"fuzz {target}: {tried} inputs, {cov} places reached, {memory} MB{', FOUND' if found else ''}"
            )
    return {
        "fuzz: seconds": at_least(budget, _QUICK_SECONDS if quick else _ALL_SECONDS, "s"),
        "fuzz: inputs": note(inputs),
        "fuzz: crashes, hangs over 5 s, memory over the limit": at_most(len(findings), 0),
        "fuzz: peak MB of a fuzzer with its instruments": at_most(peak, MEMORY_MB, "MB"),
        "fuzz: findings kept in": note(str(folder) if findings else "none"),
    }


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
