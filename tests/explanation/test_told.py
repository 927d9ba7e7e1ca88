"""What is said of one record: incidents by their type, SEN provision once, registers not at all."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from data_contracts.codes import code_set, crime_types
from pipelines.events import NAMED_AS_TAKING_PART, for_people, merged, sentence
from pipelines.explanation.records import records_of
from pipelines.load.timeline import timeline
from tests.indicators.lakes import Rows, lake_table

SCHOOL = "999001"


def events(table: str, rows: Rows, term: str = "2026-summer") -> list[dict[str, Any]]:
    whole = [{"pupil_id": "p1", "recorded_on": None, **row} for row in rows]
    return [event.plain() for event in timeline(table, lake_table(whole, table, SCHOOL, term), SCHOOL)]


def told(**incident: Any) -> str:
    plain = {"incident_id": "1", "date": date(2026, 6, 10), "positive": False, "role": "aggressor"}
    (event,) = events("behaviour", [plain | incident])
    return sentence(event["text_key"], event["detail"])


def test_lateness_and_uniform_recorded_with_the_role_of_an_aggressor_hurt_nobody() -> None:
    assert told(type="lateness", points=1.0) == "Lateness to lessons."
    assert told(type="uniform") == "Uniform, jewellery or equipment."
    said = told(type="homework", lesson="French", action="contact_home")
    assert said == "Homework not done, French. Contact home."


def test_an_older_event_that_says_hurting_is_told_by_its_type() -> None:
    assert sentence("incident_hurting", {"type": "homework", "lesson": "English", "action": "detention"}) == (
        "Homework not done, English. Detention."
    )
    assert sentence("incident_hurting", {"type": "fighting"}) == "Fighting: recorded as taking part."


@pytest.mark.parametrize("kind", list(code_set("behaviour_types").codes))
@pytest.mark.parametrize("role", ["involved", "aggressor", None])
def test_taking_part_is_said_of_violence_and_abuse_alone_and_crime_is_named_nowhere(
    kind: str, role: str | None
) -> None:
    if code_set("behaviour_types")[kind].extra["positive"] == "yes":
        return
    said = told(type=kind, role=role, lesson="PE", action="none")
    assert ("recorded as taking part" in said) == (kind in NAMED_AS_TAKING_PART)
    assert "recorded as hurting" not in said
    if kind in crime_types():
        assert said == "An incident was recorded in PE."


def test_crime_is_not_named_of_those_who_were_hurt_or_saw_it_either() -> None:
    assert crime_types() == {"theft", "substances", "weapon", "sexual"}
    assert told(type="weapon", role="target") == "Was recorded as being hurt in an incident."
    assert told(type="theft", role="witness", action="other") == "Saw an incident happen."
    assert told(type="bullying", role="target") == "Bullying: was recorded as being hurt."


def sen_of(
    term: str, review: date, start: date = date(2022, 9, 5), provision: str = "K"
) -> list[dict[str, Any]]:
    row = {
        "provision": provision, "need_rank": 1, "need_type": "SLCN", "start_date": start, "end_date": None,
        "review_date": review,
    }  # fmt: skip
    return events("sen", [row], term)


def test_sen_support_began_once_and_the_newest_extract_says_when_the_review_is_due() -> None:
    files = [
        ("2024-summer", sen_of("2024-summer", date(2024, 6, 3))),
        ("2026-summer", sen_of("2026-summer", date(2026, 6, 1), date(2023, 9, 4))),
        ("2025-summer", sen_of("2025-summer", date(2025, 6, 2))),
    ]
    whole = merged(files, {SCHOOL: [term for term, _ in files]})
    (once,) = for_people(whole)
    assert (once["date"], once["detail"]["review_date"]) == ("2022-09-05", "2026-06-01")
    assert sentence(once["text_key"], once["detail"]) == "SEN support began."
    newest = records_of(whole, date(2026, 7, 3), "2026-summer").standing_sen()
    assert newest is not None
    assert newest.review == date(2026, 6, 1)
    assert "need" not in str(whole)
    assert "SLCN" not in str(whole)


def test_an_extract_without_the_pupil_ends_what_the_one_before_said() -> None:
    files = [("2025-summer", sen_of("2025-summer", date(2025, 6, 2)))]
    whole = merged(files, {SCHOOL: ["2025-summer", "2026-spring"]})
    assert records_of(whole, date(2025, 12, 5), "2025-autumn").standing_sen() is not None
    assert records_of(whole, date(2026, 7, 3), "2026-summer").standing_sen() is None


def test_a_register_holds_every_mark_with_what_was_known_late() -> None:
    monday = date(2026, 6, 1)
    rows: Rows = [
        {"date": date(2026, 6, day), "session": half, "code": code, "recorded_on": recorded}
        for day, half, code, recorded in (
            (1, "AM", "/", None), (1, "PM", "\\", None), (2, "AM", "C2", None), (3, "PM", "I", date(2026, 6, 29)),
            (6, "AM", "L", None), (7, "PM", "Y3", None),
        )
    ]  # fmt: skip
    register = next(one for one in events("attendance", rows) if one["kind"] == "register")
    letters = register["detail"]["codes"]
    assert sorted(letters.values()) == ["C2", "Y3"]
    named = {code: letter for letter, code in letters.items()}
    line = f"//{named['C2']}..I....L..{named['Y3']}"
    assert register["detail"]["weeks"] == {monday.isoformat(): line}
    assert register["detail"]["known"] == {"2026-06-03 PM": "2026-06-29"}
    assert for_people([register]) == []
    seen = records_of([register], date(2026, 6, 28), "2026-summer").marks
    assert seen is not None
    assert [(one.on.day, one.half, one.code) for one in seen] == [
        (1, "AM", "/"), (1, "PM", "\\"), (2, "AM", "C2"), (6, "AM", "L"), (7, "PM", "Y3"),
    ]  # fmt: skip
    whole = records_of([register], date(2026, 6, 29), "2026-summer").marks
    assert whole is not None
    assert [one.code for one in whole if one.absent] == ["I"]


def test_a_school_that_records_marks_at_once_lists_only_the_others() -> None:
    days = pd.bdate_range("2026-06-01", "2026-06-12")
    rows: Rows = [
        {"date": day.date(), "session": "AM", "code": "/", "recorded_on": day.date()} for day in days
    ]
    rows[3]["recorded_on"] = date(2026, 6, 20)
    (register,) = events("attendance", rows)
    assert register["detail"]["known_after"] == 0
    assert register["detail"]["known"] == {"2026-06-04 AM": "2026-06-20"}
    seen = records_of([register], date(2026, 6, 12), "2026-summer").marks
    assert seen is not None
    assert len(seen) == len(rows) - 1
