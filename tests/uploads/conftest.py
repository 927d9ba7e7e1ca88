"""A small school that hands in files: an own deployment, people, and files as they would export them."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from data_contracts import calendar, upn
from service.accounts import keeping
from service.app.worker import Worker
from service.core.callers import Caller, command_caller
from service.core.deployment import Deployment
from service.core.permissions import DATA, LEAD, Reader
from service.records import lake_store
from service.schools import keeping as schools
from service.uploads.receiving import receive
from service.uploads.status import UploadStatus, upload_status
from testbed.deployments import open_deployment
from tests.postgres import postgres, postgres_server

__all__ = ["postgres", "postgres_server"]

URN, TERM, NEXT = "999001", "2024-autumn", "2025-spring"
PUPILS = 12


def number(n: int) -> str:
    """The UPN of the school's nth pupil."""
    return upn.make(f"9994001200{n:02d}")


def pupils(count: int = PUPILS, first: int = 0) -> bytes:
    lines = ["Adno,UPN,Legal Surname,Legal Forename,DOB,Gender,Year,Reg,Admission date"]
    lines += [
        f"{n:06d},{number(n)},Surname{n},Forename{n},08/04/2010,F,Year 9,9A,03/09/2021"
        for n in range(first, first + count)
    ]
    return "\n".join(lines).encode()


def marks(term: str = TERM, who: range = range(PUPILS), part: slice = slice(None)) -> bytes:
    span = calendar.term(term)
    days = list(calendar.school_days(span.start, span.end))[part]
    lines = ["UPN,Date,Session,Mark"]
    for n in who:
        for day in days:
            lines += [f"{number(n)},{day:%d/%m/%Y},AM,/", f"{number(n)},{day:%d/%m/%Y},PM,\\"]
    return "\n".join(lines).encode()


def behaviour(count: int = 40, term: str = TERM, odd: dict[int, str] | None = None) -> bytes:
    span = calendar.term(term)
    days = list(calendar.school_days(span.start, span.end))
    lines = ["Adno,Incident id,Date,Time,Type,Points,Recorded on"]
    for n in range(count):
        day = f"{days[n % len(days)]:%d/%m/%Y}"
        lines.append(f"{n % PUPILS:06d},{n},{(odd or {}).get(n, day)},10:20,Disruption,2,{day}")
    return "\n".join(lines).encode()


@dataclass
class School:
    """The school at work: who leads inclusion there, who keeps its data, and the worker behind."""

    deployment: Deployment
    accounts: dict[str, str]

    def caller(self, role: str = LEAD) -> Caller:
        reader = Reader(self.accounts[role], f"{role}@school.example", role, role, frozenset({URN}))
        return Caller(self.deployment, reader)

    def work(self) -> None:
        worker = Worker(self.deployment)
        while worker.work_once():
            pass

    def send(self, files: dict[str, bytes], *, term: str = TERM, role: str = LEAD) -> UploadStatus:
        """Hand files in, let the worker finish, and read how it stands."""
        upload_id = receive(self.caller(role), URN, term, files.items())
        self.work()
        return self.status(upload_id)

    def status(self, upload_id: str) -> UploadStatus:
        caller = self.caller()
        with caller.writing() as tx:
            return upload_status(caller, tx, upload_id)

    def lake(self, table: str, terms: set[str] | None = None) -> Any:
        with self.caller().reading() as tx:
            return lake_store.live_view(tx, self.deployment.lake, frozenset({URN})).read(table, terms)


WHOLE = {"Pupils.csv": pupils(), "Attendance.csv": marks(), "Behaviour.csv": behaviour()}


def _made(path: Path) -> School:
    deployment = open_deployment(path)
    schools.register(command_caller(deployment), URN, name="Meadow School", phase="secondary", mis="sims")
    caller = command_caller(deployment)
    accounts = {
        role: keeping.add_account(caller, f"{role}@school.example", role=role, schools=[URN])
        for role in (LEAD, DATA)
    }
    return School(deployment, accounts)


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    """The school with nothing handed in yet."""
    made = _made(tmp_path / "home")
    yield made
    made.deployment.close()


@pytest.fixture(scope="session")
def whole_home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A home where the school's whole term is loaded, to be copied."""
    path = tmp_path_factory.mktemp("whole") / "home"
    made = _made(path)
    assert made.send(WHOLE).status == "done"
    made.deployment.close()
    return path, made.accounts


@pytest.fixture
def loaded(whole_home: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[School]:
    """The school with its whole term loaded."""
    path, accounts = whole_home
    deployment = Deployment.open(Path(shutil.copytree(path, tmp_path / "home")))
    yield School(deployment, accounts)
    deployment.close()
