"""One event in several rows is counted once, and said; two events stay two."""

from datetime import date
from pathlib import Path

import pytest

from data_contracts import upn
from pipelines.check import CheckReport, check

AVA, BEN = (upn.make(f"99940012200{n}") for n in (1, 2))
ROLL = (
    "Adno,UPN,Legal Surname,Legal Forename,DOB,Gender,Year,Reg,Admission date\n"
    f"000001,{AVA},O'Neill,Siân,01/11/2011,F,Year 9,9A,05/09/2022\n"
    f"000002,{BEN},Hart,Ben,02/11/2011,M,Year 9,9A,05/09/2022\n"
)


def looked_at(folder: Path, text: str) -> CheckReport:
    (folder / "Pupils.csv").write_text(ROLL, "utf-8")
    (folder / "events.csv").write_text(text.replace("AVA", AVA).replace("BEN", BEN), "utf-8")
    return check([folder], today=date(2025, 12, 20))


HEAD = "UPN,Date,Time,Type,Points,Location,Action,Recorded by,Recorded on\n"
ONE = "AVA,15/09/2025,10:20,Disruption,2,Hall,Letter home,AB,16/09/2025\n"
AGAIN = {
    "another action": "AVA,15/09/2025,10:20,Disruption,2,Hall,Detention,AB,16/09/2025\n",
    "the same row": ONE,
    "a colleague in the same minute": "AVA,15/09/2025,10:20,Disruption,2,Hall,Letter home,CD,17/09/2025\n",
}
ANOTHER = {
    "minute": "AVA,15/09/2025,10:25,Disruption,2,Hall,Letter home,AB,16/09/2025\n",
    "day": "AVA,16/09/2025,10:20,Disruption,2,Hall,Letter home,AB,16/09/2025\n",
    "pupil": "BEN,15/09/2025,10:20,Disruption,2,Hall,Letter home,AB,16/09/2025\n",
    "type": "AVA,15/09/2025,10:20,Theft,2,Hall,Letter home,AB,16/09/2025\n",
    "place": "AVA,15/09/2025,10:20,Disruption,2,Gym,Letter home,AB,16/09/2025\n",
}


@pytest.mark.parametrize("how", AGAIN)
def test_one_event_is_counted_once_with_a_note(how: str, tmp_path: Path) -> None:
    report = looked_at(tmp_path, HEAD + ONE + AGAIN[how])
    assert len(report.good["behaviour"]) == 1
    (note,) = [problem for problem in report.problems if problem.rule == "same_event"]
    assert (note.line, note.severity) == (3, "warning")
    assert report.exit_code == 0


def test_the_gravest_action_and_the_earliest_day_stay(tmp_path: Path) -> None:
    report = looked_at(tmp_path, HEAD + ONE.replace("16/09/2025\n", "18/09/2025\n") + AGAIN["another action"])
    (row,) = report.good["behaviour"].to_dict("records")
    assert row["action"] == "detention"
    assert row["recorded_on"].date() == date(2025, 9, 16)


@pytest.mark.parametrize("what", ANOTHER)
def test_another_event_stays_another(what: str, tmp_path: Path) -> None:
    assert len(looked_at(tmp_path, HEAD + ONE + ANOTHER[what]).good["behaviour"]) == 2


def test_two_colleagues_without_a_time_saw_two_events(tmp_path: Path) -> None:
    head = "UPN,Date,Type,Recorded by\n"
    rows = "AVA,15/09/2025,Disruption,AB\nAVA,15/09/2025,Disruption,CD\nAVA,15/09/2025,Disruption,CD\n"
    assert len(looked_at(tmp_path, head + rows).good["behaviour"]) == 2


def test_incident_numbers_tell_events_apart(tmp_path: Path) -> None:
    head = "UPN,Incident number,Date,Type,Action\n"
    report = looked_at(
        tmp_path, f"{head}AVA,1,15/09/2025,Theft,Detention\nAVA,2,15/09/2025,Theft,Detention\n"
    )
    assert len(report.good["behaviour"]) == 2


def test_two_reports_of_overlapping_days_tell_an_event_once(tmp_path: Path) -> None:
    (tmp_path / "Pupils.csv").write_text(ROLL, "utf-8")
    shared, other = ONE.replace("AVA", AVA), ANOTHER["day"].replace("AVA", AVA)
    (tmp_path / "Behaviour September.csv").write_text(HEAD + shared, "utf-8")
    (tmp_path / "Behaviour autumn.csv").write_text(HEAD + other + shared, "utf-8")
    report = check([tmp_path], today=date(2025, 12, 20))
    assert len(report.good["behaviour"]) == 2
    (note,) = [problem for problem in report.problems if problem.rule == "same_event"]
    assert note.severity == "warning"
