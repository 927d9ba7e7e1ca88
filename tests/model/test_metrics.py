"""Measures of ranking against slow or outside references, and fair treatment of ties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from model.metrics import at_places, auc, average_precision, brier, list_shares, shares_of_places

outcomes = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=4, max_size=60).filter(
    lambda rows: 0 < sum(y for y, _ in rows) < len(rows)
)


@settings(max_examples=80, deadline=None)
@given(outcomes)
def test_auc_and_average_precision_agree_with_scikit_learn(rows: list[tuple[bool, int]]) -> None:
    y, figure = np.array(rows, dtype=float).T
    assert auc(y, figure) == pytest.approx(roc_auc_score(y, figure))
    assert average_precision(y, figure) == pytest.approx(average_precision_score(y, figure))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=40), st.integers(0, 45))
def test_places_are_filled_from_the_top_and_ties_share(figure: list[int], places: int) -> None:
    share = shares_of_places(figure, places)
    assert share.sum() == pytest.approx(min(places, len(figure)))
    order = np.argsort(figure)
    assert (np.diff(share[order]) >= -1e-12).all()
    assert all(len(set(share[np.array(figure) == f].round(12))) == 1 for f in set(figure))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1000), st.integers(0, 12))
def test_places_kept_for_pupils_not_suspended_go_to_them(seed: int, places: int) -> None:
    rng = np.random.default_rng(seed)
    figure, fresh = rng.normal(size=20), rng.random(20) < 0.6
    kept = (places + 1) // 2
    share = list_shares(figure, fresh, places, kept)
    assert share.sum() == pytest.approx(places)
    assert share[fresh].sum() >= min(kept, fresh.sum()) - 1e-9
    assert share.max() <= 1 + 1e-12


def test_each_school_flags_its_own_number() -> None:
    y = np.array([1, 0, 0, 1, 0, 0.0])
    found = at_places(y, [3, 2, 1, 3, 2, 1], ["a"] * 3 + ["b"] * 3, {"a": 1, "b": 2})
    assert (found.flags, found.right, found.recall) == (3.0, 2.0, 1.0)
    assert found.precision == pytest.approx(2 / 3)
    assert found.lift == pytest.approx(2)


def test_a_figure_that_says_nothing_scores_at_chance() -> None:
    y = np.array([1.0, 0, 0, 0])
    found = at_places(y, np.zeros(4), ["a"] * 4, {"a": 2})
    assert found.precision == pytest.approx(0.25)
    assert np.isnan(auc(np.zeros(3), np.zeros(3)))
    assert np.isnan(average_precision(np.zeros(3), np.zeros(3)))


def test_brier_of_a_coin() -> None:
    assert brier(np.array([0.0, 1.0]), np.zeros(2)) == pytest.approx(0.25)
