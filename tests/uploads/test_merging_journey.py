"""Corrections as schools really send them: parts, twice, in two files, marked up; nothing is lost or doubled."""

import json
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from service.accounts import tokens
from service.core.permissions import DATA, LEAD
from service.records import lake_store
from service.uploads import api as uploads_api
from service.uploads import pages as uploads
from service.uploads.downloads import marked_workbook
from service.uploads.receiving import approve, undo_load
from testbed.deployments import app_with
from tests.uploads.conftest import TERM, URN, WHOLE, School, behaviour, marks, number, pupils
from tests.web.visitors import visitor


def rows(frame: pd.DataFrame) -> set[tuple[object, ...]]:
    kept = frame.drop(columns=["loaded_on", "known_until", "bucket"], errors="ignore").astype(str)
    return set(kept.itertuples(index=False, name=None))


def test_the_same_files_twice_change_nothing(school: School) -> None:
    first, again = school.send(WHOLE), school.send(dict(reversed(WHOLE.items())))
    assert first.load_id
    assert again.status == "done"
    assert again.load_id is None
    assert first.counts["behaviour"]["assumed"] == 0
    assert first.counts["attendance"]["assumed"] == first.counts["attendance"]["kept"]


def test_a_part_of_the_marks_leaves_other_days_and_other_pupils_alone(loaded: School) -> None:
    before = rows(loaded.lake("attendance"))
    late = marks(who=range(3), part=slice(5, 10)).replace(b",AM,/", b",AM,L")
    held = loaded.send({"Attendance.csv": late})
    assert held.status == "held"
    assert "3 of 12 pupils" in held.held[0]
    approve(loaded.caller(), held.id)
    loaded.work()
    done = loaded.status(held.id)
    assert (done.counts["attendance"]["new"], done.counts["attendance"]["gone"]) == (15, 15)
    now = rows(loaded.lake("attendance"))
    assert len(now) == len(before)
    assert len(now - before) == 15


def test_one_half_term_of_marks_needs_no_yes(loaded: School) -> None:
    before = rows(loaded.lake("attendance"))
    done = loaded.send({"Attendance.csv": marks(part=slice(0, 20)).replace(b",AM,/", b",AM,L", 1)})
    assert done.status == "done"
    assert (done.counts["attendance"]["new"], done.counts["attendance"]["gone"]) == (1, 1)
    assert len(rows(loaded.lake("attendance"))) == len(before)


def test_marks_of_a_pupil_taken_off_the_roll_go(loaded: School) -> None:
    loaded.send({"Pupils.csv": pupils(PUPILS_LESS), "Attendance.csv": marks(who=range(PUPILS_LESS))})
    assert loaded.lake("attendance")["pupil_id"].nunique() == PUPILS_LESS


PUPILS_LESS = 11


def test_fewer_behaviour_records_wait_and_may_be_a_part(loaded: School) -> None:
    part = behaviour(3).replace(b",2,", b",4,")
    held = loaded.send({"Behaviour.csv": part})
    assert held.status == "held"
    browser = visitor(loaded.deployment, loaded.accounts[LEAD], uploads.router)
    page = browser.get(f"/uploads/{held.id}")
    assert "3 rows, where this term" in page
    assert "keep existing records that aren’t in these files" in page
    browser.post(f"/uploads/{held.id}/approve", keep_others="yes")
    loaded.work()
    now = loaded.lake("behaviour")
    assert len(now) == 40
    assert (now["points"].abs() == 4).sum() == 3


def test_a_yes_without_more_replaces_the_whole_term_and_can_be_undone(loaded: School) -> None:
    before = rows(loaded.lake("behaviour"))
    held = loaded.send({"Behaviour.csv": behaviour(3)})
    approve(loaded.caller(), held.id)
    loaded.work()
    assert len(loaded.lake("behaviour")) == 3
    with loaded.caller().reading() as tx:
        load = lake_store.loads(tx, URN)[0]
    undo_load(loaded.caller(), load.id)
    assert rows(loaded.lake("behaviour")) == before


def test_two_files_of_one_table_are_one_table(school: School) -> None:
    half = {"Y7.csv": marks(who=range(6)), "Y8.csv": marks(who=range(6, 12))}
    school.send({"Pupils.csv": pupils(), **half})
    together = rows(school.lake("attendance"))
    again = school.send(WHOLE)
    assert rows(school.lake("attendance")) == together
    assert again.counts["attendance"]["new"] == 0


def test_rows_of_another_term_wait_and_change_nothing_there(loaded: School) -> None:
    before = rows(loaded.lake("behaviour", {TERM}))
    stray = behaviour(12, "2025-spring") + b"\n000001,99,09/09/2024,10:20,Disruption,2,09/09/2024"
    done = loaded.send({"Pupils.csv": pupils(), "Behaviour.csv": stray}, term="2025-spring")
    assert done.counts["behaviour"]["quarantined"] == 1
    assert "inside_term" in {problem["rule"] for problem in done.problems}
    assert rows(loaded.lake("behaviour", {TERM})) == before


def test_rows_of_pupils_nobody_knows_are_named(loaded: School) -> None:
    strange = f"UPN,Incident id,Date,Type,Points\n{number(77)},1,09/09/2024,Disruption,2\n".encode()
    done = loaded.send({"Behaviour.csv": behaviour(40), "More.csv": strange})
    assert done.counts["behaviour"]["quarantined"] == 1
    assert [p["file"] for p in done.problems if p["severity"] == "row"] == ["More.csv"]


def test_a_marked_up_workbook_mends_exactly_its_rows(school: School) -> None:
    files = {**WHOLE, "Behaviour.csv": behaviour(odd={4: "=1+1", 9: "31/02/2024"})}
    sent = school.send(files)
    assert sent.counts["behaviour"]["quarantined"] == 2
    book = load_workbook(BytesIO(marked_workbook(school.caller(), sent.id)))
    assert book.sheetnames == ["Behaviour.csv"]
    sheet = book["Behaviour.csv"]
    assert sheet["C6"].value == "=1+1"
    assert sheet["C6"].data_type == "s", "a cell is never run"
    assert sheet["C6"].comment
    assert sheet["C7"].comment is None
    sheet["C6"].value, sheet["C11"].value = "09/09/2024", "10/09/2024"
    mended = BytesIO()
    book.save(mended)
    done = school.send({"to-correct.xlsx": mended.getvalue()})
    assert done.status == "done"
    assert done.counts["behaviour"]["quarantined"] == 0
    assert (done.counts["behaviour"]["new"], done.counts["behaviour"]["gone"]) == (2, 0)


def test_cells_are_given_back_to_their_sender_alone(school: School) -> None:
    sent = school.send({**WHOLE, "Behaviour.csv": behaviour(odd={4: "never"})})
    lead = visitor(school.deployment, school.accounts[LEAD], uploads.router)
    assert "to-correct.xlsx" in lead.get(f"/uploads/{sent.id}")
    data = visitor(school.deployment, school.accounts[DATA], uploads.router)
    data.get(f"/uploads/{sent.id}/to-correct.xlsx", 403)
    with school.caller().reading() as tx:
        kept = [problem.message for problem in lake_store.problems(tx, URN, upload_id=sent.id)]
    assert not any("never" in text for text in kept)


def test_page_api_and_command_line_find_the_same(school: School, tmp_path: Path) -> None:
    from fastapi.testclient import TestClient
    from typer.testing import CliRunner

    from service.app.cli.app import app
    from service.core.callers import command_caller

    files = {
        **WHOLE,
        "Behaviour.csv": behaviour(odd={4: "never", 9: "31/02/2024"}),
        "Notes.csv": b"a,b\n1,2\n",
    }
    sent = school.send(files)
    folder = tmp_path / TERM
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    checked = json.loads(CliRunner().invoke(app, ["check", str(folder), "--term", TERM, "--json"]).stdout)
    token = tokens.issue_token(command_caller(school.deployment), f"{LEAD}@school.example", days=1)["token"]
    client = TestClient(app_with(school.deployment, uploads_api.router))
    body = client.get(f"/uploads/{sent.id}", headers={"Authorization": f"Bearer {token}"}).json()
    told = body["problems"]

    def places(found: list[dict[str, object]]) -> list[tuple[object, ...]]:
        return sorted(
            (str(p["file"]), str(p["line"]), str(p["column"]), str(p["rule"]), str(p["hint"])) for p in found
        )

    assert places(told) == places(checked["problems"])
    page = visitor(school.deployment, school.accounts[LEAD], uploads.router).get(f"/uploads/{sent.id}")
    for problem in told:
        assert str(problem["message"]).split(" (")[0] in page.replace("&#39;", "'").replace("&#34;", '"')


@pytest.mark.parametrize("table", ["suspensions"])
def test_one_suspension_in_two_returns_is_one_and_the_schools_own_record_stands(table: str) -> None:
    import pyarrow as pa

    from pipelines.lake.schemas import SCHEMAS
    from pipelines.load.scope import Scope
    from pipelines.load.versions import current, diff_versions
    from tests.lake.worlds import TODAY

    schema = SCHEMAS[table]
    day = pd.Timestamp("2024-10-03").date()

    def record(pupil: str, **given: object) -> dict[str, object]:
        plain = {
            "pupil_id": pupil, "school": URN, "term": TERM, "category": "SUSP", "reason1": "DB",
            "start_date": day, "sessions": 2, "status": "issued", "known_on": day, "known_assumed": True,
        }  # fmt: skip
        return {name: (plain | given).get(name) for name in schema.names}

    def table_of(*records: dict[str, object]) -> pa.Table:
        return pa.Table.from_pylist(list(records), schema=schema)

    own = table_of(record("p1", known_assumed=False, start_session="AM", status="overturned"), record("p2"))
    returned = table_of(record("p1"), record("p2", sessions=4), record("p3"))
    merged = diff_versions(returned, own, schema, TODAY, Scope(table, returned=True))
    stands = current(merged.table).to_pandas().set_index("pupil_id")
    assert stands["status"].to_dict() == {"p1": "overturned", "p2": "issued", "p3": "issued"}
    assert stands["sessions"].to_dict() == {"p1": 2, "p2": 4, "p3": 2}
    again = diff_versions(returned, merged.table, schema, TODAY, Scope(table, returned=True))
    assert not again.changed
