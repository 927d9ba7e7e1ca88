"""Uploads in the browser: send, watch, correct, approve, undo; by those who may."""

from datetime import UTC, datetime

import pytest

from service.accounts import account_store
from service.app.worker import Worker
from service.core.audit import audit_store
from service.core.base import now
from service.core.deployment import Deployment
from service.records.lake_rows import ProblemRow
from service.uploads import pages as uploads
from service.uploads import upload_store
from service.uploads.status import own_upload, uploads_of
from service.uploads.upload_rows import UploadRow
from service.uploads.words import corrections, taken_for
from testbed.deployments import caller
from testbed.seeds import OTHER, OWN, TERM, Seeded
from testbed.serving import questions
from tests.service.conftest import fresh, template
from tests.web.visitors import Visitor, visitor

__all__ = ["fresh", "template"]
HEADINGS = b"Adno,UPN,Type\r\n"


def lead(seeded: Seeded) -> Visitor:
    """The inclusion lead of the own school."""
    return visitor(seeded.deployment, seeded.account[f"inclusion_lead.{OWN}"], uploads.router)


def test_files_go_in_and_are_watched_until_the_work_has_ended(fresh: Seeded) -> None:
    browser = lead(fresh)
    files = [("files", ("Exclusions.csv", HEADINGS)), ("files", ("Notes.csv", b"a,b\r\n1,2\r\n"))]
    address = browser.post("/uploads", school=OWN, term=TERM, files=files)
    assert "Waiting." in browser.get(address)
    state = browser.client.get(f"{address}/state")
    assert "Waiting." in state.text
    assert "HX-Refresh" not in state.headers
    worker = Worker(fresh.deployment)
    while worker.work_once():
        pass
    assert browser.client.get(f"{address}/state").headers["HX-Refresh"] == "true"
    page = browser.get(address)
    assert "Could not be used" in page
    assert "Notes.csv" in page
    assert "How to correct it" in page


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (None, "Choose at least one file"),
        ([("files", ("Pupils.csv", b""))], "Pupils.csv is empty"),
        ([("files", ("a.csv", b"1")), ("files", ("A.csv", b"2"))], "same name"),
    ],
)
def test_what_cannot_be_taken_is_said_on_the_form(fresh: Seeded, files: object, words: str) -> None:
    page = lead(fresh).post("/uploads", 422, school=OWN, term=TERM, files=files)
    assert words in page
    assert 'href="#files"' in page


def test_a_form_without_the_sessions_token_changes_nothing(fresh: Seeded) -> None:
    browser = lead(fresh)
    browser.csrf = "somebody else's"
    browser.post(f"/uploads/{fresh.upload[OWN]}/approve", 403)
    assert "Needs your approval" in browser.get(f"/uploads/{fresh.upload[OWN]}")


def test_a_held_load_shows_its_numbers_and_waits_for_a_yes(fresh: Seeded) -> None:
    browser, address = lead(fresh), f"/uploads/{fresh.upload[OWN]}"
    page = browser.get(address)
    assert "Marks: fewer." in page
    assert "Approve, and keep existing records" in page
    assert browser.post(f"{address}/approve") == address
    assert "Waiting." in browser.get(address)
    browser.post(f"{address}/approve", 422)


def test_the_data_team_sees_a_held_load_and_cannot_say_yes(fresh: Seeded) -> None:
    browser = visitor(fresh.deployment, fresh.account[f"data_team.{OWN}"], uploads.router)
    page = browser.get(f"/uploads/{fresh.upload[OWN]}")
    assert "inclusion lead can approve this upload" in page
    assert "Download the list" not in page
    browser.post(f"/uploads/{fresh.upload[OWN]}/approve", 403)
    browser.get(f"/uploads/{fresh.upload[OWN]}/undo", 403)


def test_an_upload_says_who_sent_it_and_when_by_the_schools_clocks(fresh: Seeded) -> None:
    with fresh.deployment.database.writing([OWN]) as tx:
        person = account_store.account(tx, fresh.account[f"data_team.{OWN}"])
        row = upload_store.upload(tx, fresh.upload[OWN], {OWN})
        assert person is not None
        assert row is not None
        person.name, row.by = "Devi Invented", person.id
        row.created_at = datetime(2026, 7, 3, 15, 5, tzinfo=UTC)
    browser = lead(fresh)
    one, history = browser.get(f"/uploads/{fresh.upload[OWN]}"), browser.get("/uploads")
    assert "Uploaded by Devi Invented on 3 July 2026, 16:05." in one
    assert ">Devi Invented</td>" in history
    assert "3 July 2026, 16:05" in history


def test_undoing_asks_first_and_brings_back_what_stood(fresh: Seeded) -> None:
    browser, address = lead(fresh), f"/uploads/{fresh.upload[OWN]}"
    assert f'href="{address}/undo"' in browser.get("/uploads")
    assert "Undo this upload?" in browser.get(f"{address}/undo")
    assert browser.post(f"{address}/undo") == f"/uploads?school={OWN}"
    browser.post(f"{address}/undo", 422)
    assert f'href="{address}/undo"' not in browser.get("/uploads")


def test_an_upload_of_another_school_is_not_there(fresh: Seeded) -> None:
    browser = lead(fresh)
    for path in ("", "/state", "/undo", "/to-correct.csv"):
        browser.get(f"/uploads/{fresh.upload[OTHER]}{path}", 404)
    browser.post("/uploads", 403, school=OTHER, term=TERM, files=[("files", ("a.csv", b"1"))])


def test_a_long_history_asks_as_little_as_a_short_one(fresh: Seeded) -> None:
    with fresh.deployment.database.writing([OWN]) as tx:
        for at in range(30):
            tx.add(_refused(f"u{at:016x}"))
            tx.add_all([_problem(f"u{at:016x}", line) for line in range(at % 3)])
    browser = lead(fresh)
    page = browser.get("/uploads")
    assert page.count('href="/uploads/u') >= 30
    assert questions(browser.client.app, browser.client, "/uploads") <= 10
    who = caller(fresh.deployment, "inclusion_lead", [OWN])
    with who.reading() as tx:
        counted = {one.id: one.problem_count for one in uploads_of(who, tx, OWN)}
    assert [counted[f"u{at:016x}"] for at in range(6)] == [0, 1, 2, 0, 1, 2]


def _refused(upload_id: str) -> UploadRow:
    return UploadRow(
        id=upload_id, school=OWN, term=TERM, by="somebody", status="refused", created_at=now(), files=[], held=[],
        counts={}, extracts=[],
    )  # fmt: skip


def _problem(upload_id: str, line: int) -> ProblemRow:
    return ProblemRow(
        school=OWN, upload_id=upload_id, file="a.csv", line=line, rule="date", message="No date.", hint="Fill it in.",
        severity="row",
    )  # fmt: skip


def test_watching_leaves_no_trail_but_reading_does(fresh: Seeded) -> None:
    who = caller(fresh.deployment, "inclusion_lead", [OWN])
    with who.reading() as tx:
        assert own_upload(who, tx, fresh.upload[OWN]).school == OWN
    assert _events(fresh.deployment) == 0
    lead(fresh).get(f"/uploads/{fresh.upload[OWN]}")
    assert _events(fresh.deployment) == 1


def _events(deployment: Deployment) -> int:
    with deployment.database.reading() as tx:
        return sum(1 for row in audit_store.between(tx, 0) if row.event == "upload_read")


def test_problems_are_put_together_by_how_they_are_corrected() -> None:
    def problem(line: int | None, rule: str, severity: str) -> dict[str, object]:
        return {
            "file": "Behaviour.csv", "line": line, "column": "Date", "rule": rule, "message": "No date.",
            "hint": "Fill it in.", "table": "behaviour", "severity": severity,
        }  # fmt: skip

    found = corrections(
        [*(problem(n, "date", "row") for n in range(2, 32)), problem(None, "columns", "file")]
    )
    assert [(each.count, len(each.places), each.more) for each in found] == [(1, 1, 0), (30, 12, 18)]
    assert found[1].places[0] == "Behaviour.csv, line 2, column Date"
    assert found[1].heading == "Behaviour records: No date."


def test_what_a_file_was_taken_for_is_told_in_kind_words() -> None:
    (taken,) = taken_for([
        {
            "file": "b.csv", "table": "behaviour", "mis": "arbor", "rows": 3,
            "mapping": {"role": "Role", "recorded_on": "Logged On"},
            "evidence": ["Headings are on line 1.", "'Role' is read as role. For example: aggressor, witness."],
        }
    ])  # fmt: skip
    assert taken.fields == (
        ("Role", "pupil's role, for example hurting others, witness"),
        ("Logged On", "day it was recorded"),
    )
    assert taken.why == ("Headings are on line 1.",)
    assert taken.mis == "Arbor"
