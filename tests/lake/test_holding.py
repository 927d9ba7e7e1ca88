"""What waits for a person's yes, and what a coarser source leaves as it is."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from data_contracts import upn
from data_contracts.schools import School
from pipelines.check import check
from pipelines.load import load_report
from pipelines.load.coarser import without_coarser
from pipelines.load.request import LoadRequest
from tests.lake.conftest import SCHOOL
from tests.lake.worlds import KEY, TODAY, Trust, pupils

TERM, NEXT, YEAR_AFTER = "2023-autumn", "2024-spring", "2024-autumn"


def _without(frame: pd.DataFrame, year: str, keep: int = 0) -> pd.DataFrame:
    theirs = frame.index[frame["nc_year"] == year]
    return frame.drop(theirs[keep:])


def _held(trust: Trust, term: str, roll: pd.DataFrame) -> tuple[str, ...]:
    result = trust.load(SCHOOL, term, {"pupils": roll}, approved=False)
    return result.held if result.status == "held" else ()


@pytest.mark.parametrize(("term", "keep", "says"), [
    (TERM, 0, "Year 10: 12 pupils in this term's earlier file, none now."),
    (TERM, 5, "Year 10: 12 pupils in this term's earlier file, 5 now."),
    (NEXT, 0, "Year 10: 12 pupils in the last term, none now."),
])  # fmt: skip
def test_a_year_group_that_is_missing_waits(trust: Trust, term: str, keep: int, says: str) -> None:
    roll = pupils(SCHOOL, TERM, 60)
    roll = pd.concat(
        [roll, pupils("999777", TERM, 30).assign(nc_year="8")], ignore_index=True
    )  # under a fifth
    trust.load(SCHOOL, TERM, {"pupils": roll})
    assert _held(trust, term, _without(roll, "10", keep)) == (says,)
    assert _held(trust, term, roll) == ()


def test_a_few_leavers_of_a_year_group_are_no_reason(trust: Trust) -> None:
    roll = pupils(SCHOOL, TERM, 60)
    trust.load(SCHOOL, TERM, {"pupils": roll})
    assert _held(trust, TERM, _without(roll, "10", 8)) == ()


def test_a_new_school_year_moves_everybody_up(trust: Trust) -> None:
    roll = pupils(SCHOOL, "2024-summer", 60)
    trust.load(SCHOOL, "2024-summer", {"pupils": roll})
    older = roll.assign(nc_year=[str(int(year) + 1) for year in roll["nc_year"]])
    up = older[older["nc_year"] != "12"]
    new = pupils("999777", YEAR_AFTER, 12).assign(nc_year="7", admission_number=[f"9{n}" for n in range(12)])
    (said,) = _held(trust, YEAR_AFTER, pd.concat([_without(up, "9"), new], ignore_index=True))
    assert said == "Year 9: 12 pupils in the last term, none now."
    assert _held(trust, YEAR_AFTER, pd.concat([up, new], ignore_index=True)) == ()


# --- SEN beside the roll never takes the place of a SEN report --------------------------------------------------

AVA, BEN = (upn.make(f"99940012200{n}") for n in (1, 2))
HEAD = "UPN,Adno,Surname,Forename,DOB,Year,Admission date,SEN Status\n"
ROLL = f"{HEAD}{AVA},1,Hart,Ava,01/11/2011,9,05/09/2022,K\n{BEN},2,Ngo,Ben,02/11/2011,9,05/09/2022,N\n"


def _loaded(trust: Trust, folder: Path) -> set[str]:
    report = check([folder], term="2025-autumn", today=date(2026, 1, 20))
    place = School(SCHOOL, "A school", "secondary", "sims", True)
    request = LoadRequest(f"load-{trust.loads}-{folder.name}", place, [], "2025-autumn", "test", True)
    result = load_report(report, request, trust.lake, trust.view, trust.aliases, KEY, TODAY)
    trust.view = trust.view.replacing(result.files)
    trust.aliases.add(result.aliases)
    return {problem.rule for problem in result.problems}


def test_sen_beside_the_roll_leaves_a_sen_report_of_the_term(trust: Trust, tmp_path: Path) -> None:
    both, roll = tmp_path / "both", tmp_path / "roll"
    for folder in (both, roll):
        folder.mkdir()
        (folder / "Pupils.csv").write_text(ROLL, "utf-8")
    (both / "SEN.csv").write_text(f"UPN,SEN Status,Need,Start date\n{AVA},K,SLCN,01/09/2023\n", "utf-8")
    assert _loaded(trust, both) == set()
    before = trust.view.read("sen")
    assert _loaded(trust, roll) == {"sen_report_stands"}
    assert trust.view.read("sen").equals(before)


def test_sen_beside_the_roll_follows_the_roll_where_there_is_no_report(trust: Trust, tmp_path: Path) -> None:
    for name, text in (("first", ROLL), ("second", ROLL.replace(",N\n", ",K\n"))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Pupils.csv").write_text(text, "utf-8")
        assert _loaded(trust, tmp_path / name) == set()
    assert len(trust.view.read("sen")) == 2


def test_nothing_is_left_out_where_no_term_is_known(trust: Trust, tmp_path: Path) -> None:
    (tmp_path / "Pupils.csv").write_text(ROLL, "utf-8")
    report = check([tmp_path], today=date(2026, 1, 20))
    assert without_coarser(report, trust.view, SCHOOL, None) == (report.good, ())
