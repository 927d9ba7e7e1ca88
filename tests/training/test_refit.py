"""A model brought up to date: its mixture learned anew, or its base alone, and promoted only by the same gates."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data_contracts.errors import Refused
from pipelines.config import Config
from pipelines.registry import Registry
from pipelines.train import Trained, train
from pipelines.train.refit import rebase, refit
from testbed.simulated import CATALOGUE, TERMS, simulate

pytestmark = pytest.mark.xdist_group("trained")
NEW = TERMS[-3:]


@pytest.fixture(scope="module")
def moved(matrix: pd.DataFrame) -> pd.DataFrame:
    """The simulated trust in whose last three terms there are more suspensions than before."""
    more = simulate(level=-2.6)
    return pd.concat([matrix[~matrix["term"].isin(NEW)], more[more["term"].isin(NEW)]], ignore_index=True)


@pytest.fixture(scope="module")
def before(moved: pd.DataFrame) -> Trained:
    """What was trained when none of these terms had closed."""
    known = moved[~moved["term"].isin(NEW)]
    settings = {
        "bootstrap": {"repeats": 20},
        "training": {"candidates": ["splines"]},
        "validation": {"pupils_apart": False, "schools_apart": False},
    }
    return train(known, CATALOGUE, Config.load(overrides=settings), synthetic=True)


def test_a_renewed_base_keeps_every_shape_and_brings_expected_to_observed(
    tmp_path: Path, moved: pd.DataFrame, before: Trained
) -> None:
    serving = (before.model, before.manifest)
    after = rebase(moved, before.model, before.manifest, serving=serving)
    pupils = moved[list(before.model.names)].to_numpy(float)[:50]
    changed = after.model.contributions(pupils) - before.model.contributions(pupils)
    assert np.ptp(changed[:, :-1], axis=0).max() < 1e-12, "only the row they are counted from has moved"
    assert after.model.base_log_odds > before.model.base_log_odds + 0.3
    assert after.manifest["terms"]["test"] == NEW[1:2], "the last of them is not known yet"
    ratio = {name: abs(shift) for name, shift in after.report["serving"]["in_the_large"].items()}
    assert ratio["candidate"] < ratio["serving"]
    (nearer,) = [one for one in after.report["gates"]["gates"] if "as near to the observed" in one["gate"]]
    assert nearer["passed"]
    assert after.manifest["lineage"]["table"] == {
        "model_id": before.model_id,
        "terms": before.manifest["terms"]["train"],
    }
    assert after.card is not None
    (updated,) = [one["text"] for one in after.card["items"] if one["item"] == "24"]
    assert f"The table of {before.model_id}" in updated
    registry = Registry(str(tmp_path))
    registry.promote(registry.add(before), "A", "first", force_reason="simulated")
    with pytest.raises(Refused, match="not compared with"):
        registry.promote(registry.add(rebase(moved, before.model, before.manifest)), "A", "new term")
    registry.promote(registry.add(after), "A", "new term")
    assert registry.serving() == after.model_id
    assert registry.load(after.model_id).model.base_log_odds == after.model.base_log_odds


def test_a_base_is_not_renewed_without_a_new_term_nor_without_an_indicator(
    matrix: pd.DataFrame, moved: pd.DataFrame, before: Trained
) -> None:
    with pytest.raises(Refused, match="No term has closed since"):
        rebase(matrix[~matrix["term"].isin(NEW)], before.model, before.manifest)
    with pytest.raises(Refused, match="lacks what the model was learned from: incidents_term"):
        rebase(moved.drop(columns="incidents_term"), before.model, before.manifest)


def test_a_refit_is_judged_beside_the_model_that_serves(moved: pd.DataFrame, before: Trained) -> None:
    again = refit(moved, CATALOGUE, before.manifest, serving=(before.model, before.manifest))
    assert again.manifest["compared_with"] == before.model_id == again.manifest["lineage"]["refit_of"]
    assert again.manifest["terms"]["train"][-1] > before.manifest["terms"]["train"][-1]
    assert any("above the model in use" in one["gate"] for one in again.report["gates"]["gates"])
