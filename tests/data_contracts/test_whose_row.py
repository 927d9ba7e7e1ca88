"""Whose row it is: names as reports print them, and four causes for a row that can be given to nobody."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from data_contracts import upn
from data_contracts.folding import folded, seen
from data_contracts.reading.read import read_source
from data_contracts.reading.sources import Source
from data_contracts.resolving import resolve
from pipelines.check import CheckReport, check

KIT, CASS, MAYA, TOM = (upn.make(f"99940012210{n}") for n in range(4))
ROLL = (
    "Adno,UPN,Legal Surname,Legal Forename,Preferred Surname,Preferred Forename,DOB,Sex,Year,Reg,Admission date,"
    "Leaving date\n"
    f"000101,{KIT},Moss,Katherine,Moss,Kit,04/10/2011,F,9,9A,05/09/2022,\n"
    f"000102,{CASS},Moss,Kit,Moss,Cass,05/10/2011,M,9,9B,05/09/2022,\n"
    f"000103,{MAYA},Łukasiewicz-O’Shea,Maÿa,Łukasiewicz-O’Shea,Mimi,06/10/2011,F,9,9B,05/09/2022,\n"
    f"000104,{TOM},Ward,Thomas,Ward,Tom,07/10/2011,M,9,9B,05/09/2022,17/10/2025\n"
)


def behaviour(folder: Path, text: str, roll: str = ROLL, name: str = "Incidents.csv") -> CheckReport:
    (folder / "Pupils.csv").write_text(roll, "utf-8")
    (folder / name).write_text(text, "utf-8")
    return check([folder], today=date(2025, 12, 1))


def given(report: CheckReport) -> list[str]:
    return list(report.good["behaviour"]["upn"])


def said(report: CheckReport) -> list[tuple[int | None, str]]:
    return [(p.line, p.rule) for p in report.problems if p.severity != "warning"]


def test_a_name_that_is_one_pupils_legal_and_anothers_preferred_one_waits_and_both_are_named(
    tmp_path: Path,
) -> None:
    report = behaviour(
        tmp_path, 'Student,Date,Type\n"Moss, Kit",10/11/2025,Defiance\nCass Moss,10/11/2025,Defiance\n'
    )
    assert given(report) == [CASS]
    (problem,) = [p for p in report.problems if p.rule == "pupil_certain"]
    assert problem.line == 2
    assert "the preferred name of the pupil on line 2 of Pupils.csv and the legal name of the pupil on line 3 of "\
        "Pupils.csv" in problem.message  # fmt: skip


def test_two_pairs_of_namesakes_are_told_apart_in_the_report(tmp_path: Path) -> None:
    again = ROLL + (
        f"000105,{upn.make('999400122107')},Bell,Jo,,,08/10/2011,F,9,9A,05/09/2022,\n"
        f"000106,{upn.make('999400122108')},Bell,Jo,,,09/10/2011,F,9,9A,05/09/2022,\n"
    )
    text = "Student,Date,Type\nKit Moss,10/11/2025,Defiance\nJo Bell,10/11/2025,Defiance\n"
    lines = [line for line in behaviour(tmp_path, text, again).lines() if "More than one pupil" in line]
    assert len(lines) == 2
    assert "line 6 of Pupils.csv and the legal name of the pupil on line 7" in lines[1]


@pytest.mark.parametrize("row", [
    "Student,Date,Type\nMimi Łukasiewicz-O’Shea,10/11/2025,Defiance\n",
    "Preferred Surname,Preferred Forename,Date,Type\nLukasiewicz O'Shea,Mimi,10/11/2025,Defiance\n",
    "Surname,Forename,Date,Type\nLUKASIEWICZ-O?SHEA,MAYA,10/11/2025,Defiance\n",
    "Surname,Preferred Forename,Date,Type\nLukasiewicz-O'Shea,Mimi,10/11/2025,Defiance\n",
    "Surname,Forename,Date,Type\nŁukasiewicz-O\u200b’Shea,M\u0430ya,10/11/2025,Defiance\n",  # a Cyrillic а
    "Surname,Known as,Date,Type\nLukasiewicz-O'Shea,Mimi,10/11/2025,Defiance\n",
    "PreferredFirstName,PreferredLastName,EventDate,EventName\nMimi,Lukasiewicz-O'Shea,10/11/2025,Defiance\n",
])  # fmt: skip
def test_a_pupil_is_found_by_either_name_however_it_is_spelt(tmp_path: Path, row: str) -> None:
    assert given(behaviour(tmp_path, row)) == [MAYA]


def test_both_names_in_a_row_tell_namesakes_apart(tmp_path: Path) -> None:
    head = "Legal Surname,Legal Forename,Preferred Surname,Preferred Forename,Date,Type\n"
    report = behaviour(
        tmp_path,
        head + "Moss,Kit,Moss,Cass,10/11/2025,Defiance\nMoss,Katherine,Moss,Kit,11/11/2025,Defiance\n",
    )
    assert given(report) == [CASS, KIT]


def test_the_day_of_birth_tells_namesakes_apart(tmp_path: Path) -> None:
    report = behaviour(tmp_path, "Student,DOB,Date,Type\nKit Moss,04/10/2011,10/11/2025,Defiance\n")
    assert given(report) == [KIT]


@pytest.mark.parametrize(("cell", "expected"), [("Mimi", MAYA), ("Mimi Łukasiewicz-O'Shea", MAYA)])
def test_a_preferred_name_in_one_cell_of_the_pupils_extract(tmp_path: Path, cell: str, expected: str) -> None:
    roll = (
        "UPN,Surname,Forename,Preferred name,DOB,Sex,Year,Reg,Admission date\n"
        f"{MAYA},Łukasiewicz-O’Shea,Maya,{cell},06/10/2011,F,9,9B,05/09/2022\n"
    )
    report = behaviour(tmp_path, "Student,Date,Type\nMimi Lukasiewicz O'Shea,10/11/2025,Defiance\n", roll)
    assert given(report) == [expected]
    assert list(report.good["pupils"]["surname"]) == ["Łukasiewicz-O’Shea"]


def test_names_are_kept_as_the_school_wrote_them(tmp_path: Path) -> None:
    report = behaviour(tmp_path, f"UPN,Date,Type\n{MAYA},10/11/2025,Defiance\n")
    row = report.good["pupils"].set_index("upn").loc[MAYA]
    assert (row["surname"], row["forename"], row["preferred_forename"]) == (
        "Łukasiewicz-O’Shea",
        "Maÿa",
        "Mimi",
    )


def test_numbers_with_what_nobody_sees_and_look_alike_letters_find_their_pupil(tmp_path: Path) -> None:
    odd = MAYA.translate(str.maketrans("ABCEHKMPTXY", "АВСЕНКМРТХУ"))  # Cyrillic capitals
    text = f"UPN,Adno,Date,Type\n\u200e{odd}\u200b,,10/11/2025,Defiance\n,\u200b103,11/11/2025,Defiance\n"
    assert given(behaviour(tmp_path, text)) == [MAYA, MAYA]


def test_four_causes_have_four_messages(tmp_path: Path) -> None:
    text = (
        "Student,UPN,Date,Type\nNobody Here,,10/11/2025,Defiance\nKit Moss,,11/11/2025,Defiance\n"
        "Tom Ward,,12/11/2025,Defiance\n,,13/11/2025,Defiance\nCass Moss,,13/11/2025,Defiance\n"
        "Cass Moss,,14/11/2025,Defiance\n"
    )
    report = behaviour(tmp_path, text)
    assert sorted(said(report), key=str) == [
        (2, "pupil_exists"), (3, "pupil_certain"), (4, "on_roll"), (5, "pupil_said"),
    ]  # fmt: skip
    assert len({p.message for p in report.problems if p.severity == "row"}) == 4


def test_a_blank_pupil_below_another_is_nobodys_and_grouping_is_named(tmp_path: Path) -> None:
    text = "Student,Date,Type\nCass Moss,10/11/2025,Defiance\n,11/11/2025,Defiance\nTom Ward,09/10/2025,Defiance\n"
    report = behaviour(tmp_path, text)
    assert given(report) == [CASS, TOM]
    assert said(report) == [(3, "pupil_grouped")]
    assert "turn grouping off" in report.problems[0].hint.lower()


def test_a_blank_pupil_in_a_report_that_repeats_names_is_not_called_grouped(tmp_path: Path) -> None:
    text = (
        "Student,Date,Type\nCass Moss,10/11/2025,Defiance\nCass Moss,11/11/2025,Defiance\n,12/11/2025,Defiance\n"
        "Tom Ward,09/10/2025,Defiance\n"
    )
    assert said(behaviour(tmp_path, text)) == [(4, "pupil_said")]


def test_a_cell_merged_over_a_pupils_rows_is_theirs() -> None:
    page = (
        "<table><tr><th>Student</th><th>Date</th><th>Type</th></tr>"
        "<tr><td rowspan=2>Cass Moss</td><td>10/11/2025</td><td>Defiance</td></tr>"
        "<tr><td>11/11/2025</td><td>Defiance</td></tr>"
        "<tr><td></td><td>12/11/2025</td><td>Defiance</td></tr></table>"
    )
    ((extract,), _) = read_source(Source("Incidents.xls", page.encode(), ""))
    assert list(extract.frame["forename"].isna()) == [False, False, True]


def test_a_roll_without_its_file_names_namesakes_by_their_form() -> None:
    roll = pd.DataFrame({
        "upn": [KIT, CASS], "former_upn": None, "mis_id": None, "admission_number": None, "surname": "Moss",
        "forename": ["Katherine", "Kit"], "preferred_surname": None, "preferred_forename": ["Kit", None],
        "dob": pd.to_datetime(["2011-10-04", "2011-10-05"]), "registration_group": ["9A", None], "nc_year": "9",
    }).astype({"preferred_surname": "str", "registration_group": "str"})  # fmt: skip
    found = resolve(pd.DataFrame({"surname": ["Moss"], "forename": ["Kit"]}), roll)
    assert list(found["_certain"]) == [False]
    assert list(found["_rivals"]) == [
        "This is the preferred name of a pupil of 9A and the legal name of a pupil of year 9"
    ]


@pytest.mark.parametrize(("one", "other"), [
    ("Søren", "soren"), ("Straße", "STRASSE"), ("Ｋｉｔ", "kit"), ("Нина", "НИНА"), ("O'Neill", "O’Neill"),
    ("Zoë", "Zoe\u0308"), ("Ki\u00adt", "Kit"), ("Đorđe", "Dorde"),
])  # fmt: skip
def test_spellings_of_one_name_fold_alike(one: str, other: str) -> None:
    assert folded(one) == folded(other) != ""


@pytest.mark.parametrize(("one", "other"), [("王芳", "李娜"), ("Нина", "Hnha"), ("محمد", "علي")])
def test_names_in_other_alphabets_stay_apart(one: str, other: str) -> None:
    assert folded(one) != folded(other)


def test_what_nobody_sees_goes_and_fractions_stay() -> None:
    assert seen("\ufeff6½\u200b\u00a0days") == "6½ days"
