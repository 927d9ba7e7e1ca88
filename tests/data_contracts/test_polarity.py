"""Praise is never read as misbehaviour: each way in which a file says which it is, and what contradicts itself."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from data_contracts import upn
from data_contracts.reading.conduct import LEFT_OUT
from data_contracts.reading.mapping import Mapping
from data_contracts.reading.polarity import read_polarity
from pipelines.check import CheckReport, check

AVA, BEN = (upn.make(f"99940012200{n}") for n in (1, 2))
ROLL = (
    "Adno,UPN,Legal Surname,Legal Forename,DOB,Gender,Year,Reg,Admission date\n"
    f"000001,{AVA},O'Neill,Siân,01/11/2011,F,Year 9,9A,05/09/2022\n"
    f"000002,{BEN},Hart,Ben,02/11/2011,M,Year 9,9A,05/09/2022\n"
)


def looked_at(folder: Path, text: str, name: str = "events.csv", mappings: Any = ()) -> CheckReport:
    (folder / "Pupils.csv").write_text(ROLL, "utf-8")
    (folder / name).write_text(text.replace("AVA", AVA).replace("BEN", BEN), "utf-8")
    return check([folder], today=date(2025, 12, 20), mappings=mappings)


def read(report: CheckReport) -> list[tuple[Any, ...]]:
    frame = report.good["behaviour"]
    return [tuple(row) for row in frame[["local_type", "type", "positive", "points"]].itertuples(index=False)]


def rules(report: CheckReport) -> dict[str, list[int | None]]:
    found: dict[str, list[int | None]] = {}
    for problem in report.problems:
        found.setdefault(problem.rule, []).append(problem.line)
    return found


SAID = {
    "a yes or no under Positive": (
        "UPN,Date,Type,Points,Positive\nAVA,15/09/2025,Golden leaf,2,Yes\nBEN,16/09/2025,Theft,3,No\n"
    ),
    "ticks under Is positive": (
        "UPN,Date,Type,Points,Is positive?\nAVA,15/09/2025,Golden leaf,2,✓\nBEN,16/09/2025,Theft,3,\n"
    ),
    "a no under Negative": (
        "UPN,Date,Type,Points,Negative\nAVA,15/09/2025,Golden leaf,2,N\nBEN,16/09/2025,Theft,3,Y\n"
    ),
    "words": (
        "UPN,Date,Type,Points,Positive/Negative\n"
        "AVA,15/09/2025,Golden leaf,2,Positive\n"
        "BEN,16/09/2025,Theft,3,Negative\n"
    ),
    "letters": "UPN,Date,Type,Points,Pos/Neg\nAVA,15/09/2025,Golden leaf,2,P\nBEN,16/09/2025,Theft,3,N\n",
    "plus and minus": (
        "UPN,Date,Type,Points,Polarity\nAVA,15/09/2025,Golden leaf,2,+\nBEN,16/09/2025,Theft,3,-\n"
    ),
    "the kind of record": (
        "UPN,Date,Type,Points,Achievement or behaviour\n"
        "AVA,15/09/2025,Golden leaf,2,Achievement\n"
        "BEN,16/09/2025,Theft,3,Behaviour\n"
    ),
    "signs, Bromcom": (
        "UPN,EVENTDATE,EVENTNAME,ADJUSTMENT\n"
        "AVA,2025-09-15T09:00:00,Golden leaf,2\n"
        "BEN,2025-09-16T09:00:00,Theft,-3\n"
    ),
    "signs, Arbor": (
        "UPN,Incident Date,Behaviour Type,Severity\nAVA,15 Sep 2025,Golden leaf,2\nBEN,16 Sep 2025,Theft,-3\n"
    ),
    "points in two columns": (
        "UPN,Date,Type,Achievement points,Behaviour points\n"
        "AVA,15/09/2025,Golden leaf,2,0\n"
        "BEN,16/09/2025,Theft,,3\n"
    ),
    "types in two columns": (
        "UPN,Date,Behaviour Type,Achievement Type,Points\n"
        "AVA,15/09/2025,,Golden leaf,2\n"
        "BEN,16/09/2025,Theft,,3\n"
    ),
}


@pytest.mark.parametrize("how", SAID)
def test_praise_is_read_as_praise_however_the_file_says_it(how: str, tmp_path: Path) -> None:
    report = looked_at(tmp_path, SAID[how])
    assert read(report) == [("Golden leaf", "other_positive", True, 2), ("Theft", "theft", False, -3)]
    assert rules(report) == {"praise_assumed": [2]}


def test_a_report_of_achievements_alone_is_praise(tmp_path: Path) -> None:
    """The report SIMS keeps apart: points are above zero there, as they are for behaviour."""
    text = "UPN,Date,Achievement Type,Points\nAVA,15/09/2025,Golden leaf,2\nBEN,16/09/2025,Effort,1\n"
    report = looked_at(tmp_path, text)
    assert read(report) == [("Golden leaf", "other_positive", True, 2), ("Effort", "effort", True, 1)]
    assert report.good["behaviour"]["severity"].isna().all()


@pytest.mark.parametrize(
    "name", ["Achievements.csv", "Rewards autumn.csv", "merits.csv", "Praise[Behaviour].csv"]
)
def test_types_nobody_mapped_wait_in_a_file_named_for_achievements(name: str, tmp_path: Path) -> None:
    text = "UPN,Date,Type,Points\nAVA,15/09/2025,Golden leaf,2\nBEN,16/09/2025,Tutor star,1\n"
    report = looked_at(tmp_path, text, name)
    assert read(report) == []
    assert rules(report) == {"type_mapped": [2, 3]}
    assert report.new_types == {"Golden leaf": 1, "Tutor star": 1}


def test_a_type_nobody_mapped_is_no_concern_by_default(tmp_path: Path) -> None:
    report = looked_at(
        tmp_path, "UPN,Date,Type,Points\nAVA,15/09/2025,Golden leaf,2\nBEN,16/09/2025,Theft,3\n"
    )
    assert read(report) == [("Theft", "theft", False, -3)]
    assert report.exit_code == 10


CONTRADICTIONS = {
    "a concern under Positive": (
        "UPN,Date,Type,Positive\nAVA,15/09/2025,Theft,Yes\nBEN,15/09/2025,Theft,No\n",
        "x.csv",
    ),
    "praise with points taken away": (
        "UPN,Date,Type,Points\nAVA,15/09/2025,Kindness,-2\nBEN,15/09/2025,Theft,-3\n",
        "x.csv",
    ),
    "praise under Negative": (
        "UPN,Date,Type,Negative\nAVA,15/09/2025,Kindness,Yes\nBEN,15/09/2025,Theft,Yes\n",
        "x.csv",
    ),
    "a concern in a report of achievements": (
        "UPN,Date,Type,Points\nAVA,15/09/2025,Theft,2\nBEN,15/09/2025,Effort,2\n",
        "Achievements.csv",
    ),
    "a concern among achievement types": (
        "UPN,Date,Award,Points\nAVA,15/09/2025,Theft,2\nBEN,15/09/2025,Effort,2\n",
        "x.csv",
    ),
    "both types": (
        "UPN,Date,Behaviour Type,Achievement Type\nAVA,15/09/2025,Theft,Effort\nBEN,15/09/2025,Theft,\n",
        "x.csv",
    ),
    "a minus and a yes": (
        "UPN,Date,Type,Points,Positive\nAVA,15/09/2025,Golden leaf,-2,Yes\nBEN,15/09/2025,Theft,-2,No\n",
        "x.csv",
    ),
}


@pytest.mark.parametrize("how", CONTRADICTIONS)
def test_what_contradicts_itself_is_asked_about(how: str, tmp_path: Path) -> None:
    report = looked_at(tmp_path, *CONTRADICTIONS[how])
    assert rules(report).get("polarity_clear") == [2]
    assert len(read(report)) == 1


def test_neutral_is_neither(tmp_path: Path) -> None:
    text = "UPN,Date,Type,Positive/Negative\nAVA,15/09/2025,Theft,Neutral\nBEN,15/09/2025,Theft,Negative\n"
    report = looked_at(tmp_path, text)
    assert rules(report) == {"polarity_readable": [2]}
    assert len(read(report)) == 1


def test_one_slip_of_a_sign_turns_no_other_row(tmp_path: Path) -> None:
    rows = "".join(f"AVA,{n}/09/2025,Theft,3\n" for n in range(15, 20))
    report = looked_at(tmp_path, f"UPN,Date,Type,Points\n{rows}BEN,15/09/2025,Theft,-3\n")
    assert [row[2:] for row in read(report)] == [(False, -3)] * 6


def test_other_is_praise_where_the_file_says_so(tmp_path: Path) -> None:
    text = "UPN,Date,Type,Points\nAVA,15/09/2025,Other,2\nBEN,16/09/2025,Other,-1\n"
    report = looked_at(tmp_path, text)
    assert read(report) == [("Other", "other_positive", True, 2), ("Other", "other_negative", False, -1)]


def test_the_schools_own_answers_hold_in_every_layout_and_the_newest_wins(tmp_path: Path) -> None:
    def answers(**words: str) -> Mapping:
        return Mapping("behaviour", {}, {"behaviour_types": words})

    text = (
        "UPN,Date,Type,Points\nAVA,15/09/2025,Golden leaf,2\nBEN,16/09/2025,Rota,1\nBEN,17/09/2025,Shout,1\n"
    )
    given = [answers(goldenleaf="kindness", rota=LEFT_OUT, shout="disruption"), answers(goldenleaf="theft")]
    report = looked_at(tmp_path, text, mappings=given)
    assert read(report) == [("Golden leaf", "kindness", True, 2), ("Shout", "disruption", False, -1)]
    assert "1 rows of types" in " ".join(report.extracts[0].evidence) or "types that your school said" in str(
        [each.evidence for each in report.extracts]
    )


@pytest.mark.parametrize(
    ("cell", "means"),
    [("Yes", True), ("No", False), ("Neutral", None), ("N/A", None), ("negative", False), ("1", True), ("0", False),
     ("Achievement", True), ("Behaviour", False), ("+ve", True), ("-ve", False), ("TRUE", True), ("None", None),
     ("Achievement point", True), ("Negative incident", False)],
)  # fmt: skip
def test_a_cell_of_polarity(cell: str, means: bool | None) -> None:
    assert read_polarity(cell) is means
