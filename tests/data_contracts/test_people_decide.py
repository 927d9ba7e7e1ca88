"""What waits for a person: layouts to confirm, jumps to approve, recording practice to look at, days known."""

import pandas as pd
import pytest

from data_contracts.errors import Refused
from data_contracts.known_on import add_school_days, with_known_on
from data_contracts.practice import beside_peers, pupil_days, recording, shifts, used_by_one_school
from data_contracts.reading.mapping import as_dict, confirm, from_dict, propose
from data_contracts.reading.read import grids, read_source
from data_contracts.reading.sources import Source

ODD = (
    b"Learner ref,When it happened,What happened,Rating\n17,08/09/2025,Snowball,2\n18,09/09/2025,Kindness,1\n"
)


def test_an_unknown_layout_is_proposed_confirmed_and_found_again() -> None:
    source = Source("log.csv", ODD, "")
    extracts, problems = read_source(source)
    assert extracts == []
    assert problems[0].rule == "no_header"
    proposal = propose(grids(source)[0], "behaviour")
    assert "When it happened" in proposal.headings
    assert proposal.missing
    fields = {
        "mis_id": "Learner ref",
        "date": "When it happened",
        "local_type": "What happened",
        "points": "Rating",
    }
    mapping = confirm(proposal, fields, {"behaviour_types": {"Snowball": "fighting"}})
    kept = from_dict(as_dict(mapping))
    (extract,) = read_source(source, [kept])[0]
    assert extract.frame["type"].tolist() == ["fighting", "kindness"]
    assert extract.frame["mis_id"].tolist() == ["17", "18"]
    assert extract.mapping["date"] == "When it happened"


def test_a_proposal_guesses_by_usual_and_similar_headings() -> None:
    data = b"UPN,Incident date of event,Behaviour Type\nA,08/09/2025,Fight\n"
    proposal = propose(grids(Source("x.csv", data, ""))[0], "behaviour")
    assert proposal.guess["upn"] == "UPN"
    assert proposal.guess["local_type"] == "Behaviour Type"
    assert any("resembles" in line for line in proposal.evidence)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"colour": "Rating"}, "no column colour"),
        ({"date": "Absent"}, "no heading Absent"),
        ({"date": "When it happened"}, "not enough"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused(fields: dict[str, str], says: str) -> None:
    proposal = propose(grids(Source("log.csv", ODD, ""))[0], "behaviour")
    with pytest.raises(Refused, match=says):
        confirm(proposal, fields)


def marks(counts: dict[str, int]) -> pd.DataFrame:
    codes = [code for code, number in counts.items() for _ in range(number)]
    return pd.DataFrame({"code": codes, "upn": "A"})


def test_school_days_are_added_over_holidays() -> None:
    dates = pd.Series(pd.to_datetime(["2025-10-23", "2025-10-30", None, "2031-01-01"]))
    found = add_school_days(dates, 2)
    assert found.dt.strftime("%Y-%m-%d").tolist()[:2] == ["2025-11-03", "2025-11-04"]
    assert pd.isna(found[2])
    assert found[3] > dates[3]


def test_known_on_takes_the_recorded_day_else_the_lag() -> None:
    frame = pd.DataFrame({
        "date": pd.to_datetime(["2025-09-08", "2025-09-08"]),
        "recorded_on": pd.to_datetime(["2025-09-20", None]),
    })  # fmt: skip
    found = with_known_on("behaviour", frame)
    assert found["known_on"].dt.strftime("%Y-%m-%d").tolist() == ["2025-09-20", "2025-09-10"]
    assert found["known_assumed"].tolist() == [False, True]


def events(counts: dict[str, int]) -> pd.DataFrame:
    return pd.DataFrame({"type": [name for name, number in counts.items() for _ in range(number)]})


def test_recording_practice_per_hundred_pupil_days() -> None:
    register = marks({"/": 1900, "I": 100, "#": 400, "-": 10})
    assert pupil_days(register) == 1000
    before = recording(
        "999001", "2025-summer", events({"disruption": 40, "uniform": 30, "effort": 30}), register
    )
    assert before.set_index("type")["per_100"].to_dict() == {
        "all": 10,
        "disruption": 4,
        "uniform": 3,
        "effort": 3,
    }
    now = recording("999001", "2025-autumn", events({"disruption": 130, "effort": 28}), register)
    said = [(shift.type, shift.sentence.split(" (")[0]) for shift in shifts(before, now)]
    assert said == [
        ("disruption", "Recording of 'disruption' has risen steeply"),
        ("uniform", "Recording of 'uniform' has stopped"),
    ]


def test_schools_stand_beside_the_middle_of_their_peers() -> None:
    register = marks({"/": 2000})
    frames = [
        recording(f"99900{n}", "2025-autumn", events({"disruption": count}), register)
        for n, count in enumerate((10, 20, 80))
    ]
    beside = beside_peers(pd.concat(frames))
    assert beside.loc[beside["type"] == "disruption", "times"].tolist() == [0.5, 1.0, 4.0]


def test_words_that_one_school_alone_uses() -> None:
    words = {"a": pd.Series(["Defiance", "C3", "C3"]), "b": pd.Series(["Defiance"])}
    assert used_by_one_school(words).to_dict("records") == [{"school": "a", "local_type": "C3", "events": 2}]
