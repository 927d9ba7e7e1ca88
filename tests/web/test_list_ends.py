"""A list is of one day and for one term: it ends with it, marks who has left, and is not exported after."""

from datetime import date

import pytest

from data_contracts.errors import Refused
from service.core import clock
from service.core.audit import unaudited
from service.lists import pages as term
from service.lists.exports import exported_flags
from service.pupils import pages as card
from service.records import roll_store
from service.scoring import score_store
from service.scoring.telling import end_of_list
from testbed.deployments import caller
from testbed.seeds import OWN, TERM, Seeded
from tests.conftest import TODAY
from tests.service.conftest import fresh, template
from tests.web.visitors import Visitor, visitor

__all__ = ["fresh", "template"]
LISTS = f"/schools/{OWN}/terms/{TERM}"


@pytest.fixture(autouse=True)
def _as_before() -> object:
    """The next test finds the tests' own day."""
    yield
    clock.set_day(date.fromisoformat(TODAY))


def someone(seeded: Seeded, role: str = "inclusion_lead") -> Visitor:
    return visitor(seeded.deployment, seeded.account[f"{role}.{OWN}"], term.router, card.router)


def test_a_list_of_the_summer_is_for_the_autumn_and_ends_with_it() -> None:
    assert end_of_list("2026-summer") == date(2026, 12, 18)


def test_after_its_last_day_a_list_says_that_it_has_ended(fresh: Seeded) -> None:
    clock.set_day(date(2026, 12, 18))
    assert "valid until 18 December 2026" in someone(fresh).get(LISTS)
    clock.set_day(date(2026, 12, 19))
    page = someone(fresh).get(LISTS)
    assert "These lists have ended." in page
    assert "They were valid until 18 December 2026" in page


def test_who_has_left_is_marked_on_the_list_and_on_the_card(fresh: Seeded) -> None:
    with fresh.deployment.database.writing([OWN]) as tx:
        live = score_store.publication(tx, OWN, TERM)
        assert live is not None
        pupil = next(row.pupil_id for row in score_store.listed(unaudited(tx, "a test"), live) if row.flagged)
        for row in roll_store.roll(unaudited(tx, "a test"), pupil, [OWN]):
            row.leaving_date = date(2026, 7, 10)
    assert "left on 10 July 2026" in someone(fresh).get(LISTS)
    assert "left the school on 10 July 2026" in someone(fresh).get(f"/pupils/{pupil}")
    clock.set_day(date(2026, 7, 9))
    assert "left on 10 July 2026" not in someone(fresh).get(LISTS)


def test_an_ended_list_is_not_exported_and_says_what_can_be_done(fresh: Seeded) -> None:
    lead = caller(fresh.deployment, "inclusion_lead", [OWN])
    with lead.writing() as tx:
        rows = exported_flags(lead, tx, OWN, TERM)
    assert rows
    assert {row["use_until"] for row in rows} == {date(2026, 12, 18)}
    clock.set_day(date(2026, 12, 19))
    with lead.writing() as tx, pytest.raises(Refused, match="ended on 18 December 2026") as refused:
        exported_flags(lead, tx, OWN, TERM)
    assert "latest list" in refused.value.hint
