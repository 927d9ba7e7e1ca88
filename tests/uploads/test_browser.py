"""In Debian's chromium, with the keyboard: files go in, problems are read, an unknown file is said, a load undone."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.accounts import account_store
from service.accounts.signing import open_session
from service.app.web import create_app
from service.core.permissions import LEAD
from testbed.deployments import listening
from testbed.eyes import looked_at, new_tab
from tests.uploads.conftest import TERM, School, behaviour, marks, number, pupils

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
MOST_KEYS = 60
FIELDS = {"Learner": "upn", "When it happened": "date", "What happened": "local_type", "Rating": "points"}
LOG = "Learner,When it happened,What happened,Rating\n"


@pytest.fixture
def tab(chromium: Any, loaded: School) -> Iterator[Any]:
    """A tab in which the school's lead is signed in, on the whole application."""
    deployment = loaded.deployment
    with deployment.database.writing() as tx:
        account = account_store.account(tx, loaded.accounts[LEAD])
        assert account is not None
        signed = open_session(deployment, tx, account, second_factor=False)
    with listening(create_app(deployment.settings)) as address, new_tab(chromium) as opened:
        opened.context.add_cookies([{"name": "belong-sid", "value": signed.cookie, "url": address}])
        opened.address = address
        yield opened


def press(tab: Any, name: str, key: str = "Enter") -> None:
    """Go with Tab until what is called so has the focus, then press the key; as without a mouse."""
    for _ in range(MOST_KEYS):
        tab.keyboard.press("Tab")
        focused = tab.evaluate("document.activeElement.innerText || ''")
        if focused.strip() == name:
            tab.keyboard.press(key)
            return
    raise AssertionError(f"Tab never comes to {name}")


def test_a_terms_files_are_uploaded_read_and_corrected_without_a_mouse(
    tab: Any, loaded: School, tmp_path: Path
) -> None:
    odd = {4: "31/02/2024", 9: "never", 14: "25/12/2024"}
    log = LOG + f"{number(1)},09/09/2024,Snowball,2\n{number(2)},10/09/2024,Kindness,1\n"
    files = {
        "Pupils.csv": pupils(), "Attendance.csv": marks().replace(b",AM,/", b",AM,%", 3),
        "Behaviour.csv": behaviour(odd=odd), "log.csv": log.encode(),
        "old.xls": b"\xd0\xcf\x11\xe0" + b"\0" * 600,
    }  # fmt: skip
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    tab.goto(f"{tab.address}/uploads")
    assert not looked_at(tab, "uploads-history")
    tab.get_by_label("Which term are they about?").select_option(TERM)
    tab.locator("input[type=file]").set_input_files([str(tmp_path / name) for name in files])
    press(tab, "Upload")
    tab.wait_for_url(re.compile("/uploads/u"))
    loaded.work()
    tab.reload()
    assert not looked_at(tab, "uploads-problems")
    for words in ("log.csv", "date", ".xls"):
        assert words in tab.locator("main").inner_text()
    page = tab.url

    tab.locator("main a[href*='mapping?file=log.csv']").first.focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url(re.compile("mapping"))
    assert not looked_at(tab, "uploads-mapping")
    assert "For example: Snowball, Kindness" in tab.locator("main").inner_text()
    tab.get_by_label("What is the file about?").select_option("behaviour")
    press(tab, "Show the columns it needs")
    tab.wait_for_url(re.compile("table=behaviour"))
    for heading, name in FIELDS.items():
        tab.get_by_label(heading, exact=True).select_option(name)
    press(tab, "Save and continue the upload")
    tab.wait_for_url(page)
    loaded.work()
    tab.goto(f"{tab.address}/mappings")
    assert "When it happened" in tab.locator("main").inner_text()
    assert not looked_at(tab, "uploads-mappings")
    tab.goto(page)
    assert "log.csv:" not in tab.locator("main h3").all_inner_texts()
    assert not tab.complaints
