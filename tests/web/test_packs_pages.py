"""Meeting packs: who may open which, what stands in each, and what never does."""

from datetime import UTC, datetime

from service.core.audit import audit_store, unaudited
from service.lists.counts import FEW, counted
from service.packs import pages as packs
from service.scoring import score_store
from service.support.decisions import Decided
from service.support.words import Decision
from testbed.seeds import OTHER, OWN, SENTINEL, TERM, Seeded
from tests.service.conftest import fresh, template
from tests.web.visitors import Visitor, visitor

__all__ = ["fresh", "template"]


def someone(seeded: Seeded, role: str) -> Visitor:
    """A browser of a role at the own school."""
    return visitor(seeded.deployment, seeded.account[f"{role}.{OWN}"], packs.router)


def test_the_panel_reads_every_suggestion_in_name_order_with_no_figure(fresh: Seeded) -> None:
    page = someone(fresh, "inclusion_lead").get(f"/packs/{OWN}/{TERM}/panel")
    with fresh.deployment.database.reading([OWN]) as tx:
        live = score_store.publication(tx, OWN, TERM)
        assert live is not None
        suggested = [row.pupil_id for row in score_store.listed(unaudited(tx, "a test"), live) if row.flagged]
        printed = [row for row in audit_store.between(tx, 0) if row.event == "pack_printed"]
    assert suggested
    assert all(page.count(f'id="{pupil}"') == 1 for pupil in suggested)
    assert "Destroy by" in page
    assert "log-odds" not in page
    assert "robability" not in page
    assert [(row.school, row.detail["version"]) for row in printed] == [(OWN, "panel")]


def test_governors_see_counts_and_no_pupil(fresh: Seeded) -> None:
    browser = someone(fresh, "governor")
    page = browser.get(f"/packs/{OWN}/{TERM}/governors")
    assert "Questions to ask" in page
    assert "Pupil0" not in page
    assert FEW in page
    assert not any(pupil in page for pupil in fresh.pupils[OWN])
    browser.get(f"/packs/{OWN}/{TERM}/panel", 403)
    browser.get(f"/packs/{OWN}/{TERM}/family/{fresh.pupil[OWN]}", 403)
    assert "/panel" not in browser.get("/packs")


def test_a_family_reads_words_and_rights_and_no_figure(fresh: Seeded) -> None:
    browser = someone(fresh, "inclusion_lead")
    page = browser.get(f"/packs/{OWN}/{TERM}/family/{fresh.pupil[OWN]}")
    assert "A person who reviews it with you" in page
    assert "wrong records are put right" in page
    assert "log-odds" not in page
    assert "in 100" not in page
    assert SENTINEL[OTHER] not in page
    browser.get(f"/packs/{OWN}/{TERM}/family/{fresh.pupil[OTHER]}", 404)


def test_packs_of_another_school_are_refused(fresh: Seeded) -> None:
    browser = someone(fresh, "inclusion_lead")
    browser.get(f"/packs/{OTHER}/{TERM}/panel", 403)
    browser.get(f"/packs/{OTHER}/{TERM}/governors", 403)


def test_small_numbers_are_not_told_nor_what_gives_them_away() -> None:
    assert counted({"a": 3, "b": 4}).total == FEW
    assert counted({"a": 15, "b": 3}) == counted({"a": 9, "b": 9})
    assert counted({"a": 12, "b": 10}).parts == (("a", "12"), ("b", "10"))


def test_a_family_is_told_what_was_decided_and_by_whom_and_nothing_else() -> None:
    """The pack is bound to what is recorded: it never says that somebody looked when nobody did."""
    assert packs.who_looked(None) == "Nobody at school has looked at this suggestion yet."
    at = datetime(2026, 9, 14, 15, 5, tzinfo=UTC)
    for kind, words in packs.FAMILY_DECISION.items():
        decision = Decided("d1", "p1", TERM, kind, "", "", "", "Ms Adeyemi", at, False)
        said = packs.who_looked(decision, "senco")
        assert said == f"The SENDCo looked at it on 14 September 2026 and decided {words}"
        assert packs.who_looked(decision, "gone").startswith("A member of staff looked at it on")
    assert set(packs.FAMILY_DECISION) == set(Decision)
