"""What a browser shows: axe's findings, overflow, the browser's own complaints, and pictures of every page."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from testbed.hanging import HANGS_AFTER
from testbed.site import Account, Answer, kind_of, walk

ROOT = Path(__file__).parents[1]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = ROOT / "screenshots"
RULES = '{runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}'
CONTRAST = '{runOnly: {type: "rule", values: ["color-contrast", "link-in-text-block"]}}'
"""What forced colours can change; everything else of the page stays as it was."""
RUN = """axe.run(%s).then(found => found.violations.map(
    one => one.id + ": " + one.nodes.map(node => node.html).slice(0, 3).join(" | ")))"""
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


@contextmanager
def new_tab(chromium: Any) -> Iterator[Any]:
    """A tab of its own session that remembers every complaint of the browser."""
    context = chromium.new_context(viewport=WIDE)
    context.set_default_timeout(HANGS_AFTER * 1000)
    tab = context.new_page()
    tab.complaints = []
    tab.on("console", lambda said: tab.complaints.append(said.text) if _complains(said) else None)
    tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
    try:
        yield tab
    finally:
        context.close()


def _complains(said: Any) -> bool:
    """An error that is a fault; a form that comes back with what to put right (422) is none."""
    return said.type == "error" and "status of 422" not in said.text


def sign_in(tab: Any, address: str, user: str, password: str) -> None:
    """Sign in through the form."""
    tab.goto(f"{address}/sign-in")
    tab.get_by_label("Sign-in name").fill(user)
    tab.get_by_label("Password", exact=True).fill(password)
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url(re.compile(r"^(?!.*sign-in).*$"))


def enter(tab: Any, address: str, known: Account) -> None:
    """Sign a demo account in."""
    sign_in(tab, address, known["user"], known["password"])


def violations(tab: Any, rules: str = RULES) -> list[str]:
    """What axe finds on the page shown."""
    if not tab.evaluate("typeof axe === 'object'"):
        tab.evaluate(AXE.read_text("utf-8") + ";0")
    found: list[str] = tab.evaluate(RUN % rules)
    return found


def looked_at(tab: Any, name: str) -> list[str]:
    """All that is wrong with the page shown: at both widths, in forced colours too. Takes its pictures."""
    PICTURES.mkdir(exist_ok=True)
    tab.wait_for_load_state()
    wrong = violations(tab)
    tab.screenshot(path=PICTURES / f"{name}-wide.png", full_page=True)
    tab.emulate_media(forced_colors="active")
    wrong += [f"forced colours: {one}" for one in violations(tab, CONTRAST)]
    tab.emulate_media(forced_colors="none")
    tab.set_viewport_size(PHONE)
    wrong += [f"phone: {one}" for one in violations(tab)]
    if tab.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        wrong.append("phone: the page is wider than the screen")
    tab.screenshot(path=PICTURES / f"{name}-phone.png", full_page=True)
    tab.set_viewport_size(WIDE)
    return wrong


def every_page(tab: Any, address: str) -> list[str]:
    """One address of each kind that this role can reach."""

    def get(path: str) -> Answer:
        answer = tab.request.get(address + path)
        return Answer(path, answer.status, answer.text() if answer.ok else "", kind_of(path))

    return list({page.kind: page.path for page in walk(get) if page.status == 200}.values())


def picture_name(role: str, path: str) -> str:
    """`inclusion_lead-packs-panel` for one of that role's pages."""
    return f"{role}-{re.sub(r'[^a-z0-9]+', '-', kind_of(path).lower()).strip('-') or 'start'}"
