"""Whatever a job does is recorded under the person who asked for it: loads, publications, models, the log."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.accounts import account_store, keeping
from service.accounts.names import Names
from service.accounts.readers import reader_of
from service.app import steps
from service.app.worker import Worker
from service.core import job_store
from service.core.audit import Event, audit_store
from service.core.audit.audit_rows import AuditRow
from service.core.base import now
from service.core.callers import Caller, command_caller
from service.core.deployment import Deployment
from service.core.job_rows import JobRow
from service.core.permissions import DATA, LEAD, SYSTEM_ADMINISTRATOR
from service.models.training import NO_SCHOOL, TRAIN, ask_training
from service.records import lake_store
from service.scoring import score_store
from service.uploads.receiving import receive, undo_load

NAMES = {LEAD: "Rosa Invented", DATA: "Devi Invented"}


@dataclass
class Place:
    """A demo home with two people who have names."""

    deployment: Deployment
    demo: dict[str, Any]
    ids: dict[str, str]

    @property
    def school(self) -> str:
        return str(self.demo["schools"][0]["urn"])

    @property
    def term(self) -> str:
        return str(self.demo["latest_term"])

    def caller(self, role: str) -> Caller:
        """A person at a browser."""
        with self.deployment.database.reading() as tx:
            account = account_store.account(tx, self.ids[role])
        assert account is not None
        return Caller(self.deployment, reader_of(account, self.deployment.all_urns(), "session"))

    def work(self) -> None:
        """What waits, done by the worker."""
        worker = Worker(self.deployment)
        while worker.work_once():
            pass

    def log(self, event: Event) -> list[AuditRow]:
        """The events of a kind, newest first."""
        with self.deployment.database.reading({self.school}) as tx:
            return audit_store.search(
                tx, before=None, limit=9, event=str(event), schools={self.school}, strangers=set()
            )


@pytest.fixture
def place(own_home: Path, demo: dict[str, Any]) -> Iterator[Place]:
    with Deployment.open(own_home) as deployment:
        made = Place(deployment, demo, {})
        machine, urns = command_caller(deployment), [one["urn"] for one in demo["schools"]]
        for role, name in NAMES.items():
            made.ids[role] = keeping.add_account(
                machine, f"{role}@school.example", role=role, schools=urns, password="four unrelated plain words",
                name=name,
            )  # fmt: skip
        yield made


def _send(place: Place) -> str:
    """The first school's behaviour records of the latest term without the last one, so that something changes."""
    folder = place.deployment.home.path / "extracts" / place.school / place.term
    path = next(path for path in sorted(folder.iterdir()) if "behaviour" in path.name.lower())
    files = [(path.name, b"\n".join(path.read_bytes().splitlines()[:-1]))]
    return receive(place.caller(LEAD), place.school, place.term, files)


def upload(place: Place) -> None:
    """Uploading loads and publishes in the name of whoever sent the files."""
    _send(place)
    place.work()
    with place.deployment.database.reading({place.school}) as tx:
        assert lake_store.loads(tx, place.school)[0].by == place.ids[LEAD]
    _published(place)
    for event in (Event.LOAD_COMMITTED, Event.SCORES_PUBLISHED):
        assert (place.log(event)[0].actor, place.log(event)[0].role) == (place.ids[LEAD], LEAD)


def rescore(place: Place) -> None:
    """What is scored again after an undo is published in the name of whoever undid the load."""
    upload(place)
    with place.deployment.database.reading({place.school}) as tx:
        load = lake_store.loads(tx, place.school)[0]
    undo_load(place.caller(LEAD), load.id)
    place.work()
    assert place.log(Event.LOAD_UNDONE)[0].actor == place.ids[LEAD]
    assert len([one for one in place.log(Event.SCORES_PUBLISHED) if one.actor == place.ids[LEAD]]) == 2
    _published(place)


def training(place: Place) -> None:
    """A training asked for from a page names the person in the registry and in the log, never the machine."""
    ask_training(place.caller(DATA))
    place.work()
    events = place.deployment.registry.events()
    announced = [event for event in events if event["event"] == "announced"][-1]
    added = [event for event in events if event["event"] == "added"][-1]
    assert (announced["by"], added["by"]) == (NAMES[DATA], NAMES[DATA])
    assert place.log(Event.MODEL_TRAINED)[0].actor == place.ids[DATA]
    assert place.log(Event.MODEL_TRAINED)[0].via == "job"


def _published(place: Place) -> None:
    with place.deployment.database.reading({place.school}) as tx:
        live = score_store.publication(tx, place.school, place.term)
        assert live is not None
        assert Names(tx).of(live.by) == NAMES[LEAD]


ASKED: dict[str, Callable[[Place], None]] = {"upload": upload, "rescore": rescore, TRAIN: training}


def test_every_kind_of_job_is_asked_for_here() -> None:
    assert set(ASKED) == set(steps.KINDS)


@pytest.mark.parametrize("kind", sorted(ASKED))
def test_a_job_is_recorded_under_whoever_asked(place: Place, kind: str) -> None:
    ASKED[kind](place)
    with place.deployment.database.reading() as tx:
        job = job_store.latest(tx, kind)
    assert job is not None
    assert job.payload["by"] == place.ids[DATA if kind == TRAIN else LEAD]


def test_a_training_queued_by_the_previous_release_still_names_its_person(place: Place) -> None:
    with place.deployment.database.writing() as tx:
        job = JobRow(
            id="j1", kind=TRAIN, school=NO_SCHOOL, subject=place.ids[DATA], step=TRAIN, state=job_store.WAITING,
            payload={}, dedupe="train:1", created_at=now(),
        )  # fmt: skip
        job_store.enqueue(tx, job)
    place.work()
    assert place.deployment.registry.events()[-1]["by"] == NAMES[DATA]


def test_nobody_is_called_by_an_id_or_a_word_of_the_machine(place: Place) -> None:
    with place.deployment.database.reading() as tx:
        names = Names(tx)
    assert names.of(place.ids[LEAD]) == names.of(f"{LEAD}@school.example") == NAMES[LEAD]
    assert names.of("command") == names.of("Command line") == SYSTEM_ADMINISTRATOR
    assert names.of("worker") == "Belong (automatic)"
    assert names.of("A. Person") == "A. Person"
