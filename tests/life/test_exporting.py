"""What a family gets: all of it, nothing of other pupils, released by a person."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from data_contracts.errors import Refused
from pipelines.lake.files import read_buckets
from pipelines.populations import ABSTAIN
from service.core import clock
from service.core.audit import audit_store, unaudited
from service.core.base import now
from service.core.callers import Caller
from service.core.permissions import NotAllowed, NotFound
from service.pupils.cards import card_for
from service.records import roll_store
from service.records.pupil_rows import TimelineRow
from service.rights import copy_files, exporting, life_store, marking
from service.rights.copy_parts import parts
from service.schools.lines import known_school
from service.scoring import score_store
from testbed.deployments import caller
from tests.life.living import SCHOOLS, TERMS, Living
from tests.life.records import BOTH

BOOKKEEPING = frozenset({"load_id", "retired_by", "publication_id", "bucket", "id"})
"""Which upload or list a row came with: ours, not the pupil's. Ids of rows of the database."""

pytestmark = pytest.mark.xdist_group("records")


@BOTH
def test_it_says_what_was_used_why_who_looked_what_was_decided_and_when_it_goes(records: Living) -> None:
    pastoral = caller(records.deployment, "pastoral", SCHOOLS[:1])
    with pastoral.writing() as tx:
        card_for(pastoral, tx, records.pupil)
    prepared = exporting.prepare(records.dpo, records.pupil)
    body = exporting.read(records.dpo, prepared["id"])
    assert {row["term"] for row in body["roll"]} == set(TERMS)
    assert {"pupils", "attendance_possible"} <= body["records"].keys()
    assert body["records"]["audit_characteristics"][0]["ethnicity"] == "WBRI"
    (figure,) = body["figures"]
    assert figure["used"]
    total = figure["explanation"]["base_log_odds"] + sum(
        reason["contribution"] for reason in figure["explanation"]["reasons"]
    )
    assert total == pytest.approx(figure["explanation"]["log_odds"], abs=1e-6)
    assert "pupil_read" in [event["what"] for event in body["who_looked"] if event["role"] == "pastoral"]
    assert body["decided"]["support_note"][0]["words"] == "Likes art."
    until = {(one["table"], one["term"]): one["until"] for one in body["kept_until"]}
    assert until["score", "2026-summer"].startswith("2027-08")
    assert body["about"]["schools"] == [{"urn": SCHOOLS[0], "name": f"School {SCHOOLS[0]}"}]
    assert {row["kind"] for row in body["identifiers"]} >= {"upn"}


def test_nobody_else_is_in_it(records: Living) -> None:
    prepared = exporting.prepare(records.dpo, records.pupil)
    text = json.dumps(exporting.read(records.dpo, prepared["id"]))
    assert records.pupil in text
    assert records.other not in text
    assert "Surname1" not in text


@BOTH
def test_a_person_releases_it_without_what_tells_about_others(records: Living) -> None:
    prepared = exporting.prepare(records.dpo, records.pupil)
    body = exporting.read(records.dpo, prepared["id"])
    note = body["decided"]["support_note"][0]["id"]
    released = exporting.release(records.dpo, prepared["id"], [note, "timeline"])
    assert released["decided"]["support_note"] == []
    assert not {"timeline", "records", "superseded"} & released.keys()  # the same records in other forms
    assert released["withheld"] == 2
    with records.dpo.reading() as tx:
        (event,) = audit_store.search(tx, before=None, limit=1, event="subject_exported")
    assert (event.subject, event.detail["withheld"]) == (records.pupil, 2)
    with pytest.raises(Refused, match="is called"):
        exporting.release(records.dpo, prepared["id"], ["nothing-of-the-kind"])


def test_a_machine_releases_nothing(records: Living) -> None:
    prepared = exporting.prepare(records.dpo, records.pupil)
    machine = Caller(records.deployment, replace(records.dpo.reader, via="token"))
    with pytest.raises(Refused, match="person"):
        exporting.release(machine, prepared["id"])


def test_it_lies_sealed_and_is_noticed_when_changed(records: Living) -> None:
    prepared = exporting.prepare(records.dpo, records.pupil)
    (path,) = (records.deployment.home.work / "exports").iterdir()
    assert b"Surname" not in path.read_bytes()
    path.write_bytes(records.deployment.home.upload_cipher().encrypt(b"{}"))
    with pytest.raises(Refused, match="changed"):
        exporting.read(records.dpo, prepared["id"])


def test_a_marked_pupil_is_told_that_no_figure_is_kept(records: Living) -> None:
    marking.mark(records.dpo, records.pupil, "objection")
    body = exporting.read(records.dpo, exporting.prepare(records.dpo, records.pupil)["id"])
    assert body["figures"][0]["no_figure_because"] == ABSTAIN[marking.KEPT_OUT]
    assert body["decided"]["do_not_score"][0]["reason"] == "objection"


def test_only_for_those_who_may_and_only_at_their_schools(records: Living) -> None:
    with pytest.raises(NotAllowed):
        exporting.prepare(caller(records.deployment, "inclusion_lead", SCHOOLS), records.pupil)
    with pytest.raises(NotFound):
        exporting.prepare(caller(records.deployment, "dpo", SCHOOLS[1:]), records.pupil)


@BOTH
def test_every_stored_value_about_a_pupil_is_in_the_files(records: Living) -> None:
    pastoral = caller(records.deployment, "pastoral", SCHOOLS[:1])
    with pastoral.writing() as tx:
        card_for(pastoral, tx, records.pupil)
    with (
        records.dpo.writing() as tx
    ):  # a later upload replaced the first term; the old rows are kept for undo
        for row in tx.scalars(select(TimelineRow).where(TimelineRow.term == TERMS[0])):
            row.retired_by = "later"
        for row in life_store.lake_rows(tx, set(SCHOOLS), live=True):
            row.retired_by = "later" if row.term == TERMS[0] else None
        audited = audit_store.search(tx, before=None, limit=1000, subject=records.pupil)
    files = zipped_for(records)
    whole = json.loads(files["copy.json"])
    held = set(leaves(whole))
    assert {"timeline", "attendance"} <= whole["superseded"].keys()
    with records.dpo.reading() as tx:
        for table in life_store.pupil_tables():
            rows = life_store.rows_of_pupil(unaudited(tx, "a test"), table, records.pupil, SCHOOLS)
            for row in rows:
                if table.name == "subject_export":
                    continue  # the copy itself, not made yet when it was gathered
                kept = {name: value for name, value in row.items() if name not in BOOKKEEPING}
                missing = set(leaves(json.loads(json.dumps(kept, default=plain)))) - held
                assert not missing, (table.name, missing)
    assert audited
    assert {f"audit:{one.id}" for one in audited} <= {row["id"] for row in whole["who_looked"]}
    lake = records.deployment.lake
    with records.dpo.reading() as tx:
        paths = [(row.table, row.path) for row in life_store.lake_rows(tx, set(SCHOOLS), live=False)]
    seen = 0
    for _table, path in paths:
        rows_of = read_buckets(lake.store, path).to_pylist()
        for row in (one for one in rows_of if one.get("pupil_id") == records.pupil):
            seen += 1
            kept = {name: value for name, value in row.items() if name not in BOOKKEEPING}
            assert set(leaves(json.loads(json.dumps(kept, default=plain)))) <= held
    assert seen > 10


def test_the_tables_hold_what_the_json_holds(records: Living) -> None:
    files = zipped_for(records)
    whole = json.loads(files["copy.json"])
    (figure,) = whole["figures"]
    inputs = list(csv.DictReader(io.StringIO(files["figures-inputs.csv"])))
    assert [row["weight"] for row in inputs] == [str(one) for one in figure["stored"]["contributions"]]
    told = [row["value"] for row in inputs][:-1]  # the last row is the school's weight, which has no value
    assert told == ["" if one is None else str(one) for one in figure["stored"]["values"]]
    sessions = list(csv.DictReader(io.StringIO(files["records-attendance.csv"])))
    assert len(sessions) == len(whole["records"]["attendance"])
    assert all(row["meaning"] for row in sessions)
    assert len(list(csv.DictReader(io.StringIO(files["timeline.csv"])))) == len(whole["timeline"])
    assert len(list(csv.DictReader(io.StringIO(files["registers.csv"])))) == len(sessions)
    named = {name.removesuffix(".csv") for name in files if name.endswith(".csv")}
    assert all(f"{name}.csv: " in files["read-me.txt"] for name in named)


def test_a_record_that_is_left_out_is_left_out_everywhere(records: Living) -> None:
    with records.dpo.reading() as tx:
        theirs = roll_store.roll_of(unaudited(tx, "a test"), SCHOOLS[0], TERMS[-1])
    found = next(
        (prepared, body, one["id"])
        for row in theirs
        for prepared in [exporting.prepare(records.dpo, row.pupil_id)]
        for body in [exporting.read(records.dpo, prepared["id"])]
        for one in body["timeline"]
        if one["kind"] == "behaviour"
    )
    prepared, body, incident = found
    assert json.dumps(body).count(incident) >= 2  # as it was uploaded, and as a dated event
    released = exporting.release(records.dpo, prepared["id"], [incident])
    assert incident not in json.dumps(released)
    assert len(released["timeline"]) == len(body["timeline"]) - 1
    assert len(released["records"]["behaviour"]) == len(body["records"]["behaviour"]) - 1


def test_a_copy_is_made_when_lists_have_ended_were_replaced_or_a_school_is_paused(records: Living) -> None:
    with records.dpo.writing() as tx:
        score_store.retire(unaudited(tx, "a test"), SCHOOLS[0], TERMS[-1])
        known_school(tx, SCHOOLS[0]).paused_at = now()
    clock.set_day(date(2031, 1, 6))
    try:
        prepared = exporting.prepare(records.dpo, records.pupil)
        body = exporting.release(records.dpo, prepared["id"])
    finally:
        clock.set_day(None)
    (figure,) = body["figures"]
    assert figure["replaced_at"]
    assert figure["stored"]["values"]
    assert figure["explanation"]["reasons"]
    assert "replaced or withdrawn on" in str(parts(body))


def test_without_its_model_a_figure_is_given_all_the_same(records: Living) -> None:
    with records.dpo.writing() as tx:
        (found,) = score_store.score(unaudited(tx, "a test"), records.pupil, None, SCHOOLS)
        found[1].model_id = "m000000000000"
    body = exporting.read(records.dpo, exporting.prepare(records.dpo, records.pupil)["id"])
    assert body["figures"][0]["stored"]["values"]
    assert body["figures"][0]["not_explained_because"]
    assert parts(body)


def zipped_for(records: Living) -> dict[str, str]:
    """The files of a copy that is released whole, by name."""
    prepared = exporting.prepare(records.dpo, records.pupil)
    packed = copy_files.zipped(exporting.release(records.dpo, prepared["id"]))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}


def leaves(value: Any) -> Iterator[str]:
    """Every single value inside plain data, as text."""
    if isinstance(value, dict):
        for one in value.values():
            yield from leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one)
    elif value is not None:
        yield str(value)


def plain(value: Any) -> str:
    """A day or moment as JSON has it."""
    return str(value.isoformat())
