"""What may never come in, counted: sentences in every column of every layout, praise under every way of saying it,
and lawful types, places and lessons that must raise no alarm.

Each cell of each layout is replaced in turn by a sentence that can be found again byte by byte; what could be stored
of the file (rows, headings, problems, explanations, the copy to correct) is searched for it.
"""

import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

from benchmarks.measures import Measure, at_least, at_most
from data_contracts.downloads import problems_csv
from data_contracts.reading.narratives import is_identifier, is_name, is_narrative
from data_contracts.reading.safeguarding import is_concern
from data_contracts.reading.sources import Source
from pipelines.check import CheckReport, check
from testbed.messy import lawful
from testbed.messy.judging import TODAY, roll
from testbed.messy.layouts import UPNS, Layout, Line, layouts
from testbed.messy.quirks import File, messy, write

EVERY_ROW, ONE_ROW = "every row", "one row"
PRAISE = {
    "a yes under Positive": ("UPN,Date,Type,Points,Positive", ",Yes"),
    "a no under Negative": ("UPN,Date,Type,Points,Negative", ",No"),
    "a word": ("UPN,Date,Type,Points,Positive/Negative", ",Positive"),
    "an achievement type, SIMS": ("UPN,Date,Achievement Type,Points", ""),
    "achievement points": ("UPN,Date,Type,Achievement points", ""),
    "a file of achievements": ("UPN,Date,Type,Points", ""),
    "a sign, Bromcom": ("UPN,EVENTDATE,EVENTNAME,ADJUSTMENT", ""),
    "a sign, Arbor": ("UPN,Incident Date,Behaviour Type,Severity", ""),
}


def _with_sentence(file: File, column: int, where: str, sentence: str) -> File:
    lines = [
        replace(line, cells=(*line.cells[:column], sentence, *line.cells[column + 1 :]))
        if line.source is not None and (where == EVERY_ROW or line.source == 1) and column < len(line.cells)
        else line
        for line in file.lines
    ]
    return replace(file, lines=lines, quote_all=True)


def _kept_bytes(report: CheckReport, path: Path) -> int:
    """How often the sentence's mark stands in anything that is stored, logged, or handed out again."""
    told = [frame.to_csv() for frame in report.good.values()]
    told += [str(report.as_dict()), *report.lines(explain=True), *map(str, report.new_types)]
    told.append(problems_csv(report.problems, [Source(path.name, path.read_bytes(), "")]))
    return sum(text.count(lawful.MARK) for text in told)


def _sentences(found: list[Layout]) -> tuple[int, int]:
    """(files tried, bytes of sentences kept)."""
    folder, files, kept = Path(mkdtemp(prefix="belong-never-")), 0, 0
    for layout in found:
        for column in range(len(layout.head[-1])):
            for number, where in enumerate((EVERY_ROW, ONE_ROW)):
                sentence = lawful.SENTENCES[(column + number) % len(lawful.SENTENCES)]
                path = write(
                    _with_sentence(messy(layout, "plain"), column, where, sentence), folder, layout.table
                )
                report = check([path], today=TODAY, roll=None if layout.table == "pupils" else roll())
                files, kept = files + 1, kept + _kept_bytes(report, path) * len(lawful.MARK)
    shutil.rmtree(folder)
    return files, kept


def _praise() -> tuple[int, int]:
    """(praise rows tried, those read as a concern)."""
    folder, rows, wrong = Path(mkdtemp(prefix="belong-praise-")), 0, 0
    for how, (head, tail) in PRAISE.items():
        lines = [Line((head,))]
        signed = "sign" in how
        for number, name in enumerate(("Golden leaf", "Tutor star", "Effort", "Kindness")):
            lines.append(Line((f"{UPNS[number]},0{number + 8}/09/2025,{name},2{tail}",), number))
        if signed:
            lines.append(Line((f"{UPNS[5]},15/09/2025,Theft,-3",), 4))
        path = folder / ("Achievements.csv" if how == "a file of achievements" else "events.csv")
        path.write_text("".join(f"{line.cells[0]}\n" for line in lines), "utf-8")
        good = check([path], today=TODAY, roll=roll()).good.get("behaviour")
        rows += 4
        if good is not None:
            wrong += int(((good["local_type"] != "Theft") & ~good["positive"].astype(bool)).sum())
    shutil.rmtree(folder)
    return rows, wrong


def _false_alarms() -> int:
    named = (*lawful.TYPES, *lawful.PLACES, *lawful.LESSONS, *lawful.GROUPS)
    alarms = [text for text in named if is_narrative(text) or is_concern(text)]
    alarms += [text for text in lawful.NUMBERS if not is_identifier(text)]
    alarms += [text for text in lawful.NAMES if not is_name(text)]
    return len(alarms)


def measures(*, quick: bool) -> dict[str, Measure]:
    found = layouts()
    files, kept = _sentences(found[::3] if quick else found)
    rows, wrong = _praise()
    lawful_texts = sum(
        map(len, (lawful.TYPES, lawful.PLACES, lawful.LESSONS, lawful.GROUPS, lawful.NUMBERS, lawful.NAMES))
    )
    return {
        "never in: files with a sentence in one column": at_least(files, 30 if quick else 120),
        "never in: bytes of sentences kept": at_most(kept, 0),
        "never in: praise rows": at_least(rows, 30),
        "never in: praise read as a concern": at_most(wrong, 0),
        "never in: lawful types, places, lessons, numbers and names": at_least(lawful_texts, 100),
        "never in: false alarms": at_most(_false_alarms(), 0),
    }
