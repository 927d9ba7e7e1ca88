"""Meeting packs: who may open which, what stands in each, and what never does."""

from service.db import audit_store, score_store
from service.web.pages import packs
from service.web.pages.pack_counts import FEW, counted
from tests.service.conftest import fresh, template
from tests.service.seeds import OTHER, OWN, SENTINEL, TERM, Seeded
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
        suggested = [row.pupil_id for row in score_store.listed(tx, live) if row.flagged]
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
    assert "A person who looks at it again with you" in page
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


def test_what_went_well_is_counted_from_the_records_of_the_term() -> None:
    def record(key: str, day: str, kind: str = "effort") -> dict[str, object]:
        return {"text_key": key, "date": day, "detail": {"type": kind}}

    events = [
        record("positive", "2026-06-01"), record("positive", "2026-06-09", "kindness"),
        record("positive", "2026-06-03"), record("incident", "2026-06-10"), record("positive", "2025-06-10"),
    ]  # fmt: skip
    assert packs.going_well(events, TERM) == (
        "Praised this term for effort (2), kindness (1), last on 9 June.",
    )
    assert packs.going_well(events, "2024-autumn") == ()
