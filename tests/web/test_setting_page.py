"""What changed in our school: a page of its own, the school's three lines on the term's, changes that people dated."""

import re

from service.accounts import keeping
from service.core.callers import command_caller
from service.lists import pages as term
from service.setting import pages as setting
from service.setting import trust_pages as trust
from service.setting.changes import changes_of
from testbed.deployments import caller
from testbed.seeds import OTHER, OWN, SENTINEL, TERM, Seeded
from tests.service.conftest import fresh, seeded, template
from tests.web.visitors import Visitor, visitor

__all__ = ["fresh", "seeded", "template"]
PAGE = f"/schools/{OWN}/terms/{TERM}/setting"


def browser(seeded: Seeded, role: str) -> Visitor:
    return visitor(
        seeded.deployment, seeded.account[f"{role}.{OWN}"], setting.router, term.router, trust.router
    )


def words_of(seeded: Seeded) -> list[str]:
    lead = caller(seeded.deployment, "inclusion_lead", [OWN])
    with lead.reading() as tx:
        return [one.words for one in changes_of(tx, OWN)]


def test_the_term_page_keeps_the_school_in_a_few_lines_that_lead_to_the_whole(fresh: Seeded) -> None:
    page = browser(fresh, "inclusion_lead").get(f"/schools/{OWN}/terms/{TERM}")
    summary = page.split('class="b-summary"')[1].split("</section>")[0]
    assert 1 <= summary.count('<p class="govuk-body">') - 1 <= 3
    assert f'href="{PAGE}"' in summary
    assert "<table" not in page.split('id="lists"')[0]


def test_only_behaviour_was_loaded_so_nothing_else_is_said_to_be_zero(fresh: Seeded) -> None:
    for role in ("inclusion_lead", "governor", "head", "data_team"):
        page = browser(fresh, role).get(PAGE)
        rows = re.findall(r'<tr class="govuk-table__row">(.*?)</tr>', page.split("Whole school")[1], re.S)
        absence = next(row for row in rows if "Absence" in row)
        suspensions = next(row for row in rows if "Suspensions" in row)
        assert "not known" in absence
        assert "not known" in suspensions
        assert "<strong>0" in next(row for row in rows if "Behaviour records" in row)


def test_a_lead_writes_down_a_change_and_removes_it(fresh: Seeded) -> None:
    lead = browser(fresh, "inclusion_lead")
    at = lead.post(f"{PAGE}/changes", changed_on="2026-05-13", words="New behaviour policy")
    assert at == f"{PAGE}#changes"
    page = lead.get(PAGE)
    assert "13 May 2026: New behaviour policy" in page
    assert 'class="mark"' in page, "an upright line stands on the charts"
    number = re.search(r"<strong>(\d)</strong> 13 May 2026", page)
    assert number is not None
    assert f'class="middle">{number[1]}</text>' in page
    change = re.findall(r"changes/([^/]+)/remove", page.split("New behaviour policy</span>")[0])[-1]
    lead.post(f"{PAGE}/changes/{change}/remove")
    assert "New behaviour policy" not in words_of(fresh)


def test_a_form_that_can_not_be_kept_comes_back_with_what_was_written(fresh: Seeded) -> None:
    lead, before = browser(fresh, "head"), words_of(fresh)
    page = lead.post(f"{PAGE}/changes", 422, changed_on="soon", words="New policy")
    assert "Give the day on which it began." in page
    assert 'value="New policy"' in page
    page = lead.post(f"{PAGE}/changes", 422, changed_on="2026-06-15", words=" ")
    assert "Say what changed." in page
    assert words_of(fresh) == before


def test_a_governor_reads_the_page_and_writes_nothing(fresh: Seeded) -> None:
    governor = browser(fresh, "governor")
    page = governor.get(PAGE)
    assert "Add a change" not in page
    assert "/remove" not in page
    governor.post(f"{PAGE}/changes", 403, changed_on="2026-06-15", words="New policy")


def test_another_schools_page_is_not_shown(fresh: Seeded) -> None:
    page = browser(fresh, "head").get(PAGE.replace(OWN, OTHER), 403)
    assert SENTINEL[OTHER] not in page


def test_weeks_of_which_none_can_be_shown_are_a_sentence_and_no_empty_picture(fresh: Seeded) -> None:
    """One record was loaded: whoever may open the cards sees its week, a governor reads why there is none."""
    lead, governor = browser(fresh, "inclusion_lead").get(PAGE), browser(fresh, "governor").get(PAGE)
    assert "Behaviour records, week by week</title>" in lead
    assert "Behaviour records, week by week</title>" not in governor
    assert "No week can be shown: each has fewer than 10 pupils." in governor


def test_no_id_stands_twice_for_a_reader_of_several_schools(fresh: Seeded) -> None:
    """The chooser of schools stands beside the school's summary."""
    by = command_caller(fresh.deployment)
    both = keeping.add_account(by, "both@belong.example", role="head", schools=[OWN, OTHER])
    page = visitor(fresh.deployment, both, term.router).get(f"/schools/{OWN}/terms/{TERM}")
    ids = re.findall(r' id="([^"]+)"', page)
    assert "school" in ids
    assert len(ids) == len(set(ids))
