"""A home in use: what an earlier release stored and this one would not is found, said and taken out."""

from typing import Any

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from pipelines.lake.files import read_buckets, write_file
from pipelines.load.timeline import timeline
from service.app.cli.app import app
from service.core.audit import unaudited
from service.core.callers import command_caller
from service.core.job_rows import JobRow
from service.records import lake_store
from service.records.lake_rows import ProblemRow
from service.records.pupil_rows import TimelineRow
from service.rights import correcting, life_store
from service.uploads import types
from service.uploads.upload_rows import MappingRow, UploadRow
from testbed.messy import lawful
from tests.uploads.conftest import TERM, URN, WHOLE, School

TOLD = lawful.SENTENCES[0]
OLD = {
    1: {"location": TOLD},
    2: {"local_type": "Golden leaf", "type": "other_negative"},
    3: {"local_type": "Neglect", "type": "other_negative"},
    4: {"local_type": lawful.SENTENCES[1], "type": "other_negative"},
    5: {"incident_id": "hit two other boys at lunch"},
    6: {"local_type": "Quiet word", "type": "other_negative"},
}


@pytest.fixture
def old(school: School) -> School:
    """The school's lake, timelines and quarantine with what an earlier release let in."""
    sent = school.send(WHOLE)
    caller, lake = command_caller(school.deployment), school.deployment.lake
    with caller.writing() as tx:
        (row,) = [r for r in life_store.lake_rows(tx, {URN}, live=True) if r.table == "behaviour"]
        table = read_buckets(lake.store, row.path)
        columns = {name: table.column(name).to_pylist() for name in table.column_names}
        for place, change in OLD.items():
            for name, value in change.items():
                columns[name][place] = value
        table = pa.table(
            {name: pa.array(values, table.schema.field(name).type) for name, values in columns.items()}
        )
        file = lake_store.as_lake_file(row)
        made = write_file(
            lake.store, table, (file.table, URN, TERM),
            buckets=lake.buckets, load_id=file.load_id, today=file.first_loaded,
        )  # fmt: skip
        life_store.replace_lake_row(unaudited(tx, "a test"), row, made)
        events: dict[str, list[Any]] = {}
        for event in timeline("behaviour", table, URN):
            events.setdefault(event.pupil_id, []).append(event.plain())
        for line in lake_store.live_timelines(unaudited(tx, "a test"), URN, TERM):
            line.events = events.get(line.pupil_id, [])
        upload = tx.get(UploadRow, sent.id)
        assert upload is not None
        upload.extracts = [{**one, "not_read": [TOLD], "evidence": [f"Not read at all: {TOLD}."]}
                           for one in upload.extracts]  # fmt: skip
        lake_store.add_problems(tx, [{
            "school": URN, "upload_id": sent.id, "load_id": None, "file": "x.csv", "line": 2, "column": TOLD,
            "rule": "row_short", "message": "m", "hint": "h", "table": None, "severity": "row",
        }])  # fmt: skip
    return school


def everything(school: School) -> str:
    """All text the home keeps of the school's records."""
    with command_caller(school.deployment).reading() as tx:
        told: list[Any] = [row.events for row in tx.query(TimelineRow)]
        told += [row.extracts for row in tx.query(UploadRow)]
        told += [row.column for row in tx.query(ProblemRow)] + [row.body for row in tx.query(MappingRow)]
    lake = school.deployment.home.lake
    files = b"".join(path.read_bytes() for path in sorted(lake.rglob("*")) if path.is_file())
    return f"{told}{files!r}{school.lake('behaviour').to_csv()}"


def test_the_doctor_finds_what_may_not_be_stored_and_offers_the_command(old: School) -> None:
    home = str(old.deployment.home.path)
    said = CliRunner().invoke(app, ["doctor", "--deep", "--home", home]).stdout
    assert "sentences about children, and 1 records are safeguarding concerns" in said
    assert (
        "2 types of incident count as other concerns though nobody has said what they are (2 records)" in said
    )
    assert "belong correct-records" in said
    assert lawful.MARK not in said
    listed = CliRunner().invoke(app, ["types", "list", "--school", URN, "--home", home]).stdout
    assert "Golden leaf: 1 row waits" in listed


def test_records_are_rewritten_whole_and_the_rest_stays(old: School) -> None:
    before = len(old.lake("behaviour"))
    types.answer(old.caller(), URN, {"Golden leaf": "kindness"})
    home = str(old.deployment.home.path)
    done = CliRunner().invoke(app, ["correct-records", "--yes", "--home", home])
    assert done.exit_code == 0, done.output
    rows = old.lake("behaviour")
    assert len(rows) == before - 2, "the concern and the row whose type was a sentence are gone"
    assert lawful.MARK not in everything(old)
    assert "hit two other boys" not in everything(old)
    (praise,) = rows[rows["local_type"] == "Golden leaf"].to_dict("records")
    assert (praise["type"], praise["positive"], praise["points"]) == ("kindness", True, 2)
    assert praise["severity"] != praise["severity"]
    assert list(rows[rows["local_type"] == "Quiet word"]["type"]) == ["other_negative"], (
        "it waits for an answer"
    )
    with command_caller(old.deployment).reading() as tx:
        told = [
            event
            for row in lake_store.live_timelines(unaudited(tx, "a test"), URN, TERM)
            for event in row.events
        ]
        assert sum(event["kind"] == "behaviour" for event in told) == before - 2
        assert [event["text_key"] for event in told].count("positive") == 1
        assert [job.payload["term"] for job in tx.query(JobRow) if job.kind == "rescore"] == [TERM]
    again = CliRunner().invoke(app, ["correct-records", "--home", home], input="n\n")
    assert "0 sentences about children" in again.output, "only the type without an answer is left"


def test_types_without_an_answer_go_where_a_person_says_so(old: School) -> None:
    caller = command_caller(old.deployment)
    correcting.correct(caller, drop_new=True)
    assert not set(old.lake("behaviour")["local_type"]) & {"Golden leaf", "Quiet word"}
    assert correcting.stored(caller) == {}


def test_it_asks_once_and_a_no_changes_nothing(old: School) -> None:
    before = everything(old)
    answer = CliRunner().invoke(
        app, ["correct-records", "--home", str(old.deployment.home.path)], input="n\n"
    )
    assert answer.exit_code == 1
    assert everything(old) == before


def test_a_home_without_any_of_it_is_left_alone(school: School) -> None:
    school.send(WHOLE)
    assert correcting.stored(command_caller(school.deployment)) == {}
    said = CliRunner().invoke(app, ["correct-records", "--home", str(school.deployment.home.path)])
    assert "Nothing to correct." in said.stdout
