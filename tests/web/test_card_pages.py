"""From the lists to a decision and back: what each page of that way shows, keeps and refuses."""

from datetime import date, timedelta
from typing import Any

import pytest

from service.core.audit import unaudited
from service.lists import pages as term
from service.pupils import decide_pages as decide
from service.pupils import pages as card
from service.pupils import reviews_pages as reviews
from service.pupils import voice_pages as voice
from service.scoring import score_store
from service.setting import trust_pages as trust
from service.support import decisions, menu, notes, support_store, supports
from service.support.support_rows import VoiceRow
from service.support.supports import SupportPlan
from service.support.words import Decision, Known
from testbed.deployments import caller
from testbed.seeds import OTHER, OWN, TERM, Seeded
from tests.service.conftest import fresh, template
from tests.web.visitors import Visitor, visitor

__all__ = ["fresh", "template"]
LISTS = f"/schools/{OWN}/terms/{TERM}"


def someone(seeded: Seeded, role: str, school: str = OWN) -> Visitor:
    routers = [page.router for page in (term, trust, card, decide, voice, reviews)]
    return visitor(seeded.deployment, seeded.account[f"{role}.{school}"], *routers)


def listed(seeded: Seeded) -> list[str]:
    with seeded.deployment.database.reading([OWN]) as tx:
        live = score_store.publication(tx, OWN, TERM)
        assert live is not None
        return [row.pupil_id for row in score_store.listed(unaudited(tx, "a test"), live) if row.flagged]


def as_lead(seeded: Seeded, act: Any) -> Any:
    lead = caller(seeded.deployment, "inclusion_lead", [OWN])
    with lead.writing() as tx:
        return act(tx, lead.reader)


def plan(**more: Any) -> SupportPlan:
    return SupportPlan("Mentor", "Ms Green", date.today(), **more)


def test_one_answer_on_the_card_and_one_button_close_a_suggestion(fresh: Seeded) -> None:
    browser, pupil = someone(fresh, "pastoral"), fresh.unspoken[OWN]
    assert f'href="/pupils/{pupil}/decide?decision=already"' in browser.get(f"/pupils/{pupil}")
    form = browser.get(f"/pupils/{pupil}/decide?decision=already")
    assert 'name="known" value="known"' in form
    assert (
        browser.post(f"/pupils/{pupil}/decide", term=TERM, decision="already", known="known")
        == f"/pupils/{pupil}"
    )
    assert "Already supported" in browser.get(f"/pupils/{pupil}")


def test_support_from_the_menu_begins_with_its_dates(fresh: Seeded) -> None:
    browser, pupil = someone(fresh, "pastoral"), fresh.unspoken[OWN]
    offer = as_lead(fresh, lambda tx, reader: menu.menu(tx, OWN))[0]
    assert offer.name in browser.get(f"/pupils/{pupil}/decide?decision=support&offer={offer.id}")
    sent = {"term": TERM, "decision": "support", "known": "new", "offer": offer.id, "who": "Ms Green"}
    refused = browser.post(f"/pupils/{pupil}/decide", 422, **sent, starts="2026-09-10", until="2026-09-01")
    assert "would end before it starts" in refused
    browser.post(f"/pupils/{pupil}/decide", **sent, starts="2026-09-10", until="2026-12-18")
    page = browser.get(f"/pupils/{pupil}")
    assert "planned until 18 December 2026" in page
    assert "Review date: 22 October 2026" in page
    assert "Too soon to show the weeks before and after" in page


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"decision": "escape"}, "A no is as useful as a yes."),
        ({"decision": "support", "known": "new"}, "Choose what support begins"),
        ({"decision": "not_now", "known": "new"}, "Say why, in a few words."),
        ({"decision": "already"}, "Say whether you knew already."),
    ],
)
def test_a_form_half_filled_says_what_is_missing(fresh: Seeded, sent: dict[str, str], words: str) -> None:
    pupil = fresh.unspoken[OWN]
    assert words in someone(fresh, "pastoral").post(f"/pupils/{pupil}/decide", 422, term=TERM, **sent)
    assert (pupil, TERM) not in as_lead(
        fresh, lambda tx, reader: decisions.latest(unaudited(tx, "a test"), OWN, [TERM])
    )


def test_wrong_records_are_a_task_until_they_are_put_right(fresh: Seeded) -> None:
    lead, pupil = someone(fresh, "inclusion_lead"), fresh.unspoken[OWN]
    why = "The May incidents belong to another pupil."
    someone(fresh, "pastoral").post(
        f"/pupils/{pupil}/decide", term=TERM, decision="data_wrong", known="new", why=why
    )
    assert "records need correcting" in lead.get(LISTS)
    assert why in lead.get("/reviews")
    assert why not in someone(fresh, "pastoral").get("/reviews")
    waiting = as_lead(fresh, lambda tx, reader: decisions.to_put_right(unaudited(tx, "a test"), OWN))
    (task,) = [one for one in waiting if one.pupil_id == pupil]
    someone(fresh, "pastoral").post(f"/put-right/{OWN}/{task.id}", 403)
    someone(fresh, "inclusion_lead", OTHER).post(f"/put-right/{OWN}/{task.id}", 403)
    lead.post(f"/put-right/{OWN}/{task.id}")
    assert why not in lead.get("/reviews")


def test_lists_are_narrowed_and_never_ordered_by_a_figure(fresh: Seeded) -> None:
    browser = someone(fresh, "inclusion_lead")
    pupils = [pupil for pupil in listed(fresh) if pupil != fresh.pupil[OWN]]
    account = fresh.account[f"inclusion_lead.{OWN}"]
    soon, later = date.today() + timedelta(days=3), date.today() + timedelta(days=60)

    def prepare(tx: Any, reader: Any) -> None:
        supports.begin(tx, reader, OWN, pupils[-1], plan(review_on=soon))
        supports.begin(tx, reader, OWN, pupils[0], plan(review_on=later))
        decisions.decide(tx, reader, OWN, pupils[0], TERM, kind=Decision.already, known=Known.known)
        own = type(reader)(account, reader.user, reader.name, reader.role, reader.schools)
        notes.say_known(tx, own, OWN, pupils[1], "form tutor")

    as_lead(fresh, prepare)

    def shown(query: str) -> list[str]:
        text = browser.get(f"{LISTS}?{query}").split('id="unsaid"')[0]
        return [pupil for pupil in pupils if f"/pupils/{pupil}?" in text]

    assert shown("") == pupils
    assert shown("only=mine") == [pupils[1]]
    assert shown("only=review") == [pupils[-1]]
    assert shown("only=known") == [pupils[0]]
    assert pupils[0] not in shown("only=open")
    with fresh.deployment.database.reading([OWN]) as tx:
        years = {
            p: row.nc_year
            for p, row in support_store.roll_entries(unaudited(tx, "a test"), OWN, pupils).items()
        }
    assert shown("year=8") == [pupil for pupil in pupils if years[pupil] == "8"]
    assert shown("form=9A") == [pupil for pupil in pupils if years[pupil] == "9"]
    assert set(shown("sen=K")) | set(shown("sen=N")) <= set(pupils)


def test_a_person_s_view_comes_first_where_the_school_wants_it(fresh: Seeded) -> None:
    browser, pupil = someone(fresh, "pastoral"), fresh.unspoken[OWN]
    assert "Why we suggest a look" in browser.get(f"/pupils/{pupil}")
    as_lead(fresh, lambda tx, reader: menu.set_view_first(tx, reader, OWN, True))
    hidden = browser.get(f"/pupils/{pupil}")
    assert "First: what do you think?" in hidden
    assert "Why we suggest a look" not in hidden
    assert "What could help" not in hidden
    browser.post(f"/pupils/{pupil}/view", term=TERM, leaning="fine", words="Much calmer.")
    page = browser.get(f"/pupils/{pupil}")
    assert "Why we suggest a look" in page
    assert "Much calmer." in page


def test_a_pupil_s_words_are_read_back_and_taken_away_through_that_pupil_alone(fresh: Seeded) -> None:
    browser = someone(fresh, "pastoral")
    mine, other = fresh.unspoken[OWN], fresh.pupil[OWN]
    browser.post(f"/pupils/{mine}/voice", helps="Drawing at lunch")
    assert "not read back yet" in browser.get(f"/pupils/{mine}")
    with fresh.deployment.database.reading([OWN]) as tx:
        (row,) = support_store.written(unaudited(tx, "a test"), OWN, mine).of(VoiceRow)
    browser.post(f"/pupils/{other}/voice/{row.id}/withdraw", 404)
    browser.post(f"/pupils/{other}/voice/{row.id}/read-back", 404)
    browser.post(f"/pupils/{mine}/voice/{row.id}/read-back")
    assert "read back to them" in browser.get(f"/pupils/{mine}")
    browser.post(f"/pupils/{mine}/voice/{row.id}/withdraw")
    assert "Drawing at lunch" not in browser.get(f"/pupils/{mine}/voice")


def test_a_head_and_a_governor_see_counts_and_no_pupil(fresh: Seeded) -> None:
    for role in ("head", "governor"):
        page = someone(fresh, role).get(LISTS)
        assert "How support is going" in page
        assert not any(pupil in page for pupil in fresh.pupils[OWN])
        assert ("Questions a governor can ask" in page) == (role == "governor")


def test_trust_leads_see_their_schools_in_name_order_and_others_do_not(fresh: Seeded) -> None:
    page = someone(fresh, "trust_lead").get(f"/trust/{TERM}")
    assert "This isn’t a league table" in page
    assert "England, secondary schools" in page
    assert not any(pupil in page for pupil in fresh.pupils[OWN])
    someone(fresh, "head").get(f"/trust/{TERM}", 403)


def test_a_list_always_agreed_with_is_asked_about(fresh: Seeded) -> None:
    def agree(tx: Any, reader: Any) -> None:
        for pupil in listed(fresh)[: decisions.ENOUGH_TO_WARN]:
            decisions.decide(tx, reader, OWN, pupil, TERM, kind=Decision.already, known=Known.known)

    as_lead(fresh, agree)
    assert "We have never disagreed with a list." in someone(fresh, "inclusion_lead").get(LISTS)
    assert "We have never disagreed with a list." not in someone(fresh, "pastoral").get(LISTS)


def test_everything_written_about_a_pupil_is_one_query_and_of_the_right_kind(fresh: Seeded) -> None:
    pupil = fresh.unspoken[OWN]

    def write(tx: Any, reader: Any) -> None:
        supports.begin(tx, reader, OWN, pupil, plan(until=date.today() + timedelta(days=70)))
        notes.write_note(tx, reader, OWN, pupil, "Mornings are hard.", restricted=True)
        notes.say_known(tx, reader, OWN, pupil, "tutor")

    as_lead(fresh, write)
    with fresh.deployment.database.reading([OWN]) as tx:
        rows = support_store.written(unaudited(tx, "a test"), OWN, pupil)
        (support,) = supports.supports_in(rows)
        assert (support.name, support.until) == ("Mentor", date.today() + timedelta(days=70))
        assert [each.how for each in notes.knowing(rows)] == ["tutor"]
        assert notes.voices_in(rows) == []
        assert support_store.written(unaudited(tx, "a test"), OTHER, pupil).of(VoiceRow) == []
