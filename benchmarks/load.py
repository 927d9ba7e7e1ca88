"""Fifty people with five seconds to think read lists and cards while schools upload; how long they wait.

`python -m benchmarks.load [--quick] [--json] [--home HOME] [--database sqlite|postgres]`
People are signed in with sessions and read the pages; schools upload by token. A home named is copied. Also:
lists per second beside the same audited route answering from memory, and `/healthz` with two workers.
"""

import os
import random
import re
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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import httpx2
import uvicorn
from fastapi import Depends
from fastapi.responses import Response

from benchmarks.measures import Measure, at_least, at_most, finish, note, options
from service.accounts import account_store, keeping
from service.accounts.signing import open_session
from service.accounts.tokens import issue_token
from service.app.web import create_app
from service.core.audit import Event
from service.core.callers import Caller, command_caller
from service.core.deployment import Deployment
from service.core.homes import Home
from service.core.settings import Settings
from service.schools.lines import in_order
from service.scoring import score_store
from service.shell.access import needs
from testbed.moving import carried_over
from testbed.postgres import running_server
from testbed.serving import small_home, wait_until_healthy

PEOPLE, THINK_SECONDS = 50, 5.0
START_SECONDS, STOP_SECONDS = 600, 60
LONG_SECONDS, QUICK_SECONDS = 120, 25
LONG_HOME, QUICK_HOME = (5, 900, 4), (5, 120, 2)
SETTLE_SECONDS = 20  # when the first process answers, the second and the queue's worker are still starting
HEALTH_CALLS, LIST_SECONDS, ROUNDS = 300, 2.0, 3
READER = "reader@load.example"
PUPIL = re.compile(r"p[0-9a-f]{20}")


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
        "service.app.cli",
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
        wait_until_healthy(f"http://127.0.0.1:{port}", START_SECONDS)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:  # still importing on a busy machine
            process.kill()
            process.wait()


@dataclass(frozen=True)
class Person:
    """Somebody signed in at a school."""

    school: str
    cookie: str


class Crowd:
    """People reading lists and cards, and what they waited."""

    def __init__(self, address: str, term: str, until: float) -> None:
        self.address, self.term, self.until = address, term, until
        self.waited: dict[str, list[float]] = {"list": [], "card": []}
        self.errors: list[str] = []

    def read(self, person: Person, number: int) -> None:
        """Read the list, then cards and now and then the list again, with time to think in between."""
        chance = random.Random(number)
        time.sleep(chance.uniform(0, THINK_SECONDS))
        cookies = {"belong-sid": person.cookie}
        with httpx2.Client(base_url=self.address, cookies=cookies, timeout=60) as http:
            pupils: list[str] = []
            while time.monotonic() < self.until:
                if pupils and chance.random() < 0.8:
                    self.ask(http, "card", f"/pupils/{chance.choice(pupils)}")
                else:
                    text = self.ask(http, "list", f"/schools/{person.school}/terms/{self.term}")
                    pupils = sorted(set(PUPIL.findall(text))) or pupils
                time.sleep(chance.expovariate(1 / THINK_SECONDS))

    def ask(self, http: httpx2.Client, kind: str, path: str) -> str:
        """One page, timed."""
        started = time.perf_counter()
        try:
            answer = http.get(path)
        except httpx2.TransportError as error:
            self.errors.append(type(error).__name__)
            return ""
        self.waited[kind].append(time.perf_counter() - started)
        if answer.status_code != 200:
            self.errors.append(f"{kind}: {answer.status_code}")
        return answer.text


def keep_uploading(
    address: str, home: Path, term: str, school: str, token: str, until: float, done: list[float]
) -> None:
    """A school that uploads its term again and again."""
    headers = {"Authorization": f"Bearer {token}"}
    folder = home / "extracts" / school / term
    files = [("files", (path.name, path.read_bytes())) for path in sorted(folder.iterdir())]
    with httpx2.Client(base_url=address, headers=headers, timeout=60) as http:
        while time.monotonic() < until:
            started = time.monotonic()
            sent = http.post("/api/v1/uploads", data={"school": school, "term": term}, files=files)
            made = sent.json()["id"]
            while http.get(f"/api/v1/uploads/{made}").json()["status"] in ("queued", "running"):
                time.sleep(1)
                if time.monotonic() > until:
                    return
            done.append(time.monotonic() - started)


def crowd_measures(settings: Settings, term: str, seconds: float) -> dict[str, Measure]:
    """Fifty readers, and an upload going on at each school."""
    people, leads = signed_in(settings)
    with server(settings, workers=2) as address:
        time.sleep(SETTLE_SECONDS)
        until, uploads = time.monotonic() + seconds, list[float]()
        crowd = Crowd(address, term, until)
        threads = [
            threading.Thread(target=crowd.read, args=(person, number)) for number, person in enumerate(people)
        ]
        threads += [
            threading.Thread(
                target=keep_uploading, args=(address, settings.home, term, *lead, until, uploads)
            )
            for lead in leads.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        health = health_measure(address)
    waited = [*crowd.waited["list"], *crowd.waited["card"]]
    cuts = statistics.quantiles(waited, n=100)
    return {
        "requests": note(len(waited), f"{len(people)} people, {len(leads)} schools uploading"),
        "uploads done meanwhile": note(len(uploads)),
        "load of the machine at the end": note(round(os.getloadavg()[0], 1), "2 cores' worth is 2"),
        "errors": at_most(len(crowd.errors), 0),
        "p50 ms, lists": note(round(statistics.median(crowd.waited["list"]) * 1000, 1)),
        "p50 ms, cards": note(round(statistics.median(crowd.waited["card"]) * 1000, 1)),
        "p95 ms": at_most(cuts[94] * 1000, 500),
        "p99 ms": at_most(cuts[98] * 1000, 1500),
        "healthz p50 ms, 2 workers, kept alive": health,
    }


def signed_in(settings: Settings) -> tuple[list[Person], dict[str, str]]:
    """Fifty sessions over leads and pastoral teams of all schools, and a lead's token by school."""
    with Deployment.open(settings.home, settings) as opened:
        caller, urns = command_caller(opened), sorted(opened.all_urns())
        made, tokens = [], {}
        for urn in urns:
            for role in ("inclusion_lead", "pastoral"):
                user = f"{role}.{urn}@load.example"
                made.append((urn, keeping.add_account(caller, user, role=role, schools=[urn])))
            tokens[urn] = issue_token(caller, f"inclusion_lead.{urn}@load.example", days=1)["token"]
        people = []
        with caller.writing() as tx:
            for number in range(PEOPLE):
                urn, account_id = made[number % len(made)]
                account = account_store.account(tx, account_id)
                assert account is not None
                signed = open_session(opened, tx, account, second_factor=True)
                people.append(Person(urn, signed.cookie))
    return people, tokens


def health_measure(address: str) -> Measure:
    """The median of `/healthz` on one connection."""
    with httpx2.Client(base_url=address) as http:
        waited = []
        for _ in range(HEALTH_CALLS):
            started = time.perf_counter()
            http.get("/healthz")
            waited.append(time.perf_counter() - started)
    return at_most(statistics.median(waited) * 1000, 10)


def throughput(settings: Settings, term: str) -> dict[str, Measure]:
    """Lists per second, beside the same authenticated, audited route answering from memory."""
    app, kept = create_app(settings), dict[str, bytes]()
    caller, school = command_caller(app.state.deployment), min(app.state.deployment.all_urns())
    keeping.add_account(caller, READER, role="inclusion_lead", schools=[school])
    headers = {"Authorization": f"Bearer {issue_token(caller, READER, days=1)['token']}"}

    def from_memory(caller: Annotated[Caller, Depends(needs("flags.read"))]) -> Response:
        with caller.writing() as tx:
            caller.record(tx, Event.FLAGS_READ, school=school, term=term, pupils=0, offset=0)
        return Response(kept["body"], media_type="application/json")

    app.add_api_route("/from-memory", from_memory)
    port = free_port()
    running = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, access_log=False))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    wait_until_healthy(f"http://127.0.0.1:{port}")
    query = f"/api/v1/flags?school={school}&term={term}"

    def client() -> httpx2.Client:
        return httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30)

    with client() as http:
        kept["body"] = http.get(query).content
    rounds = [(per_second(client, query), per_second(client, "/from-memory")) for _ in range(ROUNDS)]
    listed, remembered = (sum(one[place] for one in rounds) / ROUNDS for place in (0, 1))
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
    asked = options(__doc__ or "", home="a home to copy", database="sqlite or postgres")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="belong-load-")))
        size = QUICK_HOME if asked.quick else LONG_HOME
        built = Path(asked.home) if asked.home else small_home(folder / "built", *size)
        home = Home(Path(shutil.copytree(built, folder / "home")))
        settings = Settings(home=home.path, requests_per_minute=1_000_000)
        if asked.database == "postgres":
            carried = carried_over(home, stack.enter_context(running_server()).database())
            settings = replace(carried, requests_per_minute=1_000_000)
        term = latest_term(settings)
        measures = throughput(settings, term)
        measures |= crowd_measures(settings, term, QUICK_SECONDS if asked.quick else LONG_SECONDS)
    finish(measures, only_json=asked.json)


def latest_term(settings: Settings) -> str:
    """The latest term with published lists."""
    with Deployment.open(settings.home, settings) as opened, command_caller(opened).reading() as tx:
        return in_order(score_store.published_terms(tx, min(opened.all_urns())))[-1]


if __name__ == "__main__":
    main()
