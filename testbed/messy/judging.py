"""Judges one messy file: every row is read right or named, or it is silently wrong.

A row counts as named only when a problem stands on its own line, or its file was refused in a sentence. A row
that comes out different, or goes missing without a word, is silently wrong, and there may be none.
"""

import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd

from pipelines.check import CheckReport, check
from testbed.messy.layouts import Key, Layout
from testbed.messy.quirks import ROLL, File, messy, write

TODAY = date(2026, 11, 24)


@dataclass(frozen=True)
class Verdict:
    """One file: rows read right, rows named as problems, what was silently wrong or lost."""

    name: str
    right: int
    named: int
    wrong: tuple[str, ...]
    refused: str | None


@cache
def roll() -> pd.DataFrame:
    """The pupils on roll, read once: what the corpus is about is the other file."""
    folder = Path(_scratch()) / "roll"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "Pupils.csv"
    path.write_text("".join(",".join(row) + "\n" for row in ROLL), encoding="utf-8")
    return check([path], today=TODAY).good["pupils"]


@cache
def _scratch() -> str:
    from tempfile import mkdtemp

    return mkdtemp(prefix="belong-corpus-")


def _text(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _read(report: CheckReport, layout: Layout) -> tuple[Counter[Key], Counter[Key]]:
    """(keys read, the truth in the same columns). A column that was named as not read is left out of both."""
    dropped = any(problem.rule == "column_without_heading" for problem in report.problems)
    frame = report.good.get(layout.table, pd.DataFrame(columns=list(layout.columns)))
    names = [name for name in layout.columns if not (dropped and frame[name].isna().all())]
    rows = frame[names].itertuples(index=False)
    kept = [layout.columns.index(name) for name in names]
    truth = Counter[Key]()
    for key, times in sum(layout.truth, Counter[Key]()).items():
        truth[tuple(key[place] for place in kept)] += times
    return Counter(tuple(_text(value) for value in row) for row in rows), truth


def _named_sources(report: CheckReport, file: File) -> set[int]:
    """Rows of the layout on whose line a problem stands that keeps the row waiting."""
    lines = {problem.line for problem in report.problems if problem.severity == "row" and problem.line}
    found = {file.lines[line - 1].source for line in lines if line <= len(file.lines)}
    return {source for source in found if source is not None}


def judge(layout: Layout, quirk: str) -> Verdict:
    """Write one messy file, check it, and compare every row with the truth."""
    file = messy(layout, quirk)
    name = f"{layout.name}, {quirk}"
    folder = Path(_scratch()) / f"{abs(hash(name))}"
    folder.mkdir(parents=True)
    path = write(file, folder, layout.table)
    report = check([path], today=TODAY, roll=None if layout.table == "pupils" else roll())
    refused = next((problem.rule for problem in report.problems if problem.severity == "file"), None)
    found, truth = _read(report, layout)
    named = _named_sources(report, file)
    wrong = [f"read but not there: {key}" for key in found - truth]
    lost = truth - found
    for source, keys in enumerate(layout.truth):
        silent = keys & lost
        if silent and refused is None and source not in named:
            wrong += [f"lost without a word: {key}" for key in silent]
    shutil.rmtree(folder)
    return Verdict(name, sum((truth & found).values()), sum(lost.values()), tuple(wrong), refused)
