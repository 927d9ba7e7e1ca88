"""Model pages: the figures are the report's own, and the public page points at nobody."""

import re
from itertools import pairwise

from fastapi.testclient import TestClient

from model.groups import disparity, group_table
from model.indicator import Indicator
from service.models import pages as model
from service.models.audit_figures import CANNOT_TELL, TESTS, group_tables, label_tables
from service.models.model_figures import shapes
from service.shell.calibration_chart import calibration, interval
from testbed.deployments import app_with
from testbed.seeds import OTHER, OWN, SENTINEL, Seeded
from tests.service.conftest import seeded, template
from tests.web.visitors import look_over, visitor

__all__ = ["seeded", "template"]


def test_the_overview_says_what_the_report_says(seeded: Seeded) -> None:
    page = visitor(seeded.deployment, seeded.account[f"governor.{OWN}"], model.router).get("/model")
    report = seeded.deployment.registry.report(seeded.model_id)
    list_of = report["test"]["list"]["model"]
    assert f"{round(list_of['right'])} of the {round(list_of['flags'])} pupils it suggested" in page
    for gate in report["gates"]["gates"]:
        assert gate["gate"] in page
    assert "Synthetic data" in page
    assert SENTINEL[OTHER] not in page


def test_the_table_is_the_model(seeded: Seeded) -> None:
    loaded = seeded.deployment.registry.load(seeded.model_id)
    indicators = [Indicator.from_dict(one) for one in loaded.manifest["indicators"]]
    printed = shapes(loaded.model, indicators)
    assert [len(shape.cells) for shape in printed] == [axis.cells + 1 for axis in loaded.model.grid.axes]
    browser = visitor(seeded.deployment, seeded.account[f"pastoral.{OWN}"], model.router)
    text = "".join(browser.get(f"/model/table?family={family}") for family in model.FAMILY_WORDS)
    for shape in printed:
        assert shape.label in text
        if shape.reach >= model.LEAST_EFFECT:
            assert all(cell.adds in text for cell in shape.cells)
    assert "<svg" in text
    assert SENTINEL[OTHER] not in text


def test_history_names_who_let_a_model_serve_and_why(seeded: Seeded) -> None:
    browser = visitor(seeded.deployment, seeded.account[f"dpo.{OWN}"], model.router)
    page = browser.get("/model/history")
    assert "Put into use" in page
    assert "to test" in page
    assert "a simulated trust" in page


def test_audits_are_for_those_who_answer_for_fairness(seeded: Seeded) -> None:
    browser = visitor(seeded.deployment, seeded.account[f"governor.{OWN}"], model.router)
    assert "Is the model fair?" in browser.get("/audits")
    pastoral = visitor(seeded.deployment, seeded.account[f"pastoral.{OWN}"], model.router)
    pastoral.get("/audits", 403)
    assert not [p for p in ("", "/table", "/history") if "/audits" in pastoral.get(f"/model{p}")]


def test_the_public_page_needs_no_account_and_names_no_school(seeded: Seeded) -> None:
    answer = TestClient(app_with(seeded.deployment, model.router)).get("/about-the-model")
    assert answer.status_code == 200
    look_over(answer.text, signed_in=False)
    loaded = seeded.deployment.manifest(seeded.model_id)
    main = answer.text.split("<main")[1].split("</main>")[0]
    assert not {OWN, OTHER, *SENTINEL.values()} & set(re.findall(r"\w+", main))
    assert "What it looks at" in main
    assert loaded["indicators"][0]["label"] in main


def test_ten_tenths_can_be_told_apart_and_each_has_its_range() -> None:
    shares = [0.001, 0.002, 0.004, 0.005, 0.007, 0.009, 0.012, 0.019, 0.044, 0.238]
    chart = calibration([{"expected": one, "observed": one, "rows": 257} for one in shares])
    xs = [one.x for one in chart.points]
    assert min(after - before for before, after in pairwise(xs)) >= 40
    heights = [one.expected_y for one in chart.points]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] - heights[7] > 40, "eight tenths under 2 % lie on one spot"
    for one in chart.points:
        assert one.low < one.observed < one.high
        assert chart.top <= one.high_y < one.observed_y < one.low_y <= chart.floor
    assert "24 in 100 were expected" in chart.summary
    assert "In 10 of 10 tenths" in chart.summary


def test_nobody_suspended_among_few_pupils_still_has_a_range() -> None:
    low, high = interval(0.0, 50)
    assert (low, round(high, 3)) == (0.0, 0.071)


def test_all_curves_of_the_table_share_one_axis(seeded: Seeded) -> None:
    loaded = seeded.deployment.registry.load(seeded.model_id)
    indicators = [Indicator.from_dict(one) for one in loaded.manifest["indicators"]]
    curves = [shape.curve for shape in shapes(loaded.model, indicators) if shape.curve]
    assert len(curves) > 1
    assert len({(curve.levels, curve.zero) for curve in curves}) == 1
    assert all(curve.levels and curve.title for curve in curves)


def test_an_audit_gives_intervals_or_says_that_nobody_can_tell() -> None:
    y, flagged = [1, 0] * 60 + [1] + [0] * 19, [1, 0] * 60 + [0] * 20
    rows = group_table(y, flagged, [0.5] * 140, ["F"] * 120 + ["M"] * 20)
    audit = {"groups": {"sex": {"rows": rows, **disparity(rows)}}, "proxies": {"sex": {"finding": "weak"}}}
    table, hidden = group_tables(audit)
    women, men = table.rows
    assert women[:4] == ("F", "120", women[2], "0 in 100 (0 to 4)")
    assert women[2].startswith("50 in 100 (4")
    assert women[5].startswith("1.00 (0.")
    assert men[3] == men[5] == CANNOT_TELL
    assert hidden.rows == (("Sex", "weak"),)
    assert group_tables(None) == () == label_tables(None)


def test_the_label_audit_names_each_comparison() -> None:
    found = {
        "test": "decision",
        "group": "sex: F",
        "odds_ratio": 1.5,
        "low": 1.1,
        "high": 2.0,
        "finding": "x",
    }
    (table,) = label_tables([found, {**found, "test": "recording", "odds_ratio": None}])
    assert table.rows[0] == ("Sex: F", TESTS["decision"], "1.50 (1.10 to 2.00)", "x")
    assert table.rows[1][2] == CANNOT_TELL
