"""Every candidate ends as a table that repeats it to 1e-9, keeps the signs and ranks well."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts.errors import Refused
from model.candidates.fit import NAMES, Fitted, fit_candidate, mean_of
from model.grid import Axis, Grid
from model.metrics import auc
from model.shapes import Table, broken_signs, mean_table, settle, tabulate, with_signs
from tests.model.conftest import Simulated, simulated


@pytest.fixture(scope="module")
def fitted(data: Simulated) -> dict[str, Fitted]:
    return {name: fit_candidate(name, data.grid, data.cells, data.y, data.directions) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_signs_hold_in_the_table(name: str, fitted: dict[str, Fitted], data: Simulated) -> None:
    assert broken_signs(data.grid, fitted[name].table, data.directions) == []


@pytest.mark.parametrize("name", NAMES)
def test_it_ranks_pupils_it_has_not_seen(name: str, fitted: dict[str, Fitted], data: Simulated) -> None:
    later = simulated(seed=5)
    figure = fitted[name].table.log_odds(data.grid.locate(later.X))
    assert auc(later.y, figure) > (0.66 if name in ("linear", "scorecard") else 0.72)


@pytest.mark.parametrize("name", ["booster", "ebm"])
def test_the_learned_table_answers_as_its_learner_does_on_rows_it_never_saw(
    name: str, fitted: dict[str, Fitted], data: Simulated
) -> None:
    later = data.grid.locate(simulated(seed=5).X)
    learned = fitted[name].learned
    assert learned is not None
    p = fitted[name].learner.predict_proba(data.grid.values(later))[:, 1]
    assert np.abs(learned.log_odds(later) - np.log(p / (1 - p))).max() < 1e-9


@pytest.mark.parametrize("name", NAMES)
def test_centred_on_the_training_rows(name: str, fitted: dict[str, Fitted], data: Simulated) -> None:
    table = fitted[name].table
    for axis, shape in zip(data.grid.axes, table.shapes, strict=True):
        assert abs(shape @ axis.rows) / axis.rows.sum() < 1e-9
    assert table.log_odds(data.cells).mean() == pytest.approx(table.intercept, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 5))
def test_look_up_equals_any_additive_learner(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    grid = _random_grid(rng, k)
    cells = np.column_stack([rng.integers(0, axis.cells + 1, 50) for axis in grid.axes])

    def learner(gridded: np.ndarray) -> np.ndarray:
        known = np.nan_to_num(gridded.astype(float), nan=-7.0)
        return 0.3 + np.sin(known) @ np.arange(1, k + 1)

    table = tabulate(grid, learner)
    assert np.allclose(table.log_odds(cells), learner(grid.values(cells)), atol=1e-9, rtol=0)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([-1, 1]))
def test_putting_signs_in_order_keeps_the_mean_and_changes_nothing_in_order(seed: int, sign: int) -> None:
    rng = np.random.default_rng(seed)
    grid = _random_grid(rng, 1)
    table = Table(0.0, (rng.normal(size=grid.axes[0].cells + 1),))
    mended = with_signs(grid, table, [sign])
    rows = np.maximum(grid.axes[0].rows[:-1], 1)
    assert broken_signs(grid, mended, [sign]) == []
    assert mended.shapes[0][:-1] @ rows == pytest.approx(table.shapes[0][:-1] @ rows)
    assert np.allclose(with_signs(grid, mended, [sign]).shapes[0], mended.shapes[0])


def test_the_mean_of_monotone_candidates_is_monotone_and_additive(
    fitted: dict[str, Fitted], data: Simulated
) -> None:
    parts = list(fitted.values())
    mean = mean_of(data.grid, parts)
    each = np.mean([part.table.log_odds(data.cells) for part in parts], axis=0)
    assert broken_signs(data.grid, mean.table, data.directions) == []
    assert np.allclose(mean.table.log_odds(data.cells), each, atol=1e-9)


def test_a_negative_weight_is_refused(fitted: dict[str, Fitted]) -> None:
    with pytest.raises(ValueError, match="non-negative"):
        mean_table([fitted["linear"].table, fitted["splines"].table], [1.5, -0.5])


def test_a_cell_without_training_rows_for_missing_says_the_mean() -> None:
    axis = Axis("x", np.array([0.5]), np.array([0, 1], np.float32), np.array([30, 10, 0]))
    table = settle(Grid((axis,)), Table(0.0, (np.array([0.0, 4.0, 99.0]),)))
    assert table.shapes[0].tolist() == [-1.0, 3.0, 0.0]
    assert table.intercept == 1.0


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_one_class_only_is_refused(value: float, data: Simulated) -> None:
    with pytest.raises(Refused, match="nothing can be learned"):
        fit_candidate("splines", data.grid, data.cells, np.full(len(data.y), value), data.directions)


def test_an_unknown_candidate_is_refused(data: Simulated) -> None:
    with pytest.raises(Refused, match="no candidate called 'oracle'"):
        fit_candidate("oracle", data.grid, data.cells, data.y, data.directions)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_data_and_seed_give_the_same_table(name: str, data: Simulated) -> None:
    first, second = (
        fit_candidate(name, data.grid, data.cells, data.y, data.directions, seed=3).table for _ in range(2)
    )
    assert all(a.tobytes() == b.tobytes() for a, b in zip(first.shapes, second.shapes, strict=True))


def _random_grid(rng: np.random.Generator, k: int) -> Grid:
    axes = []
    for j in range(k):
        m = int(rng.integers(2, 9))
        values = np.arange(m, dtype=np.float32)
        axes.append(Axis(f"x{j}", values[:-1] + 0.5, values, rng.integers(1, 50, m + 1)))
    return Grid(tuple(axes))
