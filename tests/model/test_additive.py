"""The served form: sums that hold, offsets, the window in the base, shap's agreement."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts.errors import Refused
from model.additive import AdditiveModel, probability
from model.candidates.fit import fit_candidate
from model.certify import certify, shap_explanation
from model.shapes import served
from tests.model.conftest import Simulated


@pytest.fixture(scope="module")
def model(data: Simulated) -> AdditiveModel:
    table = fit_candidate("splines", data.grid, data.cells, data.y, data.directions).table
    return served(data.grid, table, window_days=60.0).calibrated(0.9, -0.2)


values = st.one_of(st.just(float("nan")), st.floats(-1e6, 1e6, width=32))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(values, min_size=5, max_size=5), min_size=1, max_size=6), st.floats(10, 200))
def test_base_and_contributions_add_up_to_the_log_odds(
    model: AdditiveModel, rows: list[list[float]], days: float
) -> None:
    model = model.with_offsets({"999001": 0.4})
    schools = ["999001", "999777"] * len(rows)
    parts = model.contributions(rows, schools[: len(rows)])
    log_odds = model.log_odds(rows, schools[: len(rows)], days)
    assert np.abs(model.bases(len(rows), days) + parts.sum(axis=1) - log_odds).max() < 1e-9
    assert np.isfinite(log_odds).all()


def test_the_base_is_the_mean_over_the_training_rows(model: AdditiveModel, data: Simulated) -> None:
    assert model.log_odds(data.X).mean() == pytest.approx(model.base_log_odds, abs=1e-9)


def test_a_school_never_seen_has_no_offset(model: AdditiveModel, data: Simulated) -> None:
    known = model.with_offsets({"999001": 0.5, "999002": -0.5})
    parts = known.contributions(data.X[:3], ["999001", "999002", "123456"])
    assert parts[:, -1].tolist() == [0.5, -0.5, 0.0]
    assert known.knows_school("999001")
    assert not known.knows_school("123456")


def test_twice_the_school_days_double_the_odds(model: AdditiveModel, data: Simulated) -> None:
    once, twice = (model.log_odds(data.X[:5], window_days=days) for days in (60, 120))
    assert np.allclose(twice - once, np.log(2))


def test_a_season_moves_the_base_and_an_unknown_one_does_not(model: AdditiveModel, data: Simulated) -> None:
    known = AdditiveModel.from_arrays(model.with_seasons({"autumn": 0.2, "summer": -0.1}).to_arrays())
    bases = known.bases(3, terms=["2025-autumn", "2026-summer", "2026-spring"])
    assert np.allclose(bases - model.base_log_odds, [0.2, -0.1, 0.0])
    moved = known.log_odds(data.X[:2], window_days=60, terms=["2025-autumn"] * 2) - model.log_odds(data.X[:2])
    assert np.allclose(moved, 0.2)


def test_rows_and_schools_must_go_together(model: AdditiveModel, data: Simulated) -> None:
    with pytest.raises(Refused, match="3 rows came with 2 schools"):
        model.contributions(data.X[:3], ["a", "b"])


def test_no_rows_are_no_trouble(model: AdditiveModel) -> None:
    assert model.contributions(np.empty((0, 5)), []).shape == (0, 6)


def test_arrays_bring_the_same_model_back(model: AdditiveModel, data: Simulated) -> None:
    again = AdditiveModel.from_arrays(model.to_arrays())
    assert np.array_equal(again.log_odds(data.X), model.log_odds(data.X))


def test_probability_stays_finite_at_the_ends() -> None:
    assert probability([-1000.0, 0.0, 1000.0]).tolist() == [0.0, 0.5, 1.0]


@pytest.mark.xdist_group("shap")
def test_shap_certifies_table_school_and_booster(model: AdditiveModel, data: Simulated) -> None:
    booster = fit_candidate("booster", data.grid, data.cells, data.y, data.directions)
    schools = np.where(np.arange(len(data.y)) % 2, "a", "b")
    model = model.with_offsets({"a": 0.25, "b": -0.25})
    certificate = certify(model, data.cells, schools, [("booster", booster.learner, booster.learned)])
    assert certificate["passed"]
    assert set(certificate["gaps"]) == {
        "base", "additive_explainer", "permutation", "tree_explainer_booster",
    }  # fmt: skip
    assert max(certificate["gaps"].values()) < 1e-9


@pytest.mark.xdist_group("shap")
def test_what_is_given_to_shap_adds_up_to_the_figure_as_scored(model: AdditiveModel, data: Simulated) -> None:
    model = model.with_offsets({"a": 0.25})
    rows, schools = data.X[:4], ["a", "a", "b", "b"]
    given = shap_explanation(model, rows, schools, list(model.names), model.bases(4, 35.0))
    assert np.allclose(
        given.base_values + given.values.sum(axis=1), model.log_odds(rows, schools, 35.0), atol=1e-9, rtol=0
    )
    assert given.feature_names == [*model.names, "school"]


@pytest.mark.xdist_group("shap")
def test_a_wrong_base_or_a_wrong_booster_table_is_not_certified(
    model: AdditiveModel, data: Simulated
) -> None:
    booster = fit_candidate("booster", data.grid, data.cells, data.y, data.directions)
    other = fit_candidate("booster", data.grid, data.cells, data.y, data.directions, settings={"rounds": 20})
    schools = ["a"] * len(data.y)
    with pytest.raises(Refused, match="base"):
        certify(model.with_offsets({"a": 0.1}), data.cells, schools)
    with pytest.raises(Refused, match="tree_explainer_booster"):
        certify(model, data.cells, schools, [("booster", booster.learner, other.learned)])
