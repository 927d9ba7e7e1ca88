"""How schools record behaviour, as one check reports it: counts of events, words and people, no names."""

import json
from pathlib import Path

import pytest

from data_contracts import upn
from data_contracts.calendar import school_days, term
from pipelines.check import CheckReport, check
from tests.data_contracts.tables import TODAY

AVA, BEN = (upn.make(f"99940012200{n}") for n in (1, 2))
DAYS = {name: school_days(term(name).start, term(name).end) for name in ("2025-summer", "2025-autumn")}


def write(root: Path, school: str, name: str, until: int, word: str) -> None:
    """A term's files of one school: marks on every day, an event for each of two pupils on the first `until`."""
    folder = root / school / name
    folder.mkdir(parents=True)
    days = [day for day in DAYS[name] if day <= TODAY]
    (folder / "Pupils.csv").write_text(
        "UPN,Surname,Forename,DOB,Sex,Year,Admission date\n"
        f"{AVA},Hart,Ava,05/11/2011,F,9,05/09/2022\n{BEN},Ngo,Ben,06/11/2011,M,9,05/09/2022\n"
    )
    marks = "".join(f"{number},{day:%d/%m/%Y},/,\\\n" for number in (AVA, BEN) for day in days)
    (folder / "Attendance.csv").write_text(f"UPN,Date,AM,PM\n{marks}")
    events = "".join(
        f"{number},{day:%d/%m/%Y},{word},{('Ms Secret', 'MS SECRET', 'Mr Other')[n % 3]}\n"
        for number in (AVA, BEN)
        for n, day in enumerate(days[:until])
    )
    (folder / "Behaviour.csv").write_text(f"UPN,Date,Type,Recorded by\n{events}")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> CheckReport:
    root = tmp_path_factory.mktemp("schools")
    write(root, "999001", "2025-summer", 60, "Fighting")
    write(root, "999001", "2025-autumn", 11, "Insolence")
    write(root, "999002", "2025-autumn", 60, "Fighting")
    return check([root], today=TODAY)


def test_rates_falls_stops_and_words_of_one_school(report: CheckReport) -> None:
    said = "\n".join(report.practice().lines())
    assert "999001 2025-autumn: 22 events" in said
    assert ", by 2 people" in said
    assert "Recording of behaviour events has fallen steeply" in said
    assert f"No event was recorded after {DAYS['2025-autumn'][10]:%d %B %Y}" in said
    assert "999001: words no other school here uses: 'Insolence' (22)." in said
    assert "999002: words" not in said


def test_no_pupil_and_no_colleague_is_named(report: CheckReport) -> None:
    everything = json.dumps([report.practice().as_dict(), report.as_dict()], default=str).casefold()
    for name in ("secret", "mr other", "hart", AVA.casefold()):
        assert name not in everything
    assert "recorded_by" not in report.good["behaviour"]


def test_without_marks_or_events_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "Pupils.csv").write_text("UPN,Surname,Year\n")
    assert "no behaviour events" in check([tmp_path], today=TODAY).practice().lines()[0]
