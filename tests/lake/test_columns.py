"""What the lake and the roll hold follows from the contracts; old files hold it too, so it stays these values."""

from dataclasses import fields

import pyarrow as pa
import pytest

from data_contracts.contract import TABLES, load_contract
from pipelines.lake.schemas import SCHEMAS
from pipelines.load import RollEntry
from service.records.pupil_rows import RollRow

KEY = "pupil_id:string school:string term:string"
VERSIONS = "known_on:date32[day] known_assumed:bool known_until:date32[day] loaded_on:date32[day]"
COLUMNS = {
    "pupils": """nc_year:string registration_group:string entry_date:date32[day] leaving_date:date32[day]
        enrol_status:string phase:string""",
    "attendance": "date:date32[day] session:string code:string",
    "attendance_summary": """period_start:date32[day] period_end:date32[day] code:string category:string
        sessions:int32 possible:int32""",
    "movements": """kind:string start_date:date32[day] end_date:date32[day] review_date:date32[day]
        sessions:int32""",
    "behaviour": """incident_id:string date:date32[day] time:string local_type:string type:string positive:bool
        points:double severity:int32 location:string lesson:string action:string role:string""",
    "suspensions": """category:string reason1:string reason2:string reason3:string start_date:date32[day]
        start_session:string end_date:date32[day] sessions:int32 status:string status_on:date32[day]
        sen_provision:string""",
    "sen": """provision:string need_type:string need_rank:int32 start_date:date32[day] end_date:date32[day]
        review_date:date32[day]""",
    "audit_characteristics": """sex:string ethnicity:string fsm:bool in_care:bool eal:bool sen_unit:bool
        resourced_provision:bool""",
}


@pytest.mark.parametrize("table", COLUMNS)
def test_the_lake_holds_these_columns(table: str) -> None:
    held = [f"{field.name}:{field.type}" for field in SCHEMAS[table]]
    assert held == f"{KEY} {COLUMNS[table]} {VERSIONS}".split()
    assert all(field.nullable for field in SCHEMAS[table])


def test_no_other_table_lies_in_the_lake() -> None:
    assert set(SCHEMAS) == set(COLUMNS)
    assert isinstance(SCHEMAS["pupils"], pa.Schema)


def test_the_roll_holds_what_the_contract_says() -> None:
    declared = [field.name for field in load_contract("pupils").kept("roll")]
    own = {"id", "pupil_id", "school", "term", "load_id", "retired_by"}
    assert sorted(field.name for field in fields(RollEntry) if field.name not in own) == sorted(declared)
    assert sorted(one.name for one in RollRow.__table__.columns if one.name not in own) == sorted(declared)


@pytest.mark.parametrize("table", TABLES)
def test_nothing_that_names_a_pupil_lies_in_the_lake(table: str) -> None:
    identifying = {
        "upn",
        "former_upn",
        "admission_number",
        "mis_id",
        "surname",
        "forename",
        "full_name",
        "dob",
    }
    assert not identifying & {field.name for field in load_contract(table).kept("lake")}
    assert table == "pupils" or not load_contract(table).kept("roll") + load_contract(table).kept("audit")
