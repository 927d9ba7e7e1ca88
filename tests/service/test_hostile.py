"""Uploads that mean harm, and names that must not leak: the service answers all along and tells nobody."""

import io
import logging
import zipfile
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from sqlalchemy import select

from service.app.worker import Worker
from service.core import logs
from service.core.audit.audit_rows import AuditRow
from service.operations.metrics import REGISTRY
from service.records.lake_rows import ProblemRow
from service.uploads.upload_rows import UploadRow
from testbed.seeds import OWN, SENTINEL, TERM, Seeded

SECRET = "Qwyzzleheimer"
HEADER = (
    "Adno,UPN,Former UPN,Legal Surname,Legal Forename,DOB,Gender,Year,Reg,Admission date,Leaving date,"
    "Enrolment status,Ethnicity,Eligible for free meals,In care,English as additional language\r\n"
)
ROW = f"000001,NOTAUPN{SECRET},,{SECRET},{SECRET},31/31/2012,{SECRET},Year  7,7A,01/09/2023,,{SECRET},,F,F,F\r\n"


def _bomb() -> bytes:
    """A spreadsheet of some kilobytes that would unpack to a quarter of a gigabyte."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 260_000_000)
    return out.getvalue()


HOSTILE: dict[str, tuple[str, bytes]] = {
    "not a spreadsheet": ("Pupils.xlsx", b"PK\x03\x04" + b"\x00" * 200),
    "a bomb": ("students.xlsx", _bomb()),
    "binary": ("Pupils.csv", bytes(range(256)) * 20),
    "NUL bytes": ("Pupils.csv", HEADER.encode() + b"1,\x00,\x00\r\n"),
    "a wrong table": ("Menu.csv", b"Monday,Tuesday\r\nSoup,Stew\r\n"),
    "only a header": ("Pupils.csv", HEADER.encode()),
    "a huge cell": ("Pupils.csv", HEADER.encode() + b'"' + b"x" * 500_000 + b'",1\r\n'),
    "a path": ("../../etc/passwd", b"root:x:0:0\r\n"),
    "a formula": ("Pupils.csv", HEADER.encode() + b"=cmd|' /C calc'!A0,,,,,,,,,,,,,,,\r\n"),
    "rows full of names": ("Pupils.csv", (HEADER + ROW * 3).encode()),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_ends_in_words(fresh: Seeded, kind: str) -> None:
    client = fresh.client("inclusion_lead")
    name, data = HOSTILE[kind]
    answer = client.post(
        "/api/v1/uploads", data={"school": OWN, "term": TERM}, files=[("files", (name, data))]
    )
    assert answer.status_code == 202, answer.text
    while Worker(fresh.deployment).work_once():
        continue
    body = client.get(f"/api/v1/uploads/{answer.json()['id']}").json()
    assert body["status"] in ("refused", "held"), body
    assert body["problems"] or body["message"] or body["held"]
    assert "/" not in body["files"][0]["name"]
    assert client.get("/healthz").status_code == 200
    assert not list((fresh.deployment.home.path / "work").glob("upload-*"))


def test_no_name_is_in_a_log_a_metric_an_event_or_a_problem(
    fresh: Seeded, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = io.StringIO()
    logs.configure(stream, logging.DEBUG)
    client = fresh.client("inclusion_lead")
    logs.configure(stream, logging.DEBUG)
    client.get("/api/v1/flags", params={"school": OWN, "term": TERM})
    client.get(f"/api/v1/pupils/{SECRET}/explanation")
    client.get("/api/v1/flags", params={"school": SECRET, "term": SECRET})
    client.post(
        "/api/v1/uploads",
        data={"school": OWN, "term": TERM},
        files=[("files", HOSTILE["rows full of names"])],
    )
    Worker(fresh.deployment).work_once()
    broken = client.post("/api/v1/tokens", json={"user": SECRET})
    assert broken.status_code in (403, 422)
    said = [stream.getvalue(), generate_latest(REGISTRY).decode(), *capsys.readouterr()]
    with fresh.deployment.database.reading() as tx:
        said += [str((row.detail, row.subject, row.purpose)) for row in tx.scalars(select(AuditRow))]
        said += [str((row.message, row.hint)) for row in tx.scalars(select(ProblemRow))]
        said += [str((row.message, row.held, row.counts)) for row in tx.scalars(select(UploadRow))]
    assert stream.getvalue().count("\n") > 3
    for text in said:
        assert SECRET not in text
        assert SENTINEL[OWN] not in text


def test_raw_files_lie_encrypted(fresh: Seeded) -> None:
    client = fresh.client("inclusion_lead")
    sent = HOSTILE["rows full of names"]
    client.post("/api/v1/uploads", data={"school": OWN, "term": TERM}, files=[("files", sent)])
    stored = [path for path in Path(fresh.deployment.home.uploads).rglob("*") if path.is_file()]
    assert stored
    for path in stored:
        assert SECRET.encode() not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0


def test_only_the_uploader_gets_the_cells_back(fresh: Seeded) -> None:
    lead, data_team = fresh.client("inclusion_lead"), fresh.client("data_team")
    sent = ("Pupils.csv", (HEADER + ROW * 3).encode())
    made = lead.post("/api/v1/uploads", data={"school": OWN, "term": TERM}, files=[("files", sent)]).json()[
        "id"
    ]
    Worker(fresh.deployment).work_once()
    path = f"/api/v1/uploads/{made}/problems.csv"
    assert SECRET in lead.get(path).text
    assert data_team.get(path).status_code == 403
    assert SECRET not in lead.get(f"/api/v1/uploads/{made}").text
