"""School Census XML into extracts; the parsing itself happens in a process of its own."""

from datetime import date
from typing import Any

from data_contracts.reading.dates import read_date
from data_contracts.reading.extract import Extract
from data_contracts.reading.faults import FileRefused
from data_contracts.reading.returns import (
    Entry,
    Return,
    census_day,
    extracts,
    named_season,
    open_fsm,
    return_after,
)
from data_contracts.reading.worker import WorkerFailed, run_worker

_FAULTS = {"entities": "xml_unsafe", "broken": "xml_broken", "unsafe": "xml_unsafe"}
_OTHER_ROOTS = {"ctfile": "xml_transfer"}
_SEASONS = {"AUT": "autumn", "SPR": "spring", "SUM": "summer"}
_PUPIL = {
    "upn": "upn", "formerupn": "former_upn", "surname": "surname", "forename": "forename", "dob": "dob",
    "sex": "sex", "gender": "sex", "ncyearactual": "nc_year", "ncyearleaving": "nc_year", "entrydate": "entry_date",
    "leavingdate": "leaving_date", "enrolstatus": "enrol_status", "ethnicity": "ethnicity",
    "language": "first_language", "preferredsurname": "preferred_surname",
    "preferredforename": "preferred_forename", "senunitindicator": "sen_unit",
    "resourcedprovisionindicator": "resourced_provision",
}  # fmt: skip
_TITLES = {
    "upn": "UPN", "former_upn": "FormerUPN", "surname": "Surname", "forename": "Forename", "dob": "DOB", "sex": "Sex",
    "nc_year": "NCyearActual", "entry_date": "EntryDate", "leaving_date": "LeavingDate", "enrol_status": "EnrolStatus",
    "ethnicity": "Ethnicity", "category": "Category", "reason1": "Reason", "start_date": "StartDate",
    "sessions": "Sessions", "code": "AttendanceReason", "provision": "SENprovision", "need_type": "SENtype",
    "need_rank": "SENtypeRank", "possible": "SessionsPossible", "first_language": "Language",
    "sen_unit": "SENunitIndicator", "resourced_provision": "ResourcedProvisionIndicator",
    "preferred_surname": "PreferredSurname", "preferred_forename": "PreferredForename",
}  # fmt: skip


def is_xml(data: bytes) -> bool:
    """Begins like XML, in UTF-8 or UTF-16."""
    return data.lstrip(b"\xef\xbb\xbf\xff\xfe\xfe\xff \r\n\t\0")[:1] == b"<"


def _season(found: Return, header: dict[str, str], name: str) -> date | None:
    """Term and year from the header, else from the file's name; returns the census day."""
    reference = read_date(header.get("referencedate", ""))
    season = _SEASONS.get(header.get("term", "").strip().upper()[:3])
    if reference:
        found.year, found.season = reference.year, season or return_after(reference.date())[1]
        return reference.date()
    year = header.get("year", "").strip()
    if season and year.isdigit():
        found.year, found.season = int(year), season
    elif named := named_season(name):
        found.year, found.season = named
    return census_day(found.year, found.season) if found.year and found.season else None


def _suspension(values: dict[str, str]) -> dict[str, str]:
    renamed = {
        "startdate": "start_date",
        "actualnumberofsessions": "sessions",
        "senprovision": "sen_provision",
        "enddate": "end_date",
        "starttime": "start_session",
    }
    said = {renamed.get(name, name): text for name, text in values.items() if name != "schooldays"}
    if "schooldays" in values:
        said.setdefault("sessions", f"{values['schooldays']} days")
    return said


def _add_pupil(found: Return, file: str, number: int, pupil: dict[str, Any], day: date | None) -> None:
    key, values, groups = f"pupil {number}", pupil["values"], pupil["groups"]
    meals = [(g["values"].get("fsmstartdate", ""), g["values"].get("fsmenddate", "")) for g in groups
             if g["kind"] == "fsmperiod"]  # fmt: skip
    row = {"mis_id": key, **{_PUPIL[name]: text for name, text in values.items() if name in _PUPIL}}
    if pupil["on_roll"] and day:
        row["fsm"] = "yes" if open_fsm(meals, day) else "no"
    found.add("pupils", Entry(file, pupil["line"], row))
    provision = {"provision": values["senprovision"]} if values.get("senprovision") else {}
    needs = [group for group in groups if group["kind"] == "senneed"]
    for need in needs:
        rank = {"sentype": "need_type", "sentyperank": "need_rank"}
        said = {rank[name]: text for name, text in need["values"].items()}
        found.add("sen", Entry(file, need["line"], {"mis_id": key, **provision, **said}))
    if provision and not needs:
        found.add("sen", Entry(file, pupil["line"], {"mis_id": key, **provision}))
    for group in groups:
        if group["kind"] == "termlyexclusion":
            found.add(
                "suspensions", Entry(file, group["line"], {"mis_id": key, **_suspension(group["values"])})
            )
        elif group["kind"] == "sessiondetail":
            found.add(
                "attendance_summary", Entry(file, group["line"], {"mis_id": key, **_count(group, values)})
            )


def _count(group: dict[str, Any], pupil: dict[str, str]) -> dict[str, str]:
    said = group["values"]
    row = {
        "code": said.get("attendancereason", ""),
        "sessions": said.get("sessions") or said.get("absencesessions", ""),
        "second_half": "yes" if group["second_half"] else "",
    }
    possible = pupil.get("possible2" if group["second_half"] else "sessionspossible")
    return row | {"possible": possible} if possible else row


def census_extracts(name: str, data: bytes) -> list[Extract]:
    """The extracts of a census return; FileRefused when the XML is broken, unsafe or something else."""
    try:
        answer = run_worker("census_worker.py", data)
    except WorkerFailed as failed:
        raise FileRefused(_FAULTS.get(failed.reason, "xml_broken")) from failed
    if not answer["pupils"]:
        raise FileRefused(
            "xml_without_pupils" if answer["loose"] else _OTHER_ROOTS.get(answer["root"], "xml_unknown")
        )
    found = Return("census", titles=dict(_TITLES), unread=tuple(answer["unread"]))
    day = _season(found, answer["header"], name)
    found.schools = (answer["header"]["urn"],) if answer["header"].get("urn") else ()
    for number, pupil in enumerate(answer["pupils"], start=1):
        _add_pupil(found, name, number, pupil, day)
    return extracts(found)
