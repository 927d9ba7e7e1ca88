"""Deleting that was held back is looked at, confirmed or refused by the data protection officer, and by nobody else."""

from datetime import UTC, datetime, timedelta

import pytest

from service.accounts.keeping import add_account
from service.core.audit import Event, audit_store, unaudited
from service.core.audit.audit_rows import AuditRow
from service.core.base import now
from service.core.callers import command_caller
from service.core.permissions import ROLES, NotAllowed
from service.operations import waiting_pages as waiting
from service.operations.waiting_words import KEPT_WORDS, LAKE
from service.rights import confirming, retention, unusual
from service.rights.confirming import AnotherWaits
from service.rights.policy import schedule
from service.rights.unusual import Waits
from service.shell.messages import _
from service.support import support_store
from service.support.support_rows import NoteRow
from testbed.deployments import caller
from tests.life.living import SCHOOLS, Living
from tests.life.records import BOTH
from tests.web.visitors import Visitor, visitor

pytestmark = pytest.mark.xdist_group("records")
HERE = "/waiting"
MANY = unusual.FLOOR + 1


def old_notes(records: Living, count: int, first: int = 0) -> None:
    """Notes over their time, each of a day of its own."""
    with records.dpo.writing() as tx:
        tx.add(
            AuditRow(
                at=now() - timedelta(days=2),
                event="signed_in",
                actor="a",
                role="dpo",
                via="session",
                detail={},
            )
        )
        for number in range(first, first + count):
            old = now() - timedelta(days=365 * 8 + number)
            note = NoteRow(
                school=SCHOOLS[0], by_account="a", by_name="Kim", pupil_id=records.pupil, words="Old.", at=old
            )
            tx.add(note)


def held(records: Living) -> int:
    """Let a run be held back; returns its id."""
    old_notes(records, MANY)
    with pytest.raises(Waits):
        retention.run(records.dpo)
    waits = confirming.held_back(records.dpo)
    assert waits is not None
    assert waits.gone["support_note"] == MANY
    return waits.id


def officer(records: Living, schools: tuple[str, ...], role: str = "dpo") -> Visitor:
    user = f"{role}{len(schools)}@school.example"
    added = add_account(command_caller(records.deployment), user, role=role, schools=schools)
    return visitor(records.deployment, added, waiting.router)


def events(records: Living) -> list[tuple[str, str]]:
    with records.deployment.database.reading() as tx:
        return [(row.event, row.role) for row in audit_store.search(tx, before=None, limit=4)]


def notes(records: Living) -> int:
    with records.dpo.reading() as tx:
        return sum(
            1
            for row in support_store.written(unaudited(tx, "a test"), SCHOOLS[0], records.pupil).of(NoteRow)
            if row.words == "Old."
        )


@BOTH
def test_what_was_shown_goes_when_it_is_confirmed_and_once(records: Living) -> None:
    seen = held(records)
    with pytest.raises(AnotherWaits):
        confirming.confirm(records.dpo, seen + 1)
    assert notes(records) == MANY
    assert confirming.confirm(records.dpo, seen)["support_note"] == MANY
    assert notes(records) == 0
    assert events(records)[:2] == [(Event.RETENTION_KEPT, "dpo"), (Event.RETENTION_CONFIRMED, "dpo")]
    with pytest.raises(AnotherWaits):
        confirming.confirm(records.dpo, seen)


@BOTH
def test_more_than_was_shown_waits_again(records: Living) -> None:
    seen = held(records)
    old_notes(records, MANY, first=MANY)
    with pytest.raises(Waits, match="More would go now than was shown"):
        confirming.confirm(records.dpo, seen)
    assert notes(records) == 2 * MANY
    waits = confirming.held_back(records.dpo)
    assert waits is not None
    assert (waits.id != seen, waits.gone["support_note"]) == (True, 2 * MANY)
    assert (Event.RETENTION_CONFIRMED, "dpo") not in events(records)


@BOTH
def test_what_was_refused_stays_and_is_asked_again(records: Living) -> None:
    seen = held(records)
    confirming.refuse(records.dpo, seen)
    assert events(records)[0] == (Event.RETENTION_REFUSED, "dpo")
    waits = confirming.held_back(records.dpo)
    assert waits is not None
    assert waits.refused_at is not None
    assert not retention.run_if_due(records.deployment)
    with pytest.raises(Waits):
        retention.run(records.dpo)
    again = confirming.held_back(records.dpo)
    assert again is not None
    assert (again.id != seen, again.refused_at) == (True, None)
    assert notes(records) == MANY


@BOTH
def test_only_an_officer_of_every_school_decides(records: Living) -> None:
    seen = held(records)
    for role in ROLES:
        schools = SCHOOLS if role != "dpo" else SCHOOLS[:1]
        for act in (confirming.confirm, confirming.refuse):
            with pytest.raises(NotAllowed):
                act(caller(records.deployment, role, schools), seen)
    with pytest.raises(NotAllowed, match="A token"):
        confirming.confirm(caller(records.deployment, "dpo", SCHOOLS, via="token"), seen)
    assert notes(records) == MANY


def test_the_page_shows_what_would_go_and_does_what_is_said(records: Living) -> None:
    page = officer(records, SCHOOLS)
    assert "Nothing is held back." in page.get(HERE)
    seen = held(records)
    shown = page.get(HERE)
    assert "Much more than one term would have gone at once" in shown
    assert f'>Notes</th><td class="govuk-table__cell govuk-table__cell--numeric">{MANY}<' in shown
    assert f'name="seen" value="{seen}"' in shown
    stale = page.post(f"{HERE}/retention/confirm", 412, seen=seen + 1)
    assert "decided or looked at again meanwhile" in stale
    assert page.post(f"{HERE}/retention/refuse", seen=seen) == HERE
    refused = page.get(HERE)
    assert "dpo2@school.example refused this on" in refused
    assert "Refuse: delete nothing" not in refused
    assert page.post(f"{HERE}/retention/confirm", seen=seen) == HERE
    assert "Nothing is held back." in page.get(HERE)
    assert notes(records) == 0


def test_an_officer_of_some_schools_is_told_who_decides(records: Living) -> None:
    seen = held(records)
    page = officer(records, SCHOOLS[:1])
    assert "A data protection officer of all schools can decide" in page.get(HERE)
    assert "not yours" in page.post(f"{HERE}/retention/confirm", 403, seen=seen)
    lead = officer(records, SCHOOLS, "inclusion_lead")
    assert "held back" not in lead.get(HERE)
    lead.post(f"{HERE}/retention/confirm", 403, seen=seen)
    assert notes(records) == MANY


def test_all_that_can_go_is_said_in_words(records: Living) -> None:
    kept = schedule(records.deployment.home)
    tables = {*kept.months_after_term, *kept.months_after_date}
    assert {*tables, *(LAKE + name for name in kept.lake_months_after_term)} <= set(KEPT_WORDS)
    gone = retention.run(records.dpo, datetime.now(UTC).date().replace(year=2033), confirmed=True)
    assert set(gone) <= set(KEPT_WORDS)
    assert all(_(words) for words in KEPT_WORDS.values())
