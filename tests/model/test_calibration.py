"""Calibration, offsets, similar pupils: figures that mean what they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from data_contracts.errors import Refused
from model.additive import probability
from model.calibration import (
    LEAST_SLOPE,
    calibration_curve,
    fit_affine,
    fit_shift,
    serving_affine,
    serving_slopes,
)
from model.offsets import fit_offsets
from model.similar import CELL, LEAST_BESIDE, jeffreys, similar_cells, similar_to


def _draw(log_odds: np.ndarray, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).random(len(log_odds)) < probability(log_odds)).astype(float)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.4, 2.0), st.floats(-3.0, 1.0))
def test_slope_and_shift_are_found_again(slope: float, shift: float) -> None:
    x = np.random.default_rng(1).normal(0, 1.5, 40_000)
    found = fit_affine(x, _draw(shift + slope * x), prior_sd=None)
    assert found.slope == pytest.approx(slope, abs=0.1)
    assert found.shift == pytest.approx(shift, abs=0.1)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000))
def test_expected_equals_observed_after_calibration(seed: int) -> None:
    x = np.random.default_rng(seed).normal(-2, 1, 800)
    y = _draw(x + 1, seed)
    affine = fit_affine(x, y)
    assert probability(affine.shift + affine.slope * x).sum() == pytest.approx(y.sum(), abs=1e-6)
    assert probability(x + fit_shift(x, y)).sum() == pytest.approx(y.sum(), abs=1e-6)


def test_a_model_that_ranks_backwards_never_turns_the_signs_round() -> None:
    x = np.random.default_rng(0).normal(0, 1, 3000)
    assert serving_affine(x, _draw(-2 * x)).slope == LEAST_SLOPE


def test_families_get_slopes_of_their_own_where_many_events_say_so_and_nearly_one_where_few_do() -> None:
    sums = np.random.default_rng(2).normal(0, 1, (60_000, 2))
    y = _draw(-2 + 1.3 * sums[:, 0] + 0.7 * sums[:, 1])
    shift, slopes = serving_slopes(sums, y)
    assert slopes == pytest.approx([1.3, 0.7], abs=0.05)
    assert probability(shift + sums @ slopes).sum() == pytest.approx(y.sum(), abs=1e-4)
    _, few = serving_slopes(sums[:300], y[:300])
    assert abs(few[0] - few[1]) < 0.3 < slopes[0] - slopes[1]


def test_slopes_lean_to_the_rows_that_count_more_and_the_shift_counts_each_once() -> None:
    sums = np.random.default_rng(4).normal(0, 1, (40_000, 1))
    first = np.arange(len(sums)) < 20_000
    y = _draw(-2 + np.where(first, 1.2, 0.6) * sums[:, 0])
    _, even = serving_slopes(sums, y)
    shift, leaning = serving_slopes(sums, y, 0.0, np.where(first, 5.0, 1.0))
    assert even[0] + 0.05 < leaning[0] < 1.2
    assert probability(shift + sums @ leaning).sum() == pytest.approx(y.sum(), abs=1e-6)


def test_no_familys_slope_turns_its_signs_round() -> None:
    sums = np.random.default_rng(3).normal(0, 1, (20_000, 2))
    y = _draw(-1 + 1.5 * sums[:, 0] - 2 * sums[:, 1])
    shift, slopes = serving_slopes(sums, y)
    assert slopes[1] == LEAST_SLOPE < slopes[0]
    assert probability(shift + sums @ slopes).sum() == pytest.approx(y.sum(), abs=1e-4)


def test_separated_classes_still_give_finite_figures() -> None:
    affine = fit_affine(np.array([-2.0, -1.0, 1.0, 2.0]), np.array([0.0, 0.0, 1.0, 1.0]))
    assert np.isfinite([affine.slope, affine.shift]).all()


def test_one_class_is_refused() -> None:
    with pytest.raises(Refused, match="calibration rows"):
        fit_affine(np.zeros(10), np.zeros(10))


def test_the_curve_holds_every_row_once() -> None:
    x = np.linspace(-4, 1, 501)
    curve = calibration_curve(x, _draw(x))
    assert sum(point["rows"] for point in curve) == 501
    assert [p["expected"] for p in curve] == sorted(p["expected"] for p in curve)


def test_school_offsets_shrink_and_halve_the_gap() -> None:
    rng = np.random.default_rng(3)
    true = rng.normal(0, 0.6, 12)
    school = np.repeat([f"s{i:02d}" for i in range(12)], 1000)
    eta = rng.normal(-3, 0.8, 12_000)
    y = _draw(eta + np.repeat(true, 1000), 4)
    found = fit_offsets(eta, y, list(school))
    values = np.array([found.values[f"s{i:02d}"] for i in range(12)])
    centred = true - true.mean()
    assert np.abs(values - centred).mean() < 0.5 * np.abs(centred).mean()
    assert np.average(values) == pytest.approx(0, abs=1e-9)


def test_schools_alike_get_hardly_any_offset_and_one_school_none() -> None:
    eta = np.random.default_rng(0).normal(-2, 1, 6000)
    school = [f"s{i % 6}" for i in range(6000)]
    found = fit_offsets(eta, _draw(eta), school)
    assert max(abs(value) for value in found.values.values()) < 0.12
    assert fit_offsets(eta, _draw(eta), ["s"] * 6000).values == {"s": 0.0}


def test_a_small_school_is_pulled_in_more_than_a_large_one() -> None:
    rng = np.random.default_rng(0)
    school = ["large"] * 5000 + ["small"] * 10 + ["other"] * 5000
    eta = rng.normal(-2, 0.5, 10_010)
    y = _draw(eta + np.array([1.0] * 5010 + [0.0] * 5000))
    y[5000:5010] = [1] * 4 + [0] * 6
    found = fit_offsets(eta, y, school)
    assert found.values["small"] < found.values["large"] + 0.5
    assert found.values["large"] - found.values["other"] == pytest.approx(1.0, abs=0.2)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.data())
def test_jeffreys_interval_holds_the_share(n: int, data: st.DataObject) -> None:
    events = data.draw(st.integers(0, n))
    low, high = jeffreys(events, n)
    assert 0 <= low <= events / n <= high <= 1
    if 0 < events < n:
        assert beta.cdf(high, events + 0.5, n - events + 0.5) == pytest.approx(0.975)


def test_the_nearest_held_out_pupils_stand_on_both_sides() -> None:
    rng = np.random.default_rng(0)
    eta = rng.normal(-3, 1, 1000)
    cells = similar_cells(eta, _draw(eta), [f"p{i % 600}" for i in range(1000)])
    assert min(cell["pupils"] for cell in cells) >= CELL
    assert sum(cell["pupils"] for cell in cells) == 600
    assert [cell["from"] for cell in cells] == sorted(cell["from"] for cell in cells)
    held = np.sort(eta[400:])  # the latest figure of each pupil
    for figure in (-3.0, -2.0, -4.2):
        near = similar_to(cells, [figure])[0]
        assert near is not None
        inside = (held >= near["from"]) & (held <= near["to"])
        assert near["pupils"] == inside.sum()
        assert (held[inside] > figure).sum() >= LEAST_BESIDE
        assert (held[inside] < figure).sum() >= LEAST_BESIDE
        assert near["short"] == ""
        assert near["low"] <= near["suspended"] / near["pupils"] <= near["high"]


@pytest.mark.parametrize(("figure", "side"), [(99.0, "above"), (-99.0, "below")])
def test_where_a_side_runs_out_that_is_said(figure: float, side: str) -> None:
    eta = np.linspace(-5, 1, 600)
    near = similar_to(similar_cells(eta, _draw(eta), [f"p{i}" for i in range(600)]), [figure])[0]
    assert near is not None
    assert near["short"] == side
    assert near["pupils"] >= LEAST_BESIDE


def test_the_bands_of_an_earlier_model_are_read_too() -> None:
    bands = [{"from": low, "pupils": 60, "suspended": 6, "low": 0.05, "high": 0.2} for low in (-4.0, -1.0)]
    low, high = similar_to(bands, [-2.0, 3.0])
    assert low is not None
    assert high is not None
    assert (low["from"], low["to"], low["short"]) == (-4.0, -1.0, "")
    assert (high["from"], high["to"], high["short"]) == (-1.0, None, "above")


def test_too_few_held_out_pupils_give_no_counts() -> None:
    assert similar_cells(np.zeros(99), np.zeros(99), [f"p{i}" for i in range(99)]) == []
    assert similar_to([], [0.0]) == [None]
