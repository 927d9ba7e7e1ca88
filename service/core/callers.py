"""Who calls, for what purpose, at which deployment: the first argument of all that reads or changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.core.audit import Event, Recorded, record
from service.core.deployment import Deployment
from service.core.engine import Transaction
from service.core.permissions import ADMIN, DPO, SYSTEM_ADMINISTRATOR, Reader


@dataclass(frozen=True)
class Caller:
    """A reader at work. `purpose` is a code from the Belong-Purpose header, where the caller named one."""

    deployment: Deployment
    reader: Reader
    purpose: str | None = None
    request_id: str | None = None
    session: str | None = None
    csrf: str = ""
    second_factor_due: bool = False

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction over the reader's schools that commits; what is audited happens in one of these."""
        with self.deployment.database.writing(self.reader.schools) as tx:
            yield tx

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A transaction over the reader's schools that changes nothing."""
        with self.deployment.database.reading(self.reader.schools) as tx:
            yield tx

    def record(
        self,
        tx: Transaction,
        event: Event,
        *,
        school: str | None = None,
        subject: str | None = None,
        **detail: Any,
    ) -> Recorded:
        """Tell an audit event with this call's purpose and request id."""
        return record(
            tx,
            self.reader,
            event,
            school=school,
            subject=subject,
            detail=detail,
            purpose=self.purpose,
            request_id=self.request_id,
        )


def command_caller(deployment: Deployment) -> Caller:
    """Whoever may run commands on the machine itself: they hold the keys, so every school is theirs."""
    reader = Reader(
        account_id="command",
        user="command",
        name=SYSTEM_ADMINISTRATOR,
        role=ADMIN,
        schools=deployment.all_urns(),
        via="command",
    )
    return Caller(deployment, reader)


@contextmanager
def at_machine(home: Path, *, as_officer: bool = False) -> Iterator[Caller]:
    """Whoever runs a command on the machine itself, at a home that is opened for it and closed after; of what
    people may ask for, in the part of the data protection officer."""
    with Deployment.open(home) as deployment:
        yield officer_at_machine(deployment) if as_officer else command_caller(deployment)


def officer_at_machine(deployment: Deployment) -> Caller:
    """Whoever may run commands on the machine, in the part of data protection."""
    urns = deployment.all_urns()
    return Caller(deployment, Reader("command", "command", SYSTEM_ADMINISTRATOR, DPO, urns, via="command"))
