"""Outcomes other than the first, pupils who left, and what is shown beside the outcome."""

import numpy as np
import pandas as pd
import pytest

from data_contracts.errors import Refused
from pipelines.config import Config
from pipelines.leavers import chance_seen, ipw_sensitivity
from pipelines.outcomes import with_further
from pipelines.rows import Rows
from pipelines.secondary_outcomes import secondary_outcomes
from pipelines.train import Trained
from pipelines.train.rows import select_rows, split_rows
from testbed.simulated import CATALOGUE, TERMS, simulate

pytestmark = pytest.mark.xdist_group("trained")
NAMES = [one.name for one in CATALOGUE]


def chosen(column: str) -> Config:
    return Config.load(overrides={"outcome": {"column": column}})


def test_each_outcome_has_its_name_and_an_unknown_one_is_refused() -> None:
    names = {
        chosen(column).outcome.name for column in ("outcome", "any_break", "first_in_year", "lost_sessions")
    }
    assert len(names) == 4
    assert all(names)
    with pytest.raises(Refused, match="no outcome 'arrests'"):
        chosen("arrests")


def test_a_first_suspension_is_asked_of_those_without_one(matrix: pd.DataFrame) -> None:
    rows = with_further(matrix, 10)
    earlier = rows["suspended_last_year"].astype(bool)
    assert rows.loc[earlier, "first_in_year"].isna().all()
    assert rows.loc[~earlier, "first_in_year"].equals(rows.loc[~earlier, "outcome"])
    learned = select_rows(rows, NAMES, chosen("first_in_year"))
    assert not learned.frame["suspended_last_year"].any()


def test_sessions_lost_are_those_of_the_same_pupils_next_term() -> None:
    rows = pd.DataFrame(
        {
            "pupil_id": ["a", "a", "b", "b"], "school": "999001",
            "term": ["2025-autumn", "2026-spring", "2025-autumn", "2026-summer"],
            "suspended_marks_term": [0.0, 4.0, 0.0, 9.0], "part_time_term": [0.0, 8.0, 0.0, 0.0],
            "outcome": 0.0, "suspended_last_year": False,
        }
    )  # fmt: skip
    found = with_further(rows, 10)
    assert found["sessions_lost"].tolist()[0] == 12
    assert found["sessions_lost"].isna().tolist() == [False, True, True, True]
    assert found["lost_sessions"].tolist()[0] == 1.0
    assert with_further(rows, 13)["lost_sessions"].tolist()[0] == 0.0


def test_a_leaver_is_a_break_that_is_learned_from_although_the_first_outcome_is_unknown() -> None:
    rows = simulate(pupils=60)
    left = rows.index[(rows["term"] == TERMS[2]) & rows["scored"]][:5]
    rows.loc[left, "outcome"], rows.loc[left, "any_break"], rows.loc[left, "trainable"] = np.nan, 1.0, False
    assert (
        len(select_rows(rows, NAMES, chosen("any_break")))
        == len(select_rows(rows, NAMES, chosen("outcome"))) + 5
    )


def test_a_primary_model_needs_a_hundred_events_on_both_sides(matrix: pd.DataFrame, config: Config) -> None:
    primary = matrix.assign(phase="primary")
    with pytest.raises(Refused, match="of the 100 needed to test"):
        split_rows(select_rows(primary, NAMES, config), config)
    split_rows(select_rows(matrix, NAMES, config), config)


def _with_leavers(matrix: pd.DataFrame, trained: Trained) -> pd.DataFrame:
    """The test term, where those with the highest figures leave more often, whatever happens to them."""
    rows = matrix[(matrix["term"] == TERMS[-2]) & matrix["scored"]].reset_index(drop=True)
    X = rows[list(trained.model.names)].to_numpy(float)
    figure = trained.model.log_odds(
        X, list(rows["school"]), rows["window_days"].to_numpy(float), list(rows["term"])
    )
    chance = 1 / (1 + np.exp(-(figure + 1.5)))
    censored = np.random.default_rng(3).random(len(rows)) < chance
    return rows.assign(censored=censored, whole=rows["outcome"], outcome=rows["outcome"].where(~censored))


def test_weighting_brings_the_rate_nearer_to_what_it_was_with_everyone(
    trained: Trained, matrix: pd.DataFrame
) -> None:
    rows = _with_leavers(matrix, trained)
    found = ipw_sensitivity(rows, trained.model, "outcome", [TERMS[-2]])
    assert found["left"] == rows["censored"].sum()
    assert found["seen"] + found["left"] == len(rows)
    assert found["effective"] < found["seen"]
    seen = ~rows["censored"].to_numpy()
    X = rows[list(trained.model.names)].to_numpy(float)
    figure = trained.model.log_odds(
        X, list(rows["school"]), rows["window_days"].to_numpy(float), list(rows["term"])
    )
    weight = 1 / chance_seen(rows, figure, seen)[seen]
    plain, whole = rows["outcome"].mean(), rows["whole"].mean()
    weighted = np.average(rows.loc[seen, "outcome"], weights=weight)
    assert abs(weighted - whole) < abs(plain - whole)


def test_few_leavers_are_not_weighted(trained: Trained, matrix: pd.DataFrame) -> None:
    rows = matrix[matrix["term"] == TERMS[-2]].assign(censored=False)
    assert "Fewer than 10" in ipw_sensitivity(rows, trained.model, "outcome", [TERMS[-2]])["not_possible"]


def test_what_is_beside_the_outcome_is_told_for_all_and_for_the_lists(
    trained: Trained, matrix: pd.DataFrame
) -> None:
    said = trained.report["beside"]
    assert said["all"]["pupils"] == trained.report["test"]["all"]["rows"]
    rows = matrix.assign(suspended_marks_term=2.0, part_time_term=6.0, internal_suspensions_term=3.0)
    test = Rows(rows[(rows["term"] == TERMS[-2]) & rows["scored"]], tuple(NAMES), "outcome")
    some = np.arange(len(test)) < 5
    found = secondary_outcomes(rows, test, some)
    assert found["all"]["sessions_lost"] == 8.0
    assert found["all"]["suspended_share"] == 0.25
    assert found["all"]["internal_suspensions"] == 3.0
    assert found["flagged"] == {"pupils": None}
