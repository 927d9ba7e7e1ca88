"""A deployment with two schools' records in lake and database, figures published, something decided."""

from dataclasses import dataclass

import pandas as pd

from data_contracts.schools import School
from pipelines.load import LoadRequest
from pipelines.load.plan import plan_load
from pipelines.score import score
from service.core.audit import unaudited
from service.core.base import now
from service.core.callers import Caller, command_caller
from service.core.deployment import Deployment
from service.records import lake_store, roll_store
from service.schools import keeping as schools
from service.scoring.publishing import Publication, publish, score_rows
from service.support.support_rows import NoteRow
from service.uploads import vault
from service.uploads.commits import commit_load, to_commit
from service.uploads.upload_rows import UploadRow
from testbed.deployments import caller
from testbed.seeds import trained_once
from tests.lake.worlds import TODAY, frames

SCHOOLS = ("999001", "999002")
TERMS = ("2026-spring", "2026-summer")
COUNT = 20


@dataclass(frozen=True)
class Living:
    """The deployment, someone who looks after data protection, and one pupil of the first school."""

    deployment: Deployment
    dpo: Caller
    pupil: str
    other: str


def living(deployment: Deployment) -> Living:
    """Fill a new deployment by the functions the service itself uses."""
    for urn in SCHOOLS:
        schools.register(command_caller(deployment), urn, name=f"School {urn}", phase="secondary", mis="sims")
    machine = command_caller(deployment)
    for urn in SCHOOLS:
        for term in TERMS:
            _load(machine, urn, term)
    trained, rows = trained_once()
    model_id = deployment.registry.add(trained)
    deployment.registry.promote(model_id, "Test", "to test", force_reason="simulated")
    ids = {urn: _pupils(machine, urn) for urn in SCHOOLS}
    for urn in SCHOOLS:
        own = rows[(rows["school"] == urn) & rows["scored"]].head(COUNT).assign(pupil_id=ids[urn])
        frame = score(trained.model, trained.manifest, own, {urn: 6}).frame
        with machine.writing() as tx:
            base = lake_store.loads_standing(tx, urn)
            made = Publication(urn, TERMS[-1], model_id, True, 6, score_rows(frame), base)
            publish(tx, machine, made, by="T")
            for pupil in ids[urn][:2]:
                tx.add(NoteRow(school=urn, by_account="a", by_name="Kim", pupil_id=pupil, words="Likes art."))
            tx.add(_upload(deployment, urn))
    dpo = caller(deployment, "dpo", SCHOOLS)
    return Living(deployment, dpo, ids[SCHOOLS[0]][0], ids[SCHOOLS[0]][1])


def upn(school: str, number: int) -> str:
    return f"A999{school[-4:]}{number:05d}"


def _load(machine: Caller, urn: str, term: str) -> None:
    deployment = machine.deployment
    good: dict[str, pd.DataFrame] = frames(urn, term, COUNT)
    school = School(urn, f"School {urn}", "secondary", "sims", True)
    request = LoadRequest(f"l{urn}{term}", school, [], term, "Test", True)
    with machine.reading() as tx:
        view = lake_store.live_view(tx, deployment.lake, machine.reader.schools)
        aliases, key = lake_store.StoredAliases(tx), deployment.home.alias_key()
        result = plan_load(good, request, deployment.lake, view, aliases, key, TODAY)
        load = to_commit(tx, request.load_id, urn, result, by="Test")
    with machine.writing() as tx:
        commit_load(tx, machine, load)


def _pupils(machine: Caller, urn: str) -> list[str]:
    with machine.reading() as tx:
        rows = roll_store.roll_of(unaudited(tx, "a test"), urn, TERMS[-1])
    return [row.pupil_id for row in sorted(rows, key=lambda row: row.upn or "")]


def _upload(deployment: Deployment, urn: str) -> UploadRow:
    files = vault.keep(deployment.home, urn, [("Pupils.csv", f"of {urn}".encode()), ("same.csv", b"same")])
    return UploadRow(
        id=f"u{urn}", school=urn, term=TERMS[-1], by="a", status="done", created_at=now(), files=files,
        held=[], counts={}, extracts=[],
    )  # fmt: skip
