"""The tables of a census return as COLLECT hands them out: one CSV each, joined on their ids.

Tables are told by their columns, since their names differ from term to term.
"""

from collections.abc import Sequence

from data_contracts.reading.extract import Extract
from data_contracts.reading.grid import Grid
from data_contracts.reading.returns import Entry, Return, census_day, extracts, named_season, open_fsm
from data_contracts.reading.spellings import plain

_IDS = ("pupilonrolltableid", "pupilnolongeronrolltableid")
_PUPIL = {
    "upn": "upn", "former_upn": "formerupn", "surname": "surname", "forename": "forename", "dob": "dob",
    "sex": "sex gender", "nc_year": "ncyearactual ncyearleaving", "entry_date": "entrydate",
    "leaving_date": "leavingdate", "enrol_status": "enrolstatus", "ethnicity": "ethnicity",
    "first_language": "language", "preferred_surname": "preferredsurname", "preferred_forename": "preferredforename",
    "sen_unit": "senunitindicator", "resourced_provision": "resourcedprovisionindicator",
}  # fmt: skip
_SUSPENSION = {
    "category": "category", "reason1": "reason1 reason", "reason2": "reason2", "reason3": "reason3",
    "start_date": "startdate", "sessions": "sessions actualnumberofsessions", "sen_provision": "senprovision",
}  # fmt: skip
_NEED = {"need_type": "sentype", "need_rank": "sentyperank"}
_COUNT = {"code": "attendancereason", "sessions": "sessions absencesessions"}
_POSSIBLE = "termlysessionspossible sessionspossible"


class _Table:
    """One COLLECT file: its rows as {column: text}, with the pupil each belongs to."""

    def __init__(self, grid: Grid) -> None:
        self.file = grid.file
        self.columns = [plain(cell) for cell in grid.rows[0]]
        self.rows = [
            (line, dict(zip(self.columns, (cell.strip() for cell in row), strict=False)))
            for line, row in zip(grid.lines[1:], grid.rows[1:], strict=True)
            if any(row)
        ]

    def key(self, row: dict[str, str]) -> str:
        """The pupil's id within the return: id of its row, and whose return it is."""
        name = next(name for name in _IDS if name in self.columns)
        return f"{name[5:7]}|{row.get(name, '')}|{row.get('nativeid', '')}"

    def kind(self) -> str:
        have = set(self.columns)
        if {"upn", "surname"} <= have or {"upn", "dob"} <= have:
            return "pupils"
        if "attendancereason" in have:
            return "attendance_summary"
        if {"category", "startdate"} <= have:
            return "suspensions"
        if "sentype" in have:
            return "needs"
        return "fsm" if "fsmstartdate" in have else "other"

    def take(self, row: dict[str, str], fields: dict[str, str]) -> dict[str, str]:
        found = {}
        for name, columns in fields.items():
            for column in columns.split():
                if row.get(column):
                    found[name] = row[column]
        return found


def is_collect(grid: Grid) -> bool:
    """The first row names one of the ids that join COLLECT's tables."""
    return bool(grid.rows) and any(plain(cell) in _IDS for cell in grid.rows[0])


def _season(found: Return, tables: Sequence[_Table]) -> None:
    for table in tables:
        named = named_season(table.file)
        if named:
            found.year, found.season = named
            return


def _pupils(found: Return, table: _Table, meals: dict[str, list[tuple[str, str]]], has_meals: bool) -> None:
    day = census_day(found.year, found.season) if found.year and found.season else None
    for line, row in table.rows:
        key = table.key(row)
        values = {"mis_id": key, **table.take(row, _PUPIL)}
        if has_meals and key.startswith("on"):
            values["fsm"] = "yes" if open_fsm(meals.get(key, []), day) else "no"
        found.add("pupils", Entry(table.file, line, values))


def _sen(found: Return, pupils: Sequence[_Table], needs: Sequence[_Table]) -> None:
    """A row for each need with its pupil's status; pupils without needs have a row of status alone."""
    status = {table.key(row): row.get("senprovision", "") for table in pupils for _, row in table.rows}
    seen = set()
    for table in needs:
        for line, row in table.rows:
            key = table.key(row)
            seen.add(key)
            values = {"mis_id": key, **table.take(row, _NEED)}
            if status.get(key):
                values["provision"] = status[key]
            found.add("sen", Entry(table.file, line, values))
    for table in pupils:
        for line, row in table.rows:
            key = table.key(row)
            if status.get(key) and key not in seen:
                found.add("sen", Entry(table.file, line, {"mis_id": key, "provision": status[key]}))


def _counts(found: Return, tables: Sequence[_Table], pupils: Sequence[_Table]) -> None:
    possible = {
        table.key(row): table.take(row, {"p": _POSSIBLE}).get("p", "")
        for table in pupils
        for _, row in table.rows
    }
    for table in tables:
        second = "summerhalfterm2" in plain(table.file) or any(
            c.startswith("summerhalfterm2") for c in table.columns
        )
        for line, row in table.rows:
            key = table.key(row)
            values = {"mis_id": key, **table.take(row, _COUNT), "second_half": "yes" if second else ""}
            if possible.get(key) and not second:
                values["possible"] = possible[key]
            found.add("attendance_summary", Entry(table.file, line, values))


def _not_read(tables: Sequence[_Table]) -> tuple[str, ...]:
    """Columns that hold something and are read by nobody (ids that join the tables, and their order, apart)."""
    known = {
        word
        for fields in (_PUPIL, _SUSPENSION, _NEED, _COUNT)
        for text in fields.values()
        for word in text.split()
    }
    known |= {*_POSSIBLE.split(), *_IDS, "senprovision", "fsmstartdate", "fsmenddate", "nativeid", "sourceid"}
    unread: dict[str, None] = {}
    for table in tables:
        for column in table.columns:
            if column and column not in known and not column.endswith(("tableid", "orderseqcolumn")):
                unread[column] = None
    return tuple(unread)


def collect_extracts(grids: Sequence[Grid]) -> list[Extract]:
    """The extracts of one return, out of the grids of its tables; tables about other things are not read."""
    tables: dict[str, list[_Table]] = {}
    for grid in grids:
        table = _Table(grid)
        tables.setdefault(table.kind(), []).append(table)
    found = Return("collect")
    for columns in (_PUPIL, _SUSPENSION, _NEED, _COUNT):
        found.titles |= {name: text.split()[0] for name, text in columns.items()}
    _season(found, [table for group in tables.values() for table in group])
    skipped = [table.file for table in tables.get("other", [])]
    if skipped:
        found.notes.append(f"Tables not read at all: {', '.join(skipped)}.")
    schools = {
        row.get("nativeid", "") for group in tables.values() for table in group for _, row in table.rows
    }
    found.schools = tuple(sorted(schools - {""})[:50])
    found.unread = _not_read([table for kind, group in tables.items() if kind != "other" for table in group])
    meals: dict[str, list[tuple[str, str]]] = {}
    for table in tables.get("fsm", []):
        for _, row in table.rows:
            meals.setdefault(table.key(row), []).append(
                (row.get("fsmstartdate", ""), row.get("fsmenddate", ""))
            )
    for table in tables.get("pupils", []):
        _pupils(found, table, meals, "fsm" in tables)
    _sen(found, tables.get("pupils", []), tables.get("needs", []))
    for table in tables.get("suspensions", []):
        for line, row in table.rows:
            values = {"mis_id": table.key(row), **table.take(row, _SUSPENSION)}
            found.add("suspensions", Entry(table.file, line, values))
    _counts(found, tables.get("attendance_summary", []), tables.get("pupils", []))
    return extracts(found)
