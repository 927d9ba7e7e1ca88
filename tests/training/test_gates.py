"""Gates: clear of a bound, short of it, or too few pupils to tell; and what then follows by the written rule."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data_contracts.errors import Refused
from pipelines.config import Config
from pipelines.rows import Rows
from pipelines.rule_list import rule_list
from pipelines.train import Trained
from pipelines.train.gates import FAILS, HOLDS, UNCLEAR, at_least, judge, within
from pipelines.train.leaks import single_feature_auc
from pipelines.train.serving import against_serving
from testbed.simulated import CATALOGUE, TERMS, simulate

pytestmark = pytest.mark.xdist_group("trained")

WITHIN: list[tuple[float, tuple[float, float], str, dict[str, bool]]] = [
    (1.0, (0.8, 1.2), HOLDS, {"allow": True, "block": True, "point": True}),
    (1.5, (0.95, 2.1), UNCLEAR, {"allow": True, "block": False, "point": False}),
    (1.3, (1.05, 1.6), UNCLEAR, {"allow": True, "block": False, "point": True}),
    (1.5, (1.3, 1.7), FAILS, {"allow": False, "block": False, "point": False}),
    (0.4, (0.2, 0.6), FAILS, {"allow": False, "block": False, "point": False}),
    (0.1, (-2.0, 3.0), UNCLEAR, {"allow": True, "block": False, "point": False}),
]
AT_LEAST: list[tuple[float, tuple[float, float], str, dict[str, bool]]] = [
    (0.7, (0.65, 0.75), HOLDS, {"allow": True, "block": True, "point": True}),
    (0.5, (0.45, 0.55), FAILS, {"allow": False, "block": False, "point": False}),
    (0.62, (0.5, 0.7), UNCLEAR, {"allow": True, "block": False, "point": True}),
    (0.58, (0.5, 0.7), UNCLEAR, {"allow": True, "block": False, "point": False}),
]


@pytest.mark.parametrize(("found", "interval", "result", "by_rule"), WITHIN)
def test_a_slope_by_its_interval(
    found: float, interval: tuple[float, float], result: str, by_rule: dict[str, bool]
) -> None:
    for rule, passed in by_rule.items():
        one = within("slope", found, interval, (0.7, 1.4), rule)  # type: ignore[arg-type]
        assert (one["result"], one["passed"]) == (result, passed)
        assert one["rule"] == (rule if result == UNCLEAR else "")


@pytest.mark.parametrize(("found", "interval", "result", "by_rule"), AT_LEAST)
def test_a_ranking_by_its_interval(
    found: float, interval: tuple[float, float], result: str, by_rule: dict[str, bool]
) -> None:
    for rule, passed in by_rule.items():
        one = at_least("auc", found, interval, 0.6, "at least 0.6", rule)  # type: ignore[arg-type]
        assert (one["result"], one["passed"]) == (result, passed)


def test_what_could_not_be_measured_never_passes() -> None:
    assert not within("slope", None, None, (0.7, 1.4), "allow")["passed"]
    assert not at_least("auc", None, None, 0.6, "", "allow")["passed"]


def test_every_gate_names_its_result_and_both_populations_are_judged(trained: Trained) -> None:
    gates = trained.manifest["gates"]["gates"]
    names = [one["gate"] for one in gates]
    assert len(set(names)) == len(names)
    assert {one["result"] for one in gates} <= {HOLDS, FAILS, UNCLEAR}
    for said in ("Ranking (AUC)", "Calibration slope", "better than chance"):
        assert sum(said in name for name in names) == 2


def test_contracts_serving_model_and_leaks_are_judged_where_given(trained: Trained, config: Config) -> None:
    def results(**given: Any) -> list[str]:
        gates = judge(trained.report["test"], {"passed": True}, config, **given)["gates"]
        return [one["result"] for one in gates[-1:]]

    assert results(loads={"read": 1000, "quarantined": 20}) == [HOLDS]
    assert results(loads={"read": 1000, "quarantined": 80}) == [FAILS]
    assert results(alone={"a": 0.97, "b": 0.6}) == [FAILS]
    assert results(later={"absence_term": 0.2}) == [FAILS]
    assert results(later={"absence_term": 0.001}) == [HOLDS]
    beside = {"model_id": "m1", "difference": -0.01, "interval": [-0.03, 0.02]}
    assert results(serving=beside) == [UNCLEAR]
    assert results(serving={**beside, "difference": None, "interval": None}) == [UNCLEAR]
    assert results(serving={**beside, "interval": [-0.03, -0.001]}) == [FAILS]


def test_a_model_beside_itself_gains_nothing_and_beside_a_worse_one_gains(
    trained: Trained, matrix: pd.DataFrame
) -> None:
    rows = matrix[(matrix["term"] == TERMS[-2]) & matrix["scored"]].reset_index(drop=True)
    test = Rows(rows, trained.model.names, "outcome")
    ours = trained.model.log_odds(test.X, test.school, test.window_days, test.terms)
    same = against_serving(trained.model, trained.manifest, test, ours, repeats=20, seed=1)
    assert same["difference"] == 0
    flat = replace(trained.model, shapes=tuple(0 * shape for shape in trained.model.shapes))
    gain = against_serving(flat, trained.manifest, test, ours, repeats=20, seed=1)
    assert gain["interval"][0] > 0
    fewer = Rows(rows.drop(columns="absence_term"), trained.model.names, "outcome")
    assert "absence_term" in against_serving(
        trained.model, trained.manifest, fewer, ours, repeats=2, seed=1
    )["not_possible"]  # fmt: skip


def test_an_indicator_that_knows_the_future_is_found_and_blocks(config: Config) -> None:
    leaky = simulate(pupils=250).assign(absence_term=lambda f: f["outcome"].fillna(0) * 20.0)
    rows = Rows(leaky[leaky["outcome"].notna()], tuple(one.name for one in CATALOGUE[:-1]), "outcome")
    told = single_feature_auc(rows)
    assert told["absence_term"] == 1.0
    assert max(value for name, value in told.items() if name != "absence_term") < 0.9


def test_bounds_the_wrong_way_round_and_unknown_rules_are_refused() -> None:
    for changed in ({"calibration_slope": [1.4, 0.7]}, {"unclear": {"groups": "perhaps"}}):
        with pytest.raises(Refused, match=r"gates\."):
            Config.load(overrides={"gates": changed})


def test_an_older_manifests_settings_get_what_they_lack_from_the_defaults() -> None:
    older = Config.load().as_dict()
    del older["gates"]["unclear"], older["drift"]
    older["baselines"] = {"mine": {"label": "Mine", "rules": []}}
    config = Config.from_dict(older)
    assert config.gates == Config.load().gates
    assert list(config.baselines) == ["mine"]


def test_a_plain_rules_list_keeps_equal_points_together(config: Config) -> None:
    rows = simulate(pupils=200, terms=TERMS[:1], schools=("999001",)).assign(
        absence_term=0.0, incidents_term=0, suspensions_year=0, suspensions_term=0
    )
    rows.loc[rows.index[1:4], "absence_term"] = 25.0
    found = rule_list(rows, config)["schools"][0]
    assert (found["places"], found["pupils"]) == (6, sorted(rows["pupil_id"].iloc[1:4]))
    rows.loc[rows.index[50:60], "absence_term"] = 12.0
    assert rule_list(rows, config)["schools"][0]["pupils"] == found["pupils"]
    with pytest.raises(Refused, match="no points rule"):
        rule_list(rows, config, "mine")


def test_bounds_are_in_the_manifest_as_they_were_written(trained: Trained, config: Config) -> None:
    assert trained.manifest["config"]["gates"] == config.as_dict()["gates"]
    assert np.isfinite(trained.manifest["gates"]["gates"][1]["found"])
