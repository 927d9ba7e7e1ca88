"""A layout nobody knows: proposed with evidence, confirmed once, kept, found again."""

import json
from pathlib import Path

import pytest

from data_contracts.errors import Refused
from service.accounts import tokens
from service.core.audit import audit_store
from service.core.permissions import DATA, LEAD, NotAllowed
from service.uploads import mapping, mappings_api
from service.uploads import mapping_pages as upload_mapping
from service.uploads import pages as uploads
from testbed.deployments import app_with
from tests.uploads.conftest import NEXT, TERM, URN, School, number, pupils
from tests.web.visitors import visitor

ODD = "Learner,When it happened,What happened,Rating\n"
FIELDS = {"upn": "Learner", "date": "When it happened", "local_type": "What happened", "points": "Rating"}


def log(day: str) -> bytes:
    return (ODD + f"{number(1)},{day},Snowball,2\n{number(2)},{day},Kindness,1\n").encode()


def test_a_person_says_once_what_a_file_is_and_the_next_terms_file_is_known(school: School) -> None:
    first = school.send({"Pupils.csv": pupils(), "log.csv": log("09/09/2024")})
    assert first.status == "done"
    assert [p["file"] for p in first.problems if p["rule"] == "no_header"] == ["log.csv"]
    browser = visitor(school.deployment, school.accounts[LEAD], uploads.router, upload_mapping.router)
    page = browser.get(f"/uploads/{first.id}")
    address = f"/uploads/{first.id}/mapping?file=log.csv"
    assert f'href="{address}"' in page
    form = browser.get(f"{address}&table=behaviour")
    assert "What happened" in form
    assert "For example: Snowball, Kindness" in form
    given = {f"heading-{n}": heading for n, heading in enumerate(FIELDS.values())}
    given |= {f"column-{n}": name for n, name in enumerate(FIELDS)}
    given |= {"file": "log.csv", "table": "behaviour"}
    path = f"/uploads/{first.id}/mapping"
    looked = browser.post(path, 200, **given, do="look")
    assert 'name="code-behaviour_types-0"' in looked
    twice = browser.post(path, 422, **(given | {"column-3": "date"}), do="confirm")
    assert "same thing" in twice
    words = {"word-behaviour_types-0": "Snowball", "code-behaviour_types-0": "fighting"}
    assert browser.post(path, **given, **words, do="confirm") == f"/uploads/{first.id}"
    school.work()
    again = school.status(first.id)
    assert again.status == "done"
    assert not [p for p in again.problems if p["rule"] == "no_header"]
    assert sorted(school.lake("behaviour")["type"]) == ["fighting", "kindness"]
    later = school.send({"Pupils.csv": pupils(), "log.csv": log("09/01/2025")}, term=NEXT)
    assert {e["table"] for e in later.extracts} == {"pupils", "behaviour"}
    assert len(school.lake("behaviour", {NEXT})) == 2
    listed = browser.get(f"/mappings?school={URN}")
    assert "When it happened" in listed
    assert "1 of your school’s own categories is matched" in listed
    with school.deployment.database.reading() as tx:
        told = [json.dumps(row.detail) for row in audit_store.between(tx, 0)]
        assert "mapping_confirmed" in {row.event for row in audit_store.between(tx, 0)}
    assert not any("Snowball" in line or number(1) in line for line in told)


def test_the_api_proposes_confirms_lists_and_forgets(school: School) -> None:
    sent = school.send({"Pupils.csv": pupils(), "log.csv": log("09/09/2024")})
    token = _token(school, LEAD)
    client = _client(school, token)
    (proposal,) = client.get(f"/uploads/{sent.id}/proposals").json()["proposals"]
    assert proposal["file"] == "log.csv"
    assert proposal["known"] is False
    by_content = client.get(f"/uploads/{sent.id}/proposals?file=log.csv&table=behaviour").json()["proposals"][
        0
    ]
    assert by_content["guess"] == {"upn": "Learner", "date": "When it happened"}
    assert proposal["samples"]["What happened"] == ["Snowball", "Kindness"]
    body = {"file": "log.csv", "table": "behaviour", "fields": FIELDS}
    wrong = client.post(f"/uploads/{sent.id}/mappings", json=body | {"fields": {"date": "When it happened"}})
    assert wrong.status_code == 422
    bad_code = body | {"own_words": {"behaviour_types": {"Snowball": "no such code"}}}
    assert client.post(f"/uploads/{sent.id}/mappings", json=bad_code).status_code == 422
    made = client.post(f"/uploads/{sent.id}/mappings", json=body)
    assert made.status_code == 201, made.text
    assert client.post(f"/uploads/{sent.id}/mappings", json=body).status_code == 422  # still being worked on
    (kept,) = client.get(f"/schools/{URN}/mappings").json()["mappings"]
    assert kept["id"] == made.json()["id"]
    assert client.delete(f"/mappings/{kept['id']}").status_code == 200
    assert client.get(f"/schools/{URN}/mappings").json()["mappings"] == []
    assert client.delete(f"/mappings/{kept['id']}").status_code == 404


def test_only_the_sender_or_who_may_see_cells_says_what_a_file_is(school: School) -> None:
    sent = school.send({"Pupils.csv": pupils(), "log.csv": log("09/09/2024")})
    with pytest.raises(NotAllowed):
        mapping.proposals(school.caller(DATA), sent.id)
    own = school.send({"Pupils.csv": pupils(), "log.csv": log("09/09/2024")}, role=DATA)
    (found,) = mapping.proposals(school.caller(DATA), own.id)
    assert not found.samples, "the data team sees no cells"


def test_words_of_a_known_layout_can_be_taught(school: School) -> None:
    known = b"Adno,Incident id,Date,Type,Points\n000001,1,09/09/2024,Blue slip,2\n"
    sent = school.send({"Pupils.csv": pupils(), "Behaviour.csv": known})
    (found,) = mapping.proposals(school.caller(), sent.id)
    assert found.known
    assert found.words[0].unknown == ("Blue slip",)
    mapping.confirm(
        school.caller(), sent.id, "Behaviour.csv", "behaviour", found.proposal.guess,
        {"behaviour_types": {"Blue slip": "uniform"}},
    )  # fmt: skip
    school.work()
    assert list(school.lake("behaviour")["type"]) == ["uniform"]


def test_a_file_that_cannot_be_proposed_is_refused(school: School) -> None:
    sent = school.send({"Pupils.csv": pupils()}, term=TERM)
    with pytest.raises(Refused):
        mapping.proposals(school.caller(), sent.id, file="nothing.csv")


def test_mappings_go_through_the_command_line(school: School, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from service.app.cli.app import app

    home = str(school.deployment.home.path)
    file, kept = tmp_path / "log.csv", tmp_path / "mapping.json"
    file.write_bytes(log("09/09/2024"))
    run = CliRunner().invoke
    proposed = run(app, ["mapping", "propose", str(file), "--table", "behaviour"])
    assert proposed.exit_code == 0, proposed.output
    (entry,) = json.loads(proposed.stdout)
    words = {"behaviour_types": {"snowball": "fighting"}}
    kept.write_text(json.dumps([entry | {"fields": FIELDS, "own_words": words}]), "utf-8")
    (tmp_path / "Pupils.csv").write_bytes(pupils())
    checked = run(app, ["check", str(tmp_path / "Pupils.csv"), str(file), "--mapping", str(kept), "--json"])
    assert json.loads(checked.stdout)["counts"]["behaviour"]["kept"] == 2
    given = run(app, ["mapping", "confirm", str(kept), "--school", URN, "--home", home])
    assert given.exit_code == 0, given.output
    listed = json.loads(run(app, ["mapping", "list", "--school", URN, "--home", home, "--json"]).stdout)
    assert [each["table"] for each in listed["mappings"]] == ["behaviour"]


def _token(school: School, role: str) -> str:
    from service.core.callers import command_caller

    made = tokens.issue_token(command_caller(school.deployment), f"{role}@school.example", days=1)
    return str(made["token"])


def _client(school: School, token: str):  # type: ignore[no-untyped-def]
    from fastapi.testclient import TestClient

    app = app_with(school.deployment, mappings_api.router)
    return TestClient(app, headers={"Authorization": f"Bearer {token}"})


def test_choices_send_what_the_page_asks_for(school: School) -> None:
    sent = school.send({"Pupils.csv": pupils(), "log.csv": log("09/09/2024")})
    page = visitor(school.deployment, school.accounts[LEAD], uploads.router, upload_mapping.router).get(
        f"/uploads/{sent.id}/mapping?file=log.csv"
    )
    assert 'name="table"' in page
    assert 'name="&#34;' not in page
    assert "&#34;table&#34;" not in page
