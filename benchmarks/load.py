"""Fifty people with five seconds to think read lists and cards while schools upload; how long they wait.

`python -m benchmarks.load [--quick] [--json] [--home DEMO] [--database sqlite|postgres]`
Also: lists per second beside the same audited route answering from memory, and `/healthz` with two workers.
"""

import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx2
import uvicorn
from fastapi import Depends
from fastapi.responses import Response

from benchmarks.measures import Measure, at_least, at_most, finish, note, options
from benchmarks.serving import wait_until_healthy
from service.access import needs
from service.app import create_app
from service.audit import Event
from service.callers import Caller
from service.homes import Home
from service.settings import Settings
from tests.moving import carried_over
from tests.postgres import running_server

PEOPLE, THINK_SECONDS = 50, 5.0
LONG_SECONDS, QUICK_SECONDS = 120, 20
TERM = "2026-summer"
HEALTH_CALLS, LIST_SECONDS = 300, 6.0


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(settings: Settings, workers: int) -> Iterator[str]:
    """`belong serve` with its worker apart, as an operator runs it."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "service.cli",
        "serve",
        "--home",
        str(settings.home),
        "--port",
        str(port),
    ]
    environment = {**os.environ, "GX_ANALYTICS_ENABLED": "false", "BELONG_REQUESTS_PER_MINUTE": "1000000"}
    environment |= {"BELONG_DATABASE_URL": settings.database_url} if settings.database_url else {}
    process = subprocess.Popen(
        [*command, "--workers", str(workers)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_healthy(f"http://127.0.0.1:{port}", 120)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


class Crowd:
    """People reading lists and cards, and what they waited."""

    def __init__(self, address: str, accounts: list[dict[str, Any]], until: float) -> None:
        self.address, self.accounts, self.until = address, accounts, until
        self.waited: list[float] = []
        self.errors = 0

    def person(self, number: int) -> None:
        """Read the list, then cards, with time to think in between."""
        chance = random.Random(number)
        account = self.accounts[number % len(self.accounts)]
        school = account["schools"][0]
        headers = {"Authorization": f"Bearer {account['token']}"}
        time.sleep(chance.uniform(0, THINK_SECONDS))
        with httpx2.Client(base_url=self.address, headers=headers, timeout=30) as http:
            pupils: list[str] = []
            while time.monotonic() < self.until:
                card = f"/api/v1/pupils/{chance.choice(pupils)}/explanation" if pupils else None
                body = self.ask(
                    http, card or "/api/v1/flags", {} if card else {"school": school, "term": TERM}
                )
                pupils = pupils or [flag["pupil_id"] for flag in body.get("flags", [])]
                time.sleep(chance.expovariate(1 / THINK_SECONDS))

    def ask(self, http: httpx2.Client, path: str, params: dict[str, str]) -> dict[str, Any]:
        """One request, timed."""
        started = time.perf_counter()
        try:
            answer = http.get(path, params=params)
            self.waited.append(time.perf_counter() - started)
            self.errors += answer.status_code != 200
            return dict(answer.json()) if answer.status_code == 200 else {}
        except httpx2.TransportError:
            self.errors += 1
            return {}


def keep_uploading(
    address: str, home: Path, account: dict[str, Any], until: float, done: list[float]
) -> None:
    """A school that uploads its term again and again."""
    school, headers = account["schools"][0], {"Authorization": f"Bearer {account['token']}"}
    files = [
        ("files", (path.name, path.read_bytes()))
        for path in sorted((home / "extracts" / school / TERM).iterdir())
    ]
    with httpx2.Client(base_url=address, headers=headers, timeout=60) as http:
        while time.monotonic() < until:
            started = time.monotonic()
            made = http.post("/api/v1/uploads", data={"school": school, "term": TERM}, files=files).json()[
                "id"
            ]
            while http.get(f"/api/v1/uploads/{made}").json()["status"] in ("queued", "running"):
                time.sleep(1)
                if time.monotonic() > until + 60:
                    return
            done.append(time.monotonic() - started)


def crowd_measures(settings: Settings, accounts: list[dict[str, Any]], seconds: float) -> dict[str, Measure]:
    """Fifty readers, and an upload going on at each school."""
    leads = [one for one in accounts if one["role"] == "inclusion_lead"]
    readers = [one for one in accounts if one["role"] in ("inclusion_lead", "pastoral")]
    with server(settings, workers=2) as address:
        until, uploads = time.monotonic() + seconds, list[float]()
        crowd = Crowd(address, readers, until)
        threads = [threading.Thread(target=crowd.person, args=(number,)) for number in range(PEOPLE)]
        threads += [
            threading.Thread(target=keep_uploading, args=(address, settings.home, lead, until, uploads))
            for lead in leads
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        health = health_measure(address)
    cuts = statistics.quantiles(crowd.waited, n=100)
    return {
        "requests": note(len(crowd.waited), f"{PEOPLE} people, {len(leads)} schools uploading"),
        "uploads done meanwhile": note(len(uploads)),
        "errors": at_most(crowd.errors, 0),
        "p50 ms": note(round(cuts[49] * 1000, 1)),
        "p95 ms": at_most(cuts[94] * 1000, 500),
        "p99 ms": at_most(cuts[98] * 1000, 1500),
        "healthz p50 ms, 2 workers, kept alive": health,
    }


def health_measure(address: str) -> Measure:
    """The median of `/healthz` on one connection."""
    with httpx2.Client(base_url=address) as http:
        waited = []
        for _ in range(HEALTH_CALLS):
            started = time.perf_counter()
            http.get("/healthz")
            waited.append(time.perf_counter() - started)
    return at_most(statistics.median(waited) * 1000, 10)


def throughput(settings: Settings, account: dict[str, Any]) -> dict[str, Measure]:
    """Lists per second, beside the same authenticated, audited route answering from memory."""
    app, kept = create_app(settings), dict[str, bytes]()

    def from_memory(caller: Annotated[Caller, Depends(needs("flags.read"))]) -> Response:
        with caller.writing() as tx:
            caller.record(tx, Event.FLAGS_READ, school=account["schools"][0], term=TERM, pupils=0, offset=0)
        return Response(kept["body"], media_type="application/json")

    app.add_api_route("/from-memory", from_memory)
    port = free_port()
    running = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, access_log=False))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    wait_until_healthy(f"http://127.0.0.1:{port}")
    headers = {"Authorization": f"Bearer {account['token']}"}
    query = f"/api/v1/flags?school={account['schools'][0]}&term={TERM}"

    def client() -> httpx2.Client:
        return httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30)

    with client() as http:
        kept["body"] = http.get(query).content
    listed, remembered = per_second(client, query), per_second(client, "/from-memory")
    running.should_exit = True
    thread.join(20)
    return {
        "lists per second": note(round(listed, 1)),
        "from memory per second": note(round(remembered, 1)),
        "share of the route from memory": at_least(listed / remembered, 0.5),
    }


def per_second(client: Callable[[], httpx2.Client], path: str, people: int = 4) -> float:
    """Answers per second to a few impatient readers."""
    counts, until = [0] * people, time.monotonic() + LIST_SECONDS

    def read(number: int) -> None:
        with client() as http:
            while time.monotonic() < until:
                counts[number] += http.get(path).status_code == 200

    threads = [threading.Thread(target=read, args=(number,)) for number in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / LIST_SECONDS


def main() -> None:
    """Run and say how long people waited."""
    asked = options(__doc__ or "", home="a demo home to copy", database="sqlite or postgres")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="belong-load-")))
        demo = Path(asked.home) if asked.home else folder / "demo"
        if not asked.home:
            command = [sys.executable, "-m", "service.cli", "demo", "--home", str(demo), "--no-serve"]
            subprocess.run([*command, "--schools", "5"], check=True, stdout=subprocess.DEVNULL)
        home = Home(Path(shutil.copytree(demo, folder / "home")))
        accounts = json.loads((home.path / "demo.json").read_text("utf-8"))["accounts"]
        settings = Settings(home=home.path, requests_per_minute=1_000_000)
        if asked.database == "postgres":
            settings = carried_over(home, stack.enter_context(running_server()).database())
        lead = next(one for one in accounts if one["role"] == "inclusion_lead")
        measures = throughput(settings, lead)
        measures |= crowd_measures(settings, accounts, QUICK_SECONDS if asked.quick else LONG_SECONDS)
    finish(measures, only_json=asked.json)


if __name__ == "__main__":
    main()
