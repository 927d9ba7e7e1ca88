"""Contracts are read strictly: whatever the reader doesn't know stops it."""

from importlib import resources
from pathlib import Path

import pytest

from data_contracts import manual
from data_contracts.contract import TABLES, load_contract, parse_contract, versions
from data_contracts.errors import Refused


def source(table: str = "sen") -> str:
    return (
        resources.files("data_contracts").joinpath("contracts", f"{table}.yaml").read_text(encoding="utf-8")
    )


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("status: active", "status: active\nstatos: active", "unknown key statos"),
        ("status: active", "status: active\nstatus: draft", "status twice"),
        ("kind: DataContract", "kind: DataContrast", "kind must be"),
        ("apiVersion: v3.0.2", "apiVersion: v2.2.2", "apiVersion v3"),
        ("logicalType: date", "logicalType: datum", "unknown type 'datum'"),
        ("value: date\n", "value: dates\n", "unknown reading 'dates'"),
        ("check: readable", "check: readible", "unknown check 'readible'"),
        ("set: sen_needs", "set: sen_kneads", "unknown code set"),
        ("maximum: 10", "maximal: 10", "unknown key maximal"),
        ("severity: warning", "severity: shrug", "unknown severity"),
        ("property: hints", "property: hints_", "unknown custom property"),
        ("engine: greatExpectations", "engine: crystalBall", "engine greatExpectations"),
        ("lagSchoolDays: 20", "lagSchoolDays: 20\n    lag: 3", "unknown key lag"),
        ("required: false", "required: true", "disagree about"),
        ("value: start_date\n", "value: begin_date\n", "unknown column begin_date"),
        ("columns:\n", "column:\n", "unknown key column"),
        ("name: sen_once", "name: pupil_exists", "rule pupil_exists given twice"),
        ("sims: 'Focus", "simms: 'Focus", "unknown key simms"),
        ("value: [lake]", "value: [lake, cloud]", "unknown place 'cloud'"),
        (
            "include: identity\n",
            "include: identity.surname\n    customProperties:\n    - property: keptIn\n      value: [lake]\n",
            "never stored in the lake",
        ),
        (
            "property: readingOnly\n      value: true",
            "property: readingOnly\n      value: true\n    - property: keptIn\n      value: [lake]",
            "stored nowhere",
        ),
        ("value: states", "value: stats", "unknown kind of rows 'stats'"),
        ("      - need_rank\n", "      - needs\n", "unknown column needs"),
        ("include: identity", "include: identities", "nothing shared called identities"),
        ("include: identity", "include: identity.nickname", "nothing shared called identity.nickname"),
        (
            "include: identity",
            "include: identity\n    required: true",
            "required can't be said of a whole block",
        ),
        (
            "include: identity",
            "include: identity\n    headers:\n      nickname:\n        any:\n        - Nick",
            "headers for nickname",
        ),
        ("include: identity", "include: identity.upn\n    requires: true", "unknown key requires"),
    ],
)
def test_misspellings_are_refused(old: str, new: str, says: str) -> None:
    text = source()
    assert old in text
    with pytest.raises(Refused, match=says):
        parse_contract(text.replace(old, new, 1))


def test_a_table_adds_headings_to_the_shared_ones() -> None:
    shared = load_contract("sen").field("full_name").headers["any"]
    assert load_contract("behaviour").field("full_name").headers["any"][: len(shared)] == shared
    assert "Students involved" in load_contract("behaviour").field("full_name").headers["any"]
    assert "Students involved" not in shared


def test_one_shared_column_may_say_other_things_in_a_table() -> None:
    assert not load_contract("sen").field("upn").required
    assert load_contract("pupils").field("upn").required
    assert load_contract("pupils").field("upn").headers == load_contract("sen").field("upn").headers
    assert load_contract("pupils").field("upn").description != load_contract("sen").field("upn").description


def test_there_is_a_file_for_each_table_and_one_they_share() -> None:
    folder = resources.files("data_contracts").joinpath("contracts")
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        f"{name}.yaml" for name in (*TABLES, "shared")
    )


def test_an_unknown_fact_stops_the_lint(tmp_path: Path) -> None:
    path = tmp_path / "sen.yaml"
    path.write_text(source().replace("fact: sen_periods_apart", "fact: sen_twice"))
    with pytest.raises(Refused, match="unknown fact sen_twice"):
        manual.lint([path])


def test_all_contracts_lint_and_count() -> None:
    lines = manual.lint()
    assert len(lines) == len(TABLES)
    assert sum(len(load_contract(table).rules) for table in TABLES) >= 25
    assert set(versions()) == set(TABLES)


def test_every_rule_speaks_and_says_where_to_mend() -> None:
    for table in TABLES:
        for rule in load_contract(table).rules:
            assert rule.sentence[0].isupper() or rule.sentence.startswith('"')
            for mis in ("sims", "arbor", "bromcom"):
                assert rule.hint(mis).startswith(rule.hints["any"])


def test_hints_name_the_place_in_the_mis() -> None:
    rule = next(rule for rule in load_contract("pupils").rules if rule.name == "upn_present")
    assert "Pupil Details" in rule.hint("sims")
    assert "Student profile" in rule.hint("arbor")
    assert "Student Details" in rule.hint("bromcom")


@pytest.mark.parametrize("table", [*TABLES, "files"])
def test_the_pages_in_docs_are_the_contracts(table: str) -> None:
    page = Path(__file__).parents[2] / "docs" / "contracts" / f"{table}.md"
    assert page.read_text(encoding="utf-8") == manual.pages()[table]


def test_audit_columns_are_marked() -> None:
    audit = {field.name for field in load_contract("pupils").fields if field.audit_only}
    assert audit == {"ethnicity", "fsm", "in_care", "eal", "sen_unit", "resourced_provision"}


def test_shown_lists_columns_and_rules() -> None:
    assert "code_valid_on_date" in manual.shown("attendance")
    with pytest.raises(Refused):
        manual.shown("grades")
