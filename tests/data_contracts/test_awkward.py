"""Reports as schools really print them: what stands beside the data, above it, and in cells meant for people."""

import io
import zipfile
import zlib
from base64 import b85decode
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from data_contracts import upn
from data_contracts.problems import Problem
from data_contracts.reading.dates import month_first
from data_contracts.reading.extract import Extract
from data_contracts.reading.read import read_source
from data_contracts.reading.sources import Source
from pipelines.check import check

AVA, BEN, CIT = (upn.make(f"99940012200{n}") for n in (1, 2, 3))
ROLL = (
    "Adno,UPN,Legal Surname,Legal Forename,DOB,Gender,Year,Reg,Admission date\n"
    f"000001,{AVA},O'Neill,Siân,01/11/2011,F,Year  9,9A,05/09/2022\n"
    f"000002,{BEN},Hart,Ben,02/11/2011,M,Year  9,9A,05/09/2022\n"
    f"000003,{CIT},Ngo,Cit,03/11/2011,F,Year  9,9B,05/09/2022\n"
)


def read(text: str | bytes, name: str = "report.csv") -> tuple[list[Extract], list[Problem]]:
    return read_source(Source(name, text.encode() if isinstance(text, str) else text, ""))


def one(text: str | bytes, name: str = "report.csv") -> Extract:
    extracts, problems = read(text, name)
    assert [p for p in problems if p.severity == "file"] == []
    (extract,) = extracts
    return extract


def rows(extract: Extract, *columns: str) -> list[tuple[Any, ...]]:
    """The rows in these columns: dates as day/month, missing as None."""

    def plain(value: Any) -> Any:
        return None if value != value else f"{value:%d/%m}" if isinstance(value, datetime) else value

    frame = extract.frame.reindex(columns=list(columns)).astype(object)
    return sorted((tuple(map(plain, row)) for row in frame.itertuples(index=False, name=None)), key=str)


def checked(folder: Path, text: str, name: str = "report.csv") -> Any:
    (folder / "Pupils.csv").write_text(ROLL, "utf-8")
    (folder / name).write_text(text, "utf-8")
    return check([folder], today=date(2025, 12, 20))


# --- which table it is -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("head", "table"), [
    ("Surname,Forename,UPN,Year,Reg,FSM,EAL,SEN,Date,Type,Points", "behaviour"),
    ("UPN,Surname,Forename,DOB,Gender,Year,Reg,Date,Session,Mark", "attendance"),
    ("Adno,Surname,Forename,DOB,Gender,Year,Reg,Week beginning,Mon AM,Mon PM,Tue AM,Tue PM", "attendance"),
    ("UPN,Surname,Forename,DOB,Gender,Year,Reg,Possible,Present,Authorised,Unauthorised", "attendance_summary"),
    ("UPN,Surname,Forename,DOB,Gender,Year,Reg,SEN Status,SEN Need,Start date", "sen"),
    ("UPN,Surname,Forename,DOB,Gender,Year,Reg,Exclusion type,Reason,Start date,Length", "suspensions"),
    ("UPN,Surname,Forename,DOB,Gender,Year,Reg,SEN Status,Admission date,Leaving date", "pupils"),
    ("Name,Reg,Marks,Possible,Present,Authorised,Unauthorised", "attendance"),
])  # fmt: skip
def test_what_a_report_says_of_a_pupil_in_passing_does_not_make_it_a_pupils_extract(
    head: str, table: str
) -> None:
    extracts, _ = read(f"{head}\n{'x,' * head.count(',')}x\n")
    assert [extract.table for extract in extracts] == [table]


def test_a_list_of_names_is_no_pupils_extract() -> None:
    extracts, problems = read(f"UPN,Surname,Forename,Reading age\n{AVA},O'Neill,Siân,12.5\n")
    assert extracts == []
    assert "date of birth" in problems[-1].message


# --- marks -------------------------------------------------------------------------------------------------

MON, TUE = "08/09", "09/09"
TWO_DAYS = [(MON, "AM", "/"), (MON, "PM", "\\"), (TUE, "AM", "I"), (TUE, "PM", "L")]


@pytest.mark.parametrize("text", [
    f"STUDENTID,UPN,MON 08/09/2025 AM,MON 08/09/2025 PM,TUE 09/09/2025 AM,TUE 09/09/2025 PM\n1,{AVA},/,\\,I,L\n",
    f"UPN,Session,08/09/2025,09/09/2025\n{AVA},AM,/,I\n{AVA},PM,\\,L\n",
    f"UPN,Week beginning,Session,Mon,Tue,Wed\n{AVA},08/09/2025,AM,/,I,\n{AVA},08/09/2025,PM,\\,L,\n",
    f"Week commencing,08/09/2025,,,\nUPN,Mon AM,Mon PM,Tue AM,Tue PM\n{AVA},/,\\,I,L\n",
    f"UPN,,08/09/2025,,09/09/2025\n,PM,AM,PM,AM\n{AVA},\\,/,L,I\n",
    f"UPN,Start datetime,Mark\n{AVA},08/09/2025 08:45,/\n{AVA},08/09/2025 13:15,\\\n"
    f"{AVA},2025-09-09T08:45:00,I\n{AVA},09/09/2025 13:15,L\n",
    f"UPN,Date,Session,Mark\n{AVA},08/09/2025,AM,Present\n{AVA},08/09/2025,PM,Present\n"
    f"{AVA},09/09/2025,AM,Illness (not medical or dental appointments)\n{AVA},09/09/2025,PM,L (12 mins)\n",
    f"UPN,Date,Marks\n{AVA},2025.09.08,/\\\n{AVA},09/09/2025,IL\n",
    f'"UPN,Date,AM,PM"\n\n"{AVA},08/09/2025,/,\\"\n"{AVA},09/09/2025,I,L"\n',
])  # fmt: skip
def test_two_days_of_marks_however_they_are_laid_out(text: str) -> None:
    assert rows(one(text), "date", "session", "code") == TWO_DAYS


def test_a_register_with_its_totals_takes_its_days_from_the_title() -> None:
    title = "Belong High School\nGroup: 9A,,From:,08/09/2025,To:,12/09/2025\n\n"
    extract = one(
        f"{title}Surname Forename,Marks,Present,Possible\nO'Neill Siân,/\\/\\/\\I L /\\,8,10\n"
        "Number of pupils: 1,,8,10\n"
    )
    assert len(extract.frame) == 10
    assert rows(extract, "date", "session", "code")[6:8] == [("11/09", "AM", "I"), ("11/09", "PM", "L")]


@pytest.mark.parametrize(("text", "rule"), [
    (f"UPN,Start datetime,Mark\n{AVA},08/09/2025 08:45,/\n{AVA},08/09/2025 09:45,/\n", "lessons_not_sessions"),
    (f"Week commencing,08/09/2025,,,15/09/2025\nUPN,Mon AM,Mon PM,Tue AM,Tue PM\n{AVA},/,\\,I,L\n", "no_header"),
])  # fmt: skip
def test_marks_nobody_can_place_are_refused(text: str, rule: str) -> None:
    extracts, problems = read(text)
    assert extracts == []
    assert problems[-1].rule == rule


@pytest.mark.parametrize("mark", ["/\\I", "I/I", "L1", "###", "U2U"])
def test_what_only_looks_like_a_mark_stays_as_it_stands(mark: str) -> None:
    assert rows(one(f"UPN,Date,Session,Mark\n{AVA},08/09/2025,AM,{mark}\n"), "code") == [(mark,)]


def test_totals_of_sessions_by_any_usual_heading_and_the_period_of_the_title() -> None:
    extract = one(
        "Summary from 01/09/2025 to 19/12/2025\n"
        f"UPN,Possible sessions,Attended sessions,Authorised absences,Total unauthorised\n{AVA},120,110,6,4\n"
    )
    counted = [("authorised", 6.0), ("present", 110.0), ("unauthorised", 4.0)]
    assert rows(extract, "category", "sessions") == counted
    assert rows(extract, "period_start", "period_end")[0] == ("01/09", "19/12")


# --- whose row it is -----------------------------------------------------------------------------------------


def test_names_as_reports_write_them(tmp_path: Path) -> None:
    names = [
        "O'Neill Siân (9A)",
        '"Hart, Ben (9A)"',
        "BEN HART",
        "HART Ben",
        "O?Neill Siân",
        "’O’Neill’ Sian",
    ]
    text = "Name (Reg),Date,Type,Points\n" + "".join(
        f"{name},{day:02d}/09/2025,Fighting,3\n" for day, name in enumerate(names, start=8)
    )
    report = checked(tmp_path, text)
    assert report.problems == []
    assert list(report.good["behaviour"]["upn"]) == [AVA, BEN, BEN, BEN, AVA, AVA]


@pytest.mark.parametrize(("heading", "cell"), [
    ("Students involved", '"O\'Neill, Siân; Hart, Ben"'), ("UPN", f"{AVA};{BEN}"),
    ("Pupil", '"Siân O\'Neill\nBen Hart"'),
])  # fmt: skip
def test_one_incident_with_several_pupils_is_a_row_for_each(tmp_path: Path, heading: str, cell: str) -> None:
    report = checked(tmp_path, f"{heading},Date,Type,Points\n{cell},08/09/2025,Fighting,3\n")
    assert report.problems == []
    assert sorted(report.good["behaviour"]["upn"]) == sorted([AVA, BEN])


def test_two_pupils_between_commas_are_named_and_given_to_nobody(tmp_path: Path) -> None:
    report = checked(tmp_path, 'Students,Date,Type\n"O\'Neill, Siân, Hart, Ben",08/09/2025,Fighting\n')
    assert [p.rule for p in report.problems] == ["pupil_exists"]


# --- cells ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cell", "sessions"), [("1,5", 3), ("2", 4), ("2½", 5), ("0,5", 1)])
def test_a_decimal_comma(cell: str, sessions: int) -> None:
    text = f"UPN;Type;Reason for suspension;Start date;No. of days\n{AVA};Suspension;DB;06/10/2025;{cell}\n"
    assert rows(one(text.encode("utf-16")), "sessions") == [(sessions,)]


def test_apostrophes_that_keep_a_cell_as_text() -> None:
    extract = one("Adno,Date,Type,Points\n'000001,'08/09/2025,Fighting,'2\n")
    assert rows(extract, "admission_number", "date", "points") == [("000001", MON, -2.0)]
    assert rows(one(f"UPN,Date,Type\n{AVA},08/09/2025,'Abd\n"), "local_type") == [("'Abd",)]


def test_days_of_one_month_written_month_first() -> None:
    days = [f"11/{day:02d}/2025" for day in (1, 3, 5, 7, 10, 12)]
    assert month_first(days)
    assert not month_first(days[:5])  # birthdays may well be like that
    assert not month_first([*days[:5], "11/12/2024"])
    assert not month_first([f"01/{month:02d}/2025" for month in range(1, 13)])  # the first of each month
    assert not month_first([f"{day:02d}/09/2025" for day in range(1, 13)])


def test_a_time_comes_from_where_it_stands() -> None:
    text = f"UPN,Date,Time,Type\n{AVA},45909.43,,Fighting\n{AVA},08/09/2025,1405,Fighting\n"
    assert rows(one(text), "date", "time") == [(MON, "14:05"), (TUE, "10:19")]


def test_a_suspension_repeated_for_each_reason_and_one_that_was_withdrawn() -> None:
    extract = one(
        "UPN,Type,Reason,Start date,Length,Withdrawn?\n"
        f"{AVA},Suspension,Bullying,06/10/2025,2,\n{AVA},Suspension,Damage,06/10/2025,2,\n"
        f"{BEN},Suspension,Damage,06/10/2025,2,Yes\n{CIT},Suspension,DB,06/10/2025,2,\n{CIT},Suspension,DB,06/10/2025,2,\n"
    )
    assert rows(extract, "upn", "reason1", "reason2", "status") == sorted([
        (AVA, "BU", "DM", "issued"), (BEN, "DM", None, "cancelled"),
        (CIT, "DB", None, "issued"), (CIT, "DB", None, "issued"),
    ], key=str)  # fmt: skip


def test_needs_side_by_side_and_old_words_for_provision() -> None:
    extract = one(
        "UPN,SEN Status,Primary need,Secondary need,Start date\n"
        f"{AVA},K - SEN Support,SEMH,SLCN,09/01/2023\n{BEN},Education Health Care Plan,ASD,,01/03/2024\n"
        f"{CIT},No Specialist Provision,,,\n"
    )
    assert rows(extract, "upn", "provision", "need_type", "need_rank") == sorted([
        (AVA, "K", "SEMH", 1.0), (AVA, "K", "SLCN", 2.0), (BEN, "E", "ASD", 1.0),
    ], key=str)  # fmt: skip


def test_ticks_for_provision_and_levels_with_words() -> None:
    text = f"UPN,SEN Support,EHCP,Need,Start date\n{AVA},Y,,SEMH,09/01/2023\n{BEN},,Y,ASD,09/01/2023\n"
    assert rows(one(text), "upn", "provision") == sorted([(AVA, "K"), (BEN, "E")])
    levels = (
        f"UPN,Date,Type,Level\n{AVA},08/09/2025,Fighting,Level 2 - moderate\n{BEN},08/09/2025,Fighting,C3\n"
    )
    assert sorted(severity for (severity,) in rows(one(levels), "severity")) == [2.0, 3.0]


# --- files -----------------------------------------------------------------------------------------------------


def test_a_set_that_holds_a_workbook_is_no_workbook(tmp_path: Path) -> None:
    book, out, data = openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    assert book.active is not None
    for row in (["UPN", "Date", "Type"], [AVA, datetime(2025, 9, 8), "Fighting"]):
        book.active.append(row)
    book.save(data)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("Autumn/SIMS/Pupils.csv", ROLL)
        archive.writestr("Autumn/SIMS/behaviour.xlsx", data.getvalue())
        archive.writestr("Autumn/Thumbs.db", "x")
    (tmp_path / "set.zip").write_bytes(out.getvalue())
    report = check([tmp_path / "set.zip"], today=date(2025, 12, 20))
    assert report.problems == []
    assert {extract.table for extract in report.extracts} == {"pupils", "behaviour"}


def test_a_saved_web_archive_is_named() -> None:
    extracts, problems = read(
        "MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<table><tr><td>UPN</table>", "x.xls"
    )
    assert (extracts, problems[0].rule) == ([], "document")


OLD_WORKBOOK = zlib.decompress(b85decode(  # an .xls of four columns under a merged title, with a hidden sheet
    'c-rk)O-NKx6#njeZ+<j?M$<q88HB7%@TV5J&?%X8<upmZ64a<K9h4b)O_43ivRMW}tD=oyi#Ar9ekh`#MT^3yMGyp9w1`$gK@0VD'
    '?s@OoXcIV4g7Ut{J@?*o?m73~bI-l+zV~{nWP1E=<qVdf6)NV<Ja{vBf>NGS34r9LDT_|-r)0WVRmk(xLV7)TRQS>-*HEta3>4ha'
    'o)HB;QaXxZM3M<TxPoZoF~o!%LyOQT_7vQpRD=p1S1Hq8rt6vB=C+TS?qbemrY+QVT6AM76sg^5$MIpMnq@^q1@5!Xd*(Ev94}-X'
    'pT8okwjS&@;<2GsCaBU1FacW94n3h8vR;gv$OppV`p(Y!BZO&`(Q;4VhZzLEJNx=+(B-czUx4^O7xR68;rnS3m-4SF8ZZj;xRAk|'
    'rl20utgYOo4=0UO8td@fD`P{&-l4u(7%~nx(cW*<2V$q=$x}wq;MOW|AQ~Y9;aEziZ2!oxPRh|_JdrwC2y{0$H}7a@Xl!aCLMMKE'
    'yni4SPxO;0k|Am$QTWS=cr4MYQ)Hfzy;)~XV9{Aq$UCrrXdjBXT*CV>KvSK)_3ce(Pc(FlIivi3vED+P<dk9Jg47`8B9?fVN=Yqi'
    'Y-4(nt#0IUCDSr$NqJ4Q+%B|_ahpplt)YIlGv0<aXOy>4IsJ9tgR1nW&{ir>cFdeDn|v1<M>V|_`$%6tW2h5#;`%j-hao2y_IdSz'
    'X~iFBmtP6kV>j(rZ87F}g+Tt0ctSn`dq+MhYbaSX6xNVFvTBY$t(wBRPEDnnX7{dUv8A#t>D6<JtjSq)y;5wMwB=opNn820EiH>J'
    'jcxht_8QwdXxq}*mVZGeZOIk=Ofq4Ixr$b$6!+v*=yd;$m53{`Kv!#AiL7xY?{e%_Wb>*E7cN}5aN%ODLf&c=zF%24XODe<^4b4&'
    '<|xg(ze(0Cx{#zNMW2*=kf7YaNKWyy0UqJl63f(a{ufFdqTUS*qKC&Zm~;Hn{a0kpXW5E@f47Bl?SDR(asKE2e*t(^A8r'
))  # fmt: skip


def test_a_workbook_of_the_old_kind() -> None:
    extract = one(OLD_WORKBOOK, "Behaviour.xls")
    assert rows(extract, "upn", "date", "local_type", "points") == [
        (BEN, TUE, "Défiance", 3.0),  # a type nobody has mapped: neither praise nor concern yet
        (AVA, MON, "Fighting", -2.0),
    ]
    assert list(extract.frame["_line"]) == [4, 5]
    assert [p.rule for p in extract.problems] == ["sheet_hidden"]
    for spoilt in (OLD_WORKBOOK[:3000], OLD_WORKBOOK[:512] + b"\xff" * 5120):
        extracts, problems = read(spoilt, "Behaviour.xls")
        assert (extracts, problems[0].rule) == ([], "old_spreadsheet")
