"""Groups, label, drift: finding what was planted and nothing else."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.bootstrap import clusters, intervals
from model.drift import Bounds, excess, judge, stability
from model.groups import CANNOT_TELL, LEAST_SHOWN, disparity, group_table, suppressed
from model.label_audit import NONE_FOUND, decision_test, recording_test

SEEDS = 50


def _groups(
    n: int = 4000, extra: float = 0.0, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    rng = np.random.default_rng(seed)
    group = np.where(np.arange(n) % 3 == 0, "a", "b")
    p = rng.uniform(0.02, 0.2, n)
    y = (rng.random(n) < p * np.where(group == "a", 1 + extra, 1)).astype(int)
    return y, (p > 0.17).astype(int), p, list(group)


def test_rates_agree_with_counting_by_hand() -> None:
    y, flagged, p, group = _groups()
    row = next(one for one in group_table(y, flagged, p, group) if one["group"] == "a")
    inside = np.array(group) == "a"
    assert row["pupils"] == inside.sum()
    assert row["flag_rate"] == pytest.approx(flagged[inside].mean())
    assert row["miss_rate"] == pytest.approx(1 - flagged[inside & (y == 1)].mean())
    assert row["observed_over_expected"] == pytest.approx(y[inside].sum() / p[inside].sum())
    assert row["interval"][0] < row["observed_over_expected"] < row["interval"][1]


def test_a_planted_difference_is_found_and_none_is_not() -> None:
    assert disparity(group_table(*_groups(extra=1.0)))["finding"] == "differs"
    assert disparity(group_table(*_groups()))["finding"] == "no difference found"
    assert disparity(group_table(*_groups(n=60)))["finding"] == CANNOT_TELL


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=2, max_size=8))
def test_no_small_group_is_shown_or_told_by_subtraction(sizes: list[int]) -> None:
    counts = pd.Series(sizes, index=[f"g{i}" for i in range(len(sizes))])
    hidden = suppressed(counts)
    assert all(counts[name] >= LEAST_SHOWN for name in counts.index if name not in hidden)
    assert len(hidden) != 1
    assert not 0 < counts[list(hidden)].sum() < LEAST_SHOWN or len(hidden) == len(counts)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=2, max_size=4))
def test_no_cell_of_a_table_of_pairs_is_told_by_the_tables_of_one(cells: list[list[int]]) -> None:
    names = [[f"{i} × {j}" for j in range(3)] for i in range(len(cells))]
    counts = pd.Series(
        {n: c for row, line in zip(names, cells, strict=True) for n, c in zip(row, line, strict=True)}
    )
    lines = [*(set(row) for row in names), *({row[j] for row in names} for j in range(3))]
    hidden = suppressed(counts, lines)
    for line in lines:
        inside = line & hidden
        assert not inside or inside == line or (len(inside) > 1 and counts[list(inside)].sum() >= LEAST_SHOWN)


def test_a_table_without_a_difference_says_so_at_its_stated_rate() -> None:
    found = [disparity(group_table(*_groups(seed=seed)))["finding"] for seed in range(100)]
    assert found.count("differs") <= 4


def _records(seed: int, decision: float = 0.0, recording: float = 0.0, n: int = 3000) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    in_group, stratum = rng.random(n) < 0.3, rng.integers(0, 20, n)
    chance = -2.5 + 0.1 * (stratum % 5) + decision * in_group
    return pd.DataFrame(
        {
            "in_group": in_group,
            "stratum": stratum,
            "suspended": rng.random(n) < 1 / (1 + np.exp(-chance)),
            "subjective": rng.random(n) < 1 / (1 + np.exp(-0.3 - recording * in_group)),
        }
    )


def test_label_audits_find_planted_bias_and_stay_silent_without_it() -> None:
    found = sum(
        decision_test(_records(seed, decision=0.7), "x").finding == "more often" for seed in range(SEEDS)
    )
    false = sum(decision_test(_records(seed), "x").finding != NONE_FOUND for seed in range(SEEDS))
    assert found >= 0.9 * SEEDS
    assert false <= 0.06 * SEEDS


def test_recording_bias_alone_is_seen_by_the_recording_test_only() -> None:
    biased = [_records(seed, recording=0.5) for seed in range(SEEDS)]
    assert sum(recording_test(one, "x").finding == "more often" for one in biased) >= 0.9 * SEEDS
    assert sum(decision_test(one, "x").finding != NONE_FOUND for one in biased) <= 0.06 * SEEDS
    assert "cannot see who was never written up" in NONE_FOUND


def test_too_few_records_say_so() -> None:
    assert "not enough" in decision_test(_records(0, n=40), "x").finding
    assert "not enough" in decision_test(_records(0).iloc[:0], "x").finding


def test_the_common_odds_ratio_of_one_table_is_its_own() -> None:
    cells = {(True, True): 40, (True, False): 60, (False, True): 30, (False, False): 90}
    rows = [(g, y) for (g, y), n in cells.items() for _ in range(n)]
    records = pd.DataFrame(rows, columns=["in_group", "suspended"]).assign(stratum="one")
    assert decision_test(records, "x").odds_ratio == pytest.approx(40 * 90 / (60 * 30))


def test_records_of_few_pupils_that_hang_together_do_not_count_as_many() -> None:
    """A pupil's own answer repeated twenty times is one pupil's answer."""
    rng = np.random.default_rng(1)
    found = {"alone": 0, "together": 0}
    for _ in range(60):
        pupil = np.repeat(np.arange(120), 20)
        records = pd.DataFrame(
            {
                "in_group": (rng.random(120) < 0.3)[pupil], "stratum": pupil % 6, "pupil": pupil,
                "suspended": rng.random(2400) < rng.beta(0.5, 4, 120)[pupil],
            }
        )  # fmt: skip
        found["together"] += decision_test(records, "x").finding != NONE_FOUND
        found["alone"] += decision_test(records.drop(columns="pupil"), "x").finding != NONE_FOUND
    assert found["together"] <= 4 < found["alone"]


def test_stability_is_zero_for_the_same_and_grows_with_the_move() -> None:
    then = [100, 200, 300]
    assert stability(then, then) == 0
    assert 0 < stability(then, [120, 200, 280]) < stability(then, [300, 200, 100])


def test_drift_past_the_bounds_pauses() -> None:
    bounds = Bounds(warn=0.1, stop=0.25, rate=1.6)
    assert not judge({"a": 0.05, "b": 0.2}, 0.05, 1.1, None, bounds)["paused"]
    assert len(judge({"a": 0.05, "b": 0.2}, 0.05, 1.1, None, bounds)["warnings"]) == 1
    assert judge({"a": 0.0}, 0.3, None, None, bounds)["paused"]
    assert judge({"a": 0.0}, 0.0, 0.5, None, bounds)["paused"]
    assert judge({"a": 0.9, "b": 0.9}, 0.0, 1.0, None, bounds)["paused"]


def test_few_pupils_outside_the_rate_warn_and_many_stop() -> None:
    bounds = Bounds(warn=0.1, stop=0.25, rate=1.6)
    few, many = judge({}, None, 0.5, (0.2, 1.1), bounds), judge({}, None, 0.5, (0.4, 0.61), bounds)
    assert (few["paused"], many["paused"]) == (False, True)
    assert len(few["warnings"]) == 1
    assert not judge({}, None, 0.5, (0.3, 0.8), bounds, surely=True)["paused"]
    assert judge({}, None, 0.5, (0.3, 0.8), bounds)["paused"]


def test_samples_of_one_world_show_no_excess_and_a_moved_one_does() -> None:
    rng = np.random.default_rng(0)
    pairs = [np.bincount(rng.integers(0, 10, n), minlength=10) for n in (400, 60) * 40]
    assert np.mean([excess(a, b) for a, b in zip(pairs[::2], pairs[1::2], strict=True)]) < 0.06
    assert excess([100] * 10, [10] * 5 + [190] * 5) > 0.5


def test_few_schools_are_clustered_by_pupil_and_many_by_school() -> None:
    pupils = [f"p{i // 2}" for i in range(40)]
    assert clusters(["s"] * 40, pupils)[1] == "pupil"
    members, by = clusters([f"s{i % 10}" for i in range(40)], pupils)
    assert by == "school"
    assert sorted(np.concatenate(members)) == list(range(40))


def test_intervals_hold_the_mean_about_as_often_as_they_say() -> None:
    held = 0
    for seed in range(60):
        values = np.random.default_rng(seed).normal(0, 1, 80)
        low, high = intervals(
            lambda at, v=values: {"mean": float(v[at].mean())}, [np.array([i]) for i in range(80)],
            repeats=100, seed=seed,
        )["mean"]  # fmt: skip
        held += low <= 0 <= high
    assert held >= 50
