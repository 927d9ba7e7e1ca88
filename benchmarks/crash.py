"""kill -9 of server and worker at random moments of uploads: each ends once, flags as if undisturbed.

`python -m benchmarks.crash [--quick] [--json] [--home DEMO] [--kills N] [--databases sqlite,postgres]`
A demo home is built unless one is named (it is copied, never changed).
"""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from benchmarks.measures import Measure, at_least, at_most, finish, note, options
from benchmarks.serving import wait_until_healthy
from service.callers import command_caller
from service.db import lake_store, score_store
from service.db.engine import Transaction
from service.deployment import Deployment
from service.homes import Home
from service.settings import Settings
from tests.moving import carried_over
from tests.postgres import running_server

SCHOOL, TERM = "999001", "2026-summer"
QUICK_KILLS, KILLS = 4, 200
LONGEST_WAIT = 8.0
UPLOAD_LIMIT_SECONDS = 600
MOST_KILLS = 3  # of one upload: a step begun five times is taken for poison
LEASE = "2"


@dataclass
class Site:
    """A home on one database, and the server that is killed again and again."""

    settings: Settings
    token: str
    port: int = 0
    process: "subprocess.Popen[bytes] | None" = None
    kills: int = 0
    uploads: list[str] = field(default_factory=list)

    def start(self) -> None:
        """Begin a server with its worker, in a process group of their own."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        command = [sys.executable, "-m", "service.cli", "serve", "--home", str(self.settings.home)]
        environment = {**os.environ, "BELONG_LEASE_SECONDS": LEASE, "GX_ANALYTICS_ENABLED": "false"}
        environment |= (
            {"BELONG_DATABASE_URL": self.settings.database_url} if self.settings.database_url else {}
        )
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port)],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self) -> None:
        """End server and worker without a word."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.kills += 1

    def end(self) -> None:
        """Leave no process behind."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def client(self) -> httpx2.Client:
        """An inclusion lead's client."""
        wait_until_healthy(f"http://127.0.0.1:{self.port}")
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=30)


def files(home: Path, *, corrected: bool) -> list[tuple[str, tuple[str, bytes]]]:
    """The school's extracts of the term; corrected ones lack some incidents."""
    folder = home / "extracts" / SCHOOL / TERM
    found = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    if corrected:
        lines = found["Behaviour.csv"].split(b"\r\n")
        found["Behaviour.csv"] = b"\r\n".join(lines[:-40] + lines[-1:])
    return [("files", item) for item in found.items()]


def upload(site: Site, key: str, *, corrected: bool) -> str | None:
    """Hand the files in; None where the server died before it answered."""
    try:
        with site.client() as http:
            answer = http.post(
                "/api/v1/uploads",
                data={"school": SCHOOL, "term": TERM},
                files=files(site.settings.home, corrected=corrected),
                headers={"Idempotency-Key": key},
            )
            answer.raise_for_status()
            return str(answer.json()["id"])
    except (httpx2.TransportError, TimeoutError):
        return None


def status(site: Site, upload_id: str) -> str:
    """How far an upload is; '' while the server is down."""
    try:
        with site.client() as http:
            return str(http.get(f"/api/v1/uploads/{upload_id}").json()["status"])
    except (httpx2.TransportError, TimeoutError):
        return ""


def disturbed_upload(site: Site, number: int, kills: int, chance: random.Random) -> None:
    """One upload, with kills at random moments until the site has seen `kills` of them."""
    upload_id, own, until = None, 0, time.monotonic() + UPLOAD_LIMIT_SECONDS
    while time.monotonic() < until:
        if upload_id is None:
            upload_id = upload(site, f"upload-{number}", corrected=number % 2 == 1)
            continue
        if site.kills < kills and own < MOST_KILLS and chance.random() < 0.8:
            own += 1
            time.sleep(chance.uniform(0.0, LONGEST_WAIT))
            site.kill()
            site.start()
        if status(site, upload_id) not in ("", "queued", "running"):
            site.uploads.append(upload_id)
            return
        time.sleep(0.3)
    raise TimeoutError(f"upload {number} did not end")


@contextmanager
def reading(site: Site) -> Iterator[Transaction]:
    """A look into the site's database from outside its server."""
    opened = Deployment.open(site.settings.home, site.settings)
    with opened as deployment, command_caller(deployment).reading() as tx:
        yield tx


def flags(site: Site) -> frozenset[str]:
    """The suggestions that stand."""
    with reading(site) as tx:
        return frozenset(pupil for pupil, _ in score_store.flagged_pupils(tx, SCHOOL, TERM))


def faults(site: Site, loads_before: int) -> dict[str, int]:
    """What is wrong in the end: lost, doubled or half-done things."""
    with reading(site) as tx:
        live = lake_store.live_rows(tx, {SCHOOL})
        loads = len(lake_store.loads(tx, SCHOOL)) - loads_before
        roll = [row.pupil_id for row in score_store.roll_of(tx, SCHOOL, TERM)]
        published = [one for one in score_store.publications(tx, SCHOOL) if one.term == TERM]
        missing = [row for row in live if not (site.settings.home / "lake" / row.path).exists()]
    with site.client() as http:
        listed = http.get("/api/v1/uploads", params={"school": SCHOOL, "limit": 200}).json()["uploads"]
    return {
        "uploads not done": sum(1 for one in listed if one["status"] != "done"),
        "uploads lost or doubled": abs(len(listed) - len(site.uploads)),
        "loads doubled": max(0, loads - len(site.uploads)),
        "files live twice": len(live) - len({(row.table, row.term) for row in live}),
        "files missing": len(missing),
        "pupils twice on the roll": len(roll) - len(set(roll)),
        "publications live twice": len(published) - 1,
    }


@contextmanager
def site_on(database: str, demo: Path, folder: Path) -> Iterator[Site]:
    """A copy of the demo on one database."""
    home = Home(Path(shutil.copytree(demo, folder / f"{database}-{random.randrange(10**6)}")))
    described: dict[str, Any] = json.loads((home.path / "demo.json").read_text("utf-8"))
    token = next(one["token"] for one in described["accounts"] if one["role"] == "inclusion_lead")
    with ExitStack() as stack:
        settings = Settings(home=home.path)
        if database != "sqlite":
            settings = carried_over(home, stack.enter_context(running_server()).database())
        site = Site(settings, token)
        stack.callback(site.end)
        yield site


def run(database: str, demo: Path, kills: int, folder: Path) -> dict[str, Measure]:
    """Kill, recover, compare with an undisturbed run of the same last upload."""
    chance = random.Random(7)
    with site_on(database, demo, folder) as calm:
        calm.start()
        disturbed_upload(calm, 1, 0, chance)
        expected = flags(calm)
    with site_on(database, demo, folder) as site:
        with reading(site) as tx:
            before = len(lake_store.loads(tx, SCHOOL))
        site.start()
        number, started = 0, time.monotonic()
        while site.kills < kills or number % 2 == 0:
            number += 1
            disturbed_upload(site, number, kills, chance)
        found, same = faults(site, before), flags(site) == expected
    measures = {f"{database}: {name}": at_most(value, 0) for name, value in found.items()}
    return {
        f"{database}: kills": at_least(site.kills, kills),
        f"{database}: uploads": note(len(site.uploads), "each ended once"),
        f"{database}: flags as undisturbed": at_least(int(same), 1),
        f"{database}: seconds": note(round(time.monotonic() - started, 1)),
        **measures,
    }


def main() -> None:
    """Run on each database and say what was found."""
    asked = options(__doc__ or "", home="a demo home to copy", kills="how many", databases="which")
    kills = int(asked.kills or (QUICK_KILLS if asked.quick else KILLS))
    with tempfile.TemporaryDirectory(prefix="belong-crash-") as folder:
        demo = Path(asked.home) if asked.home else Path(folder) / "demo"
        if not asked.home:
            command = [sys.executable, "-m", "service.cli", "demo", "--home", str(demo), "--no-serve"]
            subprocess.run([*command, "--pupils", "240"], check=True, stdout=subprocess.DEVNULL)
        measures: dict[str, Measure] = {}
        for database in (asked.databases or "sqlite,postgres").split(","):
            measures |= run(database, demo, kills, Path(folder))
    finish(measures, only_json=asked.json)


if __name__ == "__main__":
    main()
