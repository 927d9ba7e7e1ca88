"""What every page costs and whether it is sound, at 1,500 pupils a school, as `belong serve` itself answers.

    python -m benchmarks.pages [--quick] [--home DIR]

Weight is counted on the wire: what the server sends to a browser that takes gzip, answers' heads left out.
Queries are all that a page asks beside finding out who asks. Without `--home` a demo trust is built first
(one school of 1,500 pupils; `--quick`: 150).
"""

import json
import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import textstat
from fastapi.testclient import TestClient

from benchmarks.measures import Measure, at_most, finish, note, options
from service.app.demo import build_demo
from service.app.web import create_app
from service.core.settings import settings_for
from service.shell.messages import template_texts
from testbed.chromium import CHROMIUM, FLAGS
from testbed.eyes import enter, looked_at, new_tab, picture_name
from testbed.inspector import faults, sentences
from testbed.serving import questions, served
from testbed.site import ROLES, Answer, account, kind_of, walk

ROUNDS = 15
ASSET = re.compile(r'(?:href|src)="(/static/[^"]+)"')
JUDGED = {"list": "/schools/{}/terms/{}", "card": "/pupils/{}"}
"""Pages whose time is promised, by the kind of their address."""
Pages = dict[str, dict[str, Answer]]


def main() -> None:
    """Build or take a home, walk every role through it, and measure what it met."""
    asked = options(__doc__ or "", home="a demo home that is there already")
    with tempfile.TemporaryDirectory(prefix="belong-pages-") as folder:
        home = Path(asked.home) if asked.home else Path(folder) / "home"
        if not asked.home:
            build_demo(home, schools=1, pupils=150 if asked.quick else 1500, years=4, seed=7)
        measures = measure(home)
    finish(measures, only_json=asked.json)


def measure(home: Path) -> dict[str, Measure]:
    """All measures of one home."""
    demo = json.loads((home / "demo.json").read_text("utf-8"))
    roles = [
        role for role in (*ROLES, "admin", "dpo") if any(one["role"] == role for one in demo["accounts"])
    ]
    with served(home) as address:
        clients = {role: _signed_in(address, account(demo, role)) for role in roles}
        pages = {role: _walked(client) for role, client in clients.items()}
        found = _soundness(pages) | _weights(clients, pages) | _times(clients["inclusion_lead"], pages)
        found |= _seen_by_a_browser(address, demo, pages)
    return found | _queries(home, demo, pages)


def _signed_in(address: str, known: dict[str, Any]) -> httpx2.Client:
    client = httpx2.Client(base_url=address, follow_redirects=True, timeout=60)
    client.post("/sign-in", data={"user": known["user"], "password": known["password"]}).raise_for_status()
    return client


def _walked(client: httpx2.Client) -> dict[str, Answer]:
    """One page of each kind that this client's role can reach."""

    def get(path: str) -> Answer:
        answer = client.get(path)
        return Answer(path, answer.status_code, answer.text, kind_of(path))

    return {page.kind: page for page in walk(get)}


def _every(pages: Pages) -> Iterator[tuple[str, Answer]]:
    for role, kinds in pages.items():
        for page in kinds.values():
            yield role, page


def _soundness(pages: Pages) -> dict[str, Measure]:
    """What a careful reader of the HTML complains about, and how old a reader of the fixed words has to be."""
    complaints = {page.kind for _role, page in _every(pages) if page.status != 200 or faults(page.html)}
    age = textstat.automated_readability_index(" ".join(sentences(template_texts()))) + 5
    return {
        "kinds of page looked at": note(len({page.kind for _role, page in _every(pages)})),
        "pages with a fault (title, heading, label, id, banned word, status)": at_most(len(complaints), 0),
        "reading age of the fixed texts": at_most(age, 13, "years"),
    }


def _weights(clients: dict[str, httpx2.Client], pages: Pages) -> dict[str, Measure]:
    """The heaviest page, with nothing and with all assets in the browser's cache."""
    warm = {page.kind: _on_the_wire(clients[role], page.path) for role, page in _every(pages)}
    a_client = next(iter(clients.values()))
    assets = {link for _role, page in _every(pages) for link in ASSET.findall(page.html)}
    weight = {link: _on_the_wire(a_client, link) for link in assets}
    cold = {
        page.kind: warm[page.kind] + sum(weight[link] for link in set(ASSET.findall(page.html)))
        for _role, page in _every(pages)
    }
    worst_cold, worst_warm = max(cold, key=lambda kind: cold[kind]), max(warm, key=lambda kind: warm[kind])
    return {
        f"heaviest page, cache empty ({worst_cold})": at_most(cold[worst_cold] / 1000, 150, "kB"),
        f"heaviest page, warm ({worst_warm})": at_most(warm[worst_warm] / 1000, 20, "kB"),
    }


def _on_the_wire(client: httpx2.Client, path: str) -> int:
    with client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
        return sum(len(part) for part in answer.iter_raw())


def _times(client: httpx2.Client, pages: Pages) -> dict[str, Measure]:
    """Median milliseconds from the question to the whole answer, over loopback."""
    found = {}
    for name, kind in JUDGED.items():
        path = next(page.path for page in pages["inclusion_lead"].values() if page.kind == kind)
        seconds = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            client.get(path).raise_for_status()
            seconds.append(time.perf_counter() - began)
        found[f"{name}: server time, median"] = at_most(1000 * statistics.median(seconds), 50, "ms")
        found[f"{name}: server time, best"] = note(1000 * min(seconds), "ms, on a busy machine the truer one")
    return found


def _queries(home: Path, demo: dict[str, Any], pages: Pages) -> dict[str, Measure]:
    """The page that asks the database most often."""
    app = create_app(settings_for(home))
    counts: dict[str, int] = {}
    for role, kinds in pages.items():
        known = account(demo, role)
        with _test_client(app) as client:
            client.post("/sign-in", data={"user": known["user"], "password": known["password"]})
            counts |= {f"{role} {kind}": questions(app, client, page.path) for kind, page in kinds.items()}
    worst = max(counts, key=lambda page: counts[page])
    judged = {
        f"{name}: queries": at_most(counts[f"inclusion_lead {kind}"], 10) for name, kind in JUDGED.items()
    }
    return {f"most queries of any page ({worst})": at_most(counts[worst], 10), **judged}


@contextmanager
def _test_client(app: Any) -> Iterator[TestClient]:
    client = TestClient(app)
    try:
        yield client
    finally:
        client.close()


def _seen_by_a_browser(address: str, demo: dict[str, Any], pages: Pages) -> dict[str, Measure]:
    """Axe's findings and the browser's complaints, each kind of page once, at both widths."""
    if not Path(CHROMIUM).exists():
        return {"axe": note(None, "not run: chromium is missing")}
    from playwright.sync_api import sync_playwright

    wrong: list[str] = []
    complaints: list[str] = []
    met: set[str] = set()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for role, kinds in pages.items():
            with new_tab(browser) as tab:
                enter(tab, address, account(demo, role))
                for kind in [one for one in kinds if one not in met]:
                    met.add(kind)
                    tab.goto(address + kinds[kind].path)
                    wrong += looked_at(tab, picture_name(role, kinds[kind].path))
                complaints += tab.complaints
        browser.close()
    return {
        "axe violations (1280 and 360 px, forced colours)": at_most(len(wrong), 0),
        "complaints of the browser under the strict policy": at_most(len(complaints), 0),
    }


if __name__ == "__main__":
    main()
