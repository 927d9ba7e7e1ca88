"""Requests about a pupil, from the letter to the answer: find, note, hand over a copy, stop figures, erase."""

import io
import json
import re
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.accounts.keeping import add_account
from service.app.cli.app import app
from service.core.audit import audit_store
from service.core.callers import command_caller
from service.rights import copy_pages as subject_copies
from service.rights import exporting, life_store, marking, retention
from service.rights import pages as data_requests
from service.rights.unusual import Waits
from service.shell.rendering import day, moment
from tests.life.living import SCHOOLS, Living, upn
from tests.web.visitors import Visitor, look_over, visitor

pytestmark = pytest.mark.xdist_group("records")
HERE = "/requests"


@pytest.fixture
def officer(records: Living) -> Visitor:
    """The data protection officer of the first school, and of no other."""
    added = add_account(
        command_caller(records.deployment), "dpo@school.example", role="dpo", schools=SCHOOLS[:1]
    )
    return visitor(records.deployment, added, data_requests.router, subject_copies.router)


def events(records: Living) -> list[str]:
    """What has been recorded, newest first."""
    with records.deployment.database.reading() as tx:
        return [row.event for row in audit_store.search(tx, before=None, limit=20)]


def test_the_officer_reads_that_deleting_waits_and_why(records: Living, officer: Visitor) -> None:
    assert "held back" not in officer.get(HERE)
    with pytest.raises(Waits):
        retention.run(records.dpo, date(2030, 11, 30))
    page = officer.get(HERE)
    assert "held back instead of deleted" in page
    assert "clock may be wrong" in page
    assert 'href="/waiting"' in page
    retention.run(records.dpo, confirmed=True)
    assert "held back" not in officer.get(HERE)


def test_a_letter_is_noted_met_and_closed(records: Living, officer: Visitor) -> None:
    assert "No requests are open." in officer.get(HERE)
    named = {"school": SCHOOLS[0], "identifier": f" {upn(SCHOOLS[0], 0)} "}
    pupil = officer.post(f"{HERE}/find", **named)
    assert pupil == f"{HERE}/pupils/{records.pupil}"
    assert "Nobody at this school" in officer.post(f"{HERE}/find", 422, **{**named, "identifier": "<b>'--"})
    officer.post(f"{HERE}/find", 403, school=SCHOOLS[1], identifier=upn(SCHOOLS[1], 0))
    came = {"school": SCHOOLS[0], "kind": "access", "received_on": "2026-11-02", "pupil_id": records.pupil}
    for wrong, said in (
        ({"received_on": "soon"}, "day the request arrived"),
        ({"received_on": "2999-01-01"}, "in the future"),
        ({"kind": "x"}, "know this kind of request"),
        ({"pupil_id": "p" + "0" * 20}, "no such pupil"),
    ):
        page = officer.post(HERE, 422, **{**came, **wrong})
        assert said in page
        assert "No requests are open." in page
    officer.post(HERE, 403, **{**came, "school": SCHOOLS[1]})
    one = officer.post(HERE, **came)
    assert "2 December 2026" in officer.get(one)
    assert f"Pupil {records.pupil[-6:]}" in officer.get(HERE)
    assert "See the data" in officer.get(pupil)
    assert "must be told" in officer.post(f"{one}/extension", 422, why=" ")
    officer.post(f"{one}/extension", why="Many records")
    assert "2 February 2027" in officer.get(one)
    assert "Extend by two months" not in officer.get(one)
    assert "Say how" in officer.post(f"{one}/closing", 422, outcome="")
    officer.post(f"{one}/closing", outcome="Handed over in person")
    assert "already closed" in officer.post(f"{one}/closing", 422, outcome="Again")
    assert "No requests are open." in officer.get(HERE)
    assert one in officer.get(f"{HERE}?everything=true")
    assert events(records)[:3] == ["request_closed", "request_extended", "request_recorded"]
    officer.get(f"{HERE}/r{'0' * 16}", 404)


def test_a_copy_is_looked_through_and_handed_over_without_what_tells_about_others(
    records: Living, officer: Visitor
) -> None:
    copy = officer.post(f"{HERE}/pupils/{records.pupil}/export")
    page = officer.get(copy)
    note = re.search(r'name="withhold" type="checkbox" value="(\w+)"', page)
    assert note
    assert "Likes art." in page
    assert "pupil_read" in events(records)[:1]
    whole = officer.get(f"{copy}/whole")
    assert "Likes art." in whole
    with zipfile.ZipFile(io.BytesIO(officer.client.get(f"{copy}/files.zip").content)) as archive:
        assert "Likes art." in archive.read("copy.json").decode()
    assert "Prepared a copy" not in whole  # what came after the copy was made is not in it
    left_out = {"withhold": note[1], "withhold_section": "who_looked", "form": "file"}
    body = json.loads(officer.post(f"{copy}/release", 200, **left_out))
    assert (body["withheld"], body["decided"]["support_note"]) == (2, [])
    assert "who_looked" not in body
    export = copy.rpartition("/")[2]
    assert body["records"] == exporting.read(records.dpo, export)["records"]
    printed = officer.post(f"{copy}/release", 200, **{**left_out, "form": "page"})
    look_over(printed)
    assert f'name="withhold" value="{note[1]}"' in printed  # the files that go with it leave out the same
    assert "2 parts or entries were left out, here and in the files." in printed
    assert "Likes art." not in printed
    assert "Who looked" not in printed
    assert events(records)[:5].count("subject_exported") == 2
    packed = officer.client.post(
        f"{copy}/release", data={**left_out, "form": "zip", "csrf_token": officer.csrf}
    )
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        names, text = archive.namelist(), archive.read("copy.json").decode()
    assert {"copy.json", "read-me.txt", "records-attendance.csv", "timeline.csv"} <= set(names)
    assert "who-looked.csv" not in names
    assert "Likes art." not in text
    assert "It was released on" in officer.get(copy)
    assert copy in officer.get(f"{HERE}/pupils/{records.pupil}")
    officer.post(f"{copy}/release", 422, withhold="x'--")
    officer.post(f"{copy}/release", 200, withhold="about")
    officer.get(f"{HERE}/exports/x{'0' * 16}", 404)


def test_figures_stop_and_go_on_after_a_question_each(records: Living, officer: Visitor) -> None:
    pupil = f"{HERE}/pupils/{records.pupil}"
    assert "removed immediately and don’t come back" in officer.get(f"{pupil}/stop-figures")
    assert "Choose a reason." in officer.post(f"{pupil}/stop-figures", 422)
    assert "not known" in officer.post(f"{pupil}/stop-figures", 422, reason="dull")
    officer.post(f"{pupil}/stop-figures", reason="objection")
    assert [one["pupil_id"] for one in marking.marked(records.dpo)] == [records.pupil]
    assert "marked already" in officer.post(f"{pupil}/stop-figures", 422, reason="objection")
    assert "The family or the pupil has objected" in officer.get(pupil)
    assert "Pupils for whom figures are stopped" in officer.get(HERE)
    officer.get(f"{pupil}/allow-figures")
    officer.post(f"{pupil}/allow-figures")
    officer.post(f"{pupil}/allow-figures", 404)
    assert marking.marked(records.dpo) == []
    assert events(records)[:2] == ["do_not_score_ended", "do_not_score_set"]


def test_nobody_is_erased_without_their_reference_written_twice(records: Living, officer: Visitor) -> None:
    pupil = f"{HERE}/pupils/{records.pupil}"
    assert "None of this can be undone." in officer.get(f"{pupil}/erase")
    for slip in ("", records.other, records.pupil[:-1]):
        assert "Repeat the pupil" in officer.post(f"{pupil}/erase", 422, confirm=slip)
    assert "has been erased" in officer.post(f"{pupil}/erase", 200, confirm=f" {records.pupil} ")
    assert events(records)[0] == "pupil_erased"
    with records.deployment.database.reading(SCHOOLS) as tx:
        assert not life_store.schools_of_pupil(tx, records.pupil, SCHOOLS)
    for place in (pupil, f"{pupil}/erase"):
        officer.get(place, 404)
    officer.post(f"{pupil}/erase", 404, confirm=records.pupil)


def test_a_form_from_elsewhere_does_nothing(records: Living, officer: Visitor) -> None:
    officer.csrf = "made up"
    for act in ("export", "stop-figures", "erase"):
        officer.post(f"{HERE}/pupils/{records.pupil}/{act}", 403, confirm=records.pupil, reason="other")
    assert marking.marked(records.dpo) == []


def test_moments_are_told_in_the_schools_own_time() -> None:
    late = datetime(2026, 7, 2, 23, 30, tzinfo=UTC)
    assert moment(late) == moment(late.isoformat()) == "3 July 2026, 00:30"
    assert day(late) == "3 July 2026"
    assert day(late.date()) == "2 July 2026"
    assert moment(datetime(2026, 12, 2, 23, 30, tzinfo=UTC)) == "2 December 2026, 23:30"


def test_a_command_writes_the_same_files(records: Living, tmp_path: Path) -> None:
    made = exporting.prepare(records.dpo, records.pupil)["id"]
    home = str(records.deployment.home.path)
    for name in ("copy.zip", "copy.json"):
        done = CliRunner().invoke(
            app, ["subject", "release", made, "--out", str(tmp_path / name), "--home", home]
        )
        assert done.exit_code == 0, done.output
    with zipfile.ZipFile(tmp_path / "copy.zip") as archive:
        assert json.loads(archive.read("copy.json")) == json.loads(
            (tmp_path / "copy.json").read_text("utf-8")
        )
