"""Small census returns, written as XML and as COLLECT's tables, for any term and in several dialects."""

import re
from pathlib import Path

from data_contracts import upn

AVA, BEN, LEFT = (upn.make(f"99940012200{n}") for n in (1, 2, 3))


def blade_date(day: str) -> str:
    """2025-09-01 as COLLECT writes it."""
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    year, month, date = day.split("-")
    return f"{year}-{months[int(month) - 1]}-{date} 00:00:00"


def write_collect(folder: Path, year: int = 2025, season: str = "spring", *, named: bool = True) -> None:
    """The tables of a return; `named`: whether their names tell year and season."""
    start = f"{year}_{season}_" if named else "school_"
    autumn = season == "autumn"
    meals, sex = ("fsmperiodsonroll", "sex") if autumn else ("fsmperiod", "sex" if year >= 2024 else "gender")
    event = {"spring": f"{year - 1}-11-12", "summer": f"{year}-02-04", "autumn": f"{year}-03-05"}[season]
    tables = {
        "pupilonroll": [
            f"pupilonrolltableid,NativeId,dob,surname,forename,upn,formerupn,{sex},entrydate,sourceid,"
            "termlysessionspossible,ethnicity,language,enrolstatus,senprovision,ncyearactual,homeaddress",
            f"id-1,S1,{blade_date('2011-11-05')},Hart,Ava,{AVA},,F,{blade_date('2022-09-05')}"
            ",x,146.0,WBRI,ENG,C,K,9,1 Road",
            f"id-2,S1,{blade_date('2012-01-20')},Ngo,Ben,{BEN},,M,{blade_date('2022-09-05')}"
            ",x,140.0,AIND,GUJ,C,E,8,2 Road",
        ],
        "pupilnolongeronroll": [
            f"pupilnolongeronrolltableid,NativeId,dob,surname,forename,upn,formerupn,{sex},entrydate,leavingdate,"
            "sourceid,termlysessionspossible",
            f"id-3,S1,{blade_date('2010-02-05')},Left,Leo,{LEFT},,M,{blade_date('2021-09-06')},{blade_date(event)},x,90.0",
        ],
        meals: [f"pupilonrolltableid,NativeId,{meals}tableid,fsmstartdate,fsmenddate,ukcountry",
                f"id-1,S1,f1,{blade_date('2021-09-06')},,ENG"],
        "addressesonroll" if autumn else "addresses": ["pupilonrolltableid,NativeId,postcode", "id-1,S1,ZZ1 1ZZ"],
        "termlyexclusionsonroll": [
            "pupilonrolltableid,NativeId,termlyexclusionsonrolltableid,startdate,sessions,reason1,reason2,reason3,"
            "category,senprovision",
            f"id-1,S1,e1,{blade_date(event)},4.0,DB,VA,,SUSP,K",
        ],
        "termlysessiondetailsonroll": [
            "pupilonrolltableid,NativeId,termlysessiondetailsonrolltableid,sessions,attendancereason",
            "id-1,S1,s1,70.0,/", "id-1,S1,s2,62.0,\\", "id-1,S1,s3,10.0,I", "id-1,S1,s4,4.0,E", "id-1,S1,s5,3.0,X",
        ],
        "termlysessiondetailsoffroll": [
            "pupilnolongeronrolltableid,NativeId,termlysessiondetailsoffrolltableid,sessions,attendancereason",
            "id-3,S1,s9,20.0,O",
        ],
    }  # fmt: skip
    if not autumn:
        tables["senneeds"] = ["pupilonrolltableid,NativeId,senneedstableid,sentyperank,sentype",
                              "id-1,S1,n1,1.0,SEMH", "id-1,S1,n2,2.0,SLCN"]  # fmt: skip
    else:
        tables["summerhalfterm2sessiondetailsonroll"] = [
            "pupilonrolltableid,NativeId,summerhalfterm2sessiondetailsonrolltableid,sessions,attendancereason",
            "id-1,S1,h1,60.0,I",
        ]
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in tables.items():
        (folder / f"{start}{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def census_xml(
    *, case: str = "as is", sex: str = "Sex", sessions: str = "Sessions", wrapped: bool = True
) -> str:
    """A spring return in one of its dialects: case of tags, old names, reasons wrapped or numbered."""
    reasons = "<Reasons><Reason>DB</Reason><Reason>VA</Reason></Reasons>"
    if not wrapped:
        reasons = "<Reason1>DB</Reason1><Reason2>VA</Reason2>"
    details = "".join(
        f"<SessionDetail><AttendanceReason>{code}</AttendanceReason><{sessions}>{n}</{sessions}></SessionDetail>"
        for code, n in (("/", 70), ("\\", 62), ("I", 10), ("E", 4))
    )
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<Message>
 <Header><CollectionDetails><Collection>SC</Collection><Term>SPR</Term><Year>2025</Year>
  <ReferenceDate>2025-01-16</ReferenceDate></CollectionDetails></Header>
 <School><SchoolName>Invented Academy</SchoolName></School>
 <Pupils><PupilsOnRoll><PupilOnRoll>
   <PupilIdentifiers><UPN>{AVA}</UPN><Surname>Hart</Surname><Forename>Ava</Forename><DOB>2011-11-05</DOB>
    <{sex}>F</{sex}></PupilIdentifiers>
   <PupilCharacteristics><Ethnicity>MWBC</Ethnicity><FSMperiods><FSMperiod><FSMstartDate>2021-09-06</FSMstartDate>
    <UKcountry>ENG</UKcountry></FSMperiod></FSMperiods><Language>ENG</Language></PupilCharacteristics>
   <PupilStatus><EnrolStatus>C</EnrolStatus><EntryDate>2022-09-05</EntryDate><NCyearActual>9</NCyearActual></PupilStatus>
   <SpecialEducationalNeeds><SENprovision>K</SENprovision><SENneeds>
    <SENneed><SENtypeRank>1</SENtypeRank><SENtype>SEMH</SENtype></SENneed>
    <SENneed><SENtypeRank>2</SENtypeRank><SENtype>SLCN</SENtype></SENneed></SENneeds></SpecialEducationalNeeds>
   <Exclusions><TermlyExclusion><Category>SUSP</Category>{reasons}<StartDate>2024-11-12</StartDate>
    <ActualNumberOfSessions>4</ActualNumberOfSessions><SENprovision>K</SENprovision></TermlyExclusion></Exclusions>
   <Attendance><TermlyAttendance><SessionsPossible>146</SessionsPossible>
    <SessionDetails>{details}</SessionDetails></TermlyAttendance></Attendance>
   <HomeInformation><Addresses><Postcode>ZZ1 1ZZ</Postcode></Addresses></HomeInformation>
  </PupilOnRoll></PupilsOnRoll>
  <PupilsNoLongerOnRoll><PupilNoLongerOnRoll>
   <PupilIdentifiers><UPN>{LEFT}</UPN><Surname>Left</Surname><Forename>Leo</Forename><DOB>2010-02-05</DOB>
    <{sex}>M</{sex}></PupilIdentifiers>
   <PupilStatus><EntryDate>2021-09-06</EntryDate><LeavingDate>2024-11-12</LeavingDate></PupilStatus>
  </PupilNoLongerOnRoll></PupilsNoLongerOnRoll></Pupils>
</Message>
"""
    head, body = text.split("\n", 1)
    if case == "lower":
        body = "".join(part.lower() if part.startswith("<") else part for part in _tags(body))
    if case == "namespaced":
        body = body.replace("<Message>", '<sc:Message xmlns:sc="urn:census">').replace(
            "</Message>", "</sc:Message>"
        )
        body = body.replace("<Pupils>", "<sc:Pupils>").replace("</Pupils>", "</sc:Pupils>")
    return f"{head}\n{body}"


def _tags(text: str) -> list[str]:
    """The text cut before and after every tag."""
    return re.split(r"(<[^>]*>)", text)
