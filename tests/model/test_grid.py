"""The grid: short tables, no small cells, nothing infinite."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts.errors import Refused
from model.grid import MAX_CELLS, fit_grid

columns = st.lists(
    st.one_of(st.just(float("nan")), st.floats(-50, 50, width=32)), min_size=30, max_size=300
).filter(lambda values: any(v == v for v in values))


@settings(max_examples=60, deadline=None)
@given(columns, st.integers(1, 10))
def test_at_most_24_cells_none_small_every_row_in_its_cell(values: list[float], least: int) -> None:
    X = np.array(values)[:, None]
    axis = fit_grid(X, ["x"], min_rows=least).axes[0]
    known = int((~np.isnan(X)).sum())
    assert axis.cells <= MAX_CELLS
    assert axis.rows.sum() == len(values)
    assert axis.rows[-1] == len(values) - known
    assert axis.rows[:-1].min() >= min(least, known)
    assert np.array_equal(np.bincount(axis.locate(X[:, 0]), minlength=axis.cells + 1), axis.rows)
    assert (np.diff(axis.values) > 0).all()


def test_a_cell_stands_for_the_mean_of_its_values() -> None:
    X = np.repeat([0.0, 1.0, 2.0, np.nan], 20)[:, None]
    grid = fit_grid(X, ["x"])
    assert grid.axes[0].values.tolist() == [0.0, 1.0, 2.0]
    gridded = grid.values(grid.locate(X))
    assert gridded.dtype == np.float32
    assert np.array_equal(gridded, X.astype(np.float32), equal_nan=True)


def test_values_above_the_cap_are_not_told_apart() -> None:
    rng = np.random.default_rng(0)
    grid = fit_grid(rng.uniform(0, 100, (500, 1)), ["absence"], caps=[40.0])
    assert np.ptp(grid.locate([[40.0], [70.0], [100.0]])) == 0


def test_the_tail_is_finer_than_a_twenty_fourth() -> None:
    X = np.random.default_rng(0).normal(size=(10_000, 1))
    assert fit_grid(X, ["x"]).axes[0].rows[-2] <= 60


def test_a_heavy_value_leaves_the_cells_to_the_others() -> None:
    rng = np.random.default_rng(0)
    column = np.where(rng.random(10_000) < 0.9, 0.0, rng.gamma(2.0, 3.0, 10_000))
    assert fit_grid(column[:, None], ["x"]).axes[0].cells >= 15


@pytest.mark.parametrize("bad", [np.inf, -np.inf, 1e300])
def test_infinities_are_refused_in_training_and_in_use(bad: float) -> None:
    good = np.arange(40.0)[:, None]
    with pytest.raises(Refused, match="infinite"):
        fit_grid(np.vstack([good, [[bad]]]), ["x"])
    with pytest.raises(Refused, match="infinite"):
        fit_grid(good, ["x"]).locate([[bad]])


def test_an_indicator_missing_for_everyone_is_refused() -> None:
    with pytest.raises(Refused, match="missing for every pupil"):
        fit_grid(np.full((30, 1), np.nan), ["x"])


def test_rows_with_another_number_of_indicators_are_refused() -> None:
    grid = fit_grid(np.arange(40.0).reshape(20, 2), ["a", "b"])
    with pytest.raises(Refused, match="2 indicators"):
        grid.locate(np.zeros((3, 1)))
