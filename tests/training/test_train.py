"""Training end to end: what it refuses, what it keeps, that it can be repeated."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from data_contracts.errors import Refused
from model import bundle
from model.grid import MAX_CELLS
from model.indicator import Indicator
from model.shapes import Table, broken_signs
from pipelines.config import Config
from pipelines.evaluate import setting_figure
from pipelines.report import summary_lines, table_rows
from pipelines.rows import Rows
from pipelines.train import Trained, train
from pipelines.train.fitting import make_model
from pipelines.train.rows import select_rows
from testbed.simulated import CATALOGUE, SCHOOLS, TERMS, simulate

pytestmark = pytest.mark.xdist_group("trained")


def test_each_term_has_one_part_and_the_unknown_one_none(trained: Trained) -> None:
    terms = trained.manifest["terms"]
    assert terms["train"] + terms["calibrate"] + terms["test"] == TERMS[:-1]
    assert terms["test"] == TERMS[-2:-1]


def test_it_beats_the_plain_rules_and_is_calibrated(trained: Trained) -> None:
    test = trained.report["test"]
    for part in ("all", "no_earlier_suspension"):
        rules = [test[part][name]["average_precision"] for name in ("last_term", "abc", "roni")]
        assert test[part]["model"]["average_precision"] > max(rules)
    assert 0.7 < test["calibration"]["slope"] < 1.4
    assert "accuracy" not in str(trained.report)


def test_what_is_usual_in_a_season_is_learned_and_leaves_the_base_alone(trained: Trained) -> None:
    usual, more = simulate(pupils=250), simulate(pupils=250, level=-2.8)
    autumn = usual["term"].str.endswith("autumn")
    rows = select_rows(pd.concat([usual[~autumn], more[autumn]]), ["incidents_term"], Config.load())
    settings = Config.load(overrides={"training": {"candidates": ["linear"]}})
    learned, later = rows.of_terms(TERMS[:6]), rows.of_terms(TERMS[6:7])
    made = make_model(learned, later, [one for one in CATALOGUE if one.name == "incidents_term"], settings, 1)
    seasons = made.model.seasons
    assert seasons["autumn"] - seasons["spring"] == pytest.approx(0.8, abs=0.35)
    assert sum(seasons[term[5:]] for term in learned.terms) == pytest.approx(0.0, abs=1e-6)
    assert set(trained.manifest["base"]["seasons"]) == {"autumn", "spring", "summer"}


def test_the_model_adds_to_what_school_and_year_group_say(trained: Trained) -> None:
    test, rolling = trained.report["test"], trained.report["validations"]["rolling"]
    assert test["all"]["model"]["average_precision"] > test["all"]["setting"]["average_precision"]
    assert rolling["intervals"]["average_precision_above_setting"][0] > 0


def test_the_setting_alone_is_school_and_year_group_and_nothing_else(matrix: pd.DataFrame) -> None:
    rows = select_rows(matrix, ["incidents_term"], Config.load())
    learned, asked = rows.of_terms(TERMS[:4]), rows.of_terms(TERMS[4:5])
    figure = pd.Series(setting_figure(learned, asked), index=asked.frame.index)
    by_setting = figure.groupby([asked.frame["school"], asked.frame["nc_year"]])
    assert (by_setting.nunique() == 1).all()
    assert figure.nunique() == by_setting.ngroups
    schools = figure.groupby(asked.frame["school"]).mean()
    assert schools.index[schools.argsort()].tolist() == list(SCHOOLS), "as the schools were made to differ"
    strange = Rows(asked.frame.assign(school="999777"), asked.names, asked.outcome)
    assert len(set(setting_figure(learned, strange))) <= asked.frame["nc_year"].nunique()


def test_every_method_flags_as_many_pupils(trained: Trained) -> None:
    for part in ("all", "no_earlier_suspension", "list"):
        flags = {one["flags"] for one in trained.report["test"][part].values() if isinstance(one, dict)}
        assert len({round(n, 6) for n in flags}) == 1


def test_the_two_lists_shown_are_counted_apart_and_add_up(trained: Trained) -> None:
    test = trained.report["test"]
    for what in ("flags", "right"):
        parts = [test["lists"][name][what] for name in ("not_suspended", "suspended")]
        assert min(parts) >= 0
        assert sum(parts) == pytest.approx(test["list"]["model"][what])


def test_served_signs_cells_and_certificate(trained: Trained) -> None:
    model = trained.model
    directions = [Indicator.from_dict(one).direction for one in trained.manifest["indicators"]]
    assert broken_signs(model.grid, Table(model.intercept, model.shapes), directions) == []
    assert max(axis.cells for axis in model.grid.axes) <= MAX_CELLS
    assert trained.manifest["certificate"]["passed"]
    assert max(trained.manifest["certificate"]["gaps"].values()) < 1e-9


def test_what_tells_nobody_apart_is_left_out_and_named(trained: Trained) -> None:
    assert trained.manifest["left_out"] == {"sen_plan": "the same for every pupil"}
    assert "sen_plan" not in trained.model.names


def test_similar_pupils_are_distinct_and_held_out(trained: Trained, matrix: pd.DataFrame) -> None:
    bands = trained.manifest["similar"]
    held = matrix[matrix["term"].isin(TERMS[-3:-1]) & matrix["scored"]]
    assert sum(band["pupils"] for band in bands) == held["pupil_id"].nunique()
    assert all(0 <= band["suspended"] <= band["pupils"] >= 10 for band in bands)


def test_the_same_data_and_seed_give_the_same_bytes(
    trained: Trained, matrix: pd.DataFrame, config: Config
) -> None:
    shuffled = matrix.sample(frac=1.0, random_state=5)
    again = train(shuffled, CATALOGUE, config, synthetic=True)
    assert bundle.dump(again.model) == bundle.dump(trained.model)
    assert bundle.manifest_bytes(again.manifest) == bundle.manifest_bytes(trained.manifest)


def test_summary_lines_say_synthetic_and_the_gates(trained: Trained) -> None:
    lines = summary_lines(trained.report)
    assert "synthetic" in lines[0]
    assert "gate" in lines[-1].lower()


def test_the_printed_table_is_the_whole_model(trained: Trained, matrix: pd.DataFrame) -> None:
    indicators = [Indicator.from_dict(one) for one in trained.manifest["indicators"]]
    rows = table_rows(trained.model, indicators)
    assert len(rows) == sum(axis.cells + 1 for axis in trained.model.grid.axes) + len(SCHOOLS)
    assert all(row["pupils"] is None or row["pupils"] >= 10 for row in rows)
    some = matrix.head(20)
    parts = trained.model.contributions(some[list(trained.model.names)].to_numpy(float), list(some["school"]))
    cells = trained.model.grid.locate(some[list(trained.model.names)].to_numpy(float))
    printed = {
        name: [r["contribution"] for r in rows if r["indicator"] == name] for name in trained.model.names
    }
    for j, name in enumerate(trained.model.names):
        assert np.allclose(parts[:, j], np.array(printed[name])[cells[:, j]], atol=1e-12)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"terms": TERMS[:3]}, "at least 3 terms.*there are 2"),
        ({"pupils": 30}, "of the 100 needed to train"),
    ],
)
def test_too_little_is_refused_with_the_number_needed(
    changed: dict[str, Any], message: str, config: Config
) -> None:
    with pytest.raises(Refused, match=message):
        train(simulate(**changed), CATALOGUE, config, synthetic=True)


def test_no_events_and_only_events_are_refused(matrix: pd.DataFrame, config: Config) -> None:
    known = matrix["outcome"].notna()
    for value, message in ((0.0, "0 of the 100 needed"), (1.0, "nothing can be learned")):
        with pytest.raises(Refused, match=message):
            train(matrix.assign(outcome=np.where(known, value, np.nan)), CATALOGUE, config, synthetic=True)


def test_a_term_with_one_class_only_is_refused_before_anything_is_learned(
    matrix: pd.DataFrame, config: Config
) -> None:
    last = matrix["term"] == TERMS[-2]
    for value, message in (
        (0.0, "0 of the 20 needed to test"),
        (1.0, "Every pupil has the outcome in the rows to test"),
    ):
        changed = matrix.assign(outcome=matrix["outcome"].mask(last, value))
        with pytest.raises(Refused, match=message):
            train(changed, CATALOGUE, config, synthetic=True)


def test_values_never_seen_fall_into_the_outermost_cells(trained: Trained, matrix: pd.DataFrame) -> None:
    X = matrix.head(2)[list(trained.model.names)].to_numpy(float)
    beyond = np.vstack([np.full_like(X[0], -1e30), np.full_like(X[0], 1e30)])
    cells = trained.model.grid.locate(beyond)
    assert cells[0].tolist() == [0] * len(X[0])
    assert cells[1].tolist() == [axis.cells - 1 for axis in trained.model.grid.axes]
    assert np.isfinite(trained.model.log_odds(beyond)).all()


def test_infinities_are_refused_by_name(matrix: pd.DataFrame, config: Config) -> None:
    with pytest.raises(Refused, match="'absence_term' holds an infinite value"):
        train(
            matrix.assign(absence_term=matrix["absence_term"].where(matrix.index != 5, np.inf)),
            CATALOGUE,
            config,
            synthetic=True,
        )


def test_an_all_missing_column_is_left_out_and_named(matrix: pd.DataFrame, config: Config) -> None:
    without = train(matrix.assign(positives_term=np.nan), CATALOGUE, config, synthetic=True)
    assert without.manifest["left_out"]["positives_term"] == "missing for every pupil"


def test_a_matrix_without_its_columns_or_rows_is_refused(matrix: pd.DataFrame, config: Config) -> None:
    with pytest.raises(Refused, match="lacks: trainable"):
        train(matrix.drop(columns="trainable"), CATALOGUE, config, synthetic=True)
    with pytest.raises(Refused, match="no pupils with a known outcome"):
        train(matrix.iloc[:0], CATALOGUE, config, synthetic=True)


def test_noise_does_not_pass_the_gates(config: Config) -> None:
    noise = simulate(signal=0.0, level=-2.5, seed=3)
    assert not train(noise, CATALOGUE, config, synthetic=True).manifest["gates"]["passed"]


def test_a_school_of_ten_pupils_trains_with_the_others(config: Config) -> None:
    small = simulate(pupils=10, schools=("999004",), seed=9)
    trained = train(pd.concat([simulate(), small]), CATALOGUE, config, synthetic=True)
    assert "999004" in trained.model.offsets
    assert abs(trained.model.offsets["999004"]) < 1.0
