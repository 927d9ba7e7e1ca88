"""The contracts for people: checked (lint), shown on a terminal, and written out as pages."""

from collections.abc import Sequence
from pathlib import Path

from data_contracts.codes import code_set
from data_contracts.contract import MIS_NAMES, TABLES, Contract, Field, Rule, load_contract, parse_contract
from data_contracts.errors import Refused
from data_contracts.facts import FACTS
from data_contracts.reading.faults import FAULTS

_DOES = {
    "row": "the row is left out until it is corrected",
    "file": "the file is refused",
    "warning": "taken, with a warning",
}


def _system(mis: str) -> str:
    name = MIS_NAMES[mis].removesuffix(" MIS").removeprefix("the ")
    return f"{name[0].upper()}{name[1:]}"


def _linted(contract: Contract) -> str:
    """One line for a sound contract; Refused when a rule can't be compiled."""
    from data_contracts import expectations  # the heavy door opens only when rules are really compiled

    for rule in contract.rules:
        if rule.fact is not None and rule.fact not in FACTS:
            raise Refused(f"{contract.table}: rule {rule.name} asks for an unknown fact {rule.fact}.")
        if not rule.sentence.endswith((".", "?")) or not rule.hints["any"]:
            raise Refused(f"{contract.table}: rule {rule.name} needs a full sentence and a hint.")
    compiled = expectations.suite(contract)
    for name in contract.recognised_by:
        _known_columns(contract, name)
    return f"{contract.table} {contract.version}: {len(contract.fields)} columns, {len(compiled.expectations)} rules."


_LAYOUTS = {"week_columns", "day_columns", "session_columns", "code_columns", "category_columns"}


def _known_columns(contract: Contract, names: tuple[str, ...]) -> None:
    unknown = set(names) - {field.name for field in contract.fields} - _LAYOUTS
    if unknown:
        raise Refused(f"{contract.table}: recognisedBy names unknown columns {', '.join(sorted(unknown))}.")


def lint(files: Sequence[Path] | None = None) -> list[str]:
    """A line for each contract (all of ours, or the given YAML files); Refused at the first fault."""
    if files:
        return [_linted(parse_contract(path.read_text(encoding="utf-8"))) for path in files]
    return [_linted(load_contract(table)) for table in TABLES]


def shown(table: str) -> str:
    """One contract as plain text; Refused when there is no such table."""
    contract = load_contract(table)
    lines = [
        f"{table} {contract.version}: {contract.row}",
        contract.purpose,
        contract.limitations,
        "",
        "Columns",
    ]
    for field in contract.fields:
        needed = " (needed)" if field.required else ""
        lines.append(f"  {field.name}{needed}: {field.description}")
    lines += ["", "Rules"]
    lines += [f"  {rule.name}: {rule.sentence} {rule.hints['any']}" for rule in contract.rules]
    return "\n".join(lines)


def _headings(field: Field) -> str:
    parts = [f"{_system(mis)}: {', '.join(words)}" for mis, words in field.headers.items()]
    return "; ".join(parts) or "worked out from others"


def _column_row(field: Field) -> str:
    codes = ""
    if field.code_set:
        codes = f" Codes: {', '.join(list(code_set(field.code_set).codes)[:12])}"
        codes += " …" if len(code_set(field.code_set).codes) > 12 else ""
    notes = [" Only read on the way."] if field.reading_only else []
    notes += [" Stored separately, for audit only."] if field.audit_only else []
    needed = "yes" if field.required else ""
    text = f"{field.description}{''.join(notes)}{codes}".replace("|", "\\|")
    return f"| `{field.name}` | {needed} | {text} | {_headings(field).replace('|', chr(92) + '|')} |"


def _rule_row(rule: Rule) -> str:
    hints = " ".join(
        text if mis == "any" else f"*{_system(mis)}:* {text}" for mis, text in rule.hints.items()
    ).replace("|", "\\|")
    return f"| `{rule.name}` | {rule.sentence} | {hints} | {_DOES[rule.severity]} |"


def _known_on(contract: Contract) -> str:
    known = contract.known_on
    lag = (
        f"{known.lag_school_days} school days after `{known.event}`"
        if known.lag_school_days
        else f"`{known.event}`"
    )
    if known.recorded is None:
        return f"A row counts as known from {lag}."
    return f"A row counts as known from `{known.recorded}`; where that is missing, from {lag}, marked as assumed."


def page(contract: Contract) -> str:
    """A contract as a Markdown page."""
    lines = [
        f"# {contract.table.replace('_', ' ').capitalize()}",
        "",
        f"Version {contract.version}. One row is: {contract.row[0].lower()}{contract.row[1:]}",
        "",
        contract.purpose,
        contract.limitations,
        "",
        _known_on(contract),
        "",
        "## Columns",
        "",
        "| column | needed | what it says | headings understood |",
        "|---|---|---|---|",
        *[_column_row(field) for field in contract.fields],
        "",
        "## Rules",
        "",
        "| rule | what is said when it is broken | how to correct it | what happens |",
        "|---|---|---|---|",
        *[_rule_row(rule) for rule in contract.rules],
        "",
    ]
    return "\n".join(lines)


_FILES = """# Files

What a file is called says nothing; what it holds does. Belong reads CSV and other text (comma, semicolon, tab, bar;
UTF-8, UTF-16, Windows-1252), XLSX, web pages that an MIS hands out under a spreadsheet's name, zips of these, the
School Census return (XML) and the tables COLLECT makes of it. Titles above the headings, page breaks, totals and
footers are left out, and each is said by `belong check --explain`, which also shows what every heading was read as,
with a few values, and names every column that was not read.

Marks may come as a row per mark, a row per day, a row per week, a column per session (headings in one to three
rows), a string per week or term, or counted per code or category. A cell that could mean two things is never
guessed: its row, or its file, waits with one of the sentences below.

## What is said of a file or row before any rule is asked

| | what is said | what to do |
|---|---|---|
"""


def page_of_files() -> str:
    """What is read, and every refusal with what to do."""
    rows = [
        f"| `{name}` | {message} | {hint} |".replace("\\", "\\\\") for name, (message, hint) in FAULTS.items()
    ]
    return _FILES + "\n".join(rows) + "\n"


def pages() -> dict[str, str]:
    """name → Markdown page, for `docs/contracts/`: one per table, and one about files."""
    return {table: page(load_contract(table)) for table in TABLES} | {"files": page_of_files()}
