"""What a made history records is what a school could have recorded."""

import numpy as np
import pytest

from data_contracts import upn
from data_contracts.codes import code_set
from pipelines.synthesise.history import History
from pipelines.synthesise.marks import ABSENT, CODE, CODES, NONE, POSSIBLE
from pipelines.synthesise.people import nc_year
from pipelines.synthesise.world import World
from tests.synthesise.made import days, histories

WORLD = World()


@pytest.fixture(scope="module", params=[0, 1])
def history(request: pytest.FixtureRequest) -> History:
    return histories(WORLD)[request.param]


def test_every_mark_is_a_code_valid_on_its_day(history: History) -> None:
    known = code_set("attendance")
    for day in (0, 100, 200, 300):
        for code in np.unique(history.marks[:, day]):
            text = CODES[code]
            if text not in ("", "-"):
                assert known.valid_on(text, days().dates[day]), (text, days().dates[day])


def test_codes_change_on_19_august_2024(history: History) -> None:
    old = ~days().new_codes
    assert not np.isin(history.marks[:, old], [CODE["C2"], CODE["J1"], CODE["K"], CODE["Y4"]]).any()
    assert not np.isin(history.marks[:, ~old], [CODE["J"], CODE["Y"]]).any()


def test_marks_lie_inside_time_on_roll(history: History) -> None:
    index = np.arange(days().count)
    entry, leave = (history.people[name].to_numpy()[:, None] for name in ("entry", "leave"))
    inside = (index >= entry) & (index <= leave)
    assert ((history.marks != NONE).all(axis=2) == inside).all()


def test_suspended_marks_agree_with_suspensions(history: History) -> None:
    """Each E mark lies in a suspension, and a suspension that stood has E marks for all of its sessions."""
    sessions = history.marks.reshape(len(history.marks), -1)
    explained = np.zeros(sessions.shape, bool)
    for row in history.suspensions.itertuples():
        if row.category == "LNCH":
            continue
        end = row.start + (10 if row.category == "PERM" else min(row.sessions, 10))
        explained[row.pupil, row.start : end] = True
        if row.category == "SUSP" and row.status in ("issued", "overturned"):
            assert (sessions[row.pupil, row.start : end] == CODE["E"]).all()
    assert not ((sessions == CODE["E"]) & ~explained).any()


def test_a_suspended_pupil_has_no_incidents_while_away(history: History) -> None:
    away = (history.marks == CODE["E"]).all(axis=2)
    starts = history.suspensions
    away[starts["pupil"], starts["start"] // 2] = False  # sent home after the incident of that day
    rows = history.events[history.events["role"] == 1]
    assert not away[rows["pupil"], rows["day"]].any()


def test_upns_are_synthetic_valid_and_unique(history: History) -> None:
    numbers = history.people["upn"]
    assert numbers.is_unique
    assert all(upn.is_valid(number) and upn.is_synthetic(number) for number in numbers)
    former = [number for number in history.people["former_upn"] if number]
    assert former
    assert all(upn.is_valid(number) and upn.is_temporary(number) for number in former)


def test_pupils_age_through_the_years_and_leave_after_year_11(history: History) -> None:
    people = history.people
    age = (np.array("2023-08-31", "datetime64[D]") - people["dob"].to_numpy().astype("datetime64[D]")).astype(
        int
    )
    year = nc_year(people, WORLD.secondary, 2023)
    here = (people["entry"] == 0).to_numpy()
    assert ((age[here] // 365.25).astype(int) == year[here] + 4).mean() > 0.99
    assert set(year[here]) == {7, 8, 9, 10, 11}
    oldest = people[(year == 11) & here]
    assert (oldest["leave"] < days().count).all()


def test_year_11_has_study_leave_in_june(history: History) -> None:
    study = (history.marks == CODE["S"]).any(axis=2)
    months = {days().dates[day].month for day in np.flatnonzero(study.any(axis=0))}
    assert months == {6}
    pupils, when = np.nonzero(study)
    grade = nc_year(history.people, WORLD.secondary, 0)[pupils] + days().year[when]
    assert set(grade) == {11}


def test_no_possible_session_is_without_a_mark_in_term(history: History) -> None:
    possible = POSSIBLE[history.marks].sum()
    absent = ABSENT[history.marks].sum()
    assert 0.05 < absent / possible < 0.13
