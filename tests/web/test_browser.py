"""In Debian's chromium: axe, the strict policy, journeys, and a picture of every page at both widths."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.conftest import ROLES, Account
from tests.web.site import Answer, kind_of, walk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
AXE = Path("node_modules/axe-core/axe.min.js")
RUN_AXE = """axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
  .then(found => found.violations.map(
    one => one.id + ": " + one.nodes.map(node => node.html).slice(0, 3).join(" | ")))"""
WIDTHS = {"wide": (1280, 900), "phone": (360, 740)}
PICTURES = Path("screenshots")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def tab(chromium: Any) -> Iterator[Any]:
    """A tab that remembers every complaint of the browser."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    context.close()


def sign_in(tab: Any, address: str, known: Account) -> None:
    """Sign in through the form."""
    tab.goto(f"{address}/sign-in")
    tab.get_by_label("User name").fill(known["user"])
    tab.get_by_label("Password", exact=True).fill(known["password"])
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url(re.compile(r"^(?!.*sign-in).*$"))


def violations(tab: Any) -> list[str]:
    """What axe finds on the page shown."""
    tab.evaluate((ROOT / AXE).read_text("utf-8") + ";0")
    found: list[str] = tab.evaluate(RUN_AXE)
    return found


def every_page(tab: Any, address: str) -> list[str]:
    """One address of each kind that this role can reach."""

    def get(path: str) -> Answer:
        answer = tab.request.get(address + path)
        return Answer(path, answer.status, answer.text() if answer.ok else "", kind_of(path))

    return list({page.kind: page.path for page in walk(get) if page.status == 200}.values())


@pytest.mark.parametrize("role", ROLES)
def test_axe_finds_nothing_and_no_page_complains(
    role: str, tab: Any, address: str, demo_accounts: dict[str, Account]
) -> None:
    sign_in(tab, address, demo_accounts[role])
    paths = every_page(tab, address)
    assert len(paths) >= 3
    found: dict[str, list[str]] = {}
    folder = ROOT / PICTURES / role
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        for name, (width, height) in WIDTHS.items():
            tab.set_viewport_size({"width": width, "height": height})
            tab.goto(address + path)
            wrong = violations(tab)
            if tab.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                wrong.append("the page is wider than the screen")
            tab.screenshot(path=folder / f"{_file(path)}-{name}.png", full_page=True)
            if name == "wide":
                tab.emulate_media(forced_colors="active")
                wrong += [f"forced colours: {one}" for one in violations(tab)]
                tab.emulate_media(forced_colors="none")
            if wrong:
                found[f"{path} {name}"] = wrong
    assert not found
    assert not tab.complaints


def test_the_sign_in_page_is_sound(tab: Any, address: str) -> None:
    tab.goto(f"{address}/sign-in")
    assert not violations(tab)
    assert not tab.complaints


def test_a_pastoral_lead_goes_from_the_list_to_a_review(
    tab: Any, address: str, demo_accounts: dict[str, Account]
) -> None:
    sign_in(tab, address, demo_accounts["pastoral"])
    tab.locator("main a[href^='/pupils/']").first.click()
    assert tab.get_by_role("heading", name="What is going well").is_visible()
    tab.get_by_label("I know this pupil").fill("form tutor")
    tab.get_by_role("button", name="Add me").click()
    tab.get_by_role("link", name="Ask the pupil (two minutes)").click()
    tab.get_by_label("What helps me at school?").fill("Drawing at lunch")
    tab.get_by_role("button", name="Keep these words").click()
    assert tab.get_by_text("Drawing at lunch").is_visible()
    tab.locator("main a[href$='/decide']").first.click()
    tab.get_by_label("Start support").check()
    tab.get_by_label("This is new to us").check()
    tab.get_by_label("Or in your own words").fill("Weekly walk with a mentor")
    tab.get_by_label("Who gives it").fill("Ms Green")
    tab.get_by_role("button", name="Keep this decision").click()
    assert tab.get_by_text("Support was started").is_visible()
    tab.get_by_role("link", name="Reviews due").click()
    tab.get_by_role("link", name=re.compile("Write down")).first.click()
    tab.get_by_label("Things are better").check()
    tab.get_by_label("Carry on as planned").check()
    tab.get_by_role("button", name="Keep this review").click()
    assert tab.get_by_text("Things are better").first.is_visible()
    assert not tab.complaints


def test_a_decision_without_an_answer_says_what_is_missing(
    tab: Any, address: str, demo_accounts: dict[str, Account]
) -> None:
    sign_in(tab, address, demo_accounts["inclusion_lead"])
    tab.locator("main a[href^='/pupils/']:visible").first.click()
    tab.locator("main a[href$='/decide']").first.click()
    tab.get_by_role("button", name="Keep this decision").click()
    assert tab.get_by_role("alert").get_by_text("Choose one of the four answers.").is_visible()
    assert not violations(tab)


def _file(path: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", kind_of(path).lower()).strip("-") or "start"
