"""One person, one timeline: pupils who move, are registered twice, get another UPN; and what undoing brings back.

The first school hands in over HTTP, the second from the command line; all of it on SQLite and on PostgreSQL.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from data_contracts import calendar, upn
from service.accounts import keeping, tokens
from service.app.journeys import load_folder
from service.app.worker import Worker
from service.core.audit import unaudited
from service.core.callers import Caller, command_caller
from service.core.deployment import Deployment
from service.core.permissions import LEAD, Reader
from service.pupils.cards import card_for
from service.records import lake_store, roll_store
from service.rights import life_store
from service.schools import keeping as schools
from service.uploads import api as uploads_api
from service.uploads.receiving import undo_load
from testbed.deployments import app_with, open_deployment

HERE, THERE, AUTUMN, SPRING = "999001", "999002", "2024-autumn", "2025-spring"
MOVED_ON = date(2024, 11, 4)
Pupil = tuple[str, str, str, str, str, str]  # admission number, UPN, former UPN, entry, leaving, status


def number(n: int, last: str = "") -> str:
    return upn.make(f"9994001100{n:02d}"[: 12 - len(last)] + last)


TEMPORARY, PERMANENT = number(30, "A"), number(31)
STAYS, MOVES, TWICE = number(1), number(2), number(3)


def pupils(*rows: Pupil) -> bytes:
    head = "Adno,UPN,Former UPN,Legal Surname,Legal Forename,DOB,Gender,Year,Reg,Admission date,Leaving date,Enrolment"
    lines = [
        f"{adno},{number},{former},Surname,Forename{number[-3:]},08/04/2010,F,Year 9,9A,{entry},{leaving},{status}"
        for adno, number, former, entry, leaving, status in rows
    ]
    return "\n".join([head, *lines]).encode()


def marks(who: dict[str, str], term: str = AUTUMN, first: date = date.min, last: date = date.max) -> bytes:
    """Ten school days around the move; `who`: UPN → the mark of each session (`/` is present)."""
    start = max(calendar.term(term).start, date(2024, 10, 21) if term == AUTUMN else date.min)
    days = [
        day for day in list(calendar.school_days(start, calendar.term(term).end))[:10] if first <= day <= last
    ]
    lines = ["UPN,Date,Session,Mark"]
    for number, mark in who.items():
        for day in days:
            pair = ("/", "\\") if mark == "/" else (mark, mark)
            lines += [
                f"{number},{day:%d/%m/%Y},{half},{one}" for half, one in zip(("AM", "PM"), pair, strict=True)
            ]
    return "\n".join(lines).encode()


@dataclass
class Trust:
    """Two schools of one trust, each handing in its own way."""

    deployment: Deployment
    http: TestClient
    folder: Path
    loads: int = 0

    def caller(self, *urns: str) -> Caller:
        reader = Reader("a-lead", "lead@trust.example", LEAD, LEAD, frozenset(urns or (HERE, THERE)))
        return Caller(self.deployment, reader)

    def send(self, files: dict[str, bytes], term: str = AUTUMN) -> dict[str, object]:
        """Over HTTP, by the first school; ends with what the API says of the upload."""
        sent = [("files", (name, data)) for name, data in files.items()]
        made = self.http.post("/uploads", data={"school": HERE, "term": term}, files=sent)
        assert made.status_code == 202, made.text
        worker = Worker(self.deployment)
        while worker.work_once():
            pass
        body: dict[str, object] = self.http.get(f"/uploads/{made.json()['id']}").json()
        assert body["status"] == "done", body
        return body

    def load(self, files: dict[str, bytes], term: str = AUTUMN, school: str = THERE) -> dict[str, object]:
        """From the command line's journey, by the second school."""
        self.loads += 1
        folder = self.folder / f"{self.loads}"
        folder.mkdir(parents=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
        return load_folder(self.deployment.home.path, folder, school, term=term, approved=True)

    def lake(self, table: str, *urns: str) -> pd.DataFrame:
        with self.caller(*urns).reading() as tx:
            return lake_store.live_view(tx, self.deployment.lake, frozenset(urns or (HERE, THERE))).read(
                table
            )

    def pupil(self, school: str, number: str) -> str:
        """The id by which a school's newest roll knows a UPN."""
        with self.caller(school).reading() as tx:
            terms = sorted(lake_store.roll_terms(tx, school), key=lambda each: calendar.term(each).start)
            rows = [
                row for term in terms for row in roll_store.roll_of(unaudited(tx, "a test"), school, term)
            ]
        return next(row.pupil_id for row in reversed(rows) if row.upn == number)

    def state(self, school: str) -> tuple[object, ...]:
        """All that stands of a school: live files, roll and timelines."""
        with self.caller(school).reading() as tx:
            files = {(row.table, row.term, row.path) for row in lake_store.live_rows(tx, {school})}
            terms = lake_store.roll_terms(tx, school)
            roll = {
                (term, row.pupil_id, row.upn)
                for term in terms
                for row in roll_store.roll_of(unaudited(tx, "a test"), school, term)
            }
            told = {
                (t, row.pupil_id, str(row.events))
                for t in terms
                for row in lake_store.live_timelines(unaudited(tx, "a test"), school, t)
            }
        return files, roll, told

    def undo_last(self, school: str) -> None:
        with self.caller(school).reading() as tx:
            last = next(load for load in lake_store.loads(tx, school) if load.undone_at is None)
        undo_load(self.caller(school), last.id)


@pytest.fixture(params=["sqlite", "postgres"])
def trust(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trust]:
    postgres = request.getfixturevalue("postgres") if request.param == "postgres" else None
    if postgres is not None:
        monkeypatch.setenv("BELONG_DATABASE_URL", postgres.url)
        monkeypatch.setenv("BELONG_DATABASE_OWNER_URL", postgres.owner_url)
    deployment = open_deployment(tmp_path / "home", postgres)
    caller = command_caller(deployment)
    for urn, mis in ((HERE, "sims"), (THERE, "arbor")):
        schools.register(caller, urn, name=f"School {urn}", phase="secondary", mis=mis)
    keeping.add_account(command_caller(deployment), "lead@school.example", role=LEAD, schools=[HERE])
    token = tokens.issue_token(command_caller(deployment), "lead@school.example", days=1)["token"]
    http = TestClient(app_with(deployment, uploads_api.router), headers={"Authorization": f"Bearer {token}"})
    yield Trust(deployment, http, tmp_path / "sent")
    deployment.close()


LONG_AGO, LEFT, CAME = "03/09/2021", "01/11/2024", "04/11/2024"


def test_people_who_move_are_registered_twice_and_get_another_upn(trust: Trust) -> None:
    first = pupils(
        ("000001", STAYS, "", LONG_AGO, "", "C"), ("000002", MOVES, "", LONG_AGO, LEFT, "C"),
        ("000003", TWICE, "", LONG_AGO, "", "M"), ("000004", TEMPORARY, "", LONG_AGO, "", "C"),
    )  # fmt: skip
    before_move = {"last": date(2024, 11, 1)}
    here = {
        "Pupils.csv": first,
        "Attendance.csv": marks({STAYS: "/", TWICE: "D", TEMPORARY: "/"}),
        "Moved.csv": marks({MOVES: "I"}, **before_move),
    }
    trust.send(here)
    trust.load({
        "Pupils.csv": pupils(("900001", MOVES, "", CAME, "", "C"), ("900002", TWICE, "", CAME, "", "S")),
        "Attendance.csv": marks({MOVES: "L", TWICE: "/"}, first=MOVED_ON),
    })  # fmt: skip

    # one id at both schools, the marks of both kept, none twice
    assert trust.pupil(HERE, MOVES) == trust.pupil(THERE, MOVES)
    attendance = trust.lake("attendance")
    assert not attendance.duplicated(["pupil_id", "school", "date", "session"]).any()
    moved = attendance[attendance["pupil_id"] == trust.pupil(HERE, MOVES)]
    assert moved.groupby("school")["code"].agg(set).to_dict() == {HERE: {"I"}, THERE: {"L"}}
    both = attendance[attendance["pupil_id"] == trust.pupil(HERE, TWICE)]
    assert set(both[both["school"] == HERE]["code"]) == {"D"}
    assert set(both[both["school"] == THERE]["code"]) == {"/", "\\"}

    # the card stands at the school where the pupil is now; a reader of one school sees that school alone
    def card(pupil: str, *urns: str) -> tuple[str, set[str]]:
        with trust.caller(*urns).writing() as tx:
            found = card_for(trust.caller(*urns), tx, pupil)
        return found.facts.school, {event["school"] for event in found.events}

    assert card(trust.pupil(HERE, MOVES)) == (THERE, {HERE, THERE})
    assert card(trust.pupil(HERE, TWICE))[0] == HERE
    assert card(trust.pupil(HERE, MOVES), HERE) == (HERE, {HERE})

    # a corrected file changes its own school, table and days, and nothing else
    there, mark_count = trust.state(THERE), len(trust.lake("attendance", HERE))
    corrected = marks({STAYS: "/", TWICE: "D", TEMPORARY: "/"}).replace(b"AM,/", b"AM,L", 1)
    done = trust.send({"Attendance.csv": corrected, "Moved.csv": here["Moved.csv"]})
    assert done["counts"]["attendance"]["new"] == done["counts"]["attendance"]["gone"] == 1  # type: ignore[index]
    assert (trust.state(THERE), len(trust.lake("attendance", HERE))) == (there, mark_count)

    # the temporary UPN becomes permanent: the same person
    known = trust.pupil(HERE, TEMPORARY)
    settled = trust.state(HERE)
    spring = pupils(
        ("000001", STAYS, "", LONG_AGO, "", "C"), ("000004", PERMANENT, TEMPORARY, LONG_AGO, "", "C")
    )
    trust.send({"Pupils.csv": spring, "Attendance.csv": marks({STAYS: "/", PERMANENT: "I"}, SPRING)}, SPRING)
    assert trust.pupil(HERE, PERMANENT) == known
    assert trust.lake("attendance", HERE).groupby("pupil_id")["term"].nunique()[known] == 2

    # undone: exactly what stood before, and the same again when it is sent again
    trust.undo_last(HERE)
    assert trust.state(HERE) == settled
    trust.send({"Pupils.csv": spring, "Attendance.csv": marks({STAYS: "/", PERMANENT: "I"}, SPRING)}, SPRING)
    assert trust.pupil(HERE, PERMANENT) == known
    assert trust.state(THERE) == there


@pytest.mark.parametrize("trust", ["sqlite"], indirect=True)
def test_two_ids_of_one_person_are_named_and_a_number_used_anew_is_not_the_old_pupil(trust: Trust) -> None:
    trust.send(
        {
            "Pupils.csv": pupils(("000004", TEMPORARY, "", LONG_AGO, "", "C")),
            "Attendance.csv": marks({TEMPORARY: "I"}),
        }
    )
    trust.load(
        {
            "Pupils.csv": pupils(("900004", PERMANENT, "", LONG_AGO, "", "C")),
            "Attendance.csv": marks({PERMANENT: "/"}),
        }
    )
    apart = trust.pupil(HERE, TEMPORARY), trust.pupil(THERE, PERMANENT)
    assert apart[0] != apart[1]
    later = {
        "Pupils.csv": pupils(("900004", PERMANENT, TEMPORARY, LONG_AGO, "", "C")),
        "Attendance.csv": marks({PERMANENT: "/"}, SPRING),
    }
    said = trust.load(later, SPRING)
    assert said["tables"]
    with trust.caller(THERE).reading() as tx:
        kept = [(row.rule, row.file, row.line) for row in lake_store.problems(tx, THERE)]
        aliases = {row.hash: row.pupil_id for row in life_store.aliases(tx, {THERE})}
    assert ("one_person_two_pupils", "Pupils.csv", 2) in kept
    assert trust.pupil(THERE, PERMANENT) == apart[1]
    assert set(apart) <= set(aliases.values())
    # next year's new pupil has the number that was someone else's, and another birthday
    young = pupils(("000004", STAYS, "", "03/09/2024", "", "C")).replace(b"08/04/2010", b"20/11/2009")
    trust.send({"Pupils.csv": young, "Attendance.csv": marks({STAYS: "/"}, SPRING)}, SPRING)
    assert trust.pupil(HERE, STAYS) not in apart


def test_a_later_file_finds_pupils_by_the_preferred_name_and_gives_none_to_a_namesake(trust: Trust) -> None:
    """The roll that was loaded keeps preferred names, for files that come without a pupils extract."""
    head = "UPN,Legal Surname,Legal Forename,Preferred Surname,Preferred Forename,DOB,Year,Reg,Admission date"
    names = [(STAYS, "Katherine", "Kit"), (MOVES, "Kit", "Cass"), (TWICE, "Maya", "Mimi")]
    roll = [f"{who},Moss,{legal},Moss,{known},08/04/2010,9,9A,{LONG_AGO}" for who, legal, known in names]
    trust.send({"Pupils.csv": "\n".join([head, *roll]).encode()})
    rows = [f'"Moss, {name}",05/11/2024,Defiance' for name in ("Kit", "Cass", "Mimi")]
    said = trust.send({"Incidents.csv": "\n".join(["Student,Date,Type", *rows]).encode()})
    given = trust.lake("behaviour", HERE)["pupil_id"].tolist()
    assert sorted(given) == sorted([trust.pupil(HERE, MOVES), trust.pupil(HERE, TWICE)])
    (waits,) = [p for p in said["problems"] if p["rule"] == "pupil_certain"]  # type: ignore[attr-defined]
    assert waits["message"].endswith(
        "This is the preferred name of a pupil of 9A and the legal name of a pupil of 9A."
    )
