"""Who is scored, what counts as the outcome, and what stays unknown."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data_contracts import calendar
from pipelines import outcomes, populations
from pipelines.indicators import engine
from tests.indicators.lakes import Rows, pupil_id, write_lake

SCHOOL, OTHER = "999001", "999002"
BEFORE, TERM, AFTER = "2023-autumn", "2024-spring", "2024-summer"
PRESENT = {"AM": "/", "PM": "\\"}


def on_roll(number: int, **facts: Any) -> dict[str, Any]:
    return {
        "pupil_id": pupil_id(number), "nc_year": "9", "registration_group": "9A", "phase": "secondary",
        "entry_date": date(2022, 9, 5), "leaving_date": None, "enrol_status": "C", **facts,
    }  # fmt: skip


def marks(number: int, term: str, code: str | None = None) -> Rows:
    open_days = calendar.school_days(calendar.term(term).start, calendar.term(term).end)
    return [
        {"pupil_id": pupil_id(number), "date": day, "session": session, "code": code or present}
        for day in open_days
        for session, present in PRESENT.items()
    ]


def suspended(number: int, start: date, **facts: Any) -> dict[str, Any]:
    return {
        "pupil_id": pupil_id(number), "category": "SUSP", "start_date": start, "start_session": "AM",
        "sessions": 4, "status": "issued", "status_on": None, "recorded_on": None, **facts,
    }  # fmt: skip


class World:
    """Three terms of one school, with a second school beside it, both with one incident a term."""

    def __init__(self) -> None:
        self.tables: dict[tuple[str, str], dict[str, Rows]] = {}
        for school in (SCHOOL, OTHER):
            for term in (BEFORE, TERM, AFTER):
                day = calendar.term(term).half_terms[1][0]
                incident = {"pupil_id": pupil_id(999), "incident_id": term, "date": day, "type": "uniform"}
                self.tables[school, term] = {
                    "pupils": [on_roll(999)], "attendance": [], "behaviour": [incident], "suspensions": [], "sen": [],
                }  # fmt: skip

    def add(
        self, number: int, *terms: str, school: str = SCHOOL, code: str | None = None, **facts: Any
    ) -> None:
        for term in terms or (BEFORE, TERM, AFTER):
            self.tables[school, term]["pupils"].append(on_roll(number, **facts))
            self.tables[school, term]["attendance"] += marks(number, term, code)

    def suspend(self, number: int, start: date, *, school: str = SCHOOL, **facts: Any) -> None:
        term = calendar.term_of(start)
        assert term is not None
        self.tables[school, term.id]["suspensions"].append(suspended(number, start, **facts))

    def row(self, tmp_path: Path, number: int, term: str = TERM, school: str = SCHOOL) -> pd.Series:
        matrix = engine.build(write_lake(tmp_path, self.tables), [term])
        found = matrix[(matrix["pupil_id"] == pupil_id(number)) & (matrix["school"] == school)]
        assert len(found) == 1
        return found.iloc[0]


@pytest.fixture
def world() -> World:
    world = World()
    world.add(1)
    return world


def test_an_ordinary_pupil_is_scored_and_learned_from(world: World, tmp_path: Path) -> None:
    row = world.row(tmp_path, 1)
    assert row["scored"]
    assert row["trainable"]
    assert row["abstain_reason"] is None
    assert (row["outcome"], row["any_break"]) == (0, 0)
    assert row["window_days"] == len(
        calendar.school_days(calendar.term(AFTER).start, calendar.term(AFTER).end)
    )


WHO_IS_SCORED: list[tuple[dict[str, Any], str, str | None]] = [
    ({"nc_year": "11"}, AFTER, "leaving_year"),
    ({"nc_year": "11"}, TERM, None),
    ({"nc_year": "6", "phase": "primary"}, AFTER, "moving_up"),
    ({"nc_year": "6", "phase": "primary"}, TERM, None),
    ({"nc_year": "2", "phase": "primary"}, TERM, "year_group"),
    ({"nc_year": "R", "phase": "primary"}, TERM, "year_group"),
    ({"nc_year": "12"}, TERM, "year_group"),
    ({"enrol_status": "S"}, TERM, "other_registration"),
    ({"enrol_status": "G"}, TERM, "other_registration"),
    ({"enrol_status": "M"}, TERM, None),
    ({"phase": "special"}, TERM, "special_setting"),
    ({"phase": "alternative"}, TERM, "special_setting"),
    ({}, BEFORE, "school_history"),
]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """One pupil for each line of WHO_IS_SCORED."""
    world = World()
    for number, (facts, _term, _reason) in enumerate(WHO_IS_SCORED):
        world.add(number, **facts)
    view = write_lake(tmp_path_factory.mktemp("many"), world.tables)
    return engine.build(view, [BEFORE, TERM, AFTER]).set_index(["pupil_id", "term"])


@pytest.mark.parametrize("number", range(len(WHO_IS_SCORED)))
def test_who_is_scored(number: int, many: pd.DataFrame) -> None:
    _facts, term, reason = WHO_IS_SCORED[number]
    row = many.loc[(pupil_id(number), term)]
    assert row["abstain_reason"] == reason
    assert row["scored"] == (reason is None)
    assert reason is None or reason in populations.ABSTAIN


def test_sixty_possible_sessions_at_this_school(world: World, tmp_path: Path) -> None:
    joined = calendar.term(TERM).half_terms[1][0]
    world.add(2, TERM, entry_date=joined)
    late = world.tables[SCHOOL, TERM]["attendance"]
    world.tables[SCHOOL, TERM]["attendance"] = [
        mark for mark in late if mark["pupil_id"] != pupil_id(2) or mark["date"] >= joined
    ]
    row = world.row(tmp_path, 2)
    assert row["possible_sessions"] < 60
    assert row["abstain_reason"] == "too_few_sessions"
    assert not row["trainable"]


def test_attended_under_half_needs_other_help_first_but_is_learned_from(world: World, tmp_path: Path) -> None:
    world.add(2, code="O")
    row = world.row(tmp_path, 2)
    assert row["abstain_reason"] == "low_attendance"
    assert row["trainable"]


def test_sessions_the_school_took_away_are_no_low_attendance(world: World, tmp_path: Path) -> None:
    world.add(2)
    for term in (BEFORE, TERM):
        for mark in world.tables[SCHOOL, term]["attendance"]:
            if mark["pupil_id"] == pupil_id(2) and mark["date"].weekday() > 0:
                mark["code"] = "E"
    row = world.row(tmp_path, 2)
    assert row["scored"]
    assert row["absence_year"] == 0


def test_without_behaviour_records_a_school_gets_no_figures(world: World, tmp_path: Path) -> None:
    world.tables[SCHOOL, TERM]["behaviour"] = []
    assert world.row(tmp_path, 1)["abstain_reason"] == "behaviour_records"


def test_a_permanent_exclusion_under_review_and_after_reinstatement(world: World, tmp_path: Path) -> None:
    world.add(2)
    world.suspend(1, date(2024, 1, 22), category="PERM", sessions=None)
    world.suspend(
        2, date(2024, 1, 22), category="PERM", sessions=None, status="reinstated", status_on=date(2024, 2, 20)
    )
    assert world.row(tmp_path / "a", 1)["abstain_reason"] == "permanent_exclusion"
    assert world.row(tmp_path / "b", 2)["scored"]


def test_a_pupil_who_left_before_the_day_has_no_row(world: World, tmp_path: Path) -> None:
    world.add(2, BEFORE, TERM, leaving_date=date(2024, 2, 1))
    matrix = engine.build(write_lake(tmp_path, world.tables), [TERM])
    assert pupil_id(2) not in set(matrix["pupil_id"])


def test_a_suspension_in_the_next_term_at_any_school_is_the_outcome(world: World, tmp_path: Path) -> None:
    world.suspend(1, date(2024, 5, 1), school=OTHER)
    assert world.row(tmp_path, 1)["outcome"] == 1


COUNTS: list[tuple[dict[str, Any], int]] = [
    ({"category": "PERM", "sessions": None}, 1),
    ({"category": "LNCH"}, 0),
    ({"status": "cancelled", "status_on": date(2024, 6, 3)}, 0),
    ({"status": "overturned", "status_on": date(2024, 9, 10)}, 0),
    ({"status": "overturned", "status_on": date(2024, 12, 1)}, 1),
    ({"status": "reinstated", "status_on": date(2024, 6, 3)}, 1),
    ({"recorded_on": date(2024, 12, 1)}, 0),
]


def test_what_counts_as_an_outcome(tmp_path: Path) -> None:
    world = World()
    for number, (facts, _outcome) in enumerate(COUNTS):
        world.add(number)
        world.suspend(number, date(2024, 5, 1), **facts)
    matrix = engine.build(write_lake(tmp_path, world.tables), [TERM]).set_index("pupil_id")
    seen = [matrix.loc[pupil_id(number), "outcome"] for number in range(len(COUNTS))]
    assert seen == [outcome for _facts, outcome in COUNTS]


def test_a_suspension_before_the_window_is_no_outcome(world: World, tmp_path: Path) -> None:
    world.suspend(1, date(2024, 3, 20))
    assert world.row(tmp_path, 1)["outcome"] == 0


def test_the_summer_window_of_year_eleven_ends_at_study_leave(world: World, tmp_path: Path) -> None:
    for number in (2, 3):
        world.add(number, nc_year="11")
    world.suspend(2, date(2024, 5, 20))
    world.suspend(3, date(2024, 6, 10))
    second = world.row(tmp_path / "a", 2)
    assert second["outcome"] == 1
    assert world.row(tmp_path / "b", 3)["outcome"] == 0
    assert second["window_days"] < world.row(tmp_path / "c", 1)["window_days"]


def test_leavers(world: World, tmp_path: Path) -> None:
    window = calendar.school_days(calendar.term(AFTER).start, calendar.term(AFTER).end)
    early, late = window[len(window) // 2], window[int(len(window) * 0.8)]
    for number, leaving in ((2, early), (3, late), (4, early)):
        world.add(number, BEFORE, TERM)
        world.add(number, AFTER, leaving_date=leaving)
    world.suspend(4, window[3])
    world.add(5, BEFORE, TERM)
    matrix = engine.build(write_lake(tmp_path, world.tables), [TERM]).set_index("pupil_id")
    seen = {n: tuple(matrix.loc[pupil_id(n), ["outcome", "any_break"]]) for n in (2, 3, 4, 5)}
    assert np.isnan(seen[2][0])
    assert seen[2][1] == 1
    assert seen[3] == (0, 1)
    assert seen[4] == (1, 1)
    assert np.isnan(seen[5][0])
    assert seen[5][1] == 1
    assert not matrix.loc[pupil_id(2), "trainable"]


def test_a_move_within_the_trust_is_no_break(world: World, tmp_path: Path) -> None:
    world.add(2, BEFORE, TERM)
    world.add(2, AFTER, school=OTHER, entry_date=calendar.term(AFTER).start)
    row = world.row(tmp_path, 2)
    assert (row["outcome"], row["any_break"]) == (0, 0)


def test_before_the_label_closes_the_outcome_is_unknown(world: World, tmp_path: Path) -> None:
    assert np.isnan(world.row(tmp_path, 1, AFTER)["outcome"])
    assert not world.row(tmp_path / "b", 1, AFTER)["trainable"]


def test_labels_close_fifteen_school_days_after_the_window() -> None:
    first, last, closes = outcomes.window(TERM, exam_year=False)
    assert (first, last) == (date(2024, 4, 16), date(2024, 7, 22))
    assert calendar.add_school_days(last, 15) == closes


def test_terms_of_the_pandemic_are_not_learned_from() -> None:
    touched = [term.id for term in calendar.TERMS if populations.touches_pandemic(term.id)]
    assert (touched[0], touched[-1]) == ("2019-autumn", "2021-summer")


def test_an_all_through_school_is_pooled_by_year_group() -> None:
    phases = populations.phase_of(pd.Series(["all-through"] * 2 + ["primary"]), pd.Series([5, 8, 5]))
    assert phases.tolist() == ["primary", "secondary", "primary"]


def test_history_follows_a_pupil_who_moved(world: World, tmp_path: Path) -> None:
    world.add(2, BEFORE, school=OTHER)
    world.add(2, TERM, AFTER, entry_date=date(2024, 1, 9))
    world.suspend(2, date(2023, 10, 2), school=OTHER)
    row = world.row(tmp_path, 2)
    assert row["suspensions_year"] == 1
    assert row["earlier_schools"] == 1
    assert row["suspended_last_year"]
