"""A marked pupil has no figure anywhere, staff see no reason, and their support stays open."""

from datetime import date

import pytest

from data_contracts.errors import Refused
from pipelines.populations import ABSTAIN
from service.core.audit import audit_store, unaudited
from service.core.permissions import NotAllowed, NotFound
from service.pupils.cards import card_for
from service.records import roll_store
from service.rights import marking, requests
from service.scoring import score_store
from testbed.deployments import caller
from tests.life.living import SCHOOLS, TERMS, Living
from tests.life.records import BOTH

pytestmark = pytest.mark.xdist_group("records")


@BOTH
def test_the_figures_go_at_once_and_no_reason_is_shown(records: Living) -> None:
    marking.mark(records.dpo, records.pupil, "objection")
    lead = caller(records.deployment, "inclusion_lead", SCHOOLS)
    with lead.writing() as tx:
        assert records.pupil in roll_store.do_not_score(tx, SCHOOLS)
        card = card_for(lead, tx, records.pupil, TERMS[-1])
        (row, _) = score_store.score(unaudited(tx, "a test"), records.pupil, TERMS[-1], SCHOOLS)[0]
    assert not card.flagged
    assert not card.scored
    assert card.no_figure == ABSTAIN[marking.KEPT_OUT]
    assert "objection" not in str(card)
    assert card.decidable
    assert (row.log_odds, row.values, row.contributions) == (None, None, None)


def test_a_mark_stands_once_and_ends(records: Living) -> None:
    marking.mark(records.dpo, records.pupil, "restricted")
    with pytest.raises(Refused, match="already"):
        marking.mark(records.dpo, records.pupil, "other")
    assert [one["pupil_id"] for one in marking.marked(records.dpo)] == [records.pupil]
    marking.unmark(records.dpo, records.pupil)
    assert marking.marked(records.dpo) == []
    with pytest.raises(NotFound):
        marking.unmark(records.dpo, records.pupil)


def test_the_reason_stands_in_no_audit_event(records: Living) -> None:
    marking.mark(records.dpo, records.pupil, "objection")
    with records.dpo.reading() as tx:
        (event,) = audit_store.search(tx, before=None, limit=1, subject=records.pupil)
    assert (event.event, event.detail) == ("do_not_score_set", {})


@pytest.mark.parametrize("role", ["inclusion_lead", "pastoral", "admin", "data_team", "head"])
def test_marks_are_the_data_protection_officers(records: Living, role: str) -> None:
    other = caller(records.deployment, role, SCHOOLS)
    for act in (
        lambda: marking.mark(other, records.pupil, "other"),
        lambda: marking.marked(other),
        lambda: requests.listed(other),
    ):
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.parametrize(
    ("kind", "received", "due"),
    [
        ("access", date(2026, 1, 31), date(2026, 2, 28)),
        ("erasure", date(2026, 11, 3), date(2026, 12, 3)),
        ("objection", date(2025, 12, 15), date(2026, 1, 15)),
        ("complaint", date(2026, 11, 1), date(2026, 12, 1)),
    ],
)
def test_when_an_answer_is_due(kind: str, received: date, due: date) -> None:
    assert requests.due(kind, received) == due


def test_a_request_from_receipt_to_answer(records: Living) -> None:
    opened = requests.open_request(records.dpo, SCHOOLS[0], "access", date(2026, 10, 1), records.pupil)
    assert opened["due_on"] == date(2026, 11, 1)
    assert opened["overdue"]
    longer = requests.extend(records.dpo, opened["id"], "Records of three schools.")
    assert longer["due_on"] == date(2027, 1, 1)
    with pytest.raises(Refused):
        requests.extend(records.dpo, opened["id"], "Again.")
    requests.close_request(records.dpo, opened["id"], "Sent by post on 20 November.")
    assert requests.listed(records.dpo) == []
    assert requests.listed(records.dpo, open_only=False)[0]["outcome"].startswith("Sent by post")
    with pytest.raises(Refused):
        requests.close_request(records.dpo, opened["id"], "Again.")
