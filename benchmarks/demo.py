"""From an empty folder to the served page, and from a term's files to its flags, as a person waits for them.

    python -m benchmarks.demo [--quick] [--json]

The trust is synthetic; the figures are waiting times on this machine, nothing else.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx2

from benchmarks.explain import lookup_against_tree_explainer
from benchmarks.measures import Measure, at_least, at_most, finish, measured, note, options
from pipelines.synthesise import synthesise
from service.app import journeys
from service.core.homes import Home
from testbed.serving import served

FULL = {"schools": 3, "pupils": 900, "years": 4}
QUICK = {"schools": 3, "pupils": 500, "years": 4}
PERSON = "Benchmark"


def main() -> None:
    """Measure the whole demo, one upload, and the explanations."""
    chosen = options(__doc__ or "")
    size = QUICK if chosen.quick else FULL
    with tempfile.TemporaryDirectory() as folder:
        measures = demo_to_page(Path(folder) / "demo", size)
        measures |= upload_to_flags(Path(folder) / "upload", 500 if chosen.quick else 1000)
    rows = 1_000 if chosen.quick else 10_000
    measures["explanations: look-up against TreeExplainer (times faster)"] = at_least(
        lookup_against_tree_explainer(rows), 50, "×"
    )
    finish(measures, only_json=chosen.json)


def demo_to_page(home: Path, size: dict[str, int]) -> dict[str, Measure]:
    """Seconds from an empty folder to the first answered page, dependencies being installed."""
    words = [word for name, value in size.items() for word in (f"--{name}", str(value))]
    with measured() as cost:
        belong("demo", "--home", str(home), "--no-serve", *words)
        with served(home) as address:
            assert httpx2.get(address, follow_redirects=True).status_code == 200
    return {"empty folder to served page (s)": at_most(cost.wall, 180, "s")}


def upload_to_flags(root: Path, pupils: int) -> dict[str, Measure]:
    """Seconds from sending one term's files to its flags being published."""
    trust = synthesise(root / "extracts", schools=3, pupils=pupils, years=4, seed=11)
    home, last = root / "home", trust.terms[-1]
    newest = root / "newest"
    newest.mkdir(parents=True)
    for school in trust.schools:
        shutil.move(root / "extracts" / school.urn / last, newest / school.urn)
    Home.create(home)
    for school in trust.schools:
        journeys.register_school(home, school.urn, name=school.name, phase=school.phase, mis=school.mis)
    journeys.load_trust(home, {s.urn: root / "extracts" / s.urn for s in trust.schools}, by=PERSON)
    model = journeys.train_model(home, seed=11)
    journeys.promote_model(home, model["model_id"], by=PERSON, reason="benchmark")
    urns = [school.urn for school in trust.schools]
    journeys.add_user(home, "lead", role="trust_lead", schools=urns, password="a long enough password")
    for urn in urns:
        journeys.add_user(
            home, f"lead.{urn}", role="inclusion_lead", schools=[urn], password="a long enough password"
        )
    measures = {}
    with served(home) as address:
        for school in trust.schools:
            token = journeys.issue_token(home, f"lead.{school.urn}", days=1)["token"]
            seconds, answer = upload(address, token, school.urn, last, newest / school.urn)
            assert answer["status"] == "done", answer
            measures[f"upload of {pupils} pupils' term to flags, {school.mis} (s)"] = at_most(
                seconds, 20, "s"
            )
            measures[f"flags published, {school.mis}"] = note(float(answer["flags_new"]))
    return measures


def upload(address: str, token: str, urn: str, term: str, folder: Path) -> tuple[float, dict[str, Any]]:
    """Send a folder's files and wait for the end of the journey; seconds and the last answer."""
    files = [("files", (path.name, path.read_bytes())) for path in sorted(folder.iterdir())]
    headers = {"Authorization": f"Bearer {token}"}
    with httpx2.Client(base_url=address, headers=headers, timeout=120) as http:
        began = time.perf_counter()
        sent = http.post("/api/v1/uploads", data={"school": urn, "term": term}, files=files)
        assert sent.status_code == 202, sent.text
        while True:
            answer = http.get(f"/api/v1/uploads/{sent.json()['id']}").json()
            if answer["status"] not in ("queued", "running"):
                return time.perf_counter() - began, answer
            time.sleep(0.1)


def belong(*words: str) -> dict[str, Any] | None:
    """Run the command line; its JSON result where it prints one."""
    done = subprocess.run(
        [sys.executable, "-m", "service.app.cli", *words], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout) if "--json" in words else None


if __name__ == "__main__":
    main()
