"""Help is there for everyone, the reader's own part first."""

from fastapi.testclient import TestClient

from service.app import help_pages as help_page
from testbed.deployments import app_with
from testbed.seeds import OWN, Seeded
from tests.service.conftest import seeded, template
from tests.web.visitors import look_over, visitor

__all__ = ["seeded", "template"]


def test_help_needs_no_account(seeded: Seeded) -> None:
    answer = TestClient(app_with(seeded.deployment, help_page.router)).get("/help")
    assert answer.status_code == 200
    look_over(answer.text, signed_in=False)


def test_a_readers_own_part_stands_first(seeded: Seeded) -> None:
    for role, words in (("governor", "data protection officer and governors"), ("dsl", "pastoral team")):
        page = visitor(seeded.deployment, seeded.account[f"{role}.{OWN}"], help_page.router).get("/help")
        first = page.split("For the ")[1]
        assert first.startswith(words)


def test_a_session_that_has_ended_still_gets_help(seeded: Seeded) -> None:
    client = TestClient(app_with(seeded.deployment, help_page.router))
    client.cookies.set("belong-sid", "long gone")
    assert client.get("/help").status_code == 200
