"""What a page costs: bytes over the wire cold and warm, server time and queries at 1,500 pupils a school.

    python -m benchmarks.pages [--quick] [--home DIR]

Without `--home` a demo trust is built first (one school of 1,500 pupils; `--quick`: 150).
"""

import gzip
import json
import re
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import event

from benchmarks.measures import Measure, at_most, finish, note, options
from service.app import create_app
from service.demo import build_demo
from service.settings import settings_for

ROUNDS = 15
ASSET = re.compile(r'(?:href|src)="(/static/[^"]+)"')


def main() -> None:
    """Measure the list, the card and the other pages an inclusion lead opens."""
    asked = options(__doc__ or "", home="a demo home that is there already")
    with tempfile.TemporaryDirectory(prefix="belong-pages-") as folder:
        home = Path(asked.home) if asked.home else Path(folder) / "home"
        if not asked.home:
            build_demo(home, schools=1, pupils=150 if asked.quick else 1500, years=4, seed=7)
        measures = measure(home)
    finish(measures, only_json=asked.json)


def measure(home: Path) -> dict[str, Measure]:
    """All measures of one home."""
    described = json.loads((home / "demo.json").read_text("utf-8"))
    app = create_app(settings_for(home))
    found: dict[str, Measure] = {}
    with TestClient(app) as client:
        pupil, school = _sign_in(client, described)
        term = described["latest_term"]
        pages = {
            "list": f"/schools/{school}/terms/{term}",
            "card": f"/pupils/{pupil}",
            "decide": f"/pupils/{pupil}/decide",
            "reviews": "/reviews",
            "uploads": "/uploads",
            "model": "/model",
        }
        for name, path in pages.items():
            found |= _page(client, app, name, path)
    return found


def _sign_in(client: TestClient, described: dict[str, Any]) -> tuple[str, str]:
    """Sign the inclusion lead of the first school in; returns a suggested pupil and the school."""
    lead = next(one for one in described["accounts"] if one["role"] == "inclusion_lead")
    school = lead["schools"][0]
    bearer = {"Authorization": f"Bearer {lead['token']}"}
    asked = {"school": school, "term": described["latest_term"]}
    flags = client.get("/api/v1/flags", params=asked, headers=bearer).json()["flags"]
    client.post("/sign-in", data={"user": lead["user"], "password": lead["password"]}).raise_for_status()
    return str(flags[0]["pupil_id"]), school


def _page(client: TestClient, app: Any, name: str, path: str) -> dict[str, Measure]:
    """Weights, time and queries of one page. Bytes are gzipped, as a proxy sends them."""
    html = client.get(path).raise_for_status().text
    warm = len(gzip.compress(html.encode()))
    assets = {link: client.get(link).raise_for_status().content for link in set(ASSET.findall(html))}
    cold = warm + sum(len(gzip.compress(body)) for body in assets.values())
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        client.get(path)
        seconds.append(time.perf_counter() - began)
    milliseconds = 1000 * statistics.median(seconds)
    judged = name in ("list", "card")
    return {
        f"{name}: kB over the wire, cache empty": at_most(cold / 1000, 150, "kB"),
        f"{name}: kB over the wire, warm": at_most(warm / 1000, 20, "kB"),
        f"{name}: server time, median": at_most(milliseconds, 50, "ms") if judged else note(milliseconds),
        f"{name}: queries": at_most(_queries(client, app, path), 10),
    }


def _queries(client: TestClient, app: Any, path: str) -> int:
    """Reads of the page itself: who asks is looked up for every request and not counted."""
    asked: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        who = re.search(r"FROM (session|counter)\b", statement) or statement.rstrip().endswith("FROM school")
        if statement.lstrip().lower().startswith("select") and not who:
            asked.append(statement)

    engine = app.state.deployment.database.engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        client.get(path)
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len(asked)


if __name__ == "__main__":
    main()
