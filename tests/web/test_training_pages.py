"""Training, promotion and the points rule from pages: who may, what is refused, and that a rule is called one."""

import re
from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient

from service.app.worker import Worker
from service.core import job_store
from service.core.base import now
from service.core.job_rows import JobRow
from service.lists import rule_pages as rule
from service.models import pages as model
from service.models import trained_pages as models
from service.models.training import TRAIN, last_training
from testbed.deployments import open_deployment
from testbed.inspector import faults
from testbed.seeds import OTHER, OWN, TERM, Seeded
from testbed.site import account
from tests.service.conftest import fresh, template
from tests.web.visitors import Visitor, visitor

__all__ = ["fresh", "template"]


def someone(seeded: Seeded, role: str) -> Visitor:
    """A browser of a role at the own school."""
    return visitor(
        seeded.deployment, seeded.account[f"{role}.{OWN}"], models.router, model.router, rule.router
    )


def test_a_named_person_lets_a_model_serve_with_a_reason(fresh: Seeded) -> None:
    browser = someone(fresh, "data_team")
    page = browser.get("/model/models")
    assert fresh.model_id in page
    browser.post("/model/roll-back", reason="A mistake in the marks")
    page = browser.get("/model/models")
    assert "in use</span>" not in page
    assert "Say why" in browser.post("/model/promote", 422, model_id=fresh.model_id, reason=" ")
    gates = fresh.deployment.registry.report(fresh.model_id)["gates"]
    if not gates["passed"]:
        assert "did not pass" in page
        return
    browser.post("/model/promote", model_id=fresh.model_id, reason="Read its report")
    assert fresh.deployment.registry.serving() == fresh.model_id
    assert "Read its report" in browser.get("/model/history")


def test_only_the_data_team_trains(fresh: Seeded) -> None:
    for role in ("inclusion_lead", "admin", "governor"):
        browser = someone(fresh, role)
        browser.get("/model/models", 403)
        browser.post("/model/train", 403)
        browser.post("/model/promote", 403, model_id=fresh.model_id, reason="x")
        assert "/model/models" not in browser.get("/model")


def test_a_training_is_queued_once_and_says_what_was_missing(tmp_path: object) -> None:
    with open_deployment(tmp_path / "home") as deployment:  # type: ignore[operator]
        with deployment.database.writing() as tx:
            job_store.enqueue(
                tx,
                JobRow(
                    id="j1", kind=TRAIN, school="-", subject="a", step=TRAIN, state=job_store.WAITING,
                    payload={}, dedupe="train:1", created_at=now(),
                ),
            )  # fmt: skip
        with deployment.database.reading() as tx:
            before = last_training(tx)
        assert before is not None
        assert before.working
        assert Worker(deployment).work_once()
        with deployment.database.reading() as tx:
            after = last_training(tx)
        assert after is not None
        assert not after.working
        assert "Nothing is loaded yet" in after.refusal


def test_a_second_training_waits_for_the_first(fresh: Seeded) -> None:
    browser = someone(fresh, "data_team")
    browser.post("/model/train")
    assert "Training has been requested by" in browser.get("/model/models")
    assert "already being trained" in browser.post("/model/train", 422)


def test_the_rules_list_is_in_name_order_and_called_a_rule(
    demo: dict[str, Any], signed_in: Callable[[str], TestClient]
) -> None:
    known, term = account(demo, "inclusion_lead"), demo["latest_term"]
    page = signed_in("inclusion_lead").get(f"/rule/{known['schools'][0]}").text
    assert not faults(page)
    assert "This list is made by a simple points rule, not by the model" in page
    assert f"/terms/{term}" in page
    names = re.findall(r'b-person" href="/pupils/p\w+">([^<]+)<', page)
    assert names
    assert names == sorted(names)
    assert len(names) <= int(re.findall(r"support places \((\d+)\)", page)[0])
    assert not re.search(r"\b\d+ points\b", page.partition('<ul class="b-list">')[2])


def test_the_rules_list_keeps_the_same_walls_as_the_models(fresh: Seeded) -> None:
    lead = someone(fresh, "inclusion_lead")
    lead.get(f"/rule/{OTHER}/{TERM}", 403)
    someone(fresh, "data_team").get(f"/rule/{OWN}/{TERM}", 403)
    someone(fresh, "head").get(f"/rule/{OWN}/{TERM}", 403)
