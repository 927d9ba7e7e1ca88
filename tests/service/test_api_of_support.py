"""The setting, exports, notes, places and menu through the API; changes only of what the caller has seen."""

import csv
import io

import pyarrow.parquet as pq
from sqlalchemy import select

from service.core.audit import Event, audit_store
from service.core.once_rows import IdempotencyRow
from testbed.seeds import OTHER, OWN, SENTINEL, TERM, Seeded

LIST = {"school": OWN, "term": TERM}
EXPORT = "/api/v1/exports/flags"


def test_the_setting_is_read_by_those_who_see_no_pupil(seeded: Seeded) -> None:
    path = f"/api/v1/schools/{OWN}/setting"
    for role in ("head", "governor", "pastoral"):
        body = seeded.client(role).get(path, params={"term": TERM}).json()
        assert body["lines"][0]["words"] == "Absence"
        assert not any(pupil in str(body) for pupil in seeded.pupils[OWN])
    assert seeded.client("dpo").get(path, params={"term": TERM}).status_code == 403


def test_an_export_says_what_it_is_for_who_took_it_and_until_when(seeded: Seeded) -> None:
    lead = seeded.client("inclusion_lead")
    rows = list(csv.DictReader(io.StringIO(lead.get(EXPORT, params=LIST).text)))
    listed = lead.get("/api/v1/flags", params=LIST).json()["flags"]
    assert {row["pupil_id"] for row in rows} == {flag["pupil_id"] for flag in listed}
    for row in rows:
        assert row["purpose"].startswith("support reviews only")
        assert row["reader"] == f"inclusion_lead.{OWN}@belong.example"
        assert row["made_on"] < row["use_until"]
        assert row["synthetic"] == "True"
        assert SENTINEL[OWN] not in str(row)
    answer = lead.get(EXPORT, params={**LIST, "format": "parquet"})
    assert pq.read_table(io.BytesIO(answer.content)).num_rows == len(rows)
    assert seeded.client("pastoral").get(EXPORT, params=LIST).status_code == 403
    assert lead.get(EXPORT, params={**LIST, "school": OTHER}).status_code == 403
    with seeded.deployment.database.reading([OWN]) as tx:
        made = [row for row in audit_store.between(tx, 0) if row.event == Event.EXPORT_MADE]
    assert len(made) == 2


def test_a_restricted_note_is_for_its_writer_and_the_leads(fresh: Seeded) -> None:
    path = f"/api/v1/pupils/{fresh.pupil[OWN]}/notes"
    words = {"words": "Told in confidence.", "restricted": True}
    assert fresh.client("senco").post(path, json=words).status_code == 201
    for role, seen in (("senco", True), ("inclusion_lead", True), ("dsl", True), ("pastoral", False)):
        assert ("Told in confidence." in fresh.client(role).get(path).text) == seen, role


def test_a_support_tells_the_last_day_that_is_planned(fresh: Seeded) -> None:
    lead, path = fresh.client("inclusion_lead"), f"/api/v1/pupils/{fresh.pupil[OWN]}/supports"
    plan = {"name": "Reading group", "who": "Ms Green", "starts": "2026-09-07", "until": "2026-12-11"}
    assert lead.post(path, json=plan).status_code == 201
    assert [one["until"] for one in lead.get(path).json()["supports"] if one["name"] == plan["name"]] == [
        "2026-12-11"
    ]
    assert lead.post(path, json={**plan, "until": "2026-09-01"}).status_code == 422


def test_nobody_writes_over_what_they_have_not_seen(fresh: Seeded) -> None:
    lead, path = fresh.client("inclusion_lead"), f"/api/v1/schools/{OWN}/places"
    seen = lead.get(path).headers["etag"]
    wanted = {
        "flag_list": lead.get("/api/v1/flags", params=LIST).json()["flags"][0]["flag_list"],
        "places": 9,
    }
    assert lead.post(path, json=wanted, headers={"If-Match": seen}).status_code == 200
    again = lead.post(path, json={**wanted, "places": 3}, headers={"If-Match": seen})
    assert (again.status_code, again.json()["title"]) == (412, "Changed in the meantime")
    assert [one["places"] for one in lead.get(path).json()["places"]] == [9]
    assert lead.post(path, json={**wanted, "places": 3}, headers={"If-Match": "*"}).status_code == 200


def test_a_secret_is_shown_once_and_kept_nowhere(fresh: Seeded) -> None:
    admin = fresh.person("admin")
    asked = {"json": {"user": f"governor.{OWN}@belong.example"}, "headers": {"Idempotency-Key": "a token"}}
    first = admin.post("/api/v1/tokens", **asked)
    assert first.status_code == 201
    again = admin.post("/api/v1/tokens", **asked)
    assert again.status_code == 422
    with fresh.deployment.database.reading() as tx:
        kept = [str(row.body) for row in tx.scalars(select(IdempotencyRow))]
    assert kept
    assert not any(first.json()["token"] in body for body in kept)
    tokens = admin.get(f"/api/v1/accounts/{fresh.account[f'governor.{OWN}']}/tokens").json()["tokens"]
    assert len({one["id"] for one in tokens}) == len(tokens) >= 2


def test_every_list_goes_on_where_it_stopped(seeded: Seeded) -> None:
    admin = seeded.client("admin")
    whole = [one["id"] for one in admin.get("/api/v1/accounts").json()["accounts"]]
    found, cursor = [], None
    while True:
        page = admin.get(
            "/api/v1/accounts", params={"limit": 5} | ({"cursor": cursor} if cursor else {})
        ).json()
        found += [one["id"] for one in page["accounts"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == whole
    assert admin.get("/api/v1/accounts", params={"cursor": "of nobody"}).status_code == 422


def test_the_menu_takes_support_and_no_sanction(fresh: Seeded) -> None:
    lead, path = fresh.client("inclusion_lead"), f"/api/v1/schools/{OWN}/menu"
    line = {"about": "rising absence", "name": "Breakfast club", "lead": "Ms Green", "capacity": 12}
    assert lead.post(path, json=line).status_code == 201
    assert lead.post(path, json={**line, "name": "Detention"}).status_code == 422
    assert lead.post(path, json={**line, "about": "something else"}).status_code == 422
    offers = lead.get(path).json()["offers"]
    added = next(one for one in offers if one["name"] == "Breakfast club")
    assert lead.post(f"{path}/{added['id']}", json={"retired": True}).status_code == 200
    assert len(lead.get(path).json()["offers"]) == len(offers) - 1
    assert fresh.client("pastoral").post(path, json=line).status_code == 403
