"""What a family gets: all of it, nothing of other pupils, released by a person."""

import json
from dataclasses import replace

import pytest

from data_contracts.errors import Refused
from service.callers import Caller
from service.db import audit_store
from service.life import exporting, marking
from service.permissions import NotAllowed, NotFound
from service.reads import card_for
from tests.deployments import caller
from tests.life.living import SCHOOLS, TERMS, Living
from tests.life.records import BOTH

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
    assert "timeline" not in released
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
    assert body["figures"][0]["no_figure_because"] == marking.SENTENCE
    assert body["decided"]["do_not_score"][0]["reason"] == "objection"


def test_only_for_those_who_may_and_only_at_their_schools(records: Living) -> None:
    with pytest.raises(NotAllowed):
        exporting.prepare(caller(records.deployment, "inclusion_lead", SCHOOLS), records.pupil)
    with pytest.raises(NotFound):
        exporting.prepare(caller(records.deployment, "dpo", SCHOOLS[1:]), records.pupil)
