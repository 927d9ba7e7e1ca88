"""The day a row became known: as recorded, else so many school days after; outside the calendar seven for five."""

from datetime import date

import pandas as pd
import pytest

from data_contracts import calendar
from data_contracts.contract import load_contract
from data_contracts.known_on import (
    add_school_days,
    school_days_after,
    share_assumed,
    usually_known,
    with_known_on,
)

FIRST = calendar.school_days(calendar.TERMS[0].start, calendar.TERMS[0].end)[0]
LAST = calendar.school_days(calendar.TERMS[-1].start, calendar.TERMS[-1].end)[-1]
FRIDAY, MONDAY = date(2025, 9, 12), date(2025, 9, 15)
DAYS = [
    (FRIDAY, 0, FRIDAY), (FRIDAY, 1, MONDAY), (date(2025, 9, 13), 1, MONDAY), (date(2025, 9, 8), 4, FRIDAY),
    (date(2025, 8, 13), 1, date(2025, 9, 3)), (FIRST, 0, FIRST), (date(2025, 9, 13), 0, date(2025, 9, 13)),
    (date(1999, 3, 1), 1, date(1999, 3, 3)), (date(1999, 3, 1), 5, date(1999, 3, 8)),
    (LAST, 1, date.fromordinal(LAST.toordinal() + 2)), (LAST, 5, date.fromordinal(LAST.toordinal() + 7)),
]  # fmt: skip


@pytest.mark.parametrize(("day", "count", "known"), DAYS)
def test_school_days_after_a_day(day: date, count: int, known: date) -> None:
    assert school_days_after(day, count) == known
    moved = add_school_days(pd.Series([pd.Timestamp(day), pd.NaT], index=[5, 7]), count)
    assert moved.index.tolist() == [5, 7]
    assert moved.isna().tolist() == [False, True]
    if count:
        assert moved.iloc[0] == pd.Timestamp(known)


def test_one_day_and_a_column_of_days_agree_over_a_year() -> None:
    days = pd.Series(pd.date_range("2025-07-01", "2026-07-31"))
    for count in (1, 2, 5):
        one_by_one = [school_days_after(day.date(), count) for day in days]
        assert add_school_days(days, count).dt.date.tolist() == one_by_one


def test_what_was_recorded_counts_and_else_the_contracts_days() -> None:
    rule = load_contract("behaviour").known_on
    assert rule.recorded is not None
    frame = pd.DataFrame({
        rule.event: [pd.Timestamp(FRIDAY)] * 2, rule.recorded: [pd.Timestamp("2025-10-01"), pd.NaT],
    })  # fmt: skip
    known = with_known_on("behaviour", frame)
    usual = usually_known("behaviour", FRIDAY)
    assert usual == school_days_after(FRIDAY, rule.lag_school_days)
    assert known["known_on"].dt.date.tolist() == [date(2025, 10, 1), usual]
    assert known["known_assumed"].tolist() == [False, True]


def test_a_table_without_a_recorded_day_is_assumed_throughout() -> None:
    rule = load_contract("pupils").known_on
    assert (rule.recorded, rule.lag_school_days) == (None, 0)
    saturday = pd.Timestamp("2025-09-13")
    known = with_known_on("pupils", pd.DataFrame({rule.event: [saturday]}))
    assert known["known_assumed"].tolist() == [True]
    assert known["known_on"].tolist() == [saturday], "no lag, no school day"


def test_how_many_days_are_assumed_is_told_of_tables_with_rows_but_not_of_pupils() -> None:
    behaviour, marks = load_contract("behaviour").known_on, load_contract("attendance").known_on
    good = {
        "pupils": pd.DataFrame({"upn": ["a"]}),
        "behaviour": pd.DataFrame({
            behaviour.event: [pd.Timestamp(FRIDAY)] * 3,
            str(behaviour.recorded): [pd.Timestamp(FRIDAY), pd.NaT, pd.NaT],
        }),
        "attendance": pd.DataFrame({marks.event: [pd.Timestamp(FRIDAY)], str(marks.recorded): [pd.NaT]}),
        "sen": pd.DataFrame({"start_date": []}),
    }  # fmt: skip
    assert share_assumed(good) == {
        "behaviour": {"rows": 3, "assumed": 2}, "attendance": {"rows": 1, "assumed": 1},
    }  # fmt: skip
