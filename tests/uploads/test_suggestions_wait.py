"""An upload publishes only after the same watch that `belong score` asks; what waits says who can release it."""

import html
from pathlib import Path

import pytest

from data_contracts.errors import Held, Refused
from service.accounts.keeping import add_account
from service.app.journeys import score_term
from service.app.worker import Worker
from service.core.audit import audit_store
from service.core.callers import command_caller
from service.core.deployment import Deployment
from service.core.permissions import NotAllowed, NotFound
from service.operations import waiting_pages as waiting
from service.scoring import score_store
from service.uploads import releasing, upload_store
from service.uploads.receiving import receive
from service.uploads.upload_rows import UploadRow
from testbed.crashes import work_off
from testbed.deployments import caller
from tests.web.visitors import visitor

SCHOOL, TERM = "999001", "2026-summer"
MOVED = "[drift]\npsi_warn = 0.00001\npsi_stop = 0.00002\n"


def _uploaded(home: Path, taken_out: int) -> UploadRow:
    """The term's files without some incidents, handed in and worked off as on a school's page."""
    folder = home / "extracts" / SCHOOL / TERM
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    lines = files["Behaviour.csv"].split(b"\r\n")
    files["Behaviour.csv"] = b"\r\n".join(lines[:-taken_out] + lines[-1:])
    with Deployment.open(home) as deployment:
        upload_id = receive(caller(deployment, "inclusion_lead", [SCHOOL]), SCHOOL, TERM, list(files.items()))
        work_off(deployment)
        with deployment.database.reading({SCHOOL}) as tx:
            row = upload_store.upload(tx, upload_id, {SCHOOL})
    assert row is not None
    assert row.status not in ("queued", "running"), "the upload did not end"
    return row


def _worked_off(home: Path) -> None:
    with Deployment.open(home) as deployment:
        while Worker(deployment).work_once():
            pass


def _events(home: Path) -> list[str]:
    with Deployment.open(home) as deployment, deployment.database.reading({SCHOOL}) as tx:
        return [row.event for row in audit_store.search(tx, before=None, limit=6)]


def _live(home: Path) -> str:
    with Deployment.open(home) as deployment, deployment.database.reading({SCHOOL}) as tx:
        live = score_store.publication(tx, SCHOOL, TERM)
    assert live is not None
    return live.id


@pytest.mark.xdist_group("demo")
def test_where_the_world_has_moved_an_upload_is_loaded_and_waits(own_home: Path) -> None:
    before = _live(own_home)
    settings = own_home / "belong.toml"
    settings.write_text(MOVED, "utf-8")
    row = _uploaded(own_home, 40)
    assert (row.status, row.flags_new) == ("done", 0)
    assert row.load_id is not None
    assert row.message.startswith(f"Loaded. Suggestions wait for a person: Drift in {TERM}: ")
    assert f"belong score --term {TERM} --school {SCHOOL} --anyway REASON" in row.message
    assert _live(own_home) == before
    with pytest.raises(Held, match="needs a person's decision"):
        score_term(own_home, TERM, schools=[SCHOOL])
    with Deployment.open(own_home) as deployment:
        lead = caller(deployment, "inclusion_lead", [SCHOOL])
        with lead.writing() as tx:
            (waits,) = releasing.waiting(lead, tx)
        assert (waits.upload_id, waits.school, waits.term) == (row.id, SCHOOL, TERM)
        assert waits.seen
        for wrong in (caller(deployment, "dpo", [SCHOOL]), caller(deployment, "pastoral", [SCHOOL])):
            with pytest.raises(NotAllowed):
                releasing.release(wrong, row.id, "I looked.")
        with pytest.raises(NotAllowed, match="A token"):
            releasing.release(caller(deployment, "data_team", [SCHOOL], via="token"), row.id, "I looked.")
        with pytest.raises(NotFound):
            releasing.release(caller(deployment, "data_team", ["999002"]), row.id, "I looked.")
        with pytest.raises(Refused, match="Say why"):
            releasing.release(lead, row.id, " ")
        page = visitor(deployment, add_account(command_caller(deployment), "new@school.example",
                                               role="inclusion_lead", schools=[SCHOOL]), waiting.router)  # fmt: skip
        shown = page.get("/waiting")
        assert f"/waiting/suggestions/{row.id}" in shown
        assert waits.seen[0] in html.unescape(shown)
        assert "Say why" in page.post(f"/waiting/suggestions/{row.id}", 422, reason="")
        assert page.post(f"/waiting/suggestions/{row.id}", reason="We looked.") == f"/uploads/{row.id}"
        with pytest.raises(Refused, match="No suggestions of this upload wait"):
            releasing.release(lead, row.id, "We looked too.")
    assert _live(own_home) == before, "the worker publishes"
    _worked_off(own_home)
    released = _live(own_home)
    assert released != before
    assert {"suggestions_released", "scores_published"} <= set(_events(own_home))
    with Deployment.open(own_home) as deployment:
        lead = caller(deployment, "inclusion_lead", [SCHOOL])
        with lead.reading() as tx:
            assert releasing.waiting(lead, tx) == []
            done = upload_store.upload(tx, row.id, {SCHOOL})
            assert done is not None
            assert (done.status, done.message) == ("done", "")
            assert done.waits is not None
            assert done.waits["reason"] == "We looked."
    score_term(own_home, TERM, schools=[SCHOOL], anyway="We looked.")
    released = _live(own_home)
    settings.unlink()
    row = _uploaded(own_home, 80)
    assert row.message == ""
    assert _live(own_home) not in (before, released)
