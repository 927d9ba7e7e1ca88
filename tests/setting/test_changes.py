"""What a school changed on which day: written down and removed by those who lead, on the page and by the API."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from data_contracts.errors import Refused
from service.core.audit import Event
from service.core.audit.audit_rows import AuditRow
from service.core.base import now
from service.core.deployment import Deployment
from service.core.permissions import ROLES, NotAllowed, NotFound
from service.setting.changes import add_change, changes_of, remove_change
from testbed.deployments import caller
from tests.setting.conftest import URN


def test_a_change_is_kept_with_who_wrote_it_and_can_be_removed(deployment: Deployment) -> None:
    lead = caller(deployment, "inclusion_lead", [URN])
    with lead.writing() as tx:
        first = add_change(lead, tx, URN, date(2026, 1, 12), "  New behaviour\n policy ")
        add_change(lead, tx, URN, date(2026, 4, 13), "New headteacher")
        found = changes_of(tx, URN)
    assert [(one.on, one.words, one.by) for one in found] == [
        (date(2026, 4, 13), "New headteacher", "inclusion_lead"),
        (date(2026, 1, 12), "New behaviour policy", "inclusion_lead"),
    ]
    with lead.writing() as tx:
        remove_change(lead, tx, URN, first)
        assert [one.words for one in changes_of(tx, URN)] == ["New headteacher"]
        with pytest.raises(NotFound):
            remove_change(lead, tx, URN, first)
    with lead.reading() as tx:
        told = list(tx.scalars(select(AuditRow).where(AuditRow.event == Event.SETTING_CHANGED)))
    assert [row.detail["change"] for row in told] == ["added", "added", "removed"]
    assert "policy" not in str([row.detail for row in told])


@pytest.mark.parametrize("role", ROLES)
def test_only_those_who_lead_a_school_write_down_its_changes(deployment: Deployment, role: str) -> None:
    who = caller(deployment, role, [URN])
    with who.writing() as tx:
        if role in ("inclusion_lead", "head"):
            add_change(who, tx, URN, date(2026, 1, 12), "New policy")
        else:
            with pytest.raises(NotAllowed):
                add_change(who, tx, URN, date(2026, 1, 12), "New policy")


def test_another_schools_changes_are_out_of_reach(deployment: Deployment) -> None:
    lead, other = caller(deployment, "head", [URN]), caller(deployment, "head", ["999124"])
    with lead.writing() as tx:
        change = add_change(lead, tx, URN, date(2026, 1, 12), "New policy")
    with other.writing() as tx:
        with pytest.raises(NotAllowed):
            remove_change(other, tx, URN, change)
        with pytest.raises(NotFound):
            remove_change(other, tx, "999124", change)


@pytest.mark.parametrize(
    ("day", "words", "why"),
    [
        (date(2026, 1, 12), "  ", "Say what changed"),
        (date(2026, 1, 12), "x" * 121, "at most 120 characters"),
        (date(2014, 1, 12), "New policy", "12 January 2014 is not a day"),
        (now().date() + timedelta(days=500), "New policy", "is not a day that can be shown"),
    ],
)
def test_what_can_not_be_shown_is_refused(deployment: Deployment, day: date, words: str, why: str) -> None:
    lead = caller(deployment, "inclusion_lead", [URN])
    with lead.writing() as tx:
        with pytest.raises(Refused, match=why) as refused:
            add_change(lead, tx, URN, day, words)
        assert changes_of(tx, URN) == ()
    assert refused.value.hint
