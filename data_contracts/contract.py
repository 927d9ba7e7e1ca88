"""Contracts: one ODCS v3 YAML file per table, strictly read into plain objects.

Anything the reader does not know (a key, a type, a check, a fact, a code set) stops it: a rule that is
silently skipped is worse than none.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast

from data_contracts.codes import CODE_SETS
from data_contracts.errors import Refused
from data_contracts.includes import plain, refuse, source
from data_contracts.problems import Severity

TABLES = ("pupils", "attendance", "attendance_summary", "behaviour", "suspensions", "sen", "movements")
Check = Literal["present", "readable", "pattern", "code_set", "between", "unique", "fact", "row_count"]
MIS_KEYS = ("any", "sims", "arbor", "bromcom", "collect", "census")
MIS_NAMES = {
    "any": "any MIS", "sims": "SIMS", "arbor": "Arbor", "bromcom": "Bromcom", "collect": "COLLECT",
    "census": "the census",
}  # fmt: skip
READINGS = (
    "upn", "identifier", "name", "text", "date", "date_of", "time", "code", "mark", "flag", "year", "number",
)  # fmt: skip
LOGICAL_TYPES = ("string", "date", "boolean", "number", "integer")
PLACES = ("lake", "roll", "audit")
ROWS_ARE = ("events", "totals", "states")

_TOP = {
    "apiVersion", "kind", "id", "name", "version", "status", "domain", "description", "schema", "customProperties",
}  # fmt: skip
_SCHEMA = {"name", "logicalType", "description", "properties", "quality"}
_PROPERTY = {"name", "logicalType", "required", "description", "customProperties", "quality"}
_PROPERTY_CUSTOM = {"reading", "codeSet", "headers", "keptIn", "readingOnly"}
_RULE = {"name", "type", "engine", "severity", "description", "implementation", "customProperties"}
_RULE_CUSTOM = {"hints", "column"}
_TABLE_CUSTOM = {"recognisedBy", "fileNames", "knownOn", "rowsAre"}
_CHECK_KEYS: dict[str, set[str]] = {
    "present": set(),
    "readable": set(),
    "pattern": {"pattern"},
    "code_set": {"set"},
    "between": {"minimum", "maximum"},
    "unique": {"columns", "fact"},
    "fact": {"fact"},
    "row_count": {"minimum"},
}


@dataclass(frozen=True)
class Rule:
    """One check with its sentence; `column` is the field it is about (None: the whole row or file)."""

    name: str
    check: Check
    column: str | None
    severity: Severity
    sentence: str
    hints: dict[str, str]
    parameters: dict[str, Any]

    @property
    def fact(self) -> str | None:
        """The fact that says which rows are fine, where the rule names one."""
        name: str | None = self.parameters.get("fact")
        return name

    @property
    def computed(self) -> bool:
        """Whether it is worked out beforehand as a column of its own, and only then asked."""
        return self.check in ("fact", "readable", "unique")

    def hint(self, mis: str) -> str:
        """How to mend it, with the place in that MIS where one is known."""
        place = self.hints.get(mis)
        return f"{self.hints['any']} In {MIS_NAMES[mis]}: {place}" if place else self.hints["any"]


@dataclass(frozen=True)
class Field:
    """One column of a table: how it is found and read in an extract, and where it is kept (often nowhere)."""

    name: str
    logical_type: str
    required: bool
    description: str
    reading: str | None
    code_set: str | None
    headers: dict[str, tuple[str, ...]]
    kept_in: tuple[str, ...]
    reading_only: bool

    @property
    def audit_only(self) -> bool:
        return self.kept_in == ("audit",)


@dataclass(frozen=True)
class KnownOn:
    """Which column says when a row became known; else the event's date and a lag in school days."""

    recorded: str | None
    event: str
    lag_school_days: int


@dataclass(frozen=True)
class Contract:
    """The agreed shape and rules of one table."""

    table: str
    version: str
    row: str
    purpose: str
    limitations: str
    fields: tuple[Field, ...]
    rules: tuple[Rule, ...]
    recognised_by: tuple[tuple[str, ...], ...]
    file_names: tuple[str, ...]
    known_on: KnownOn
    rows_are: str

    @property
    def day(self) -> str | None:
        """The column that dates a row; None where rows are states, which stand until another follows."""
        return None if self.rows_are == "states" else self.known_on.event

    @property
    def event_day(self) -> str | None:
        """The column that says when a row happened; None where rows tell of a period."""
        return self.known_on.event if self.rows_are == "events" else None

    def kept(self, place: str) -> tuple[Field, ...]:
        """The columns kept in the lake, on the roll or in the table for audit only."""
        return tuple(field for field in self.fields if place in field.kept_in)

    def field(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)

    def columns(self) -> tuple[str, ...]:
        """The columns of the canonical table (fields used only while reading are left out)."""
        return tuple(field.name for field in self.fields if not field.reading_only)


def _keys(value: object, allowed: set[str], where: str, needed: set[str] | None = None) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise refuse(where, "a mapping is expected")
    unknown = set(value) - allowed
    if unknown:
        raise refuse(where, f"unknown key {', '.join(sorted(map(str, unknown)))}")
    missing = (allowed if needed is None else needed) - set(value)
    if missing:
        raise refuse(where, f"missing key {', '.join(sorted(missing))}")
    return value


def _custom(items: object, allowed: set[str], where: str) -> dict[str, Any]:
    """ODCS customProperties, a list of {property, value}, as one mapping."""
    found: dict[str, Any] = {}
    for item in cast("list[Any]", items or []):
        pair = _keys(item, {"property", "value"}, where)
        name = pair["property"]
        if name not in allowed:
            raise refuse(where, f"unknown custom property {name}")
        if name in found:
            raise refuse(where, f"custom property {name} given twice")
        found[name] = pair["value"]
    return found


def _one_of(value: object, allowed: tuple[str, ...], where: str, what: str) -> str:
    if value not in allowed:
        raise refuse(where, f"unknown {what} '{value}'")
    return str(value)


def _headers(value: object, where: str) -> dict[str, tuple[str, ...]]:
    by_mis = _keys(value or {}, set(MIS_KEYS), f"{where} headers", set())
    return {mis: tuple(str(h) for h in headers) for mis, headers in by_mis.items()}


def _field(value: object, where: str) -> tuple[Field, list[Any]]:
    raw = _keys(value, _PROPERTY, where, {"name", "logicalType", "required", "description"})
    where = f"{where}.{raw['name']}"
    custom = _custom(raw.get("customProperties"), _PROPERTY_CUSTOM, where)
    reading, codes = custom.get("reading"), custom.get("codeSet")
    field = Field(
        name=raw["name"],
        logical_type=_one_of(raw["logicalType"], LOGICAL_TYPES, where, "type"),
        required=bool(raw["required"]),
        description=raw["description"],
        reading=None if reading is None else _one_of(reading, READINGS, where, "reading"),
        code_set=None if codes is None else _one_of(codes, CODE_SETS, where, "code set"),
        headers=_headers(custom.get("headers"), where),
        kept_in=tuple(_one_of(each, PLACES, where, "place") for each in custom.get("keptIn", ())),
        reading_only=bool(custom.get("readingOnly", False)),
    )
    if field.reading in ("code", "mark", "year") and field.code_set is None and not field.reading_only:
        raise refuse(where, "a field read as a code needs a codeSet")
    if "lake" in field.kept_in and field.reading in ("upn", "name"):
        raise refuse(where, "names and UPNs are never stored in the lake")
    if field.kept_in and field.reading_only:
        raise refuse(where, "what is only read on the way is stored nowhere")
    return field, raw.get("quality", [])


def _rule(value: object, column: str | None, where: str) -> Rule:
    raw = _keys(value, _RULE, where)
    where = f"{where} rule {raw['name']}"
    if raw["type"] != "custom" or raw["engine"] != "greatExpectations":
        raise refuse(where, "type must be custom and engine greatExpectations")
    custom = _custom(raw["customProperties"], _RULE_CUSTOM, where)
    hints = _keys(custom.get("hints"), set(MIS_KEYS), f"{where} hints", {"any"})
    body = dict(raw["implementation"])
    check = _one_of(body.pop("check", None), tuple(_CHECK_KEYS), where, "check")
    parameters = _keys(body, _CHECK_KEYS[check], where, {"columns"} if check == "unique" else None)
    if check == "code_set":
        _one_of(parameters["set"], CODE_SETS, where, "code set")
    column = column or custom.get("column")
    if column is None and check not in ("fact", "unique", "row_count"):
        raise refuse(where, f"check {check} needs a column")
    severity = _one_of(raw["severity"], ("row", "file", "warning"), where, "severity")
    return Rule(
        name=raw["name"],
        check=cast(Check, check),
        column=column,
        severity=cast(Severity, severity),
        sentence=raw["description"],
        hints={mis: str(text) for mis, text in hints.items()},
        parameters=parameters,
    )


def _consistent(contract: Contract) -> Contract:
    """What one part of a contract says of another holds: required ⇔ a rule asks for it, columns exist."""
    names = [field.name for field in contract.fields]
    rule_names = [rule.name for rule in contract.rules]
    for kind, found in (("column", names), ("rule", rule_names)):
        twice = {name for name in found if found.count(name) > 1}
        if twice:
            raise refuse(contract.table, f"{kind} {', '.join(sorted(twice))} given twice")
    for rule in contract.rules:
        about = {*rule.parameters.get("columns", ()), *((rule.column,) if rule.column else ())}
        if unknown := about - set(names):
            listed = ", ".join(sorted(unknown))
            raise refuse(contract.table, f"rule {rule.name} is about an unknown column {listed}")
    asked = {rule.column for rule in contract.rules if rule.check == "present"}
    required = {field.name for field in contract.fields if field.required}
    if asked != required:
        differ = ", ".join(sorted(str(name) for name in asked ^ required))
        raise refuse(contract.table, f"required and the present rules disagree about {differ}")
    return contract


def parse_contract(text: str) -> Contract:
    """A contract from its YAML; Refused with the place when it is not one, word for word."""
    raw = _keys(plain(text), _TOP, "file")
    where = str(raw["name"])
    if raw["kind"] != "DataContract" or not str(raw["apiVersion"]).startswith("v3."):
        raise refuse(where, "kind must be DataContract and apiVersion v3")
    if len(raw["schema"]) != 1:
        raise refuse(where, "exactly one table is expected")
    about = _keys(raw["description"], {"purpose", "limitations"}, f"{where} description")
    schema = _keys(raw["schema"][0], _SCHEMA, where)
    fields, rules = [], []
    for item in schema["properties"]:
        field, quality = _field(item, where)
        fields.append(field)
        rules += [_rule(entry, field.name, where) for entry in quality]
    rules += [_rule(entry, None, where) for entry in schema["quality"]]
    custom = _custom(raw["customProperties"], _TABLE_CUSTOM, where)
    known = _keys(custom["knownOn"], {"recorded", "event", "lagSchoolDays"}, f"{where} knownOn")
    return _consistent(
        Contract(
            table=where,
            version=str(raw["version"]),
            row=schema["description"],
            purpose=about["purpose"],
            limitations=about["limitations"],
            fields=tuple(fields),
            rules=tuple(rules),
            recognised_by=tuple(tuple(names) for names in custom["recognisedBy"]),
            file_names=tuple(custom["fileNames"]),
            known_on=KnownOn(known["recorded"], known["event"], int(known["lagSchoolDays"])),
            rows_are=_one_of(custom.get("rowsAre", "events"), ROWS_ARE, where, "kind of rows"),
        )
    )


@cache
def load_contract(table: str) -> Contract:
    """The contract of a table, from `data_contracts/contracts/`; Refused when there is none."""
    if table not in TABLES:
        raise Refused(f"There is no contract for '{table}'.", hint=f"There are: {', '.join(TABLES)}.")
    return parse_contract(source(table))


def all_contracts() -> tuple[Contract, ...]:
    return tuple(load_contract(table) for table in TABLES)


def versions() -> dict[str, str]:
    """The version of every contract, as kept with each load and each model."""
    return {contract.table: contract.version for contract in all_contracts()}
