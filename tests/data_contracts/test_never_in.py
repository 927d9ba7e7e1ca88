"""What must never come in: safeguarding logs, and sentences about children under whatever heading."""

import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from data_contracts import upn
from data_contracts.contract import TABLES
from data_contracts.downloads import problems_csv
from data_contracts.marked import marked_workbook
from data_contracts.reading.mapping import Mapping, propose
from data_contracts.reading.narratives import is_identifier, is_name, is_narrative
from data_contracts.reading.read import grids, read_source
from data_contracts.reading.safeguarding import is_concern
from data_contracts.reading.sources import Source
from pipelines.check import CheckReport, check
from testbed.messy import lawful

AVA, BEN, CIT = (upn.make(f"99940012200{n}") for n in (1, 2, 3))
WHO = (AVA, BEN, CIT)
DAYS = ("15/09/2025", "16/09/2025", "17/09/2025")
ROLL = (
    "Adno,UPN,Legal Surname,Legal Forename,DOB,Gender,Year,Reg,Admission date\n"
    f"000001,{AVA},O'Neill,Siân,01/11/2011,F,Year 9,9A,05/09/2022\n"
    f"000002,{BEN},Hart,Ben,02/11/2011,M,Year 9,9A,05/09/2022\n"
    f"000003,{CIT},Ngo,Cit,03/11/2011,F,Year 9,9B,05/09/2022\n"
)


def looked_at(folder: Path, text: str, name: str = "report.csv") -> CheckReport:
    (folder / "Pupils.csv").write_text(ROLL, "utf-8")
    (folder / name).write_text(text, "utf-8")
    return check([folder], today=date(2025, 12, 20))


def everything_said(report: CheckReport) -> str:
    """All that could be stored or logged of a check: rows, problems, explanations, types that wait."""
    frames = [frame.to_csv() for frame in report.good.values()]
    return "\n".join([*frames, str(report.as_dict()), *report.lines(explain=True)])


# --- logs ------------------------------------------------------------------------------------------------

LOGS = {
    "named by its file": (
        "CPOMS export.csv",
        f"UPN,Date,Category,Entry\n{AVA},15/09/2025,Attendance,x\n",
        "CPOMS",
    ),
    "named by its title": (
        "export.csv",
        f"MyConcern report\nUPN,Date,Type,Status\n{AVA},15/09/2025,Home,Open\n",
        "MyConcern",
    ),
    "named by its sheet of another spelling": (
        "Safeguard-My_School log.csv",
        f"UPN,Date,Type\n{AVA},15/09/2025,Fighting\n",
        "Safeguard My School",
    ),
    "EdAware": ("EdAware.csv", f"UPN,Date,Type\n{AVA},15/09/2025,Home\n", "Impero EdAware"),
    "Tootoot": ("toot-toot messages.csv", f"UPN,Date,Type\n{AVA},15/09/2025,Home\n", "Tootoot"),
    "a concern log": ("Concern log.csv", f"UPN,Date,Type\n{AVA},15/09/2025,Home\n", ""),
    "by headings": (
        "export.csv",
        f"UPN,Concern Date,Concern type,Raised by,DSL informed\n{AVA},15/09/2025,Home,AB,Yes\n",
        "",
    ),
    "by headings no table knows": (
        "export.csv",
        f"Child,Nature of concern,Agencies involved,Linked students\n{AVA},Home,None,None\n",
        "",
    ),
    "by what stands in it": (
        "incidents.csv",
        f"UPN,Date,Category\n{AVA},15/09/2025,Neglect - physical\n{BEN},16/09/2025,Domestic Violence\n"
        f"{CIT},17/09/2025,Disruption\n",
        "",
    ),
    "by values under other headings": (
        "list.csv",
        f"UPN,Date,Type,Categories\n{AVA},15/09/2025,Log,\"Self-harm, Mental Health\"\n",
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", LOGS)
def test_a_safeguarding_log_is_refused_whole_and_by_name(how: str, tmp_path: Path) -> None:
    name, text, product = LOGS[how]
    report = looked_at(tmp_path, text, name)
    (problem,) = report.refused
    assert problem.rule == "safeguarding_log"
    assert problem.file == name
    assert "safeguarding" in problem.message
    assert product in problem.message
    assert set(report.good) == {"pupils"}


def test_a_layout_somebody_confirmed_does_not_let_a_log_in() -> None:
    kept = Mapping(
        "behaviour", {"upn": "Child", "date": "Day", "local_type": "What"}, {}, ("Child", "Day", "What")
    )
    data = f"Child,Day,What\n{AVA},15/09/2025,Neglect\n{BEN},15/09/2025,FGM\n".encode()
    extracts, problems = read_source(Source("x.csv", data, ""), [kept])
    assert not extracts
    assert [problem.rule for problem in problems] == ["safeguarding_log"]


def test_one_concern_among_behaviour_is_left_out_and_named(tmp_path: Path) -> None:
    rows = "".join(f"{AVA},{day},Disruption\n" for day in DAYS)
    report = looked_at(tmp_path, f"UPN,Date,Type\n{rows}{BEN},15/09/2025,Child Protection\n", "Behaviour.csv")
    assert report.counts["behaviour"] == {"rows": 4, "kept": 3, "quarantined": 1}
    (problem,) = [each for each in report.problems if each.rule == "safeguarding_row"]
    assert problem.line == 5
    assert "Child Protection" not in everything_said(report)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Behaviour.csv", f"UPN,Date,Type,Status,Assigned to,Reported by,Action taken\n"
         f"{AVA},15/09/2025,Fighting,Open,AB,CD,Detention\n"),
        ("Behaviour.csv", f"UPN,Date,Type,Logged on CPOMS\n{AVA},15/09/2025,Fighting,Yes\n"),
        ("Pupils safeguarding check.csv", ROLL),
        ("Pupils.csv", ROLL.replace("Reg,", "Child Protection,")),
        ("SEN.csv", f"UPN,SEN Status,SEN Need,Start date,Social worker,Agencies\n"
         f"{AVA},K,\"Social, emotional and mental health\",05/09/2025,No,CAMHS\n"),
        ("Exclusions.csv", f"UPN,Category,Reason,Start date,Sessions,Agency,Status\n"
         f"{AVA},Suspension,Bullying,15/09/2025,2,,Issued\n"),
    ],
)  # fmt: skip
def test_reports_that_only_look_a_little_like_a_log_are_read(name: str, text: str, tmp_path: Path) -> None:
    report = looked_at(tmp_path, text, name)
    assert report.refused == []


# --- narratives ------------------------------------------------------------------------------------------


def test_no_lawful_type_place_lesson_number_or_name_is_taken_for_a_narrative() -> None:
    named = (*lawful.TYPES, *lawful.PLACES, *lawful.LESSONS, *lawful.GROUPS)
    assert [text for text in named if is_narrative(text)] == []
    assert [text for text in lawful.NUMBERS if not is_identifier(text)] == []
    assert [text for text in lawful.NAMES if not is_name(text)] == []
    assert [text for text in named if is_concern(text)] == []


def test_every_sentence_is_told_from_a_name() -> None:
    assert [text for text in lawful.SENTENCES if not is_narrative(text)] == []
    assert [text for text in lawful.SENTENCES if is_identifier(text) or is_name(text)] == []


HEADS = {
    "behaviour": ("UPN,Incident,Date,Type,Location,Lesson,Action,Role,Severity,Recorded by,Positive", 11),
    "suspensions": ("UPN,Type,Reason 1,Reason 2,Start date,Sessions,Status,SEN provision", 8),
    "sen": ("UPN,SEN Status,SEN Need,Start date,Review date", 5),
    "movements": ("UPN,Movement type,Start date,End date,Provider", 5),
    "attendance": ("UPN,Date,Session,Mark", 4),
    "pupils": ("UPN,Adno,MIS ID,Surname,Forename,DOB,Sex,Year,Reg,Admission date,Ethnicity,Enrolment status", 12),
}  # fmt: skip
ROW = {
    "UPN": AVA, "Incident": "7", "Date": DAYS[0], "Type": "Fighting", "Location": "Hall", "Lesson": "Art",
    "Action": "Detention", "Role": "", "Severity": "2", "Recorded by": "AB", "Positive": "No", "Reason 1": "DB",
    "Reason 2": "", "Start date": DAYS[0], "Sessions": "2", "Status": "", "SEN provision": "N", "SEN Status": "K",
    "SEN Need": "SEMH", "Review date": "", "Movement type": "Managed move", "End date": "", "Provider": "Academy",
    "Session": "AM", "Mark": "/", "Adno": "000001", "MIS ID": "12", "Surname": "Hart", "Forename": "Ava",
    "DOB": "01/11/2011", "Sex": "F", "Year": "9", "Reg": "9A", "Admission date": "05/09/2022", "Ethnicity": "WBRI",
    "Enrolment status": "C",
}  # fmt: skip
CELLS = [(table, heading) for table, (head, _) in HEADS.items() for heading in head.split(",")]


@pytest.mark.parametrize(("table", "heading"), CELLS)
@pytest.mark.parametrize("among", [0, 3])
def test_a_sentence_under_any_heading_is_stored_nowhere(
    table: str, heading: str, among: int, tmp_path: Path
) -> None:
    """In a column of its own kind, and as the one cell of a column that is otherwise lawful."""
    head = HEADS[table][0].split(",")
    right = dict(ROW) | ({"Type": "Suspension"} if table == "suspensions" else {})
    lines = [head]
    for n in range(among):
        lines.append([{"Incident": str(n), "Adno": f"00000{n + 4}", "MIS ID": f"{n + 50}",
                       "UPN": upn.make(f"99940012201{n}") if table == "pupils" else WHO[n]}.get(name, right[name])
                      for name in head])  # fmt: skip
    lines.append([lawful.SENTENCES[among] if name == heading else right[name] for name in head])
    text = "".join(",".join(f'"{cell}"' for cell in line) + "\n" for line in lines)
    name = "Pupils.csv" if table == "pupils" else "report.csv"
    (tmp_path / "Pupils.csv").write_text(ROLL, "utf-8")
    (tmp_path / name).write_text(text, "utf-8")
    report = check([tmp_path], today=date(2025, 12, 20))
    assert lawful.MARK not in everything_said(report)
    assert report.problems or heading == "Recorded by", "it is said; who recorded is counted and forgotten"


def test_a_column_of_sentences_is_left_out_whole_and_said_once(tmp_path: Path) -> None:
    told = [
        (f"{who},{day},Fighting", text) for who, day, text in zip(WHO, DAYS, lawful.SENTENCES, strict=False)
    ]
    text = "UPN,Date,Type,Location\n" + "".join(f'{row},"{cell}"\n' for row, cell in told)
    report = looked_at(tmp_path, text)
    assert report.counts["behaviour"] == {"rows": 3, "kept": 3, "quarantined": 0}
    assert report.good["behaviour"]["location"].isna().all()
    (problem,) = [each for each in report.problems if each.rule == "narrative_column"]
    assert (problem.severity, problem.column) == ("warning", "Location")


def test_sentences_where_the_type_should_stand_refuse_the_file(tmp_path: Path) -> None:
    rows = "".join(
        f'{who},{day},"{text}"\n' for who, day, text in zip(WHO, DAYS, lawful.SENTENCES, strict=False)
    )
    report = looked_at(tmp_path, f"UPN,Date,Incident type\n{rows}")
    assert [problem.rule for problem in report.refused] == ["narrative_needed"]
    assert "behaviour" not in report.good


def test_a_row_with_one_sentence_waits_and_its_cell_is_not_cut(tmp_path: Path) -> None:
    rows = "".join(f"{who},{day},Fighting,Hall\n" for who, day in zip(WHO, DAYS, strict=True))
    report = looked_at(
        tmp_path, f'UPN,Date,Type,Location\n{rows}{AVA},{DAYS[2]},Theft,"{lawful.SENTENCES[0]}"\n'
    )
    assert report.counts["behaviour"] == {"rows": 4, "kept": 3, "quarantined": 1}
    (problem,) = [each for each in report.problems if each.rule == "narrative_cell"]
    assert (problem.line, problem.column, problem.severity) == (5, "Location", "row")


def test_texts_told_apart_by_their_variety_are_no_types(tmp_path: Path) -> None:
    """None has a word of telling in it, but each is another and of many words."""
    texts = [f"pushing over chair {n} in room near door {n + 9} during break" for n in range(12)]
    rows = "".join(f"{WHO[n % 3]},{15 + n % 4}/09/2025,Fighting,{n},{text}\n" for n, text in enumerate(texts))
    report = looked_at(tmp_path, f"UPN,Date,Type,Points,Location\n{rows}")
    assert [each.column for each in report.problems if each.rule == "narrative_column"] == ["Location"]


def test_a_number_that_is_none_is_not_stored_as_one(tmp_path: Path) -> None:
    rows = "".join(f"{who},{day},Fighting,Hit two boys hard\n" for who, day in zip(WHO, DAYS, strict=True))
    report = looked_at(tmp_path, f"UPN,Date,Type,Incident\n{rows}")
    assert report.good["behaviour"]["incident_id"].isna().all()
    assert len(report.good["behaviour"]) == 3


def test_a_heading_that_is_a_sentence_is_told_by_its_letter(tmp_path: Path) -> None:
    report = looked_at(tmp_path, f'UPN,Date,Type,"{lawful.SENTENCES[1]}"\n{AVA},{DAYS[0]},Fighting,x\n')
    assert lawful.MARK not in everything_said(report)
    assert "column D" in "\n".join(report.lines())


def test_copies_to_correct_hold_no_sentence(tmp_path: Path) -> None:
    text = (
        f"UPN,Date,Type,Location,Comment\n{AVA},31/02/2025,Fighting,Hall,\"{lawful.SENTENCES[2]}\"\n"
        f"{BEN},{DAYS[0]},Fighting,\"{lawful.SENTENCES[3]}\",\n{CIT},{DAYS[1]},Theft,Hall,\n{CIT},{DAYS[2]},Theft,Hall,\n"
    )  # fmt: skip
    report = looked_at(tmp_path, text)
    source = Source("report.csv", text.encode(), "")
    book, _ = marked_workbook(report.problems, [source])
    page = openpyxl.load_workbook(io.BytesIO(book)).active
    cells = [str(cell.value or "") for row in page.iter_rows() for cell in row]
    assert "31/02/2025" in cells
    assert not any(lawful.MARK in cell for cell in cells)
    assert lawful.MARK not in problems_csv(report.problems, [source])


def test_a_proposal_has_no_sentence_for_a_heading() -> None:
    (grid,) = grids(Source("x.csv", f'{AVA},"{lawful.SENTENCES[0]}",Hall\n'.encode(), ""))
    assert not any(lawful.MARK in heading for heading in propose(grid).headings)


def test_all_tables_of_the_lake_stand_in_the_walk() -> None:
    assert set(HEADS) | {"attendance_summary"} == set(TABLES)
