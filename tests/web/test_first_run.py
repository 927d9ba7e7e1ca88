"""The first run in the browser: from an empty home to a first list, with nobody at the command line."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.app.journeys import invite_administrator
from service.app.web import create_app
from service.app.worker import Worker
from service.core.deployment import Deployment
from service.core.homes import Home
from service.core.settings import settings_for
from testbed.deployments import listening
from testbed.eyes import looked_at, new_tab

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
PASSWORD = "three unrelated words"
SCHOOL, TERM = "999001", "2026-summer"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[tuple[Deployment, str, str]]:
    """What `belong init` makes, served: (deployment, address, the first invitation's path)."""
    home = Home.create(tmp_path / "home").path
    invited = invite_administrator(home, "first@school.example")
    settings = settings_for(home)
    opened = Deployment.open(home, settings)
    with listening(create_app(settings, opened)) as address:
        yield opened, address, "/join" + invited["address"].split("/join")[1]


def join(tab: Any, address: str, path: str, name: str) -> None:
    """Set up an invited account, which signs its owner in."""
    tab.goto(address + path)
    tab.get_by_label("Your name, as colleagues know it").fill(name)
    tab.get_by_label("Choose a password").fill(PASSWORD)
    tab.get_by_role("button", name="Set up my account").click()
    tab.wait_for_url(re.compile("/set-up$"))


def step(tab: Any, title: str) -> str:
    """What the set-up page says about a step."""
    return str(tab.locator("li.b-step", has=tab.get_by_role("heading", name=title)).inner_text())


def test_from_an_empty_home_to_a_first_list(
    chromium: Any, empty: tuple[Deployment, str, str], demo_home: Path
) -> None:
    deployment, address, invitation = empty
    with new_tab(chromium) as tab:
        lead_invitation = _administrator(tab, address, invitation)
        assert not tab.complaints
    with new_tab(chromium) as tab:
        join(tab, address, lead_invitation, "Sam Lead")
        assert "no terms yet" in step(tab, "Upload the files of past terms")
        tab.get_by_role("link", name="Set support places").click()
        tab.get_by_label("All year groups together: Not suspended in the last year").fill("5")
        tab.get_by_label("All year groups together: Suspended in the last year").fill("5")
        tab.get_by_role("button", name="Save").click()
        _upload(tab, address, demo_home / "extracts" / SCHOOL / TERM)
        worker = Worker(deployment)
        while worker.work_once():
            pass
        tab.reload()
        tab.get_by_text("No model is in use yet").first.wait_for()
        tab.goto(f"{address}/set-up")
        assert "done" in step(tab, "support places")
        files = step(tab, "Upload the files of past terms")
        assert "summer term 2026" in files
        assert "3 more terms are needed to train a model" in files
        assert not looked_at(tab, "first-run-set-up")
        tab.get_by_role("link", name="List made by a simple points rule").click()
        tab.get_by_text("This list is made by a simple points rule, not by the model.").wait_for()
        assert tab.locator("main a[href^='/pupils/']").count() >= 1
        assert not looked_at(tab, "first-run-plain-rule")
        tab.locator("main a[href^='/pupils/']").first.click()
        tab.get_by_role("heading", level=1).wait_for()
        assert not tab.complaints


def _administrator(tab: Any, address: str, invitation: str) -> str:
    """Join as the first administrator, add a school, invite the lead; returns the lead's way in."""
    join(tab, address, invitation, "Ada First")
    tab.get_by_text("You are on step 1 of 7").wait_for()
    assert not looked_at(tab, "first-run-empty")
    tab.get_by_role("link", name="Add a school").click()
    tab.get_by_role("button", name="Add the school").click()
    assert "Give the school’s name" in tab.get_by_role("alert").inner_text()
    tab.get_by_label("Name of the school").fill("Meadow School")
    tab.get_by_label("Unique reference number").fill(SCHOOL)
    tab.get_by_role("button", name="Add the school").click()
    tab.get_by_role("link", name="Set-up", exact=True).click()
    assert "done" in step(tab, "Add your schools")
    tab.get_by_role("link", name="Invite someone").click()
    tab.get_by_label("Their name, as colleagues know it").fill("Sam Lead")
    tab.get_by_label("Their e-mail address at school").fill("lead@school.example")
    tab.get_by_label("Inclusion lead").check()
    tab.get_by_label("Meadow School").check()
    tab.get_by_role("button", name="Make an invitation").click()
    shown = str(tab.locator("main code").inner_text())
    assert not looked_at(tab, "first-run-invitation")
    return "/join" + shown.split("/join")[1]


def _upload(tab: Any, address: str, folder: Path) -> None:
    tab.goto(f"{address}/uploads?school={SCHOOL}&term={TERM}")
    tab.get_by_label("Which term are they about?").select_option(TERM)
    tab.get_by_label("Files", exact=True).set_input_files([str(one) for one in sorted(folder.iterdir())])
    tab.get_by_role("button", name="Upload", exact=True).click()
    tab.wait_for_url(re.compile(r"/uploads/\w+$"))
