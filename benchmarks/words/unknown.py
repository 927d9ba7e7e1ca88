"""A school that has loaded its roll and nothing else: nothing may be told as 0, full or good."""

import re
from pathlib import Path

from fastapi.testclient import TestClient

from benchmarks.measures import Measure, at_most
from benchmarks.words.gathering import words_of
from service.accounts.from_machine import add_user
from service.app import journeys
from service.app.web import create_app
from service.core.audit import unaudited
from service.core.callers import command_caller
from service.core.deployment import Deployment
from service.core.homes import Home
from service.core.settings import settings_for
from service.records import roll_store

TERM, SCHOOL, WORD = "2026-summer", "999123", "a long enough pass phrase"
UPNS = ("W999123413001", "K999123413002", "Z999123413003", "N999123413004", "C999123413005", "R999123413006")
ZERO = re.compile(
    r"\b0(\.0)?\s+(in every 100|for every 100|per 100)|every session|No incidents|Not suspended|100% of sessions|"
    r"has not been suspended",
    re.IGNORECASE,
)


def measured(folder: Path) -> dict[str, Measure]:
    """Sentences about feeds that were never loaded told as 0 or full."""
    home = folder / "roll-only"
    Home.create(home)
    journeys.register_school(home, SCHOOL, name="Invented School", phase="secondary", mis="sims")
    extract = folder / "extract"
    extract.mkdir()
    head = "UPN,Adno,Surname,Forename,DOB,Sex,Year,Reg,Admission date,Leaving date"
    rows = [
        f"{upn},00450{n},Invented{n},Pupil,0{n + 1}/03/2012,F,9,9A,03/09/2023," for n, upn in enumerate(UPNS)
    ]
    (extract / "pupils.csv").write_text("\n".join([head, *rows]) + "\n", "utf-8")
    journeys.load_folder(home, extract, SCHOOL, term=TERM, by="benchmark")
    add_user(home, "lead@school.example", role="inclusion_lead", schools=[SCHOOL], password=WORD, name="Lead")
    with Deployment.open(home) as deployment, command_caller(deployment).reading() as tx:
        pupils = [row.pupil_id for row in roll_store.roll_of(unaudited(tx, "a measurement"), SCHOOL, TERM)]
    with TestClient(create_app(settings_for(home))) as client:
        client.post("/sign-in", data={"user": "lead@school.example", "password": WORD})
        paths = [f"/schools/{SCHOOL}/terms/{TERM}", *(f"/pupils/{pupil}" for pupil in pupils)]
        pages = [words_of(client.get(path).text) for path in paths]
    told = sum(len(ZERO.findall(page)) for page in pages)
    return {"sentences with an unknown feed told as 0 or full": at_most(told, 0)}
