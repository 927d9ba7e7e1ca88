"""A family's copy on paper: a pupil with years of records fits on a few pages, and they read kindly."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from service.core.deployment import Deployment
from service.records.pupil_rows import TimelineRow
from service.scoring.score_rows import ScoreRow
from testbed.eyes import enter, new_tab, violations
from testbed.site import Account
from tests.web.visitors import BANNED

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
MOST_PAGES = 12
PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")


@pytest.fixture
def tab(chromium: Any) -> Iterator[Any]:
    """A tab with a session of its own."""
    with new_tab(chromium) as opened:
        yield opened


def most_recorded(home: Path) -> str:
    """The suggested pupil of whom most incidents are recorded."""
    with Deployment.open(home) as deployment, deployment.database.reading() as tx:
        listed = set(tx.scalars(select(ScoreRow.pupil_id).where(ScoreRow.flagged)))
        found = Counter[str]()
        rows = tx.scalars(select(TimelineRow).where(TimelineRow.retired_by.is_(None)))
        for row in rows:
            if row.pupil_id in listed:
                found[row.pupil_id] += sum(event["kind"] == "behaviour" for event in row.events)
    return found.most_common(1)[0][0]


def test_a_copy_of_years_of_records_is_at_most_twelve_pages(
    tab: Any, address: str, demo_home: Path, demo_accounts: dict[str, Account]
) -> None:
    pupil = most_recorded(demo_home)
    enter(tab, address, demo_accounts["dpo"])
    tab.goto(f"{address}/requests/pupils/{pupil}")
    tab.locator("form[action$='/export'] button").click()
    assert not violations(tab)
    tab.get_by_role("link", name="Read the pages for the family").click()
    assert not violations(tab)
    tab.go_back()
    tab.get_by_role("button", name="Release it to print").click()
    tab.get_by_role("heading", name="Your rights").wait_for()
    assert not violations(tab)
    printed = tab.pdf(prefer_css_page_size=True)
    pages = len(PAGE.findall(printed))
    assert 2 <= pages <= MOST_PAGES
    said = tab.locator("main").inner_text()
    assert not [word for word in BANNED if word in said.lower()]
    assert not re.search(r"\d{4}-\d\d-\d\d|@|\b[a-z]+_[a-z]+\b|\.\.", said)
    assert not tab.complaints
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Download the files").click()
    assert download.value.suggested_filename == "copy-to-hand-over.zip"
