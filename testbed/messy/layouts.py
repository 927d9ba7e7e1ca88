"""Tables whose truth is known, in the layouts that SIMS, Arbor, Bromcom and the others export.

A `Layout` knows for each of its rows what should be read from it, so that a messy copy can be judged row by
row. Every pupil is made up (area 999).
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from data_contracts import upn

Key = tuple[str, ...]
MONDAYS = [date(2025, 9, 8) + timedelta(weeks=n) for n in range(2)]
DAYS = [monday + timedelta(days=n) for monday in MONDAYS for n in range(5)]
UPNS = [upn.make(f"9994001220{n:02d}") for n in range(1, 8)]
NAMES = [("O'Neill", "Siân"), ("Hart", "Ben"), ("Ngo", "Cit"), ("Zoë-Smith", "Dé"), ("de Vries", "Eve"),
         ("Khan", "Finn"), ("Total", "Hope")]  # fmt: skip
CODES = ["/", "\\", "I", "L", "E", "C1", "Y1", "O", "M", "#"]


@dataclass(frozen=True)
class Line:
    """A row as written. `source`: the row of the layout it is (None: headings, titles and the like)."""

    cells: tuple[str, ...]
    source: int | None = None


@dataclass(frozen=True)
class Layout:
    """`head`: one or two rows of headings; `rows` and, for each, the keys to be read from it."""

    name: str
    table: str
    columns: tuple[str, ...]
    head: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[str, ...], ...]
    truth: tuple[Counter[Key], ...]
    title: tuple[str, ...] = ()

    def lines(self) -> list[Line]:
        return [*(Line(cells) for cells in self.head), *(Line(c, n) for n, c in enumerate(self.rows))]


def british(day: date) -> str:
    return day.strftime("%d/%m/%Y")


def mark(pupil: int, day: date, afternoon: bool) -> str:
    """Mostly strokes, with every kind of code among them, long ones too."""
    place = (pupil * 7 + day.toordinal() * 3 + afternoon) % 23
    return CODES[place] if 1 < place < len(CODES) else "\\" if afternoon else "/"


MARKS = {(number, day, session): mark(pupil, day, session == "PM")
         for pupil, number in enumerate(UPNS) for day in DAYS for session in ("AM", "PM")}  # fmt: skip
_MARK_COLUMNS = ("upn", "date", "session", "code")


def _keys(number: str, days: list[date]) -> Counter[Key]:
    return Counter((number, d.isoformat(), s, MARKS[number, d, s]) for d in days for s in ("AM", "PM"))


def _of(number: str, days: list[date]) -> list[str]:
    return [MARKS[number, d, s] for d in days for s in ("AM", "PM")]


def _week(monday: date) -> list[date]:
    return [monday + timedelta(days=n) for n in range(5)]


def _marks(
    name: str, head: list[list[str]], rows: list[tuple[list[str], Counter[Key]]], *title: str
) -> Layout:
    return Layout(f"attendance: {name}", "attendance", _MARK_COLUMNS, tuple(map(tuple, head)),
                  tuple(tuple(cells) for cells, _ in rows), tuple(keys for _, keys in rows), title)  # fmt: skip


def _attendance() -> Iterator[Layout]:
    halves = [f"{d} {s}" for d in map(british, DAYS) for s in ("AM", "PM")]
    over = [cell for d in DAYS for cell in (british(d), "")]
    names = ["Mon", "Tue", "Wed", "Thu", "Fri"]
    yield _marks("a row per mark", [["UPN", "Date", "Session", "Mark"]], [
        ([n, british(d), s, m], Counter([(n, d.isoformat(), s, m)])) for (n, d, s), m in MARKS.items()])  # fmt: skip
    yield _marks("a row per day", [["UPN", "Date", "AM", "PM"]],
                 [([n, british(d), *_of(n, [d])], _keys(n, [d])) for n in UPNS for d in DAYS])  # fmt: skip
    weekly = [f"{d.upper()}{s}" for d in names for s in ("AM", "PM")]
    yield _marks("a week per row, Bromcom", [["UPN", "WEEKSTART", *weekly]],
                 [([n, f"{m.isoformat()}T00:00:00", *_of(n, _week(m))], _keys(n, _week(m)))
                  for n in UPNS for m in MONDAYS])  # fmt: skip
    yield _marks("a week per row, both marks in a cell", [["UPN", "Week beginning", *names]],
                 [([n, british(m), *[" ".join(_of(n, [d])) for d in _week(m)]], _keys(n, _week(m)))
                  for n in UPNS for m in MONDAYS])  # fmt: skip
    yield _marks(
        "a column per session", [["UPN", *halves]], [([n, *_of(n, DAYS)], _keys(n, DAYS)) for n in UPNS]
    )
    yield _marks("two rows of headings", [["", *over], ["UPN", *["AM", "PM"] * len(DAYS)]],
                 [([n, *_of(n, DAYS)], _keys(n, DAYS)) for n in UPNS])  # fmt: skip
    yield _marks("a week in one cell", [["UPN", "From", "To", "Marks"]],
                 [([n, british(m), british(m + timedelta(days=4)), " ".join(_of(n, _week(m)))], _keys(n, _week(m)))
                  for n in UPNS for m in MONDAYS])  # fmt: skip
    yield _marks("a term in one cell, side by side", [["UPN", "Marks"]],
                 [([n, "".join(_of(n, MONDAY_TO_FRIDAY) + ["#"] * 4 + _of(n, DAYS[5:]))],
                   _keys(n, DAYS) + Counter((n, d.isoformat(), s, "#") for d in WEEKEND for s in ("AM", "PM")))
                  for n in UPNS],
                 f"Attendance marks from {british(DAYS[0])} to {british(DAYS[-1])}")  # fmt: skip


MONDAY_TO_FRIDAY = DAYS[:5]
WEEKEND = [DAYS[4] + timedelta(days=1), DAYS[4] + timedelta(days=2)]


def _table(
    name: str, table: str, columns: tuple[str, ...], head: list[str], rows: list[list[str]], keys: list[Key]
) -> Layout:
    return Layout(f"{table}: {name}", table, columns, (tuple(head),), tuple(map(tuple, rows)),
                  tuple(Counter([key]) for key in keys))  # fmt: skip


def _summaries() -> Iterator[Layout]:
    counted = {n: {"/": "60", "\\": "58", "I": str(2 + p), "L": "3", "E": "1"} for p, n in enumerate(UPNS)}
    possible = {n: str(sum(map(int, c.values()))) for n, c in counted.items()}
    by_code = {
        n: Counter[Key]((n, code, f"{int(count)}") for code, count in c.items()) for n, c in counted.items()
    }
    columns = ("upn", "code", "sessions")
    yield Layout("attendance summary: a column per code", "attendance_summary", columns,
                 (("UPN", "/", "\\", "I", "L", "E", "Possible"),),
                 tuple((n, *c.values(), possible[n]) for n, c in counted.items()), tuple(by_code.values()))  # fmt: skip
    yield Layout("attendance summary: a row per code", "attendance_summary", columns,
                 (("UPN", "Attendance code", "Sessions"),),
                 tuple((n, code, count) for n, c in counted.items() for code, count in c.items()),
                 tuple(Counter([(n, code, count)]) for n, c in counted.items()
                       for code, count in c.items()))  # fmt: skip
    yield Layout("attendance summary: categories, SIMS", "attendance_summary", ("upn", "category", "sessions"),
                 (("UPN", "Possible", "Present", "Authorised", "Unauthorised", "% Attendance"),),
                 tuple((n, "100", str(90 - p), str(6 + p), "4", f"{90 - p}.0%") for p, n in enumerate(UPNS)),
                 tuple(Counter([(n, "present", str(90 - p)), (n, "authorised", str(6 + p)), (n, "unauthorised", "4")])
                       for p, n in enumerate(UPNS)))  # fmt: skip


def _behaviour() -> Iterator[Layout]:
    kinds = [("Disruption", "disruption", "3"), ("Fighting", "fighting", "4"), ("Bullying", "bullying", "5")]
    events = [(n, DAYS[(p * 4) % 10], *kinds[p % 3], str(100 + p)) for p, n in enumerate(UPNS * 2)]
    keys: list[Key] = [(n, d.isoformat(), t, p, i) for n, d, _, t, p, i in events]
    columns = ("upn", "date", "type", "severity", "incident_id")
    yield _table("SIMS", "behaviour", columns, ["UPN", "Incident id", "Date", "Type", "Role", "Points"],
                 [[n, i, british(d), k, "AG", p] for n, d, k, _, p, i in events], keys)  # fmt: skip
    yield _table("Arbor", "behaviour", columns, ["Incident ID", "UPN", "Incident Date", "Behaviour Type", "Severity"],
                 [[i, n, d.strftime("%d %b %Y 11:20"), k, f"-{p}"] for n, d, k, _, p, i in events], keys)  # fmt: skip
    yield _table("Bromcom", "behaviour", columns, ["EVENTRECORDID", "UPN", "EVENTDATE", "EVENTNAME", "ADJUSTMENT"],
                 [[i, n, f"{d.isoformat()}T09:05:00", k, f"-{p}"] for n, d, k, _, p, i in events], keys)  # fmt: skip
    yield _table("Wonde", "behaviour", columns, ["incident_id", "student.data.upn", "date.date", "type", "severity"],
                 [[i, n, f"{d.isoformat()} 00:00:00.000000", k, p] for n, d, k, _, p, i in events], keys)  # fmt: skip


def _suspensions() -> Iterator[Layout]:
    said, codes = ("DB", "Bullying", "PP"), ("DB", "BU", "PP")
    rows = [(n, DAYS[p], said[p % 3], codes[p % 3]) for p, n in enumerate(UPNS)]
    keys: list[Key] = [(n, d.isoformat(), "SUSP", code, "3") for n, d, _, code in rows]
    columns = ("upn", "start_date", "category", "reason1", "sessions")
    yield _table("days, SIMS", "suspensions", columns, ["UPN", "Type", "Reason 1", "Start date", "Length (days)"],
                 [[n, "Fixed Term", r, british(d), "1.5"] for n, d, r, _ in rows], keys)  # fmt: skip
    yield _table("sessions, Bromcom", "suspensions", columns,
                 ["UPN", "CATEGORYCODE", "REASON1CODE", "STARTDATE", "SESSIONS"],
                 [[n, "SUSP", c, f"{d.isoformat()}T00:00:00", "3.0"] for n, d, _, c in rows], keys)  # fmt: skip
    yield _table("Assembly", "suspensions", columns,
                 ["upn", "exclusion_type", "exclusion_reason", "start_date", "start_session", "exclusion_length"],
                 [[n, "FIXD", c, d.isoformat(), "AM", "3"] for n, d, _, c in rows], keys)  # fmt: skip


def _sen() -> Iterator[Layout]:
    rows = [(n, "KE"[p % 2], ("SEMH", "ASD")[p % 2], date(2023, 1, 9 + p)) for p, n in enumerate(UPNS)]
    keys: list[Key] = [(n, k, need, d.isoformat()) for n, k, need, d in rows]
    columns = ("upn", "provision", "need_type", "start_date")
    labels = {"K": "K - SEN Support", "E": "E - EHC Plan", "SEMH": "Social, emotional and mental health",
              "ASD": "Autistic spectrum disorder"}  # fmt: skip
    yield _table("codes", "sen", columns, ["UPN", "SEN Status", "SEN Need", "Start date"],
                 [[n, k, t, british(d)] for n, k, t, d in rows], keys)  # fmt: skip
    yield _table("labels, Arbor", "sen", columns, ["UPN", "SEN Status", "SEN Need", "Start Date"],
                 [[n, labels[k], labels[t], d.strftime("%d %b %Y")] for n, k, t, d in rows], keys)  # fmt: skip


def _pupils() -> Iterator[Layout]:
    born = [date(2011, 11, p + 1) for p in range(len(UPNS))]
    keys: list[Key] = [(n, *NAMES[p], born[p].isoformat(), "9") for p, n in enumerate(UPNS)]
    columns = ("upn", "surname", "forename", "dob", "nc_year")
    yield _table("SIMS", "pupils", columns,
                 ["Adno", "UPN", "Legal Surname", "Legal Forename", "DOB", "Gender", "Year", "Admission date"],
                 [[f"{p + 1:06d}", n, *NAMES[p], british(born[p]), "F", "Year  9", "05/09/2022"]
                  for p, n in enumerate(UPNS)], keys)  # fmt: skip
    yield _table("Arbor", "pupils", columns,
                 ["Student", "UPN", "Year Group", "Registration Form", "Date of birth", "Sex", "Enrolment date"],
                 [[", ".join(NAMES[p]), n, "Year 9", "9A", born[p].strftime("%d %b %Y"), "Female", "05 Sep 2022"]
                  for p, n in enumerate(UPNS)], keys)  # fmt: skip
    yield _table("Bromcom", "pupils", columns,
                 ["STUDENTID", "UPN", "LASTNAME", "FIRSTNAME", "DATEOFBIRTH", "GENDERCODE", "YEARGROUP", "DOA"],
                 [[str(70 + p), n, *NAMES[p], f"{born[p].isoformat()}T00:00:00", "F", "9", "2022-09-05T00:00:00"]
                  for p, n in enumerate(UPNS)], keys)  # fmt: skip


def _movements() -> Iterator[Layout]:
    days = [date(2025, 9, 8 + p) for p in range(len(UPNS))]
    yield _table("a row each", "movements", ("upn", "kind", "start_date"),
                 ["UPN", "Movement type", "Start date", "End date"],
                 [[n, "Managed move", british(days[p]), ""] for p, n in enumerate(UPNS)],
                 [(n, "managed_move", days[p].isoformat()) for p, n in enumerate(UPNS)])  # fmt: skip


FAMILIES: tuple[Callable[[], Iterator[Layout]], ...] = (
    _pupils, _attendance, _summaries, _behaviour, _suspensions, _sen, _movements,
)  # fmt: skip


def layouts() -> list[Layout]:
    """Every layout, pupils first."""
    return [layout for family in FAMILIES for layout in family()]
