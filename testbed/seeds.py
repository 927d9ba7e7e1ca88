"""Two schools with people, pupils, scores and uploads, put in by the same functions the service uses."""

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from hashlib import sha256

import pandas as pd
from fastapi.testclient import TestClient

from data_contracts.problems import Problem
from pipelines.config import Config
from pipelines.events import TimelineEvent
from pipelines.identity import Alias
from pipelines.lake import LakeFile
from pipelines.lake.files import write_file
from pipelines.lake.schemas import SCHEMAS
from pipelines.load import LoadResult, RollEntry
from pipelines.score import score
from pipelines.train import Trained, train
from service.accounts import account_store, inviting, keeping, tokens
from service.accounts.signing import open_session
from service.app.web import create_app
from service.core.audit import unaudited
from service.core.base import now
from service.core.callers import Caller, command_caller
from service.core.deployment import Deployment
from service.core.permissions import ROLES
from service.records import lake_store
from service.rights import exporting, requests
from service.schools import keeping as schools
from service.scoring.publishing import Publication, publish, score_rows
from service.setting.changes import add_change
from service.support import decisions, notes, supports
from service.support.words import Decision, Known, Leaning
from service.uploads.commits import commit_load, keep_problems, to_commit
from service.uploads.upload_rows import MappingRow, UploadRow
from testbed.deployments import caller as known
from testbed.simulated import CATALOGUE, simulate

OWN, OTHER = "999001", "999002"
TERM = "2026-summer"
PASSWORD = "four unrelated plain words"
SENTINEL = {OWN: "Zaphodson", OTHER: "Trillianova"}


@cache
def trained_once() -> tuple[Trained, pd.DataFrame]:
    """A small model on a simulated trust, and the rows of its last term."""
    matrix = simulate()
    config = Config.load(overrides={"bootstrap": {"repeats": 5}, "training": {"candidates": ["bins"]}})
    last = matrix[matrix["term"] == TERM]
    ids = [
        "p" + sha256(f"{s}{p}".encode()).hexdigest()[:20]
        for s, p in zip(last.school, last.pupil_id, strict=True)
    ]
    return train(matrix, CATALOGUE, config, synthetic=True), last.assign(pupil_id=ids)


@dataclass
class Seeded:
    """A seeded deployment: tokens by (role, school), a pupil, an upload and a load of each school.

    Of `pupil` everything has been said and done that can be; of `unspoken`, also on a list, nothing yet.
    """

    deployment: Deployment
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)
    pupil: dict[str, str] = field(default_factory=dict)
    unspoken: dict[str, str] = field(default_factory=dict)
    pupils: dict[str, list[str]] = field(default_factory=dict)
    upload: dict[str, str] = field(default_factory=dict)
    load: dict[str, str] = field(default_factory=dict)
    account: dict[str, str] = field(default_factory=dict)
    named: dict[tuple[str, str], str] = field(default_factory=dict)
    model_id: str = ""

    def ids(self, school: str) -> dict[str, str]:
        """What stands for each parameter of a path, at a school."""
        return {
            "pupil_id": self.pupil[school],
            "upload_id": self.upload[school],
            "load_id": self.load[school],
            "urn": school,
            "school": school,
            "term": TERM,
            "model_id": self.model_id,
            "account_id": self.account[f"pastoral.{school}"],
            **{name: value for (name, where), value in self.named.items() if where == school},
        }

    def client(self, role: str | None = None, school: str = OWN) -> TestClient:
        """A client of the whole application, with a role's token if one is named."""
        app = create_app(self.deployment.settings, self.deployment)
        headers = {"Authorization": f"Bearer {self.tokens[role, school]}"} if role else {}
        return TestClient(app, headers=headers, raise_server_exceptions=False)

    def person(self, role: str, school: str = OWN) -> TestClient:
        """A client of the whole application with a signed-in browser's session and form token."""
        client = self.client()
        with self.deployment.database.writing([school]) as tx:
            account = account_store.account(tx, self.account[f"{role}.{school}"])
            assert account is not None
            signed = open_session(self.deployment, tx, account, second_factor=True)
        client.cookies.set("belong-sid", signed.cookie)
        client.headers |= {"X-CSRF-Token": signed.csrf, "Sec-Fetch-Site": "same-origin"}
        return client


def seed(deployment: Deployment, roles: tuple[str, ...] = ROLES) -> Seeded:
    """Two schools, an account and a token for each role at each, and everything a route could leak."""
    seeded = Seeded(deployment)
    for urn in (OWN, OTHER):
        name = f"{SENTINEL[urn]} School"
        schools.register(command_caller(deployment), urn, name=name, phase="secondary", mis="sims")
    caller = command_caller(deployment)
    for urn in (OWN, OTHER):
        for role in roles:
            user = f"{role}.{urn}@belong.example"
            seeded.account[f"{role}.{urn}"] = keeping.add_account(caller, user, role=role, schools=[urn])
            seeded.tokens[role, urn] = tokens.issue_token(caller, user, days=1)["token"]
    trained, rows = trained_once()
    seeded.model_id = deployment.registry.add(trained)
    deployment.registry.promote(seeded.model_id, "Test", "to test", force_reason="a simulated trust")
    for urn in (OWN, OTHER):
        _school(caller, seeded, trained, rows[rows["school"] == urn], urn)
    return seeded


def _school(caller: Caller, seeded: Seeded, trained: Trained, rows: pd.DataFrame, urn: str) -> None:
    frame = score(trained.model, trained.manifest, rows, {urn: 12}).frame
    pupils = [str(pupil) for pupil in frame["pupil_id"]]
    seeded.pupils[urn], seeded.load[urn] = pupils, f"l{urn}00000000"[:17]
    seeded.upload[urn] = f"u{urn}00000000000"[:17]
    result = LoadResult(
        "loaded",
        TERM,
        files=(_lake_file(caller.deployment, seeded.load[urn], urn),),
        roll=tuple(_entry(pupil, urn, number) for number, pupil in enumerate(pupils)),
        aliases=(Alias(urn, "mis_id", f"{urn}hash", pupils[0]),),
        counts={"behaviour": {"rows": 1, "kept": 1, "quarantined": 1}},
        contracts={"behaviour": "1.0.0"},
        events=(
            TimelineEvent(pupils[0], urn, date(2026, 6, 1), "behaviour", "positive", {"type": "effort"}),
        ),
    )
    with caller.writing() as tx:
        commit_load(tx, caller, to_commit(tx, seeded.load[urn], urn, result, by="Test"))
        base = lake_store.loads_standing(tx, urn)
        made = Publication(urn, TERM, seeded.model_id, True, 12, score_rows(frame), base)
        publish(tx, caller, made, by="Test")
        tx.add(_upload(seeded, urn))
        problem = Problem(
            "Behaviour.csv", 3, "Date", "date", "This is no date.", "Mend it.", "behaviour", "row"
        )
        keep_problems(tx, urn, [problem], upload_id=seeded.upload[urn])
    seeded.pupil[urn], seeded.unspoken[urn] = (
        str(one) for one in frame[frame["flagged"]]["pupil_id"].iloc[:2]
    )
    _said_and_done(caller.deployment, seeded, urn)


def _said_and_done(deployment: Deployment, seeded: Seeded, urn: str) -> None:
    """A support, a decision, a note, a pupil's words, a view, a request and an export, all naming the school."""
    pupil, words = seeded.pupil[urn], f"{SENTINEL[urn]} says so."
    lead, dpo = known(deployment, "inclusion_lead", [urn]), known(deployment, "dpo", [urn])
    with lead.writing() as tx:
        plan = supports.SupportPlan(words, "Ms Green", date(2026, 9, 7), aim=words)
        support = supports.begin(tx, lead.reader, urn, pupil, plan)
        decisions.record_view(tx, lead.reader, urn, pupil, TERM, Leaning.help, words)
        wrong, new = Decision.data_wrong, Known.new
        decisions.decide(tx, lead.reader, urn, pupil, TERM, kind=wrong, known=new, why=words)
        notes.write_note(tx, lead.reader, urn, pupil, words, restricted=True)
        notes.write_voice(tx, lead.reader, urn, pupil, notes.VoiceGiven(helps=words))
        notes.say_known(tx, lead.reader, urn, pupil, words)
    with lead.reading() as tx:
        decision = decisions.latest(unaudited(tx, "a test"), urn, [TERM])[pupil, TERM].id
        voice = notes.voice(unaudited(tx, "a test"), urn, pupil)[0].id
    mapping = MappingRow(
        id=f"m{urn}", school=urn, table="behaviour", confirmed_by=words, confirmed_at=now(),
        body={"table": "behaviour", "headings": [words], "fields": {"mis_id": words}, "own_words": {}},
    )  # fmt: skip
    with lead.writing() as tx:
        tx.add(mapping)
        change = add_change(lead, tx, urn, date(2026, 6, 1), words)
    asked = requests.open_request(dpo, urn, "access", date(2026, 11, 2), pupil)["id"]
    export = exporting.prepare(dpo, pupil)["id"]
    token = tokens.issue_token(command_caller(deployment), f"pastoral.{urn}@belong.example", days=1)["id"]
    machine = command_caller(deployment)
    invited = inviting.invite(machine, f"invited.{urn}@belong.example", role="governor", schools=[urn])["id"]
    found = {
        "support_id": support, "decision_id": decision, "voice_id": voice, "request_id": asked,
        "export_id": export, "mapping_id": mapping.id, "token_id": token, "offer_id": "seed-0",
        "invitation_id": invited, "change_id": invited, "dated_id": change,
    }  # fmt: skip
    seeded.named |= {(name, urn): value for name, value in found.items()}


def _lake_file(deployment: Deployment, load_id: str, urn: str) -> LakeFile:
    """An empty table in the lake, as a real file."""
    lake = deployment.lake
    empty = SCHEMAS["behaviour"].empty_table()
    key, day = ("behaviour", urn, TERM), date(2026, 7, 1)
    return write_file(lake.store, empty, key, buckets=lake.buckets, load_id=load_id, today=day)


def _upload(seeded: Seeded, urn: str) -> UploadRow:
    return UploadRow(
        id=seeded.upload[urn], school=urn, term=TERM, by=seeded.account[f"inclusion_lead.{urn}"], status="held",
        created_at=now(), files=[], held=["Marks: fewer."], counts={}, extracts=[], load_id=seeded.load[urn],
    )  # fmt: skip


def _entry(pupil: str, urn: str, number: int) -> RollEntry:
    year = str(7 + number % 4)
    return RollEntry(
        pupil, urn, None, str(number), None, SENTINEL[urn], f"Pupil{number}", date(2012, 1, 1), "F", year,
        f"{year}A", date(2023, 9, 1), None, "C", TERM,
    )  # fmt: skip
