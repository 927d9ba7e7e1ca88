"""Validations, audit, card, pictures, drift and comparison of a trained model."""

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data_contracts.errors import Refused
from pipelines.audit import audit, incidents_of, label_audit, label_audit_by_group
from pipelines.config import Config
from pipelines.monitor import compare_lists, drift_report
from pipelines.registry import Loaded, Registry
from pipelines.report.card import ITEMS, OPEN, complete, open_items
from pipelines.report.page import card_page
from pipelines.report.plots import audit_plot, calibration_plot, shape_plot
from pipelines.rows import fold_numbers
from pipelines.train import Trained, train
from pipelines.train.refit import refit
from pipelines.train.rows import select_rows, split_rows
from testbed.simulated import CATALOGUE, SCHOOLS, TERMS, simulate

pytestmark = pytest.mark.xdist_group("trained")


@pytest.fixture(scope="module")
def characteristics(matrix: pd.DataFrame) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    pupils = matrix[["pupil_id"]].drop_duplicates()
    drawn = pupils.assign(sex=rng.choice(["F", "M"], len(pupils)), fsm=rng.random(len(pupils)) < 0.25)
    return matrix[["pupil_id", "school", "term"]].merge(drawn, on="pupil_id")


def test_three_validations_with_intervals(trained: Trained) -> None:
    found = trained.report["validations"]
    assert {"rolling", "pupils_apart", "schools_apart"} <= set(found)
    for name in ("rolling", "pupils_apart", "schools_apart"):
        low, high = found[name]["intervals"]["auc"]
        assert low < found[name]["all"]["model"]["auc"] < high
        assert found[name]["all"]["model"]["auc"] > 0.7
    assert found["rolling"]["intervals"]["clustered_by"] == "pupil"


def test_one_school_cannot_be_left_out(config: Config) -> None:
    alone = train(simulate(pupils=900, schools=SCHOOLS[:1]), CATALOGUE, config, synthetic=True)
    assert "one school" in alone.report["validations"]["schools_apart"]["not_possible"]


def test_a_pupil_lies_in_one_fold() -> None:
    pupils = [f"p{i % 30}" for i in range(90)]
    folds = fold_numbers(pupils, 5, 1)
    assert all(len({f for f, p in zip(folds, pupils, strict=True) if p == one}) == 1 for one in pupils)
    assert len(set(folds)) == 5


def test_the_audit_shows_groups_pairs_and_proxies_and_no_difference_where_none_is(
    trained: Trained, matrix: pd.DataFrame, characteristics: pd.DataFrame, config: Config
) -> None:
    rows = split_rows(select_rows(matrix, trained.model.names, config), config).test
    log_odds = trained.model.log_odds(rows.X, rows.school, rows.window_days, rows.terms)
    found = audit(rows, log_odds, characteristics, config)
    assert set(found["groups"]) == {"sex", "fsm", "sen", "sex × fsm", "sex × sen", "fsm × sen"}
    assert found["groups"]["sex"]["finding"] != "differs"
    assert found["proxies"]["sex"]["auc"] < 0.6
    assert sum(row["pupils"] for row in found["groups"]["sex"]["rows"]) == len(rows)


def test_label_audit_of_incidents_names_both_tests() -> None:
    rng = np.random.default_rng(0)
    n = 6000
    biased = rng.random(n) < 0.3
    incidents = pd.DataFrame(
        {
            "type": rng.choice(["disruption", "fighting", "phone"], n), "school": "999001",
            "nc_year": rng.integers(7, 11, n), "earlier": rng.integers(0, 4, n),
            "pupil_id": rng.integers(0, 900, n).astype(str), "term": "2025-autumn", "recent": rng.integers(0, 4, n),
            "action": np.where(rng.random(n) < np.where(biased, 0.2, 0.1), "suspension", "none"),
        }
    )  # fmt: skip
    found = label_audit(incidents, {"planted": pd.Series(biased), "other": pd.Series(rng.random(n) < 0.3)})
    by = {(one["group"], one["test"]): one["finding"] for one in found}
    assert by["planted", "decision"] == "more often"
    assert "none found" in by["planted", "recording"]
    assert "none found" in by["other", "decision"]


def test_incidents_count_each_pupils_earlier_suspensions_of_the_year() -> None:
    matrix = pd.DataFrame(
        {"pupil_id": "p1", "school": "999001", "term": ["2025-autumn", "2026-spring"], "nc_year": 8}
    )
    behaviour = pd.DataFrame(
        {
            "pupil_id": "p1", "school": "999001", "type": "defiance",
            "term": ["2025-autumn"] * 3 + ["2026-spring"] * 2,
            "date": pd.to_datetime(["2025-10-01", "2025-11-01", "2025-11-02", "2026-02-01", "2026-02-02"]),
            "positive": [False, False, True, False, False],
            "role": ["involved", "aggressor", "involved", "target", "involved"],
            "action": ["suspension", "suspension", "none", "none", "none"],
        }
    )  # fmt: skip
    rows = incidents_of(behaviour, matrix)
    assert rows["earlier"].tolist() == [0, 1, 2]
    assert rows["recent"].tolist() == [0, 1, 0]
    assert rows["nc_year"].tolist() == [8, 8, 8]


def test_the_label_audit_of_a_training_names_every_large_enough_group(
    matrix: pd.DataFrame, characteristics: pd.DataFrame
) -> None:
    rng = np.random.default_rng(0)
    some = matrix[["pupil_id", "school", "term", "nc_year"]].sample(4000, random_state=1)
    incidents = some.assign(
        type=rng.choice(["defiance", "fighting"], len(some)), earlier=0, recent=0,
        action=np.where(rng.random(len(some)) < 0.1, "suspension", "none"),
    )  # fmt: skip
    found = label_audit_by_group(incidents, matrix, characteristics)
    assert {"sex: F", "sex: M", "fsm: True", "sen: support"} == {one["group"] for one in found}
    assert {one["test"] for one in found} == {"decision", "recording"}


def test_the_card_fills_what_follows_from_training_and_asks_for_the_rest(trained: Trained) -> None:
    assert trained.card is not None
    assert [one["item"] for one in trained.card["items"]] == list(ITEMS)
    assert trained.card["open"] == open_items(trained.card) == list(OPEN)
    with pytest.raises(Refused, match="17 \\(Ethics\\)"):
        complete(trained.card, {item: "said" for item in OPEN if item != "17"})
    with pytest.raises(Refused, match="no items 99"):
        complete(trained.card, {"99": "x"})
    assert complete(trained.card, dict.fromkeys(OPEN, "said"))["open"] == []


def test_the_page_says_synthetic_and_prints_every_indicator(trained: Trained) -> None:
    assert trained.card is not None
    page = card_page(trained.model, trained.manifest, trained.report, trained.card)
    assert "Synthetic data" in page
    assert "<script" not in page
    assert all(one["label"] in page for one in trained.manifest["indicators"])


def test_pictures_are_well_formed_svg() -> None:
    rows = [
        {
            "group": "a < b",
            "suppressed": False,
            "enough": True,
            "interval": [0.8, 1.4],
            "observed_over_expected": 1.1,
        },
        {"group": "few", "suppressed": True},
    ]
    for picture in (
        shape_plot("Absence & more", ["under 5", "5 or more", "not known"], [-0.2, 0.6, 0.0]),
        calibration_plot([{"expected": 0.1, "observed": 0.12, "rows": 50}]),
        audit_plot("Groups", rows),
    ):
        assert ET.fromstring(picture).tag.endswith("svg")


def test_drift_is_quiet_on_the_next_term_and_loud_when_the_world_moves(
    trained: Trained, matrix: pd.DataFrame, config: Config
) -> None:
    test = matrix[matrix["term"] == TERMS[-2]]
    quiet = drift_report(trained.model, trained.manifest, test, config)
    assert not quiet["paused"]
    moved = test.assign(incidents_term=test["incidents_term"] * 3 + 2, absence_term=30.0, absence_year=30.0)
    assert drift_report(trained.model, trained.manifest, moved, config)["paused"]
    halved = test.assign(outcome=test["outcome"].where(np.arange(len(test)) % 5 == 0, 0.0))
    assert any(
        "as many pupils" in said
        for said in drift_report(trained.model, trained.manifest, halved, config)["stops"]
    )
    assert "too few" in drift_report(trained.model, trained.manifest, test.head(5), config)["not_possible"]


def test_a_refit_keeps_the_mixture_and_says_what_it_renews(trained: Trained, matrix: pd.DataFrame) -> None:
    again = refit(matrix, CATALOGUE, trained.manifest)
    assert again.manifest["lineage"]["refit_of"] == trained.model_id
    assert again.manifest["chosen"] == trained.manifest["chosen"]
    assert np.allclose(
        again.model.contributions(np.ones((1, 11))), trained.model.contributions(np.ones((1, 11)))
    )


def test_comparison_says_who_enters_and_leaves_and_why(
    tmp_path: Path, trained: Trained, matrix: pd.DataFrame
) -> None:
    registry = Registry(str(tmp_path))
    served = registry.load(registry.add(trained))
    rows = matrix[matrix["term"] == TERMS[-1]]
    places = dict.fromkeys(SCHOOLS, 10)
    same = compare_lists(served, served, rows, places)
    assert (same["entering"], same["leaving"], same["staying"]) == ([], [], 30)
    shapes = tuple(
        -shape if name == "incidents_term" else shape
        for name, shape in zip(trained.model.names, trained.model.shapes, strict=True)
    )
    other = Loaded(type(trained.model)(**{**trained.model.__dict__, "shapes": shapes}), trained.manifest)
    moved = compare_lists(served, other, rows, places)
    assert len(moved["entering"]) == len(moved["leaving"]) > 0
    assert moved["leaving"][0]["why"][0]["indicator"] == "incidents_term"


def test_a_sen_unit_or_resourced_provision_has_a_row_of_its_own(
    trained: Trained, matrix: pd.DataFrame, characteristics: pd.DataFrame, config: Config
) -> None:
    rows = split_rows(select_rows(matrix, trained.model.names, config), config).test
    number = characteristics["pupil_id"].str[-5:].astype(int)
    said = characteristics.assign(sen_unit=(number % 10 == 1).astype("boolean"), resourced_provision=pd.NA)
    said.loc[number % 10 == 2, "resourced_provision"] = True
    said.loc[number % 10 == 3, "sen_unit"] = pd.NA
    log_odds = trained.model.log_odds(rows.X, rows.school, rows.window_days, rows.terms)
    tables = audit(rows, log_odds, said, config)["groups"]
    inside = rows.frame["pupil_id"].str[-5:].astype(int) % 10
    found = {row["group"]: row for row in tables["sen"]["rows"]}
    assert found["unit"]["pupils"] == int(inside.isin([1, 2]).sum())
    assert "sen_unit" not in tables
    assert "unit" not in {
        row["group"] for row in audit(rows, log_odds, characteristics, config)["groups"]["sen"]["rows"]
    }
