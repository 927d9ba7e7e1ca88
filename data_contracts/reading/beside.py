"""One file, several tables: a roll that gives each pupil's SEN or sessions counted per code as well."""

import re
from dataclasses import replace

from data_contracts.contract import load_contract
from data_contracts.reading.grid import Grid
from data_contracts.reading.headings import Heading, same_row
from data_contracts.reading.spellings import read_code

LOOKED_AT = 200  # rows below the headings
_COUNT = re.compile(r"\d{0,4}(?:\.0*)?")
_SEN = ("provision", "need_type", "sen_support", "ehcp")
_DATED = ("start_date", "end_date", "review_date", "recorded_on")
_MOST = 0.5


def _texts(grid: Grid, heading: Heading, place: int) -> list[str]:
    below = grid.rows[heading.row + heading.rows :][:LOOKED_AT]
    return [row[place].strip() for row in below if place < len(row) and row[place].strip()]


def _counts(grid: Grid, found: Heading) -> Heading | None:
    """The columns of counts beside a roll: all of them numbers, and at least one of them filled."""
    heading = same_row(found, "attendance_summary")
    if heading.layout not in ("code_columns", "category_columns"):
        return None
    texts = [text for place, _ in heading.cells for text in _texts(grid, heading, place)]
    return heading if texts and all(_COUNT.fullmatch(text) for text in texts) else None


def _sen(grid: Grid, found: Heading) -> Heading | None:
    """SEN beside a roll, where most of what stands there is a status or a need: 'Yes' is neither."""
    heading = same_row(found, "sen")
    mapping = {
        name: place for name, place in heading.mapping.items()
        if name not in _DATED or "sen" in heading.titles[place].casefold()
    }  # fmt: skip
    for name in ("provision", "need_type"):
        if name in mapping:
            words = set(_texts(grid, heading, mapping[name]))
            codes = str(load_contract("sen").field(name).code_set)
            known = sum(1 for word in words if read_code(codes, word))
            if not words or known <= len(words) * _MOST:
                del mapping[name]
    return replace(heading, mapping=mapping, layout="long") if set(_SEN) & set(mapping) else None


def _roll(found: Heading) -> Heading | None:
    """A roll beside counts: everything a pupil's row must have stands there."""
    heading = same_row(found, "pupils")
    contract = load_contract("pupils")
    needed = {field.name for field in contract.fields if field.required} - {"surname", "forename"}
    named = {"surname", "forename"} <= set(heading.mapping) or "full_name" in heading.mapping
    return replace(heading, layout="long", cells=()) if named and needed <= set(heading.mapping) else None


def further_tables(grid: Grid, found: Heading) -> list[Heading]:
    """What the same rows give besides the table they were taken for."""
    if found.table == "pupils":
        return [each for each in (_counts(grid, found), _sen(grid, found)) if each]
    if found.table == "attendance_summary" and (roll := _roll(found)):
        return [each for each in (roll, _sen(grid, roll)) if each]
    return []
