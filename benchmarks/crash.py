"""kill -9 of server and worker at random moments of uploads: each ends once, scores as if undisturbed.

Then kill -9 before and after every single thing that an upload, a load, an erasure, a retention run, a backup and a
restore do to the disk or the database (`benchmarks.crash_moments`): after a restart each was done, or not begun.

`python -m benchmarks.crash [--quick] [--json] [--home HOME] [--kills N] [--databases sqlite,postgres]
[--minutes M] [--seed S] [--log FILE] [--only moments|uploads]`. A small synthetic trust is built unless a home is
named (which is copied).
Processes are forked from one that has imported everything, so that a cycle costs the work and not the imports.
Every kill and every ended upload is written to the log as it happens. After M minutes a database's run ends
with the upload in hand and is judged; runs with other seeds kill at other moments, and their kills add up.
"""

import json
import multiprocessing
import os
import random
import re
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import func, select

from benchmarks import crash_moments
from benchmarks.measures import Measure, at_least, at_most, finish, note, options
from service.accounts import keeping
from service.accounts.tokens import issue_token
from service.core import job_store
from service.core.audit import unaudited
from service.core.audit.audit_rows import AuditRow
from service.core.callers import command_caller
from service.core.deployment import Deployment
from service.core.engine import Transaction
from service.core.homes import Home
from service.core.job_rows import JobRow
from service.core.settings import Settings
from service.records import lake_store, roll_store
from service.scoring import score_store
from service.scoring.score_rows import PublicationRow, ScoreRow
from service.uploads import upload_store
from service.uploads.upload_rows import UploadRow
from testbed.moving import carried_over
from testbed.postgres import running_server
from testbed.serving import small_home, wait_until_healthy

SCHOOL = "999001"
QUICK_KILLS, KILLS = 6, 200
QUICK_MOMENTS = 5  # of each act
PUPILS, SCHOOLS, YEARS = 90, 2, 4
UPLOAD_LIMIT_SECONDS = 600
MOST_WORKER_KILLS, MOST_KILLS = 4, 8  # of one upload: a step begun five times is taken for poison
LEASE = "2"
PRELOADED = ("benchmarks.crash_imports",)
FORKED = multiprocessing.get_context("forkserver")
LEAD = "lead@crash.example"
FULL_DAY = re.compile(rb"(?m)^(\d+3,[\d/]+,)/,\\,")
"""A day's marks of a pupil whose number ends in 3, present in both sessions, as SIMS writes them."""


def serve_here(home: str, port: int, database_url: str) -> None:
    """A server process, without the worker beside it."""
    from service.app.serving import serve

    _environment(database_url)
    serve(Path(home), host="127.0.0.1", port=port, with_worker=False)


def work_here(home: str, database_url: str) -> None:
    """A worker process, which steps back for nobody: on a busy machine it would never get to be killed."""
    from service.app import worker

    worker.NICENESS = 0
    _environment(database_url)
    worker.run(Path(home))


def _environment(database_url: str) -> None:
    os.environ["BELONG_LEASE_SECONDS"] = LEASE
    if database_url:
        os.environ["BELONG_DATABASE_URL"] = database_url
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)


@dataclass
class Site:
    """A home on one database, and the server and worker that are killed again and again."""

    settings: Settings
    token: str
    term: str
    log: Path
    opened: Deployment
    port: int = 0
    kills: int = 0
    kills_at_work: int = 0
    uploads: list[str] = field(default_factory=list)
    processes: dict[str, Any] = field(default_factory=dict)

    def start(self, *names: str) -> None:
        """Begin server and worker, or those named."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        home, url = str(self.settings.home), self.settings.database_url
        for name in names or ("server", "worker"):
            if name == "server":
                self.port = port
                process = FORKED.Process(target=serve_here, args=(home, port, url))
            else:
                process = FORKED.Process(target=work_here, args=(home, url))
            process.start()
            self.processes[name] = process

    def kill(self, *names: str) -> None:
        """End processes without a word, and begin others in their place."""
        step = self.step_in_hand()
        for name in names:
            self.processes[name].kill()
        for name in names:
            self.processes[name].join()
        self.kills += 1
        self.kills_at_work += step is not None
        self.say(kill=self.kills, of=list(names), step=step)
        self.start(*names)

    def step_in_hand(self) -> str | None:
        """The step that a worker has begun and not ended, if there is one."""
        with reading(self) as tx:
            return tx.scalar(select(JobRow.step).where(JobRow.state == job_store.RUNNING))

    def end(self) -> None:
        """Leave no process behind."""
        for process in self.processes.values():
            process.kill()
            process.join()

    def say(self, **what: Any) -> None:
        """Write a line of the log, at once."""
        line = {"database": "sqlite" if self.opened.database.sqlite else "postgres", **what}
        with self.log.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps({"at": round(time.time(), 1), **line}) + "\n")

    def client(self, seconds: float = 180) -> httpx2.Client:
        """An inclusion lead's client, of a server that answers within `seconds`."""
        wait_until_healthy(f"http://127.0.0.1:{self.port}", seconds)
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=30)


def files(home: Path, term: str, *, corrected: bool) -> list[tuple[str, tuple[str, bytes]]]:
    """The school's extracts of the term; in corrected ones a tenth of the pupils were away on every full day."""
    folder = home / "extracts" / SCHOOL / term
    found = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    if corrected:
        found["Attendance.csv"] = FULL_DAY.sub(rb"\1N,N,", found["Attendance.csv"])
    return [("files", item) for item in found.items()]


def hand_in(site: Site, number: int) -> str:
    """Hand the files in, again and again under one key until an answer comes."""
    sent = files(site.settings.home, site.term, corrected=number % 2 == 1)
    data, key = {"school": SCHOOL, "term": site.term}, {"Idempotency-Key": f"upload-{number}"}
    until = time.monotonic() + UPLOAD_LIMIT_SECONDS
    while time.monotonic() < until:
        try:
            with site.client(
                seconds=1
            ) as http:  # not longer: the server that takes its place has another port
                answer = http.post("/api/v1/uploads", data=data, files=sent, headers=key)
                answer.raise_for_status()
                return str(answer.json()["id"])
        except (httpx2.TransportError, TimeoutError):
            time.sleep(0.1)
    raise TimeoutError(f"upload {number} was never taken")


def ended(site: Site, upload_id: str) -> bool:
    """Wait until an upload has ended; True where it ended well."""
    until = time.monotonic() + UPLOAD_LIMIT_SECONDS
    while time.monotonic() < until:
        with reading(site) as tx:
            row = upload_store.upload(tx, upload_id, {SCHOOL})
            state = row.status if row else "lost"
        if state not in ("queued", "running"):
            return state == "done"
        time.sleep(0.1)
    raise TimeoutError(f"upload {upload_id} did not end")


def disturb(site: Site, kills: int, over: threading.Event, chance: random.Random, calm: float) -> None:
    """Kill at random moments until the upload is over or had its share; `calm` seconds take it undisturbed."""
    own = of_worker = 0
    while site.kills < kills and own < MOST_KILLS:
        either = [("server",), ("worker",), ("server", "worker")]
        names = chance.choice(either) if of_worker < MOST_WORKER_KILLS else either[0]
        with_worker = "worker" in names
        longest = calm * (0.9 if with_worker else 0.3)
        if over.wait(longest * chance.random() ** 2):  # any moment, early ones more often: they cost less
            return
        of_worker += with_worker
        own += 1
        site.kill(*names)


def upload(site: Site, number: int, kills: int, chance: random.Random, calm: float) -> float:
    """One upload from its files to its end, disturbed; the seconds it took."""
    over, started = threading.Event(), time.monotonic()
    killer = threading.Thread(target=disturb, args=(site, kills, over, chance, calm))
    killer.start()
    try:
        upload_id = hand_in(site, number)
        well = ended(site, upload_id)
    finally:
        over.set()
        killer.join()
    took = time.monotonic() - started
    site.uploads.append(upload_id)
    site.say(upload=number, well=well, seconds=round(took, 1), kills=site.kills)
    return took


@contextmanager
def reading(site: Site) -> Iterator[Transaction]:
    """A look into the site's database from outside its server."""
    with site.opened.database.reading({SCHOOL}) as tx:
        yield tx


def scores(site: Site) -> list[tuple[Any, ...]]:
    """All that is published about the term, to the last digit."""
    with reading(site) as tx:
        live = score_store.publication(tx, SCHOOL, site.term)
        assert live is not None
        own = (ScoreRow.publication_id == live.id, ScoreRow.school == SCHOOL)
        rows = list(tx.scalars(select(ScoreRow).where(*own)))
    named = ("pupil_id", "flagged", "new", "abstained", "log_odds", "contributions")
    return sorted(tuple(str(getattr(row, name)) for name in named) for row in rows)


def faults(site: Site) -> dict[str, int]:
    """What is wrong in the end: lost, doubled or half-done things."""
    expected = len(site.uploads)
    with reading(site) as tx:
        live = lake_store.live_rows(tx, {SCHOOL})
        uploads = list(tx.scalars(select(UploadRow).where(UploadRow.school == SCHOOL)))
        loads = [load for load in lake_store.loads(tx, SCHOOL) if load.id in {row.load_id for row in uploads}]
        roll = [row.pupil_id for row in roll_store.roll_of(unaudited(tx, "a measurement"), SCHOOL, site.term)]
        mine = (PublicationRow.school == SCHOOL, PublicationRow.term == site.term)
        published = tx.scalar(select(func.count()).where(*mine, PublicationRow.load_id.is_not(None)))
        standing = [one for one in score_store.publications(tx, SCHOOL) if one.term == site.term]
        received = select(func.count()).where(AuditRow.event == "upload_received", AuditRow.school == SCHOOL)
        told = tx.scalar(received) or 0
        open_jobs = sum(n for state, n in job_store.counts(tx).items() if state != job_store.DONE)
    missing = [row for row in live if not (site.settings.home / "lake" / row.path).exists()]
    with site.client() as http:
        listed = http.get("/api/v1/uploads", params={"school": SCHOOL, "limit": 200}).json()["uploads"]
    return {
        "uploads not done": sum(1 for row in uploads if row.status != "done"),
        "uploads lost or doubled": abs(len(uploads) - expected) + abs(len(listed) - min(200, expected)),
        "uploads told of once": abs(told - expected),
        "loads lost or doubled": abs(len(loads) - expected),
        "publications lost or doubled": abs((published or 0) - expected),
        "publications standing twice": len(standing) - 1,
        "jobs left over": open_jobs,
        "files live twice": len(live) - len({(row.table, row.term) for row in live}),
        "files missing": len(missing),
        "pupils twice on the roll": len(roll) - len(set(roll)),
    }


@contextmanager
def site_on(database: str, built: Path, folder: Path, log: Path) -> Iterator[Site]:
    """A copy of the home on one database, with a lead's token."""
    home = Home(Path(shutil.copytree(built, folder / f"{database}-{random.randrange(10**6)}")))
    with ExitStack() as stack:
        settings = Settings(home=home.path)
        if database != "sqlite":
            settings = carried_over(home, stack.enter_context(running_server()).database())
        opened = stack.enter_context(Deployment.open(home.path, settings))
        caller = command_caller(opened)
        keeping.add_account(caller, LEAD, role="inclusion_lead", schools=[SCHOOL])
        token = issue_token(caller, LEAD, days=1)["token"]
        terms = [one for one in (home.path / "extracts" / SCHOOL).iterdir() if one.is_dir()]
        site = Site(settings, token, max(terms, key=_when).name, log, opened)
        stack.callback(site.end)
        yield site


def _when(term: Path) -> tuple[str, int]:
    year, _, season = term.name.partition("-")
    return year, ("spring", "summer", "autumn").index(season)


def run(
    database: str, built: Path, kills: int, folder: Path, log: Path, minutes: float, seed: int
) -> dict[str, Measure]:
    """Kill, recover, compare each upload with an undisturbed run of the same files."""
    chance = random.Random(seed)
    with site_on(database, built, folder, log) as calm:
        calm.start()
        expected, seconds = {}, []
        for number in (1, 2):
            seconds.append(upload(calm, number, 0, chance, 1.0))
            expected[number % 2] = scores(calm)
    apart = sum(one != other for one, other in zip(*expected.values(), strict=True))
    with site_on(database, built, folder, log) as site:
        site.start()
        number, different, started = 0, 0, time.monotonic()
        until = started + minutes * 60
        while (site.kills < kills and time.monotonic() < until) or number % 2:
            number += 1
            upload(site, number, kills, chance, seconds[1])
            different += scores(site) != expected[number % 2]
        found = faults(site)
        took = time.monotonic() - started
        site.say(
            verdict=found, different=different, apart=apart, kills=site.kills, at_work=site.kills_at_work,
            uploads=len(site.uploads), seconds=round(took), seed=seed,
        )  # fmt: skip
    measures = {f"{database}: {name}": at_most(value, 0) for name, value in found.items()}
    return {
        f"{database}: kills": at_least(site.kills, kills),
        f"{database}: of them while a step was in hand": note(site.kills_at_work, "proof that they met work"),
        f"{database}: uploads": note(len(site.uploads), "each ended once"),
        f"{database}: uploads with scores other than undisturbed": at_most(different, 0),
        f"{database}: scores in which the two sets of files differ": at_least(apart, 1),
        f"{database}: seconds": note(round(took, 1)),
        **measures,
    }


def moments(built: Path, folder: Path, log: Path, each: int | None, seed: int) -> dict[str, Measure]:
    """Kill each act at some or all of its moments."""

    def say(**what: Any) -> None:
        with log.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps({"at": round(time.time(), 1), **what}) + "\n")

    terms = [one for one in (built / "extracts" / SCHOOL).iterdir() if one.is_dir()]
    term = max(terms, key=_when).name
    sent = [item for _, item in files(built, term, corrected=True)]
    world = crash_moments.world_of(built, SCHOOL, term, sent, folder / "world")
    return crash_moments.killed_everywhere(built, world, each, seed, say)


def main() -> None:
    """Run on each database and say what was found."""
    extra = {
        "home": "a home to copy",
        "kills": "how many",
        "databases": "which",
        "minutes": "at most",
        "seed": "of the moments of the kills",
        "log": "where to write",
        "only": "moments or uploads",
    }
    asked = options(__doc__ or "", **extra)
    kills = int(asked.kills or (QUICK_KILLS if asked.quick else KILLS))
    FORKED.set_forkserver_preload(list(PRELOADED))
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with tempfile.TemporaryDirectory(prefix="belong-crash-") as name:
        folder = Path(name)
        log = Path(asked.log or Path(tempfile.gettempdir()) / "belong-crash.jsonl")
        built = Path(asked.home) if asked.home else small_home(folder / "built", SCHOOLS, PUPILS, YEARS)
        measures: dict[str, Measure] = {}
        seed = int(asked.seed or 7)
        databases = [] if asked.only == "moments" else (asked.databases or "sqlite,postgres").split(",")
        for database in databases:
            minutes = float(asked.minutes or "inf")
            measures |= run(database, built, kills, folder, log, minutes, seed)
        if asked.only != "uploads":
            measures |= moments(built, folder, log, QUICK_MOMENTS if asked.quick else None, seed)
    finish(measures, only_json=asked.json)


if __name__ == "__main__":
    main()
