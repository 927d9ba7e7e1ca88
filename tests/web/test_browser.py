"""In Debian's chromium: axe, the strict policy, every role's journey, and a picture of every page."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from testbed.eyes import PICTURES, enter, every_page, looked_at, new_tab, picture_name, violations
from testbed.site import ROLES, Account, kind_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
LOOKED_AT: set[str] = set()
"""Kinds of page another role has shown already in this run; start pages differ by role and are shown by each."""
Accounts = dict[str, Account]


@pytest.fixture
def tab(chromium: Any) -> Iterator[Any]:
    """A tab with a session of its own."""
    with new_tab(chromium) as opened:
        yield opened


@pytest.mark.parametrize("role", [*ROLES, "admin", "dpo"])
def test_axe_finds_nothing_and_no_page_complains(
    role: str, tab: Any, address: str, demo_accounts: Accounts
) -> None:
    enter(tab, address, demo_accounts[role])
    paths = every_page(tab, address)
    assert len(paths) >= 3
    found: dict[str, list[str]] = {}
    for path in paths:
        kind = kind_of(path)
        if kind in LOOKED_AT and kind != "/":
            continue
        LOOKED_AT.add(kind)
        tab.goto(address + path)
        if wrong := looked_at(tab, picture_name(role, path)):
            found[path] = wrong
    assert not found
    assert not tab.complaints
    assert (PICTURES / f"{role}-start-phone.png").is_file()


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in?away=1", "/join?invitation=x", "/nowhere"])
def test_pages_before_signing_in_are_sound(path: str, tab: Any, address: str) -> None:
    tab.goto(address + path)
    assert not looked_at(tab, picture_name("nobody", path))
    missing = path in ("/nowhere", "/join?invitation=x")
    expected = [one for one in tab.complaints if "404" in one] if missing else []
    assert tab.complaints == expected


def test_a_pastoral_lead_goes_from_the_list_to_a_review(
    tab: Any, address: str, demo_accounts: Accounts
) -> None:
    enter(tab, address, demo_accounts["pastoral"])
    tab.locator("main a[href^='/pupils/']").first.click()
    tab.get_by_role("heading", name="Going well").wait_for()
    tab.locator("summary", has_text="I know this pupil").click()
    tab.get_by_label("I know this pupil, as their").fill("form tutor")
    tab.get_by_role("button", name="Add me").click()
    tab.get_by_role("link", name="Ask the pupil (two minutes)").click()
    tab.get_by_label("What helps me at school?").fill("Drawing at lunch")
    tab.get_by_role("button", name="Save").click()
    tab.get_by_text("Drawing at lunch").wait_for()
    tab.locator("main").get_by_role("button", name="Start support").click()
    tab.get_by_label("Or in your own words").fill("Weekly walk with a mentor")
    tab.get_by_label("Led by").fill("Ms Green")
    tab.get_by_role("button", name="Save: no, this is new to us").click()
    tab.get_by_text("Support started").wait_for()
    tab.get_by_role("link", name="Reviews due").click()
    tab.get_by_role("link", name=re.compile("Record review")).first.click()
    tab.get_by_label("Better").check()
    tab.get_by_label("Continue as planned").check()
    tab.get_by_role("button", name="Save review").click()
    tab.get_by_text("Better").first.wait_for()
    assert not tab.complaints


@pytest.mark.parametrize(("wide", "high", "name_at"), [(1280, 900, 700), (390, 844, 1000)])
def test_the_first_name_and_the_first_reason_stand_above_the_fold(
    wide: int, high: int, name_at: int, tab: Any, address: str, demo_accounts: Accounts
) -> None:
    """A head of year at four in the afternoon does not scroll to learn who and why."""
    enter(tab, address, demo_accounts["inclusion_lead"])
    tab.set_viewport_size({"width": wide, "height": high})
    first = tab.locator(".b-names tbody th a").first
    assert first.bounding_box()["y"] <= name_at
    first.click()
    headline = tab.locator(".b-theme__headline").first.bounding_box()
    assert headline["y"] + headline["height"] <= high


def test_the_lists_are_searched_by_name(tab: Any, address: str, demo_accounts: Accounts) -> None:
    enter(tab, address, demo_accounts["inclusion_lead"])
    name = tab.locator(".b-names tbody th a").last.inner_text()
    tab.get_by_label("Find a pupil").fill(name.split(",")[0].lower())
    tab.get_by_role("button", name="Find", exact=True).click()
    tab.get_by_role("link", name="Show everyone").wait_for()
    found = tab.locator(".b-names tbody th a").all_inner_texts()
    assert name in found
    assert all(name.split(",")[0] in one for one in found)
    tab.get_by_role("link", name="Show everyone").click()
    tab.wait_for_load_state()
    assert tab.locator(".b-names tbody th a").count() > len(found)


def test_a_decision_without_an_answer_says_what_is_missing(
    tab: Any, address: str, demo_accounts: Accounts
) -> None:
    enter(tab, address, demo_accounts["inclusion_lead"])
    tab.locator("main a[href^='/pupils/']:visible").nth(1).click()  # the first is decided by another journey
    tab.locator("main").get_by_role("button", name="Not now").click()
    tab.get_by_role("button", name="Save: yes, we knew").click()
    tab.get_by_role("alert").get_by_text("Say why, in a few words.").wait_for()
    assert not violations(tab)


def test_an_inclusion_lead_sets_places_and_prints_the_packs(
    tab: Any, address: str, demo_accounts: Accounts
) -> None:
    known = demo_accounts["inclusion_lead"]
    enter(tab, address, known)
    tab.goto(f"{address}/places/{known['schools'][0]}")
    tab.get_by_label("All year groups together: Not suspended in the last year").fill("8")
    tab.get_by_role("button", name="Save").click()
    assert tab.get_by_label("All year groups together: Not suspended in the last year").input_value() == "8"
    tab.get_by_role("link", name="Meeting packs").click()
    tab.get_by_role("link", name=re.compile("For the review meeting")).first.click()
    assert _printed(tab) == {"Destroy by", "For", "Made by", "On", "What for"}
    tab.get_by_role("link", name=re.compile("Pack for the family of")).first.click()
    assert _printed(tab) == {"Destroy by", "For", "Made by", "On", "What for"}
    tab.get_by_text("A person who reviews it with you.").wait_for()
    assert not tab.get_by_role("button", name="Cymraeg").count()
    assert not tab.complaints


def _printed(tab: Any) -> set[str]:
    """What the head of a pack says on paper, where there is nothing to click and nothing cut off."""
    tab.emulate_media(media="print")
    assert not tab.locator(".b-nav").is_visible()
    assert not tab.locator("[data-print]").is_visible()
    tab.get_by_text("no reason for any sanction").wait_for()
    heads = set(tab.locator(".b-stamp dt:visible").all_inner_texts())
    assert len(tab.pdf(prefer_css_page_size=True)) > 5_000
    tab.emulate_media(media="screen")
    return heads


def test_an_upload_of_nothing_says_what_to_do(tab: Any, address: str, demo_accounts: Accounts) -> None:
    enter(tab, address, demo_accounts["inclusion_lead"])
    tab.get_by_role("link", name="Uploads").click()
    tab.get_by_role("button", name="Upload", exact=True).click()
    alert = tab.get_by_role("alert")
    alert.wait_for()
    assert "Choose at least one file" in alert.inner_text()
    assert not violations(tab)


@pytest.mark.parametrize("role", ["head", "governor", "trust_lead", "dpo", "data_team"])
def test_who_sees_no_pupil_gets_their_own_work_done(
    role: str, tab: Any, address: str, demo_accounts: Accounts
) -> None:
    known = demo_accounts[role]
    enter(tab, address, known)
    assert not tab.locator("main a[href^='/pupils/']").count()
    if role in ("head", "governor", "dpo"):
        tab.get_by_role("navigation", name="Main").get_by_role("link", name="Meeting packs").click()
        tab.get_by_role("link", name=re.compile("For governors")).first.click()
        assert _printed(tab) == {"Destroy by", "For", "Made by", "On", "What for"}
        tab.get_by_text("Questions to ask").wait_for()
        assert not tab.get_by_role("link", name=re.compile("For the review meeting")).count()
    tab.get_by_role("link", name="The model", exact=True).click()
    tab.get_by_role("link", name="Is it fair?").click()
    tab.get_by_role("heading", name="Is the model fair?").wait_for()
    tab.get_by_role("link", name="Its whole table").click()
    tab.get_by_role("heading", name=re.compile("The model’s table")).wait_for()
    if role == "data_team":
        tab.get_by_role("link", name="Train and publish a model").click()
        tab.get_by_text("in use", exact=True).wait_for()
    assert not tab.complaints


def test_a_protection_officer_answers_a_family(
    tab: Any, address: str, demo_accounts: Accounts, demo_home: Path
) -> None:
    known = demo_accounts["dpo"]
    school = known["schools"][-1]
    with closing(sqlite3.connect(demo_home / "belong.sqlite")) as database:
        (upn,) = database.execute("select upn from roll where school = ?", [school]).fetchone()
    enter(tab, address, known)
    tab.get_by_role("heading", name="Who saw what", level=1).wait_for()
    tab.get_by_role("link", name="Requests about a pupil").click()
    finding = tab.locator("form", has=tab.get_by_role("button", name="Find"))
    finding.get_by_label("School", exact=True).select_option(school)
    finding.get_by_label("UPN").fill(upn)
    tab.get_by_role("button", name="Find").click()
    tab.locator("summary", has_text="Record a request about this pupil").click()
    tab.get_by_label("When did it arrive?").fill("2026-11-02")
    tab.get_by_role("button", name="Record request").click()
    tab.get_by_text("2 December 2026").wait_for()
    tab.get_by_role("link", name="Deal with this request").click()
    tab.get_by_role("button", name="Prepare a copy").click()
    assert not looked_at(tab, "dpo-copy")
    with tab.expect_download() as file:
        tab.get_by_role("button", name="Release it for a program (JSON)").click()
    assert upn in Path(file.value.path()).read_text("utf-8")
    tab.get_by_role("button", name="Release it to print").click()
    tab.get_by_text(upn).first.wait_for()
    tab.get_by_role("link", name="Who saw what").click()
    tab.get_by_label("What was done?").select_option(label="Released a copy of a pupil’s data")
    tab.get_by_role("button", name="Search").click()
    tab.wait_for_load_state()
    assert tab.locator("tbody tr").count() == 2
    tab.locator("tbody a").first.click()
    tab.get_by_role("link", name="Stop figures about this pupil").click()
    tab.get_by_label("The family or the pupil has objected").check()
    tab.get_by_role("button", name="Yes, stop figures").click()
    tab.get_by_text("Figures about this pupil have been stopped").wait_for()
    tab.get_by_role("link", name="Erase this pupil").click()
    tab.get_by_role("button", name="Yes, erase this pupil").click()
    tab.get_by_role("alert").get_by_text("Repeat the pupil").wait_for()
    assert not tab.complaints
