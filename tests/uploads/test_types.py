"""Types of incident that nobody has mapped wait for one answer by the school, which is kept for next term."""

import csv
import io
from pathlib import Path

import pytest
from typer.testing import CliRunner

from data_contracts.errors import Refused
from data_contracts.reading.answers import asked_csv, read_answers
from service.app.cli.app import app
from service.core.permissions import DATA, LEAD
from service.uploads import pages as uploads
from service.uploads import types
from service.uploads import types_pages as upload_types
from tests.uploads.conftest import NEXT, TERM, URN, School, number, pupils
from tests.web.visitors import visitor

ANSWERS = "type,answer\nSnowball,fighting\nLunch rota,leave_out\nGolden leaf,Kindness or contribution\n"


def log(day: str, head: str = "UPN,Date,Type,Points") -> bytes:
    rows = [("Snowball", 2), ("Lunch rota", 0), ("Golden leaf", 1), ("Theft", 3), ("Snowball", 1)]
    lines = [f"{number(n)},{day},{name},{points}" for n, (name, points) in enumerate(rows, start=1)]
    return "\n".join([head, *lines]).encode()


def loaded(school: School, term: str = TERM) -> list[tuple[str, bool, float]]:
    rows = school.lake("behaviour", {term})
    return sorted(zip(rows["type"].tolist(), rows["positive"].tolist(), rows["points"].tolist(), strict=True))


def waiting(school: School) -> dict[str, int]:
    caller = school.caller()
    with caller.reading() as tx:
        return types.waiting(caller, tx, URN)


def test_new_types_wait_and_an_answer_on_the_page_lets_the_upload_go_on(school: School) -> None:
    sent = school.send({"Pupils.csv": pupils(), "Behaviour.csv": log("09/09/2024")})
    assert loaded(school) == [("theft", False, -3)]
    assert sent.counts["behaviour"]["quarantined"] == 4
    assert waiting(school) == {"Snowball": 2, "Golden leaf": 1, "Lunch rota": 1}
    browser = visitor(school.deployment, school.accounts[LEAD], uploads.router, upload_types.router)
    page = browser.get(f"/uploads/{sent.id}")
    assert "3 types are new, so 4 rows wait" in page
    file = browser.get(f"/uploads/{sent.id}/new-types.csv")
    rows = list(csv.DictReader(io.StringIO(file.removeprefix("\ufeff"))))
    assert [row["type"] for row in rows if row["type"]] == ["Snowball", "Golden leaf", "Lunch rota"]
    types.answer_for_upload(school.caller(), sent.id, read_answers(ANSWERS.encode(), "answers.csv"))
    school.work()
    assert loaded(school) == [
        ("fighting", False, -2),
        ("fighting", False, -1),
        ("kindness", True, 1),
        ("theft", False, -3),
    ]
    assert waiting(school) == {}


def test_the_answers_hold_next_term_in_another_layout(school: School) -> None:
    types.answer(school.caller(), URN, read_answers(ANSWERS.encode(), "answers.csv"))
    data = log("09/01/2025", "Unique Pupil Number,Event date,Event name,Adjustment")
    later = school.send({"Pupils.csv": pupils(), "events.csv": data}, term=NEXT)
    assert later.counts["behaviour"]["quarantined"] == 0
    assert ("kindness", True, 1) in loaded(school, NEXT)
    types.answer(school.caller(), URN, {"Snowball": "disruption"})
    caller = school.caller()
    with caller.reading() as tx:
        assert types.given(tx, URN) == {
            "snowball": "disruption",
            "lunchrota": "leave_out",
            "goldenleaf": "kindness",
        }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("what,is\na,b\n", "no columns named type and answer"),
        ("type,answer\nSnowball,nonsense\n", "line 2"),
        ("type,answer\nSnowball,fighting\nSnowball,theft\n", "line 3"),
        ('type,answer\n"She said her mum had hit her again last night",fighting\n', "line 2"),
        ("", "no columns"),
    ],
)
def test_a_file_of_answers_that_is_wrong_is_refused_whole(text: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        read_answers(text.encode(), "answers.csv")
    assert said in str(refused.value)


def test_a_file_that_is_asked_can_be_answered_as_it_is() -> None:
    asked = asked_csv({"=Star": 3, "Snowball": 1})
    rows = list(csv.reader(io.StringIO(asked)))
    rows[1][2], rows[2][2] = "effort", "Fighting"
    filled = io.StringIO()
    csv.writer(filled, delimiter=";").writerows(rows)
    assert read_answers(filled.getvalue().encode("utf-8-sig"), "a.csv") == {
        "=Star": "effort",
        "Snowball": "fighting",
    }


def _folder(path: Path, day: str = "09/09/2024") -> Path:
    path.mkdir(parents=True)
    (path / "Pupils.csv").write_bytes(pupils())
    (path / "Behaviour.csv").write_bytes(log(day))
    return path


def test_a_nights_load_needs_no_page(school: School, tmp_path: Path) -> None:
    home, run = str(school.deployment.home.path), CliRunner().invoke
    folder, answers = _folder(tmp_path / TERM), tmp_path / "answers.csv"
    checked = run(app, ["check", str(folder), "--new-types", str(answers)])
    assert checked.exit_code == 10
    sentence = next(
        line for line in checked.stdout.splitlines() if line.startswith("3 types are new, so 4 rows wait")
    )
    assert "Snowball" in answers.read_text("utf-8-sig")
    first = run(app, ["load", str(folder), "--school", URN, "--home", home])
    assert first.exit_code == 10, first.output
    assert sentence in first.stdout.splitlines(), "the load says the sentence of the check"
    listed = run(app, ["types", "list", "--school", URN, "--home", home])
    assert "Snowball: 2 rows wait" in listed.stdout
    answers.write_text(ANSWERS, "utf-8")
    given = run(app, ["types", "set", str(answers), "--school", URN, "--home", home])
    assert given.exit_code == 0, given.output
    assert "3 answers saved" in given.stdout
    assert "No type waits" in given.stdout
    again = run(app, ["load", str(folder), "--school", URN, "--home", home])
    assert again.exit_code == 0, again.output
    assert len(loaded(school)) == 4


def test_check_and_load_take_a_file_of_answers(school: School, tmp_path: Path) -> None:
    folder, answers = _folder(tmp_path / TERM), tmp_path / "answers.csv"
    answers.write_text(ANSWERS, "utf-8")
    run = CliRunner().invoke
    assert run(app, ["check", str(folder), "--types", str(answers)]).exit_code == 0
    home = str(school.deployment.home.path)
    done = run(app, ["load", str(folder), "--school", URN, "--types", str(answers), "--home", home])
    assert done.exit_code == 0, done.output
    assert len(loaded(school)) == 4


def test_a_load_says_what_to_look_at_as_the_check_does(school: School, tmp_path: Path) -> None:
    folder = _folder(tmp_path / TERM)
    row = f"{number(1)},09/09/2024,Theft,3,Sent to the moon"
    (folder / "Behaviour.csv").write_text(f"UPN,Date,Type,Points,Action\n{row}\n{row}\n", "utf-8")
    run, home = CliRunner().invoke, str(school.deployment.home.path)
    checked = run(app, ["check", str(folder)]).stdout.splitlines()
    said = [line for line in checked if line.startswith("Please look")]
    assert len(said) == 2
    load = run(app, ["load", str(folder), "--school", URN, "--home", home]).stdout.splitlines()
    assert set(said) <= set(load)
    sent = school.send({"Pupils.csv": pupils(), "Behaviour.csv": (folder / "Behaviour.csv").read_bytes()})
    assert set(said) <= set(sent.findings), "and so do the page and the API"


def test_the_api_takes_answers_as_a_file(school: School) -> None:
    from fastapi.testclient import TestClient

    from service.uploads import types_api
    from testbed.deployments import app_with
    from tests.uploads.test_mapping_journey import _token

    sent = school.send({"Pupils.csv": pupils(), "Behaviour.csv": log("09/09/2024")})
    client = TestClient(app_with(school.deployment, types_api.router))
    client.headers["Authorization"] = f"Bearer {_token(school, LEAD)}"
    found = client.get(f"/schools/{URN}/types").json()
    assert found["waiting"][0] == {"type": "Snowball", "rows": 2}
    assert "kindness" in found["choices"]
    wrong = client.post(f"/schools/{URN}/types", files={"files": ("a.csv", b"type,answer\nSnowball,x\n")})
    assert wrong.status_code == 422
    given = client.post(
        f"/schools/{URN}/types", files={"files": ("a.csv", ANSWERS.encode())}, data={"upload": sent.id}
    )
    assert given.json() == {"answered": 3}
    school.work()
    assert len(loaded(school)) == 4


def test_the_data_team_may_answer_for_its_school(school: School) -> None:
    assert types.answer(school.caller(DATA), URN, {"Snowball": "fighting"}) == 1
