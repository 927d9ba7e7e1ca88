"""Scoring and explaining one term: places, abstentions, refusals, sums."""

import json

import numpy as np
import pandas as pd
import pytest

from data_contracts.errors import Refused
from pipelines.config import Config
from pipelines.explanation import Audience, changes, explanation, families
from pipelines.score import ScoreResult, score
from pipelines.train import Trained
from testbed.simulated import SCHOOLS, TERMS

pytestmark = pytest.mark.xdist_group("trained")


@pytest.fixture(scope="module")
def rows(matrix: pd.DataFrame) -> pd.DataFrame:
    return matrix[matrix["term"] == TERMS[-1]]


@pytest.fixture(scope="module")
def places(rows: pd.DataFrame, config: Config) -> dict[str, int]:
    sizes = rows[rows["scored"]].groupby("school").size()
    return config.places_for({str(school): int(n) for school, n in sizes.items()})


@pytest.fixture(scope="module")
def result(trained: Trained, rows: pd.DataFrame, places: dict[str, int]) -> ScoreResult:
    return score(trained.model, trained.manifest, rows, places)


def test_every_pupil_is_scored_or_abstained_with_a_reason(result: ScoreResult, rows: pd.DataFrame) -> None:
    frame = result.frame
    assert sorted(frame["pupil_id"]) == sorted(rows["pupil_id"])
    assert set(result.abstained["abstained"]) == {"too_few_sessions"}
    assert result.abstained["log_odds"].isna().all()
    assert not result.abstained["flagged"].any()
    assert frame.loc[frame["abstained"].isna(), "log_odds"].notna().all()


def test_the_list_is_cut_at_the_places_and_half_is_for_pupils_not_suspended(
    result: ScoreResult, places: dict[str, int]
) -> None:
    for school in SCHOOLS:
        flags = result.flags[result.flags["school"] == school]
        assert len(flags) == places[school]
        assert (flags["flag_list"] == "not_suspended").sum() >= np.ceil(places[school] / 2)


def test_no_pupil_left_out_stands_above_one_on_the_same_list(result: ScoreResult, rows: pd.DataFrame) -> None:
    known = rows.set_index("pupil_id")["suspended_last_year"]
    scored = result.frame[result.frame["abstained"].isna()]
    for _, school in scored.groupby("school"):
        fresh = ~school["pupil_id"].map(known).astype(bool)
        for part in (school[fresh], school[~fresh]):
            flagged, others = part[part["flagged"]], part[~part["flagged"]]
            if len(flagged) and len(others):
                assert flagged["log_odds"].min() >= others["log_odds"].max()


def test_only_pupils_not_flagged_before_are_new(
    trained: Trained, rows: pd.DataFrame, places: dict[str, int], result: ScoreResult
) -> None:
    first = result.flags.iloc[0]
    again = score(trained.model, trained.manifest, rows, places, {(first["pupil_id"], first["school"])})
    assert set(result.flags["pupil_id"]) - set(again.frame.loc[again.frame["new"], "pupil_id"]) == {
        first["pupil_id"]
    }


def test_the_order_of_rows_changes_nothing(
    trained: Trained, rows: pd.DataFrame, places: dict[str, int], result: ScoreResult
) -> None:
    shuffled = score(trained.model, trained.manifest, rows.sample(frac=1, random_state=1), places)
    pd.testing.assert_frame_equal(shuffled.frame, result.frame)


def test_a_synthetic_model_refuses_a_real_school(
    trained: Trained, rows: pd.DataFrame, places: dict[str, int]
) -> None:
    real = rows.assign(school="123456")
    with pytest.raises(Refused, match="synthetic trust"):
        score(trained.model, trained.manifest, real, {"123456": 6})


def test_a_missing_indicator_or_school_without_places_is_refused(
    trained: Trained, rows: pd.DataFrame, places: dict[str, int]
) -> None:
    with pytest.raises(Refused, match="incidents_term"):
        score(trained.model, trained.manifest, rows.drop(columns="incidents_term"), places)
    with pytest.raises(Refused, match="no number of support places"):
        score(trained.model, trained.manifest, rows, {SCHOOLS[0]: 6})
    with pytest.raises(Refused, match="infinite"):
        score(trained.model, trained.manifest, rows.assign(incidents_term=np.inf), places)


def test_other_phases_and_mostly_unknown_values_are_abstained(
    trained: Trained, rows: pd.DataFrame, places: dict[str, int]
) -> None:
    scored = rows[rows["scored"]].head(2)
    names = list(trained.model.names)
    primary = score(trained.model, trained.manifest, scored.assign(phase="primary"), places)
    assert set(primary.frame["abstained"]) == {"other_phase"}
    unknown = score(trained.model, trained.manifest, scored.assign(**dict.fromkeys(names, np.nan)), places)
    assert set(unknown.frame["abstained"]) == {"unknown_values"}


def test_no_rows_give_no_flags(trained: Trained, rows: pd.DataFrame) -> None:
    assert len(score(trained.model, trained.manifest, rows.iloc[:0], {}).frame) == 0


def test_the_full_explanation_adds_up_for_every_pupil(trained: Trained, result: ScoreResult) -> None:
    scored = result.frame[result.frame["abstained"].isna()]
    for row in scored.to_dict("records"):
        body = explanation(trained.manifest, row, all=True)
        total = body["base_log_odds"] + sum(one["contribution"] for one in body["reasons"])
        assert abs(total - body["log_odds"]) < 1e-9
        assert body["probability"] == pytest.approx(1 / (1 + np.exp(-body["log_odds"])))
        assert {one["indicator"] for one in body["reasons"]} == {*trained.model.names, "school"}


def test_themes_raise_and_are_the_sums_of_their_indicators(trained: Trained, result: ScoreResult) -> None:
    row = result.flags.sort_values("log_odds").iloc[-1].to_dict()
    body, whole = (explanation(trained.manifest, row, all=all) for all in (False, True))
    assert body["themes"]
    weights = [one["contribution"] for one in body["themes"]]
    assert weights == sorted(weights, reverse=True)
    for theme in body["themes"]:
        parts = [one["contribution"] for one in whole["reasons"] if one["theme"] == theme["theme"]]
        assert theme["contribution"] == pytest.approx(sum(parts), abs=1e-12)
    assert len({one["theme"] for one in body["themes"]}) == len(body["themes"]) <= 3
    assert all(one["contribution"] < 0 for one in body["strengths"])
    assert body["similar"]["pupils"] >= 50
    assert set(body) == {
        "pupil_id", "school", "as_of", "model_id", "synthetic", "abstained", "log_odds", "base_log_odds",
        "probability", "similar", "reasons", "strengths", "themes", "well",
    }  # fmt: skip
    json.dumps(body)


def test_an_audience_without_figures_gets_none(trained: Trained, result: ScoreResult) -> None:
    row = result.flags.iloc[0].to_dict()
    body = explanation(trained.manifest, row, all=True, audience=Audience.export)
    assert body["log_odds"] is body["probability"] is body["similar"] is None
    assert all(one["contribution"] is None for one in [*body["themes"], *body["reasons"]])
    assert "school" not in {one["indicator"] for one in body["reasons"]}


def test_an_abstained_pupil_gets_the_reason_and_no_figure(trained: Trained, result: ScoreResult) -> None:
    body = explanation(trained.manifest, result.abstained.iloc[0].to_dict())
    assert body["abstained"] == "too_few_sessions"
    assert body["log_odds"] is body["probability"] is body["similar"] is None
    assert body["reasons"] == body["strengths"] == []


def test_an_unseen_school_is_told_so(trained: Trained, rows: pd.DataFrame) -> None:
    unseen = score(trained.model, trained.manifest, rows.head(10).assign(school="999777"), {"999777": 6})
    row = unseen.frame[unseen.frame["abstained"].isna()].iloc[0].to_dict()
    school = next(one for one in explanation(trained.manifest, row, all=True)["reasons"] if one["kind"] == "context"
                  and one["indicator"] == "school")  # fmt: skip
    assert school["contribution"] == 0
    assert "has not learned" in school["sentence"]


def test_families_and_changes_add_up_too(
    trained: Trained, matrix: pd.DataFrame, places: dict[str, int], result: ScoreResult
) -> None:
    before = score(trained.model, trained.manifest, matrix[matrix["term"] == TERMS[-2]], places)
    row = result.flags.iloc[0].to_dict()
    last = before.frame.set_index("pupil_id", drop=False).loc[row["pupil_id"]].to_dict()
    assert sum(families(trained.manifest, row["contributions"]).values()) == pytest.approx(
        row["log_odds"] - row["base_log_odds"]
    )
    then, now = (explanation(trained.manifest, one, all=True) for one in (last, row))
    told = changes(then, now)
    assert sum(one["moved"] for one in told) == pytest.approx(row["log_odds"] - last["log_odds"], abs=1e-9)
    assert [abs(one["moved"]) for one in told] == sorted((abs(one["moved"]) for one in told), reverse=True)
    assert {"indicator", "label", "theme", "kind", "unit", "then", "now", "moved", "sentence"} == set(told[0])
    incidents = next(one for one in told if one["indicator"] == "incidents_term")
    assert incidents["sentence"].endswith(f", was {last['values'][3]:g} {incidents['unit']}.")


def test_changes_under_two_models_name_values_and_no_figures(trained: Trained, result: ScoreResult) -> None:
    rows = result.frame[result.frame["abstained"].isna()]
    body = explanation(trained.manifest, rows.iloc[0].to_dict(), all=True)
    reasons = [
        {**one, "value": 0.0} if one["indicator"] == "incidents_term" else one for one in body["reasons"]
    ]
    told = changes(body, {**body, "model_id": "another", "reasons": reasons})
    expected = ["incidents_term"] if body["reasons"] != reasons else []
    assert [one["indicator"] for one in told] == expected
    assert all(one["moved"] is None for one in told)
    assert changes(body, body) == []
    assert changes({**body, "abstained": "too_few_sessions"}, body) == []
    with pytest.raises(ValueError, match="one pupil"):
        changes({**body, "pupil_id": "p2"}, body)


def test_a_school_that_set_its_own_places_gets_them_by_list_and_year_group(
    trained: Trained, rows: pd.DataFrame, places: dict[str, int]
) -> None:
    school = SCHOOLS[0]
    own = {school: {("8", "not_suspended"): 2, ("all", "not_suspended"): 5, ("all", "suspended"): 1}}
    flags = score(trained.model, trained.manifest, rows, places, own_places=own).flags
    here = flags[flags["school"] == school]
    years = here["pupil_id"].map(rows.set_index("pupil_id")["nc_year"])
    fresh = here["flag_list"] == "not_suspended"
    assert int((fresh & (years == 8)).sum()) == 2
    assert int((fresh & (years != 8)).sum()) == 5
    assert int((~fresh).sum()) == 1
    other = flags[flags["school"] == SCHOOLS[1]]
    assert len(other) == places[SCHOOLS[1]]


def test_a_list_without_an_own_number_keeps_the_usual_one(
    trained: Trained, rows: pd.DataFrame, places: dict[str, int]
) -> None:
    school = SCHOOLS[0]
    own = {school: {("all", "not_suspended"): 3}}
    flags = score(trained.model, trained.manifest, rows, places, own_places=own).flags
    lists = flags[flags["school"] == school]["flag_list"].value_counts()
    assert lists["not_suspended"] == 3
    assert lists.get("suspended", 0) == places[school] - int(np.ceil(places[school] / 2))
