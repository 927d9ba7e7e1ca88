"""Any valid marks, written in any layout, encoding and delimiter, come back the same."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts import upn
from data_contracts.codes import code_set
from data_contracts.reading.dates import read_clock, read_date
from data_contracts.reading.read import read_source
from data_contracts.reading.sources import Source

Marks = dict[tuple[str, date, str], str]
MONDAY = date(2025, 9, 8)
DAYS = [MONDAY + timedelta(days=n) for n in range(5)]
CODES = [
    code.code
    for code in code_set("attendance").codes.values()
    if code.valid_on(MONDAY) and code.code not in "/\\P"
]
PUPILS = [upn.make(f"99940012200{n}") for n in range(1, 6)]


@st.composite
def registers(draw: st.DrawFn) -> Marks:
    """A week of marks of one to five pupils, each with its own stroke for present."""
    marks: Marks = {}
    for number in draw(st.lists(st.sampled_from(PUPILS), min_size=1, max_size=5, unique=True)):
        for day in DAYS:
            for session, stroke in (("AM", "/"), ("PM", "\\")):
                marks[number, day, session] = draw(st.sampled_from([stroke, *CODES]))
    return marks


def _pupils(marks: Marks) -> list[str]:
    return list(dict.fromkeys(number for number, _, _ in marks))


def _row(marks: Marks, number: str) -> list[str]:
    return [marks[number, day, session] for day in DAYS for session in ("AM", "PM")]


def long(marks: Marks, form: str) -> list[list[str]]:
    return [
        ["UPN", "Date", "Session", "Mark"],
        *[[n, d.strftime(form), s, m] for (n, d, s), m in marks.items()],
    ]


def days(marks: Marks, form: str) -> list[list[str]]:
    rows = [[n, d.strftime(form), marks[n, d, "AM"], marks[n, d, "PM"]] for n in _pupils(marks) for d in DAYS]
    return [["UPN", "Date", "AM", "PM"], *rows]


def weeks(marks: Marks, form: str) -> list[list[str]]:
    names = [f"{d}{s}" for d in ("MON", "TUE", "WED", "THU", "FRI") for s in ("AM", "PM")]
    return [
        ["UPN", "WEEKSTART", *names],
        *[[n, MONDAY.strftime(form), *_row(marks, n)] for n in _pupils(marks)],
    ]


def sessions(marks: Marks, form: str) -> list[list[str]]:
    names = [f"{d.strftime(form)} {s}" for d in DAYS for s in ("AM", "PM")]
    return [["UPN", *names], *[[n, *_row(marks, n)] for n in _pupils(marks)]]


def two_rows(marks: Marks, form: str) -> list[list[str]]:
    upper = ["", *(cell for d in DAYS for cell in (d.strftime(form), ""))]
    return [upper, ["UPN", *["AM", "PM"] * 5], *[[n, *_row(marks, n)] for n in _pupils(marks)]]


def strings(marks: Marks, form: str) -> list[list[str]]:
    rows = [
        [n, DAYS[0].strftime(form), DAYS[-1].strftime(form), " ".join(_row(marks, n))] for n in _pupils(marks)
    ]
    return [["UPN", "From", "To", "Marks"], *rows]


def day_cells(marks: Marks, form: str) -> list[list[str]]:
    rows = [
        [n, MONDAY.strftime(form), *[f"{marks[n, d, 'AM']} {marks[n, d, 'PM']}" for d in DAYS]]
        for n in _pupils(marks)
    ]
    return [["UPN", "Week beginning", "Mon", "Tue", "Wed", "Thu", "Fri"], *rows]


def joined(marks: Marks, form: str) -> list[list[str]]:
    """Marks side by side, with nothing between them, over the period in the title."""
    title = f"Marks from {DAYS[0].strftime('%d/%m/%Y')} to {DAYS[-1].strftime('%d/%m/%Y')}"
    return [[title], ["UPN", "Marks"], *[[n, "".join(_row(marks, n))] for n in _pupils(marks)]]


LAYOUTS = [long, days, weeks, sessions, two_rows, strings, day_cells, joined]
FORMS = ["%d/%m/%Y", "%d %b %Y", "%Y-%m-%d", "%d-%m-%Y", "%d %B %Y", "%d/%m/%y"]


def _quoted(cell: str, delimiter: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if delimiter in cell or '"' in cell else cell


@settings(max_examples=35, deadline=None)
@given(
    marks=registers(),
    layout=st.sampled_from(LAYOUTS),
    form=st.sampled_from(FORMS),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]),
    end=st.sampled_from(["\r\n", "\n", "\r"]),
)
def test_marks_survive_any_way_of_writing(
    marks: Marks,
    layout: Callable[[Marks, str], list[list[str]]],
    form: str,
    delimiter: str,
    encoding: str,
    end: str,
) -> None:
    text = (
        end.join(delimiter.join(_quoted(cell, delimiter) for cell in row) for row in layout(marks, form))
        + end
    )
    extracts, problems = read_source(Source("marks.csv", text.encode(encoding), ""))
    assert problems == []
    frame = extracts[0].frame
    keys = zip(frame["upn"], frame["date"].dt.date, frame["session"], strict=True)
    assert dict(zip(keys, frame["code"], strict=True)) == marks
    assert extracts[0].problems == []


@given(day=st.dates(date(1990, 1, 1), date(2039, 12, 31)), form=st.sampled_from(FORMS[:-1]))
def test_dates_survive_every_form(day: date, form: str) -> None:
    moment = read_date(day.strftime(form))
    assert moment is not None
    assert moment.date() == day


@given(text=st.text(max_size=40))
def test_no_text_breaks_the_date_and_time_readers(text: str) -> None:
    read_date(text)
    read_clock(text)


@settings(max_examples=35, deadline=None)
@given(data=st.binary(max_size=400))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    extracts, problems = read_source(Source("noise.csv", data, ""))
    assert extracts or problems


@settings(max_examples=35, deadline=None)
@given(junk=st.text(alphabet=st.characters(codec="utf-8"), max_size=60), place=st.integers(0, 120))
def test_junk_inside_a_file_is_read_or_named_never_raised(junk: str, place: int) -> None:
    text = "UPN,Date,Session,Mark\n" + "".join(f"{n},08/09/2025,AM,/\n" for n in PUPILS)
    spoilt = text[:place] + junk + text[place:]
    extracts, problems = read_source(Source("marks.csv", spoilt.encode("utf-8"), ""))
    assert extracts or problems


@pytest.mark.parametrize("text", ["²²/09/2025", "0/0/0", "99999", "1e5", "31/02/2025", "2025-13-01"])
def test_odd_dates_are_no_dates(text: str) -> None:
    assert read_date(text) is None
