"""A corpus of messy extracts whose truth is known: layouts crossed with the quirks real exports have.

Every row of the truth must come out right or be named: by its own problem, or by the refusal of its file.
A row that comes out different, or goes missing without a word, is silently wrong, and there may be none.
"""

import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
from openpyxl import Workbook

from benchmarks.measures import Measure, at_least, at_most, finish, measured, note, options
from data_contracts import upn
from pipelines.check import CheckReport, check

TODAY = date(2026, 11, 24)
MONDAYS = [date(2025, 9, 8) + timedelta(weeks=n) for n in range(3)]
UPNS = [upn.make(f"9994001220{n:02d}") for n in range(1, 9)]
NAMES = [("O'Neill", "Siân"), ("Hart", "Ben"), ("Ngo", "Cit"), ("Zoë-Smith", "Dé"), ("de Vries", "Eve"),
         ("Khan", "Finn"), ("Łukasz", "Gus"), ("Total", "Hope")]  # fmt: skip
CODES = ["/", "\\", "I", "L", "E", "C1", "Y1", "O", "M", "#"]
Rows = list[list[str]]
Key = tuple[str, ...]


@dataclass
class Layout:
    """A table in one layout: `rows` with headings first, and the truth that should be read from it."""

    name: str
    table: str
    rows: Rows
    truth: Counter[Key]
    columns: tuple[str, ...]


@dataclass
class File:
    """What a quirk does to a layout: its rows, how they are written, whether every row can still be right."""

    rows: Rows
    encoding: str = "utf-8"
    delimiter: str = ","
    end: str = "\r\n"
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    quote_all: bool = False
    sheet: bool = False


def _days() -> list[date]:
    return [monday + timedelta(days=n) for monday in MONDAYS for n in range(5)]


def _mark(pupil: int, day: date, afternoon: bool) -> str:
    place = (pupil * 7 + day.toordinal() * 3 + afternoon) % 23
    return CODES[place] if 1 < place < len(CODES) else "\\" if afternoon else "/"


MARKS = {
    (number, day, session): _mark(pupil, day, session == "PM")
    for pupil, number in enumerate(UPNS) for day in _days() for session in ("AM", "PM")
}  # fmt: skip
ATTENDANCE_TRUTH = Counter((n, d.isoformat(), s, m) for (n, d, s), m in MARKS.items())


def _british(day: date) -> str:
    return day.strftime("%d/%m/%Y")


def _week(number: str, monday: date) -> list[str]:
    return [MARKS[number, monday + timedelta(days=n), s] for n in range(5) for s in ("AM", "PM")]


def _attendance_layouts() -> list[Layout]:
    weekdays = [f"{d}{s}" for d in ("MON", "TUE", "WED", "THU", "FRI") for s in ("AM", "PM")]
    every = [cell for n in UPNS for cell in [n]]
    tables: dict[str, Rows] = {
        "long": [["UPN", "Date", "Session", "Mark"], *[[n, _british(d), s, m] for (n, d, s), m in MARKS.items()]],
        "days": [["UPN", "Date", "AM", "PM"],
                 *[[n, _british(d), MARKS[n, d, "AM"], MARKS[n, d, "PM"]] for n in every for d in _days()]],
        "weeks": [["UPN", "WEEKSTART", *weekdays],
                  *[[n, f"{m.isoformat()}T00:00:00", *_week(n, m)] for n in every for m in MONDAYS]],
        "sessions": [["UPN", *[f"{_british(d)} {s}" for d in _days() for s in ("AM", "PM")]],
                     *[[n, *[MARKS[n, d, s] for d in _days() for s in ("AM", "PM")]] for n in every]],
        "strings": [["UPN", "From", "To", "Marks"],
                    *[[n, _british(m), _british(m + timedelta(days=4)), " ".join(_week(n, m))]
                      for n in every for m in MONDAYS]],
    }  # fmt: skip
    columns = ("upn", "date", "session", "code")
    return [Layout(f"attendance {k}", "attendance", v, ATTENDANCE_TRUTH, columns) for k, v in tables.items()]


def _behaviour_layouts() -> list[Layout]:
    kinds = [("Disruption", "disruption", "3"), ("Fighting", "fighting", "4"), ("Bullying", "bullying", "5")]
    events = [(n, _days()[(p * 4) % 15], *kinds[p % 3], str(100 + p)) for p, n in enumerate(UPNS * 2)]
    truth = Counter((n, d.isoformat(), t, f"{float(p):g}", i) for n, d, _, t, p, i in events)
    columns = ("upn", "date", "type", "severity", "incident_id")
    sims = [["UPN", "Incident id", "Date", "Type", "Role", "Points"],
            *[[n, i, _british(d), k, "AG", p] for n, d, k, _, p, i in events]]  # fmt: skip
    arbor = [["Incident ID", "UPN", "Incident Date", "Behaviour Type", "Severity"],
             *[[i, n, d.strftime("%d %b %Y 11:20"), k, f"-{p}"] for n, d, k, _, p, i in events]]  # fmt: skip
    bromcom = [["EVENTRECORDID", "UPN", "EVENTDATE", "EVENTNAME", "ADJUSTMENT"],
               *[[i, n, f"{d.isoformat()}T09:05:00", k, f"-{p}"] for n, d, k, _, p, i in events]]  # fmt: skip
    tables = {"sims": sims, "arbor": arbor, "bromcom": bromcom}
    return [Layout(f"behaviour {k}", "behaviour", v, truth, columns) for k, v in tables.items()]


def _suspension_layouts() -> list[Layout]:
    rows = [
        (n, _days()[p], ("DB", "Bullying", "PP")[p % 3], ("DB", "BU", "PP")[p % 3])
        for p, n in enumerate(UPNS)
    ]
    truth = Counter((n, d.isoformat(), "SUSP", code, "3") for n, d, _, code in rows)
    columns = ("upn", "start_date", "category", "reason1", "sessions")
    days = [["UPN", "Type", "Reason 1", "Start date", "Length (days)"],
            *[[n, "Fixed Term", r, _british(d), "1.5"] for n, d, r, _ in rows]]  # fmt: skip
    halves = [["UPN", "CATEGORYCODE", "REASON1CODE", "STARTDATE", "SESSIONS"],
              *[[n, "SUSP", c, f"{d.isoformat()}T00:00:00", "3.0"] for n, d, _, c in rows]]  # fmt: skip
    tables = {"days": days, "sessions": halves}
    return [Layout(f"suspensions {k}", "suspensions", v, truth, columns) for k, v in tables.items()]


def _sen_layouts() -> list[Layout]:
    rows = [(n, "KE"[p % 2], ("SEMH", "ASD")[p % 2], date(2023, 1, 1 + p)) for p, n in enumerate(UPNS)]
    truth = Counter((n, k, need, d.isoformat()) for n, k, need, d in rows)
    columns = ("upn", "provision", "need_type", "start_date")
    labels = {"K": "K - SEN Support", "E": "E - EHC Plan", "SEMH": "Social, emotional and mental health",
              "ASD": "Autistic spectrum disorder"}  # fmt: skip
    coded = [
        ["UPN", "SEN Status", "SEN Need", "Start date"],
        *[[n, k, t, _british(d)] for n, k, t, d in rows],
    ]
    said = [["UPN", "SEN Status", "SEN Need", "Start Date"],
            *[[n, labels[k], labels[t], d.strftime("%d %b %Y")] for n, k, t, d in rows]]  # fmt: skip
    return [Layout(f"sen {k}", "sen", v, truth, columns) for k, v in {"codes": coded, "labels": said}.items()]


def _pupils() -> Rows:
    head = ["Adno", "UPN", "Legal Surname", "Legal Forename", "DOB", "Gender", "Year", "Admission date"]
    rows = [
        [f"{p:06d}", n, *NAMES[p], f"{p + 1:02d}/11/2011", "F", "Year  9", "05/09/2022"]
        for p, n in enumerate(UPNS)
    ]
    return [head, *rows]


def _layouts() -> list[Layout]:
    rows = _pupils()
    truth = Counter((n, *NAMES[p], f"2011-11-{p + 1:02d}", "9") for p, n in enumerate(UPNS))
    roll = Layout("pupils sims", "pupils", rows, truth, ("upn", "surname", "forename", "dob", "nc_year"))
    return [roll, *_attendance_layouts(), *_behaviour_layouts(), *_suspension_layouts(), *_sen_layouts()]


def _headings(rows: Rows, change: Callable[[str], str]) -> Rows:
    return [[change(cell) for cell in rows[0]], *rows[1:]]


def _cells(rows: Rows, change: Callable[[str], str]) -> Rows:
    return [rows[0], *[[change(cell) for cell in row] for row in rows[1:]]]


def _spoilt(rows: Rows, place: int, change: Callable[[list[str]], list[str]]) -> Rows:
    return [change(list(row)) if n == place else row for n, row in enumerate(rows)]


def _spaced(cell: str) -> str:
    return f"{cell[0].lower()} {cell[1:5]} {cell[5:]}" if upn.has_form(cell) else cell


def _american(cell: str) -> str:
    parts = cell.split("/")
    return f"{parts[1]}/{parts[0]}/{parts[2]}" if len(parts) == 3 and parts[2].isdigit() else cell


def _short_year(cell: str) -> str:
    return f"{cell[:6]}{cell[8:]}" if len(cell) == 10 and cell[2] == cell[5] == "/" else cell


def _serial(cell: str) -> str:
    parts = cell.split("/")
    if len(parts) != 3 or not parts[2].isdigit():
        return cell
    return str((date(int(parts[2]), int(parts[1]), int(parts[0])) - date(1899, 12, 30)).days)


QUIRKS: dict[str, Callable[[Rows], File]] = {
    "plain": lambda r: File(r),
    "windows-1252": lambda r: File(_cells(r, lambda c: c.replace("Łukasz", "Lukasz")), encoding="cp1252"),
    "byte order mark": lambda r: File(r, encoding="utf-8-sig"),
    "utf-16": lambda r: File(r, encoding="utf-16"),
    "semicolons": lambda r: File(r, delimiter=";"),
    "tabs, old line ends": lambda r: File(r, delimiter="\t", end="\r"),
    "bars": lambda r: File(r, delimiter="|", end="\n"),
    "all quoted": lambda r: File(r, quote_all=True),
    "titles": lambda r: File(r, before=["School report", "Printed on 12/09/2025", ""]),
    "totals": lambda r: File(r, after=[f"Total,{len(r) - 1}", "Printed on 12/09/2025", "Count: 12"]),
    "blank rows": lambda r: File([row for pair in ((row, [""] * len(r[0])) for row in r) for row in pair]),
    "headings by page": lambda r: File([*r[:5], r[0], *r[5:]]),
    "shouted headings": lambda r: File(_headings(r, lambda c: f" {c.upper()} ")),
    "dotted headings": lambda r: File(_headings(r, lambda c: c if "/" in c else f"{c.replace(' ', '_')}.")),
    "spaced upn": lambda r: File(_cells(r, _spaced)),
    "short years": lambda r: File(_cells(r, _short_year)),
    "excel serials": lambda r: File(_cells(r, _serial)),
    "month first": lambda r: File(_cells(r, _american)),
    "trailing commas": lambda r: File([[*row, "", ""] for row in r]),
    "private column": lambda r: File([[*row, "Comment" if n == 0 else "text, with comma"] for n, row in enumerate(r)]),
    "spreadsheet": lambda r: File(r, sheet=True, before=["Title", ""]),
    "one cell too many": lambda r: File(_spoilt(r, 3, lambda row: [*row, "extra"])),
    "one row cut off": lambda r: File(_spoilt(r, 3, lambda row: row[:1])),
    "one unknown pupil": lambda r: File(_cells(r, lambda c: c.replace(UPNS[2], upn.make("999400122099")))),
    "one row twice": lambda r: File([*r, r[2]]),
    "one quote open": lambda r: File(_spoilt(r, 3, lambda row: ["\0open" + row[0], *row[1:]])),
    "heading missing": lambda r: File([["" if n == 1 else c for n, c in enumerate(r[0])], *r[1:]]),
    "shuffled columns": lambda r: File([row[::-1] for row in r]),
}  # fmt: skip


def _quoted(cell: str, file: File) -> str:
    if cell.startswith("\0open"):
        return '"' + cell[5:]
    if file.quote_all or file.delimiter in cell or '"' in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _write(file: File, path: Path) -> Path:
    if file.sheet:
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        for line in file.before:
            sheet.append([line])
        for row in file.rows:
            sheet.append(row)
        book.save(path.with_suffix(".xlsx"))
        return path.with_suffix(".xlsx")
    body = [file.delimiter.join(_quoted(cell, file) for cell in row) for row in file.rows]
    text = file.end.join([*file.before, *body, *file.after]) + file.end
    path.write_bytes(text.encode(file.encoding))
    return path


def _text(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _read(report: CheckReport, layout: Layout) -> Counter[Key]:
    frame = report.good.get(layout.table)
    if frame is None or frame.empty:
        return Counter()
    rows = frame[list(layout.columns)].itertuples(index=False)
    return Counter(tuple(_text(value) for value in row) for row in rows)


def _named(report: CheckReport, layout: Layout) -> int:
    """How many rows of the truth the report's problems can stand for."""
    if any(problem.severity == "file" for problem in report.problems):
        return sum(layout.truth.values())
    unread = sum(
        1
        for extract in report.extracts
        for p in extract.problems
        if p.severity == "row" and extract.table == layout.table
    )
    wide = max(1, sum(layout.truth.values()) // max(1, len(layout.rows) - 1))
    return report.counts.get(layout.table, {}).get("quarantined", 0) + unread * wide


@dataclass
class Verdict:
    """One file: rows read right, rows named as problems, rows silently wrong or lost."""

    name: str
    right: int
    named: int
    wrong: int
    refused: bool


def judge(layout: Layout, quirk: str, folder: Path) -> Verdict:
    """Write one messy file beside a clean pupils extract, check both, and compare with the truth."""
    folder.mkdir(parents=True)
    file = QUIRKS[quirk](layout.rows)
    if layout.table != "pupils":
        _write(File(_pupils()), folder / "Pupils.csv")
    _write(file, folder / f"{layout.table}.csv")
    report = check([folder], today=TODAY, term="2025-autumn" if layout.table == "pupils" else None)
    truth = layout.truth
    if quirk == "windows-1252" and layout.table == "pupils":
        truth = Counter({tuple(c.replace("Łukasz", "Lukasz") for c in key): n for key, n in truth.items()})
    found = _read(report, layout)
    invented = sum((found - truth).values())
    missing = sum((truth - found).values())
    silent = max(0, missing - _named(report, layout))
    refused = any(problem.severity == "file" for problem in report.problems)
    right = sum((truth & found).values())
    return Verdict(f"{layout.name}, {quirk}", right, missing - silent, invented + silent, refused)


def main() -> None:
    """Print the measures; `--quick` takes every third file."""
    asked = options(__doc__ or "")
    pairs = [
        (layout, quirk)
        for layout in _layouts()
        for quirk in QUIRKS
        if (layout.table, quirk) != ("pupils", "one unknown pupil")  # there it is simply another pupil
    ][:: 3 if asked.quick else 1]
    with tempfile.TemporaryDirectory() as folder, measured() as cost:
        verdicts = [judge(*pair, Path(folder) / f"{n:03d}") for n, pair in enumerate(pairs)]
    wrong = [verdict for verdict in verdicts if verdict.wrong]
    if not asked.json:
        for verdict in wrong:
            print(f"silently wrong: {verdict.name} ({verdict.wrong} rows)")
    whole = sum(1 for v in verdicts if not v.named and not v.wrong and not v.refused)
    measures: dict[str, Measure] = {
        "files": at_least(len(verdicts), 60 if asked.quick else 200),
        "rows silently wrong": at_most(sum(verdict.wrong for verdict in verdicts), 0),
        "files with a row silently wrong": at_most(len(wrong), 0),
        "files read whole": note(whole),
        "files read in part, the rest named": note(
            sum(1 for v in verdicts if v.named and v.right and not v.refused)
        ),
        "files refused in a sentence": note(sum(1 for v in verdicts if v.refused)),
        "rows read right": note(sum(verdict.right for verdict in verdicts)),
        "rows named as problems": note(sum(verdict.named for verdict in verdicts)),
        "cpu s a file": note(cost.cpu / len(verdicts)),
    }
    finish(measures, only_json=asked.json)


if __name__ == "__main__":
    main()
