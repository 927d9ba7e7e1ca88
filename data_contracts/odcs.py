"""A contract as plain ODCS, for other people's tools: nothing included, and said in the standard's own words.

What is missing, a pattern, a set of codes, a range, how many rows there are and which repeat each other are checks
that any tool can run. What only Belong can work out (whether a check letter fits, whether a day was a school day) is
told as text, so that nothing looks checked that isn't; another tool may find fewer repeats than Belong where a cell
is empty, which some count as unlike any other. Columns that are only read on the way are left out: they
are in no table.
"""

from typing import Any

import yaml

from data_contracts.codes import code_set
from data_contracts.contract import Contract, Field, Rule, load_contract
from data_contracts.includes import plain, source

VERSION = "v3.1.0"  # the first whose metrics name what is counted
_KEPT = ("kind", "id", "name", "version", "status", "domain", "description")
Said = dict[str, Any]


def exported(table: str) -> str:
    """The contract of a table as ODCS YAML; Refused when there is no such table."""
    contract = load_contract(table)
    raw = plain(source(table))
    columns = [field for field in contract.fields if not field.reading_only]
    names = {field.name for field in columns}
    about_rows = [rule for rule in contract.rules if _of_rows(rule) or rule.column not in names]
    said = {
        "apiVersion": VERSION,
        **{key: raw[key] for key in _KEPT},
        "schema": [
            {
                "name": table,
                "logicalType": "object",
                "description": contract.row,
                "properties": [_column(field, contract) for field in columns],
                "quality": [_quality(rule) for rule in about_rows],
            }
        ],
        "customProperties": _custom(knownOn=_known_on(contract), rowsAre=contract.rows_are),
    }
    return yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=110)


def _of_rows(rule: Rule) -> bool:
    return rule.check in ("unique", "row_count")


def _known_on(contract: Contract) -> Said:
    known = contract.known_on
    return {"recorded": known.recorded, "event": known.event, "lagSchoolDays": known.lag_school_days}


def _custom(**values: object) -> list[Said]:
    """ODCS customProperties of what there is to say."""
    return [{"property": name, "value": value} for name, value in values.items() if value]


def _column(field: Field, contract: Contract) -> Said:
    rules = [rule for rule in contract.rules if rule.column == field.name and not _of_rows(rule)]
    headers = {mis: list(words) for mis, words in field.headers.items()}
    parts = {
        "name": field.name,
        "logicalType": field.logical_type,
        "logicalTypeOptions": _options(rules),
        "required": field.required,
        "description": field.description,
        "quality": [_quality(rule) for rule in rules],
        "customProperties": _custom(codeSet=field.code_set, headers=headers, keptIn=list(field.kept_in)),
    }
    return {name: part for name, part in parts.items() if part not in ({}, [])}


def _options(rules: list[Rule]) -> Said:
    """What a value must be like; what only gives a warning is no part of the type."""
    strict = [rule for rule in rules if rule.severity != "warning" and rule.check in ("pattern", "between")]
    return {name: value for rule in strict for name, value in rule.parameters.items()}


def _quality(rule: Rule) -> Said:
    left_out = None if rule.severity == "warning" else rule.severity
    return {
        "name": rule.name,
        "description": rule.sentence,
        **_check(rule),
        "severity": "warning" if rule.severity == "warning" else "error",
        "customProperties": _custom(hints=dict(rule.hints), leftOut=left_out, fact=rule.fact),
    }


def _check(rule: Rule) -> Said:
    """The check in the standard's words; text where it has none."""
    given = rule.parameters
    match rule.check:
        case "present":
            return {"type": "library", "metric": "nullValues", "mustBe": 0}
        case "pattern":
            return _no_invalid({"pattern": given["pattern"]})
        case "code_set":
            return _no_invalid({"validValues": list(code_set(given["set"]).codes)})
        case "unique":
            columns = {"properties": list(given["columns"])}
            return {"type": "library", "metric": "duplicateValues", "arguments": columns, "mustBe": 0}
        case "row_count":
            return {"type": "library", "metric": "rowCount", "mustBeGreaterOrEqualTo": given["minimum"]}
        case "between":
            outside = f"${{column}} < {given['minimum']} OR ${{column}} > {given['maximum']}"
            return {"type": "sql", "query": f"SELECT COUNT(*) FROM ${{table}} WHERE {outside}", "mustBe": 0}
    return {"type": "text"}


def _no_invalid(arguments: Said) -> Said:
    return {"type": "library", "metric": "invalidValues", "arguments": arguments, "mustBe": 0}
