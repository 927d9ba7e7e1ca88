"""The pages of a family's copy: whole sentences for none, one, many and not known; no code, no unkind word."""

import re
from typing import Any

import pytest

from service.rights import copy_records, copy_told, copy_written, exporting
from service.rights.copy_parts import parts
from service.rights.copy_shape import Part
from tests.life.living import SCHOOLS, Living
from tests.web.visitors import BANNED

pytestmark = pytest.mark.xdist_group("records")

FOREIGN = ("mend", "hand in", "stands", "anew", "made-up", "goes on")
COMPARING = (
    "year group's average",
    "of the year group",
    "most in year",
    "other pupils",
    "percentile",
    "rank",
)
CRIMES = ("theft", "weapon", "drugs", "prohibited item", "sexual", "vaping")


def words(*found: Part) -> str:
    """All that some parts say, as a family reads it."""
    said = []
    for part in found:
        said += [part.title, *part.paragraphs]
        for group in part.lines:
            said += [group.heading, *(f"{one.when}: {one.words}" for one in group.lines)]
    return "\n".join(said)


def incident(day: str, kind: str | None, **detail: Any) -> dict[str, Any]:
    return {
        "id": f"incident:999001:{day}{kind}", "school": "999001", "date": day, "kind": "behaviour",
        "text_key": detail.pop("text_key", "incident_involved"), "detail": {"type": kind, **detail}, "filed": {},
    }  # fmt: skip


def suspension(day: str, **detail: Any) -> dict[str, Any]:
    return {
        "id": f"suspension:999001:{day}:AM:day", "school": "999001", "date": day, "kind": "suspension",
        "text_key": "suspension", "detail": detail, "filed": {},
    }  # fmt: skip


def register(weeks: dict[str, str]) -> dict[str, Any]:
    return {
        "school": "999001", "date": min(weeks), "kind": "register", "text_key": "register",
        "detail": {"weeks": weeks}, "filed": {"2026-summer": None},
    }  # fmt: skip


def unkind(text: str) -> list[str]:
    """Words that have no place in what a family reads."""
    small = text.lower()
    return [word for word in (*BANNED, *FOREIGN, *COMPARING, *CRIMES) if re.search(rf"\b{word}\b", small)]


def test_all_that_a_real_body_says_is_kind_and_without_codes(records: Living) -> None:
    body = exporting.read(records.dpo, exporting.prepare(records.dpo, records.pupil)["id"])
    said = words(*parts(body))
    assert not unkind(said)
    assert "@" not in said
    assert not re.search(r"\d{4}-\d\d-\d\d", said)
    assert not re.search(r"\b[a-z]+_[a-z]+", said)
    assert not re.search(r"\bp[0-9a-f]{20}\b", said)
    assert not re.search(r"\bNone\b|\bnan\b|\.\.|\b\d+\.0\b", said)
    assert f"School {SCHOOLS[0]}" in said
    assert "Likes art. Written by Kim." in said


def test_a_body_of_nothing_is_told_in_whole_sentences() -> None:
    empty = {"about": {}, "roll": [], "records": {}, "timeline": [], "figures": [], "decided": {},
             "copies": [], "who_looked": [], "kept_until": []}  # fmt: skip
    found = parts(empty)
    for part in found:
        assert part.paragraphs or part.lines
        assert all(one.endswith(".") for one in part.paragraphs)
    assert "No incident is recorded." in words(*found)
    assert "No suggestion and no figure about this pupil is held." in words(*found)
    assert [part.title for part in parts({})] == ["Your rights"]


def test_parts_that_were_left_out_are_not_told() -> None:
    body = {"about": {}, "roll": [], "records": {}, "timeline": [incident("2026-06-03", "homework")],
            "figures": [], "decided": {}, "who_looked": [], "kept_until": []}  # fmt: skip
    for name in ("records", "timeline"):
        kept = {key: value for key, value in body.items() if key != name}
        assert not {"Incidents", "Attendance", "Suspensions"} & {part.title for part in parts(kept)}
    titles = {part.title for part in parts({key: body[key] for key in body if key != "decided"})}
    assert "Support" not in titles
    assert "Incidents" in titles


def test_incidents_are_a_line_each_and_name_no_crime() -> None:
    events = [
        incident("2026-06-03", "homework", lesson="French", role="aggressor", action="contact_home"),
        incident("2026-06-04", "weapon", lesson="Maths", alleges_crime=True),
        incident("2026-02-04", None),
        incident("2026-06-05", "effort", text_key="positive", lesson="Art"),
    ]
    part = copy_records.incidents(events)
    assert [group.heading for group in part.lines] == [
        "Spring term 2026: 1 record", "Summer term 2026: 2 records",
    ]  # fmt: skip
    said = words(part)
    assert "3 June: Homework not done, French. Contact home." in said
    assert "4 June: An incident was recorded in Maths." in said
    assert "Effort" not in said
    assert "5 June 2026: Positive record: Effort or improvement in Art." in words(copy_records.praise(events))
    assert not unkind(said)


def test_of_very_many_incidents_the_oldest_terms_are_told_by_kind() -> None:
    old = [incident(f"2025-0{5 + n % 2}-{1 + n % 28:02d}", "phone") | {"id": f"o{n}"} for n in range(500)]
    old.append(incident("2025-06-03", "theft", alleges_crime=True))
    new = [incident(f"2026-05-{1 + n % 28:02d}", "homework") | {"id": f"n{n}"} for n in range(700)]
    part = copy_records.incidents([*old, *new])
    assert [len(group.lines) for group in part.lines] == [1, 700]
    assert part.lines[0].lines[0].words == (
        "Each of them is in the files. By kind: 500 mobile phone, 1 other."
    )


@pytest.mark.parametrize(
    ("week", "said"),
    [
        ("//////////", "Attended 100% of 10 sessions."),
        ("I/////////", "Attended 90% of 10 sessions, absent for 1."),
        ("O/////////", "Attended 90% of 10 sessions, absent for 1 (without leave)."),
        ("OIL///////", "Attended 80% of 10 sessions, absent for 2 (1 without leave), late once."),
        ("EEOOLL////", "Attended 60% of 10 sessions, absent for 2 (all without leave), suspended for 2, late twice."),
        ("##########", "No sessions were possible."),
    ],
)  # fmt: skip
def test_attendance_of_a_half_term_is_one_sentence(week: str, said: str) -> None:
    part = copy_records.attendance([register({"2026-06-08": week})])
    ((line,),) = (group.lines for group in part.lines)
    assert (line.when, line.words) == ("Summer term 2026, second half", said)


def test_weeks_are_listed_where_anything_was_missed() -> None:
    weeks = {"2026-06-01": "//////////", "2026-06-08": "EEOOL/////", "2026-06-15": "//////////"}
    part = copy_records.attendance([register(weeks)])
    assert part.weeks.rows == (("8 June 2026", "4", "2", "2", "1"),)
    full = copy_records.attendance([register({"2026-06-01": "//////////"})])
    assert full.weeks.rows == ()
    assert "No session was missed and none was late." in full.paragraphs


def test_weeks_without_their_marks_are_told_as_they_were_counted() -> None:
    week = {"school": "999001", "date": "2026-06-12", "kind": "attendance_week", "text_key": "attendance_week",
            "detail": {"absent": 2}, "filed": {}}  # fmt: skip
    said = words(copy_records.attendance([week]))
    assert "The marks of single sessions are not held." in said
    assert "Week of 8 June 2026: This week: missed 2 sessions." in said


def test_a_suspension_is_told_once_as_the_newest_word_has_it() -> None:
    events = [
        suspension("2026-05-05", sessions=4.0, status="issued", end_date="2026-05-06"),
        suspension(
            "2026-05-05", sessions=4.0, status="cancelled", status_on="2026-05-20", end_date="2026-05-06"
        ),
        suspension("2026-06-01", sessions=1, status="issued", end_date="2026-06-01"),
    ]
    said = words(copy_records.suspensions(events))
    assert "5 May 2026 to 6 May 2026: Suspended for 4 sessions, later cancelled." in said
    assert "1 June 2026: Suspended for 1 session." in said
    assert said.count("5 May 2026 to") == 1


def test_who_looked_is_counted_by_person_in_local_time() -> None:
    line = {"what": "pupil_read", "role": "pastoral", "actor": "a1", "who": "Kim Green"}
    rows = [
        {**line, "at": "2026-07-02T23:30:00+00:00"},
        {**line, "at": "2026-09-04T08:00:00+00:00", "what": "note_written"},
        {**line, "at": "2026-09-04T09:00:00+00:00", "actor": "a2", "who": ""},
        {**line, "at": "2026-09-04T09:00:00+00:00", "actor": "a3", "who": "x@y.example"},
        {**line, "at": "2026-09-05T09:00:00+00:00", "actor": "command", "who": "command", "role": "admin"},
    ]
    said = words(copy_told.who_looked(rows))
    assert (
        "Kim Green (pastoral team): Opened the records once and recorded or prepared something once, "
        "first on 3 July 2026, last on 4 September 2026." in said
    )
    assert said.count("A member of staff (pastoral team): Opened the records once, on 4 September 2026.") == 2
    assert "The system administrator: Opened" in said
    assert "@" not in said


def test_restricted_notes_and_withdrawn_words_are_not_printed() -> None:
    at = {"at": "2026-09-04T09:00:00+00:00", "by_name": "Kim"}
    notes = [{**at, "words": "Secret", "restricted": True}, {**at, "words": "Likes art", "restricted": False}]
    said = words(copy_written.notes({"support_note": notes}))
    assert "Secret" not in said
    assert "One note is restricted: only the writer and a few staff may open it." in said
    assert "4 September 2026: Likes art. Written by Kim." in said
    spoken = {"said_on": "2026-09-04", "helps": "Drawing", "read_back": True, "by_name": "Kim"}
    back = {**spoken, "helps": "Gone", "withdrawn_at": "2026-09-05T09:00:00+00:00"}
    said = words(copy_written.voice({"pupil_voice": [spoken, back]}))
    assert "What helps me at school: “Drawing.” Recorded by Kim." in said
    assert "Gone" not in said
    assert "The pupil took words back once." in said


def test_how_long_things_are_kept_is_told_by_kind(records: Living) -> None:
    body = exporting.read(records.dpo, exporting.prepare(records.dpo, records.pupil)["id"])
    part = copy_told.kept_until(body["kept_until"])
    tables = {row["table"] for row in body["kept_until"]}
    told = {table for _words, names in copy_told.KEPT for table in names}
    ours = {
        "setting_fact",
        "setting_change",
        "job",
        "erasure",
        "upload",
        "load",
        "copy",
        "raw_upload",
        "attendance_exceptions",
        "attendance_possible",
    }
    assert tables - told <= ours  # a new kind of record must be told of
    assert len(part.lines[0].lines) < 20
    said = words(part)
    assert (
        "13 months after the end of the term they belong to. The newest in this copy: until 20 August 2027."
        in said
    )
    assert "Requests: 6 years after the day they were answered." in said
