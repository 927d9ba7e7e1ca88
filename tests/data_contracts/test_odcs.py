"""The contracts as plain ODCS: valid by the standard's own schema, and their rules run by another's tool."""

import json
import os
import shutil
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft201909Validator
from typer.testing import CliRunner

from data_contracts.codes import code_set
from data_contracts.contract import TABLES, load_contract
from data_contracts.errors import Refused
from data_contracts.odcs import exported
from service.app.cli.app import app
from tests.data_contracts import tables
from tests.data_contracts.test_rules import BREAKS

TOOL = shutil.which(os.environ.get("BELONG_DATACONTRACT", "datacontract"))
"""The `datacontract` command of an environment of its own: `pip install datacontract-cli[csv]`."""


def said(table: str) -> dict[str, Any]:
    contract: dict[str, Any] = yaml.safe_load(exported(table))
    return contract


def columns(table: str) -> dict[str, dict[str, Any]]:
    return {column["name"]: column for column in said(table)["schema"][0]["properties"]}


def quality(table: str) -> list[dict[str, Any]]:
    """Every rule of the table and of its columns."""
    schema = said(table)["schema"][0]
    return [
        *schema["quality"],
        *(rule for column in schema["properties"] for rule in column.get("quality", [])),
    ]


def faults(contract: dict[str, Any]) -> list[str]:
    text = resources.files("open_data_contract_standard").joinpath("schema.json").read_text("utf-8")
    return [error.message for error in Draft201909Validator(json.loads(text)).iter_errors(contract)]


@pytest.mark.parametrize("table", TABLES)
def test_a_contract_is_valid_odcs(table: str) -> None:
    assert faults(said(table)) == []


@pytest.mark.parametrize("place", ["property", "rule", "metric"])
def test_the_schema_refuses_what_is_no_odcs(place: str) -> None:
    contract = said("pupils")
    column = contract["schema"][0]["properties"][0]
    if place == "property":
        column["include"] = "identity"
    elif place == "rule":
        column["quality"][0]["mustbe"] = 0
    else:
        column["quality"][0]["metric"] = "validValues"
    assert faults(contract)


@pytest.mark.parametrize("table", TABLES)
def test_everything_included_stands_in_its_place(table: str) -> None:
    contract = load_contract(table)
    assert tuple(columns(table)) == contract.columns()
    assert sorted(rule["name"] for rule in quality(table)) == sorted(rule.name for rule in contract.rules)
    sentences = {rule.name: (rule.sentence, rule.hints) for rule in contract.rules}
    for rule in quality(table):
        hints = next(pair["value"] for pair in rule["customProperties"] if pair["property"] == "hints")
        assert (rule["description"], hints) == sentences[rule["name"]]


def rule(table: str, name: str) -> dict[str, Any]:
    found = next(each for each in quality(table) if each["name"] == name)
    return {
        key: value for key, value in found.items() if key not in ("name", "description", "customProperties")
    }


def test_a_needed_column_is_required_and_counted() -> None:
    assert columns("pupils")["upn"]["required"] is True
    assert columns("sen")["upn"]["required"] is False
    assert rule("pupils", "upn_present") == {
        "type": "library",
        "metric": "nullValues",
        "mustBe": 0,
        "severity": "error",
    }


def test_a_pattern_is_part_of_the_type_unless_it_only_warns() -> None:
    pattern = "^[ABCDEFGHJKLMNPQRTUVWXYZ][0-9]{11}[0-9ABCDEFGHJKLMNPQRTUVWXYZ]$"
    assert columns("pupils")["upn"]["logicalTypeOptions"] == {"pattern": pattern}
    assert "logicalTypeOptions" not in columns("pupils")["former_upn"]
    assert rule("pupils", "former_upn_form") == {
        "type": "library",
        "metric": "invalidValues",
        "arguments": {"pattern": pattern},
        "mustBe": 0,
        "severity": "warning",
    }


def test_a_code_set_is_a_list_of_valid_values() -> None:
    listed = rule("attendance", "code_known")["arguments"]["validValues"]
    assert listed == list(code_set("attendance").codes)
    assert {"/", "\\", "N", "J1"} <= set(listed)


def test_rows_that_may_not_repeat_name_their_columns() -> None:
    assert rule("attendance", "session_unique")["arguments"] == {"properties": ["upn", "date", "session"]}
    assert rule("sen", "sen_once")["metric"] == "duplicateValues"
    assert rule("pupils", "rows_present") == {
        "type": "library",
        "metric": "rowCount",
        "mustBeGreaterOrEqualTo": 1,
        "severity": "error",
    }


def test_a_range_is_part_of_the_type_and_a_query() -> None:
    assert columns("behaviour")["severity"]["logicalTypeOptions"] == {"minimum": 1, "maximum": 5}
    query = rule("behaviour", "severity_in_range")["query"]
    assert query == "SELECT COUNT(*) FROM ${table} WHERE ${column} < 1 OR ${column} > 5"


def test_what_only_belong_can_work_out_is_told_as_text() -> None:
    assert rule("pupils", "upn_check_letter") == {"type": "text", "severity": "error"}
    assert rule("attendance", "date_readable") == {"type": "text", "severity": "error"}


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(Refused, match="no contract for 'grades'"):
        exported("grades")


def test_the_command_prints_one_or_all_or_writes_a_file_each(tmp_path: Path) -> None:
    one = CliRunner().invoke(app, ["contracts", "export", "sen"])
    assert (one.exit_code, yaml.safe_load(one.stdout)) == (0, said("sen"))
    every = CliRunner().invoke(app, ["contracts", "export"])
    assert [each["name"] for each in yaml.safe_load_all(every.stdout)] == list(TABLES)
    CliRunner().invoke(app, ["contracts", "export", "--out", str(tmp_path / "odcs")])
    written = {path.name: path.read_text("utf-8") for path in (tmp_path / "odcs").iterdir()}
    assert written == {f"{table}.odcs.yaml": exported(table) for table in TABLES}


def judged(table: str, rows: list[dict[str, Any]], folder: Path) -> dict[str, Any]:
    """What the other tool says of these rows as a CSV file under the exported contract."""
    path = folder / f"{table}.csv"
    frame = tables.frame_of(table, rows).reindex(columns=[*load_contract(table).columns()])
    frame.to_csv(path, index=False, date_format="%Y-%m-%d")
    contract = said(table)
    contract["servers"] = [{"server": "files", "type": "local", "path": str(path), "format": "csv"}]
    (folder / "contract.yaml").write_text(yaml.safe_dump(contract), "utf-8")
    told = folder / "told.json"
    command = [
        str(TOOL),
        "test",
        str(folder / "contract.yaml"),
        "--output-format",
        "json",
        "--output",
        str(told),
    ]
    subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)
    found: dict[str, Any] = json.loads(told.read_text("utf-8"))
    return found


@pytest.mark.skipif(TOOL is None, reason="datacontract-cli is in no environment here")
@pytest.mark.parametrize("table", TABLES)
def test_another_tool_passes_sound_rows(table: str, tmp_path: Path) -> None:
    assert judged(table, tables.TABLES[table], tmp_path)["result"] == "passed"


@pytest.mark.skipif(TOOL is None, reason="datacontract-cli is in no environment here")
@pytest.mark.parametrize(
    ("table", "name", "column"),
    [
        ("pupils", "surname_present", "surname"),
        ("pupils", "upn_form", "upn"),
        ("pupils", "nc_year_known", "nc_year"),
        ("behaviour", "severity_in_range", "severity"),
        ("attendance", "session_unique", None),
        ("movements", "movement_once", None),
    ],
)
def test_another_tool_finds_a_broken_rule(table: str, name: str, column: str | None, tmp_path: Path) -> None:
    change = BREAKS[table][name]
    first = tables.TABLES[table][0] | {key: value for key, value in change.items() if key != "+"}
    more = [first | change["+"]] if "+" in change else []
    found = judged(table, [first, *tables.TABLES[table][1:], *more], tmp_path)
    failed = [check for check in found["checks"] if check["result"] == "failed"]
    assert failed, found
    assert {check.get("field") for check in failed} == {column}
