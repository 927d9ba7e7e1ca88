"""Every sentence read for none, one, many and not known: whole, without glued parts, no banned word."""

import re
from datetime import date
from typing import Any

import pytest

from pipelines.explanation.words import SENTENCES, say

TODAY = date(2026, 9, 14)
CASES: list[tuple[str, dict[str, Any], str]] = [
    ("behaviour", {"now": 9, "last_term": 14}, "9 incidents this term, 14 last term."),
    ("behaviour", {"now": 1, "last_term": 0}, "1 incident this term, none last term."),
    ("behaviour", {"now": 0, "last_term": 1}, "No incidents this term, 1 last term."),
    ("behaviour", {"now": 0, "last_term": 0}, "No incidents this term or last term."),
    ("behaviour", {"now": 3, "last_term": None}, "3 incidents this term; last term is not known."),
    ("behaviour", {"now": None, "last_term": 3}, "Behaviour this term is not known."),
    ("attendance", {"now": 0.84, "last_term": 0.95}, "Attendance 84% this term, 95% last term."),
    ("attendance", {"now": 0.998, "last_term": None}, "Attendance 99.8% this term; last term is not known."),
    ("attendance", {"now": 0.9999, "last_term": 1.0}, "Attendance 99.9% this term, 100% last term."),
    ("attendance", {"now": None, "last_term": 0.9}, "Attendance this term is not known."),
    ("lateness", {"now": 1, "last_term": 2}, "Late once this term, twice last term."),
    ("lateness", {"now": 12, "last_term": 0}, "Late 12 times this term, not late last term."),
    ("suspensions", {"now": 2, "last_term": 0, "sessions": 8},
     "Suspended twice this term (8 sessions), not suspended last term."),
    ("suspensions", {"now": 0, "last_term": 0, "sessions": 0}, "Not suspended this term or last term."),
    ("suspensions", {"now": 1, "last_term": 1, "sessions": 1}, "Suspended once this term (1 session), once last term."),
    ("time_out", {"now": 4, "last_term": 1}, "Taken out of lessons 4 times this term, once last term."),
    ("part_time", {"now": 1, "last_term": 0},
     "1 session this term off school on a part-time timetable, none last term."),
    ("elsewhere", {"now": 20}, "Taught somewhere else for 20 sessions this term."),
    ("over", {"theme": "behaviour", "window": "last_year", "value": 57}, "57 incidents last school year."),
    ("over", {"theme": "attendance", "window": "year", "value": 0.9}, "Attendance 90% this school year."),
    ("over", {"theme": "suspensions", "window": "ever", "value": 1}, "Suspended once in all the records we hold."),
    ("year_ago", {"value": 0.914, "share": True}, "In the same term last year: 91%."),
    ("year_ago", {"value": 0, "share": False}, "In the same term last year: none."),
    ("last_suspension", {"on": "2026-03-05"}, "The last suspension began on 5 March 2026."),
    ("sen", {"provision": "K", "since": date(2024, 1, 12), "year_ago": "N"},
     "SEN support since 12 January 2024; a year before, none was recorded."),
    ("sen", {"provision": "E", "since": date(2024, 1, 12), "year_ago": "E"},
     "Education, health and care plan since 12 January 2024."),
    ("sen_review", {"on": "2026-09-13", "provision": "K"}, "The review of SEN support was due on 13 September 2026."),
    ("sen_review", {"on": "2026-09-14", "provision": "K"}, "The review of SEN support is due today."),
    ("sen_review", {"on": "2026-09-15", "provision": "E"}, "The review of the plan is due on 15 September 2026."),
    ("joined", {"on": "2026-01-05"}, "Joined this school on 5 January 2026."),
    ("earlier_schools", {"schools": 1}, "Was at one other school before, in the records we hold."),
    ("earlier_schools", {"schools": 2}, "Was at 2 other schools before, in the records we hold."),
    ("cluster", {"theme": "behaviour", "kind": "lesson", "place": "Maths", "count": 5, "of": 9},
     "5 of the 9 incidents were in Maths."),
    ("cluster", {"theme": "behaviour", "kind": "hour", "place": "14:00", "count": 5, "of": 5},
     "All 5 incidents were between 14:00 and 15:00."),
    ("cluster", {"theme": "attendance", "kind": "weekday", "place": "Monday", "count": 7, "of": 9},
     "7 of the 9 absences began on a Monday."),
    ("most", {"year": "Year 8", "upto": 0}, "Most pupils in Year 8 have none."),
    ("most", {"year": "Year 8", "upto": 1}, "Most pupils in Year 8 have none or one."),
    ("fewer", {"theme": "behaviour", "now": 3, "last_term": 18}, "Fewer incidents than last term: 3, down from 18."),
    ("fewer", {"theme": "lateness", "now": 0, "last_term": 4}, "No late marks this term; there were 4 last term."),
    ("fewer", {"theme": "suspensions", "now": 0, "last_term": 1}, "No suspensions this term; there was 1 last term."),
    ("fewer", {"theme": "time_out", "now": 0, "last_term": 2},
     "Not taken out of lessons this term; it was twice last term."),
    ("fewer", {"theme": "time_out", "now": 1, "last_term": 4},
     "Taken out of lessons less often: once this term, 4 times last term."),
    ("full_weeks", {"weeks": 4, "of": 6}, "At school for every session in four of the last six weeks."),
    ("full_weeks", {"weeks": 6, "of": 6}, "At school for every session in the last six weeks."),
    ("praised", {"now": 1, "on": "2026-06-12", "lesson": "English"},
     "Praised once this term, on 12 June 2026 in English."),
    ("praised", {"now": 3, "on": "2026-06-12", "lesson": None}, "Praised 3 times this term, last on 12 June 2026."),
]  # fmt: skip
BANNED = re.compile(
    r"\b(at risk|risk score|high-risk|aggressor|offender|perpetrator|escalat\w+|persistent|defiant|vulnerable|"
    r"abstained|mend|stands?|anew|hand(ed)? in|goes on|made-up)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize(("code", "arguments", "expected"), CASES)
def test_a_sentence_is_whole(code: str, arguments: dict[str, Any], expected: str) -> None:
    said = say(code, arguments, TODAY)
    assert said == expected
    assert not BANNED.search(said)
    assert "  " not in said
    assert "None" not in said


def test_every_sentence_is_among_the_cases_or_needs_none() -> None:
    plain = {"sen_no_review", "sen_no_need", "every_session", "indicator", "attends_more", "attends",
             "since_suspended", "review_better", "most_attend"}  # fmt: skip
    assert {code for code, _, _ in CASES} | plain == set(SENTENCES)
    assert say("attends_more", {"now": 0.92, "last_term": 0.84}, TODAY) == (
        "Attendance is up: 92% this term, 84% last term."
    )
    assert say("attends", {"now": 0.97}, TODAY) == "At school for 97% of sessions this term."
    assert (
        say("most_attend", {"year": "Year 8", "least": 0.93}, TODAY)
        == "Most pupils in Year 8 have 93% or more."
    )
