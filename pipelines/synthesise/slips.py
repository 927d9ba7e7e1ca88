"""Typing mistakes planted in the files, each with the right value kept, so that mending can be shown and tested."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data_contracts.upn import LETTERS
from pipelines.synthesise.extract import TermExtract

Wrong = Callable[[str], str]


@dataclass(frozen=True)
class File:
    """A MIS's file in which a mistake is made."""

    name: str
    encoding: str
    delimiter: str = ","
    header: int = 0
    """Lines before the header."""


@dataclass(frozen=True)
class Slip:
    """One planted mistake; ``line`` counts from 1 as an editor does."""

    urn: str
    term: str
    file: str
    line: int
    column: str
    mistake: str
    right: str


FILES = {
    "sims": {
        "attendance": File("Attendance.csv", "cp1252"),
        "behaviour": File("Behaviour.csv", "cp1252", header=2),
        "suspensions": File("Exclusions.csv", "cp1252"),
    },
    "arbor": {
        "attendance": File("attendance-marks.csv", "utf-8-sig"),
        "behaviour": File("behaviour-incidents.csv", "utf-8-sig"),
        "suspensions": File("suspensions.csv", "utf-8-sig"),
    },
    "bromcom": {
        "attendance": File("ATTENDANCE.csv", "utf-8"),
        "behaviour": File("BEHAVIOUREVENTS.csv", "utf-8"),
        "suspensions": File("EXCLUSIONS.csv", "utf-8", delimiter=";"),
    },
}
COLUMNS = {
    "sims": {"mark": "AM", "date": "Date", "pupil": "Adno", "length": "Length (days)", "reason": "Reason 1"},
    "arbor": {
        "mark": "Mark",
        "date": "Incident Date",
        "pupil": "Arbor ID",
        "length": "Sessions Suspended",
        "reason": "Primary Reason",
    },
    "bromcom": {
        "mark": "THUAM",
        "date": "EVENTDATE",
        "pupil": "STUDENTID",
        "length": "SESSIONS",
        "reason": "REASON1CODE",
    },
}


def _years_on(text: str, term_id: str) -> str:
    year = term_id[:4]
    return text.replace(year, str(int(year) + 10))


def _other_letter(upn: str) -> str:
    return LETTERS[(LETTERS.index(upn[0]) + 1) % len(LETTERS)] + upn[1:]


def plant(folder: Path, mis: str, extract: TermExtract, wanted: int, rng: np.random.Generator) -> list[Slip]:
    """Change up to ``wanted`` cells of one term's files; returns what was changed.

    The kinds take turns: a mark, a date, a pupil number, then one of the suspension mistakes.
    """
    names, term = COLUMNS[mis], extract.term_id
    suspensions: list[tuple[str, str, str, Wrong]] = [
        ("suspensions", names["length"], "no sessions", lambda _: "0"),
        ("suspensions", "UPN", "wrong check letter", _other_letter),
        ("suspensions", names["reason"], "unknown reason", lambda _: "ZZ"),
    ]
    kinds: list[tuple[str, str, str, Wrong]] = [
        ("attendance", names["mark"], "unknown code", lambda _: "X9"),
        ("behaviour", names["date"], "date in the future", lambda text: _years_on(text, term)),
        ("behaviour", names["pupil"], "unknown pupil", lambda text: "9" * len(text)),
        suspensions[int(rng.integers(0, len(suspensions)))],
    ]
    done = []
    used: set[tuple[str, int]] = set()
    for number in range(wanted):
        table, column, mistake, wrong = kinds[number % len(kinds)]
        file = FILES[mis][table]
        changed = _change(folder / file.name, file, column, wrong, used, rng)
        if changed:
            line, right = changed
            done.append(Slip(extract.urn, term, file.name, line, column, mistake, right))
    return done


def _change(
    path: Path, file: File, column: str, wrong: Wrong, used: set[tuple[str, int]], rng: np.random.Generator
) -> tuple[int, str] | None:
    """Spoil one cell of a random row not used before; returns (line, right value), None if no row fits."""
    data = path.read_bytes()
    newline = "\r\n" if b"\r\n" in data[:2000] else "\n"
    lines = data.decode(file.encoding).split(newline)
    place = _cells(lines[file.header], file.delimiter).index(column)
    for index in rng.integers(file.header + 1, max(len(lines) - 1, file.header + 2), 60):
        number = int(index)
        cells = _cells(lines[number], file.delimiter) if number < len(lines) else []
        fits = len(cells) > place and cells[place] not in ("", "#") and (path.name, number) not in used
        if not fits or (column in MARK_COLUMNS and cells[place] != "/"):
            continue
        used.add((path.name, number))
        right = cells[place]
        cells[place] = wrong(right)
        buffer = io.StringIO(newline="")
        csv.writer(buffer, delimiter=file.delimiter, lineterminator="").writerow(cells)
        lines[number] = buffer.getvalue()
        path.write_bytes(newline.join(lines).encode(file.encoding))
        return number + 1, right
    return None


MARK_COLUMNS = {names["mark"] for names in COLUMNS.values()}


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def write_slips(path: Path, slips: list[Slip]) -> None:
    """All planted mistakes: urn, term, file, line, column, mistake, right value."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("urn", "term", "file", "line", "column", "mistake", "right"))
        writer.writerows(tuple(vars(slip).values()) for slip in slips)
