"""From a school's files to what is said of it: not known is not zero, absence is the school's own."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from data_contracts import calendar, upn
from service.accounts import account_store, keeping, tokens
from service.accounts.signing import open_session
from service.app.journeys import load_folder
from service.app.web import create_app
from service.core.audit import unaudited
from service.core.callers import command_caller
from service.core.deployment import Deployment
from service.operations.remaking import remake
from service.records.pupil_rows import TimelineRow
from service.schools.lines import schools_of
from service.setting.keeping import keep_setting
from service.setting.summary import NOTHING_LOADED, summary_lines
from service.setting.trust import side_by_side
from service.setting.view import SettingView, setting_view
from testbed.deployments import caller
from tests.setting.conftest import URN

PUPILS = 12
SUMMER, AUTUMN = "2026-summer", "2026-autumn"
MEASURES = ("absence", "late", "incidents", "positive", "suspensions", "sessions_lost")


def number(n: int) -> str:
    return upn.make(f"9991234130{n:02d}")


def roll(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    lines = ["UPN,Adno,Surname,Forename,DOB,Sex,Year,Reg,Admission date,Leaving date"]
    lines += [
        f"{number(n)},{4500 + n:06d},Name{n},Fore{n},01/03/2012,F,9,9A,03/09/2023," for n in range(PUPILS)
    ]
    (folder / "pupils.csv").write_text("\n".join(lines), "utf-8")
    return folder


def marks(folder: Path) -> None:
    """The first nine school days of the autumn term; everybody was ill on two of them."""
    days = calendar.school_days(date(2026, 9, 1), date(2026, 9, 30))[:9]
    lines = ["UPN,Date,Session,Mark"]
    for n in range(PUPILS):
        for place, day in enumerate(days):
            for session, present in (("AM", "/"), ("PM", "\\")):
                mark = "I" if place in (1, 6) else present
                lines.append(f"{number(n)},{day:%d/%m/%Y},{session},{mark}")
    (folder / "attendance.csv").write_text("\n".join(lines), "utf-8")


def totals(folder: Path) -> None:
    lines = ["UPN,From,To,Possible,Present,Authorised,Unauthorised"]
    lines += [f"{number(n)},13/04/2026,20/07/2026,130,91,26,13" for n in range(PUPILS)]
    (folder / "summary.csv").write_text("\n".join(lines), "utf-8")


def both_terms(deployment: Deployment, folder: Path) -> None:
    """Totals of the summer, then marks of the autumn."""
    totals(roll(folder / "summer"))
    marks(roll(folder / "autumn"))
    for name, term in (("summer", SUMMER), ("autumn", AUTUMN)):
        load_folder(deployment.home.path, folder / name, URN, term=term)


def view_of(deployment: Deployment, term: str, role: str = "inclusion_lead") -> SettingView:
    reader = caller(deployment, role, [URN])
    with reader.writing() as tx:
        return setting_view(reader, tx, URN, term)


def figures(view: SettingView) -> dict[str, float | None]:
    return {line.name: line.now if line.now is None else round(line.now, 1) for line in view.lines}


def client_of(deployment: Deployment, role: str) -> TestClient:
    by = command_caller(deployment)
    keeping.add_account(by, f"{role}@belong.example", role=role, schools=[URN])
    token = tokens.issue_token(by, f"{role}@belong.example", days=1)["token"]
    app = create_app(deployment.settings, deployment)
    return TestClient(app, headers={"Authorization": f"Bearer {token}"})


def answer_of(deployment: Deployment, term: str, role: str = "inclusion_lead") -> dict[str, Any]:
    found = client_of(deployment, role).get(f"/api/v1/schools/{URN}/setting", params={"term": term})
    assert found.status_code == 200, found.text
    told: dict[str, Any] = found.json()
    return told


@pytest.mark.parametrize("role", ["inclusion_lead", "governor"])
def test_where_only_the_roll_was_loaded_nothing_is_known(
    deployment: Deployment, tmp_path: Path, role: str
) -> None:
    load_folder(deployment.home.path, roll(tmp_path / "files"), URN, term=SUMMER)
    view = view_of(deployment, SUMMER, role)
    assert figures(view) == dict.fromkeys(MEASURES)
    assert summary_lines(view, None) == (NOTHING_LOADED,)
    assert (view.practice, view.weeks, view.grid) == ((), (), None)
    told = answer_of(deployment, SUMMER, role)
    assert {line["name"]: line["now"] for line in told["lines"]} == dict.fromkeys(MEASURES)
    page = client_of_page(deployment, role, f"/schools/{URN}/terms/{SUMMER}/setting")
    main = page.split("<main")[1].split("</main>")[0]
    assert "not known" in main
    assert "0.0" not in main


def client_of_page(deployment: Deployment, role: str, path: str) -> str:
    """A page in a browser signed in with a role."""
    with deployment.database.writing([URN]) as tx:
        account = account_store.account_by_user(tx, f"{role}@belong.example")
        assert account is not None
        signed = open_session(deployment, tx, account, second_factor=True)
    client = TestClient(create_app(deployment.settings, deployment))
    client.cookies.set("belong-sid", signed.cookie)
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_trust_is_not_told_zero_for_what_a_school_never_loaded(
    deployment: Deployment, tmp_path: Path
) -> None:
    load_folder(deployment.home.path, roll(tmp_path / "files"), URN, term=SUMMER)
    reader = caller(deployment, "trust_lead", [URN])
    with reader.writing() as tx:
        view = side_by_side(reader, tx, schools_of(reader, tx), SUMMER)
    assert [one.schools[0].now for one in view.measures] == [None] * len(MEASURES)
    assert [one.schools[0].terms for one in view.measures] == [(None,)] * len(MEASURES)


def test_absence_is_the_schools_own_figure(deployment: Deployment, tmp_path: Path) -> None:
    marks(roll(tmp_path / "files"))
    load_folder(deployment.home.path, tmp_path / "files", URN, term=AUTUMN)
    view = view_of(deployment, AUTUMN)
    assert figures(view) == {**dict.fromkeys(MEASURES), "absence": 22.2, "late": 0.0}
    told = answer_of(deployment, AUTUMN)
    absence = told["lines"][0]
    assert (round(absence["now"], 1), absence["source"], absence["count"]) == (22.2, "marks", 48)
    assert summary_lines(view, None)[0] == (
        "In the whole school suspensions are not known, absence is 22.2 %. There is no autumn 2025 to compare with."
    )


def test_absence_comes_from_totals_where_nothing_finer_was_loaded(
    deployment: Deployment, tmp_path: Path
) -> None:
    totals(roll(tmp_path / "files"))
    load_folder(deployment.home.path, tmp_path / "files", URN, term=SUMMER)
    view = view_of(deployment, SUMMER)
    assert figures(view) == {**dict.fromkeys(MEASURES), "absence": 30.0}
    assert view.lines[0].source == "totals"
    assert "absence is 30.0 %, from totals" in summary_lines(view, None)[0]
    told = answer_of(deployment, SUMMER)["lines"][0]
    assert (told["now"], told["source"]) == (30.0, "totals")
    page = client_of_page(deployment, "inclusion_lead", f"/schools/{URN}/terms/{SUMMER}/setting")
    assert "from totals" in page


def test_counting_anew_says_what_loading_said(deployment: Deployment, tmp_path: Path) -> None:
    both_terms(deployment, tmp_path)
    by = command_caller(deployment)
    for term in (AUTUMN, SUMMER):
        before = figures(view_of(deployment, term))
        with by.writing() as tx:
            keep_setting(unaudited(tx, "a test"), URN, term)
        assert figures(view_of(deployment, term)) == before
    assert before["absence"] == 30.0


def test_figures_of_an_earlier_release_are_counted_again_with_its_timelines(
    deployment: Deployment, tmp_path: Path
) -> None:
    """Without registers sessions are counted out of school days, and said so; made again, out of marks."""
    both_terms(deployment, tmp_path)
    by = command_caller(deployment)
    with by.writing() as tx:
        for row in tx.scalars(select(TimelineRow).where(TimelineRow.school == URN)):
            row.events = [one for one in row.events if one["kind"] == "attendance_week"]
        tx.flush()
        for term in (AUTUMN, SUMMER):
            keep_setting(unaudited(tx, "a test"), URN, term)
    assert view_of(deployment, AUTUMN).lines[0].source == "calendar"
    assert view_of(deployment, SUMMER).lines[0].now is None
    assert remake(by) == 2
    assert figures(view_of(deployment, AUTUMN))["absence"] == 22.2
    assert view_of(deployment, AUTUMN).lines[0].source == "marks"
    assert figures(view_of(deployment, SUMMER))["absence"] == 30.0
