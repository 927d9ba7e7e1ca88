"""Layouts Belong does not know: proposed with evidence, confirmed once by a person, then found again."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from data_contracts import upn
from data_contracts.contract import all_contracts, load_contract
from data_contracts.errors import Refused
from data_contracts.reading.dates import is_date
from data_contracts.reading.extract import Mapping
from data_contracts.reading.grid import Grid
from data_contracts.reading.headings import LONGEST_HEADING, SEARCHED_ROWS, Heading, nearest
from data_contracts.reading.narratives import is_narrative
from data_contracts.reading.spellings import plain

LOOKED_AT = 50  # rows below the headings


@dataclass(frozen=True)
class Proposal:
    """What a file might be. `guess`: field → heading, to be confirmed or changed; `missing`: needed still."""

    file: str
    table: str
    headings: tuple[str, ...]
    guess: dict[str, str]
    missing: tuple[str, ...]
    fields: tuple[str, ...]
    evidence: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "table": self.table,
            "headings": list(self.headings),
            "guess": self.guess,
            "missing": list(self.missing),
            "fields": list(self.fields),
            "evidence": list(self.evidence),
        }


def _widest_row(grid: Grid) -> list[str]:
    """The row most likely to hold headings: the first of those with the most filled cells that are words."""

    def words(row: list[str]) -> int:
        return sum(1 for cell in row if plain(cell) and not plain(cell).isdigit())

    return max(grid.rows[:SEARCHED_ROWS], key=words, default=[])


def _close(heading: str, field_name: str, aliases: list[str]) -> bool:
    word = plain(heading)
    return len(word) > 3 and any(
        word in plain(alias) or plain(alias) in word
        for alias in [field_name, *aliases]
        if len(plain(alias)) > 3
    )


def propose(grid: Grid, table: str | None = None) -> Proposal:
    """A guess at the table and columns of a file that was not recognised, for a person to confirm."""
    near = nearest(grid.rows, grid.file)
    chosen = table or (near[0] if near else "behaviour")
    contract = load_contract(chosen)
    headings = [
        "" if len(cell) > LONGEST_HEADING or is_narrative(cell.strip()) else cell.strip()
        for cell in _widest_row(grid)
    ]
    guess: dict[str, str] = {}
    evidence = []
    for entry in contract.fields:
        aliases = [heading for group in entry.headers.values() for heading in group]
        exact = [h for h in headings if plain(h) in {plain(a) for a in [entry.name, *aliases]} and plain(h)]
        near_by = [h for h in headings if _close(h, entry.name, aliases) and h not in guess.values()]
        for found, why in ((exact, "is a usual heading for"), (near_by, "resembles a heading for")):
            if found and entry.name not in guess:
                guess[entry.name] = found[0]
                evidence.append(f"'{found[0]}' {why} {entry.name.replace('_', ' ')}.")
    _by_content(grid, headings, {entry.name for entry in contract.fields}, guess, evidence)
    missing = min((tuple(f for f in needed if f not in guess) for needed in contract.recognised_by), key=len)
    names = tuple(entry.name for entry in contract.fields if entry.reading is not None)
    return Proposal(
        grid.file, chosen, tuple(h for h in headings if h), guess, missing, names, tuple(evidence)
    )


def _by_content(
    grid: Grid, headings: list[str], fields: set[str], guess: dict[str, str], evidence: list[str]
) -> None:
    """A column full of UPNs is the UPN whatever stands above it, and the only column of dates is the date."""
    start = next((n for n, row in enumerate(grid.rows) if [cell.strip() for cell in row] == headings), 0)
    below = grid.rows[start + 1 : start + 1 + LOOKED_AT]
    dated = []
    for place, heading in enumerate(headings):
        texts = [row[place].strip() for row in below if place < len(row) and row[place].strip()]
        if not heading or not texts:
            continue
        if "upn" in fields and "upn" not in guess and all(map(upn.has_form, map(upn.normalise, texts))):
            for name in [name for name, taken in guess.items() if taken == heading]:
                del guess[name]
            guess["upn"] = heading
            evidence.append(f"'{heading}' holds unique pupil numbers.")
        elif heading not in guess.values() and all(map(is_date, texts)):
            dated.append(heading)
    if "date" in fields and "date" not in guess and len(dated) == 1:
        guess["date"] = dated[0]
        evidence.append(f"'{dated[0]}' is the only further column of dates.")


def confirm(
    proposal: Proposal, fields: dict[str, str], own_words: dict[str, dict[str, str]] | None = None
) -> Mapping:
    """The mapping a person said yes to; Refused when it names a field or heading that isn't there."""
    unknown = set(fields) - set(proposal.fields)
    if unknown:
        raise Refused(f"{proposal.table} has no column {', '.join(sorted(unknown))}.")
    absent = set(fields.values()) - set(proposal.headings)
    if absent:
        raise Refused(f"The file has no heading {', '.join(sorted(absent))}.")
    contract = load_contract(proposal.table)
    if not any(set(needed) <= set(fields) for needed in contract.recognised_by):
        needs = " or ".join(" + ".join(needed) for needed in contract.recognised_by)
        raise Refused(f"These columns are not enough for {proposal.table}.", hint=f"It needs {needs}.")
    words = {name: {plain(k): v for k, v in own.items()} for name, own in (own_words or {}).items()}
    return Mapping(proposal.table, dict(fields), words, proposal.headings)


def as_dict(mapping: Mapping) -> dict[str, Any]:
    """For the school to keep (JSON)."""
    return {
        "table": mapping.table,
        "fields": mapping.fields,
        "own_words": mapping.own_words,
        "headings": list(mapping.headings),
    }


def from_dict(stored: dict[str, Any]) -> Mapping:
    if stored.get("table") not in {contract.table for contract in all_contracts()}:
        raise Refused("The stored mapping names a table that does not exist.")
    return Mapping(
        stored["table"], dict(stored["fields"]), dict(stored["own_words"]), tuple(stored["headings"])
    )


def read_mappings(path: Path) -> list[Mapping]:
    """The mappings of a JSON file: a list of what `as_dict` gives, or one. Refused for any other content."""
    try:
        stored = json.loads(path.read_text("utf-8"))
        return [from_dict(entry) for entry in (stored if isinstance(stored, list) else [stored])]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise Refused(
            f"{path.name} is not a file of mappings.", hint="Begin one with: belong mapping propose FILE"
        ) from problem


def with_answers(mapping: Mapping | None, table: str, kept: Sequence[Mapping]) -> Mapping:
    """The mapping of one file with all that the school has said of its own words, in whatever layout; the newest
    answer holds (`kept` has the newest first)."""
    words: dict[str, dict[str, str]] = {}
    for each in reversed(kept):
        for name, said in each.own_words.items():
            words.setdefault(name, {}).update(said)
    if mapping is None:
        return Mapping(table, {}, words)
    return replace(mapping, own_words=words)


def mapped_heading(grid: Grid, mappings: Sequence[Mapping]) -> tuple[Heading, Mapping] | None:
    """The heading of a grid whose headings a confirmed mapping knows."""
    for mapping in mappings:
        if not mapping.headings:  # answers alone, which are about every layout
            continue
        wanted = [plain(heading) for heading in mapping.headings]
        for place, row in enumerate(grid.rows[:SEARCHED_ROWS]):
            if [plain(cell) for cell in row if cell.strip()] == wanted:
                columns = {name: _place(row, heading) for name, heading in mapping.fields.items()}
                layout = (
                    "day"
                    if {"am_mark", "pm_mark"} & set(columns)
                    else "marks"
                    if "marks" in columns
                    else "long"
                )
                heading = Heading(
                    mapping.table, place, 1, columns, layout, (), tuple(row), "other", float("inf")
                )
                return heading, mapping
    return None


def _place(row: list[str], heading: str) -> int:
    return next(place for place, cell in enumerate(row) if plain(cell) == plain(heading))
