"""Which table a file is, and where: the row of headings is found by how well it fits a contract."""

import re
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache

from data_contracts.codes import code_set
from data_contracts.contract import Contract, all_contracts, load_contract
from data_contracts.folding import seen
from data_contracts.reading.dates import is_date
from data_contracts.reading.spellings import plain
from data_contracts.reading.stacked import WEEK_CELL, dated_sessions, grouped_headings, half_word

SEARCHED_ROWS = 40
_DAY_CELL = re.compile(r"(mon|tue|tues|wed|thu|thur|thurs|fri)(?:day)?")
_SESSION_TAIL = re.compile(r"\b(am|pm|a|p)\.?\Z", re.IGNORECASE)
LONGEST_HEADING = 200
_BEFORE_SESSION = " \t\r\n\f\v\u00a0_/-"
_CATEGORIES = {
    "present": "present", "attended": "present", "late": "late", "latebeforeregclosed": "late",
    "aea": "approved_activity", "approvededucationalactivity": "approved_activity", "authorised": "authorised",
    "auth": "authorised", "unauthorised": "unauthorised", "unauth": "unauthorised", "missing": "missing",
    "no": "missing", "unabletoattend": "not_possible", "notrequired": "not_possible",
}  # fmt: skip
_COUNTED = re.compile(
    r"termly|sessions?|marks?|absences?|total|numberof"
)  # a category's heading with or without these


def _category(word: str) -> str | None:
    """The category of sessions a column of counts is for: 'Attended sessions', 'Authorised absences'."""
    bare = _COUNTED.sub("", word)
    return _CATEGORIES.get(bare) if bare != "no" or word == "nomark" else None


@dataclass(frozen=True)
class Heading:
    """What was found. `mapping`: field → column; `cells`: the columns of a wide layout and their meaning."""

    table: str
    row: int
    rows: int
    mapping: dict[str, int]
    layout: str
    cells: tuple[tuple[int, str], ...]
    titles: tuple[str, ...]
    mis: str
    score: float
    evidence: tuple[str, ...] = field(default=())


@cache
def _aliases(table: str) -> dict[str, tuple[str, str, int]]:
    """plain heading → (field, MIS whose word it is, rank among the field's headings)."""
    contract = next(c for c in all_contracts() if c.table == table)
    found: dict[str, tuple[str, str, int]] = {}
    for entry in contract.fields:
        if entry.reading is not None:  # what is worked out from others takes no heading away from them
            found.setdefault(plain(entry.name), (entry.name, "any", 0))
        rank = 0
        for mis, headings in entry.headers.items():
            for heading in headings:
                rank += 1
                place = (entry.name, mis, rank if mis == "any" else -rank)
                if mis != "any" or plain(heading) not in found:
                    found[plain(heading)] = place
    return found


_PATH = re.compile(r"[./\[\]]+")
_SAYS_NOTHING = {"name", "code", "value", "label", "description", "id", "type"}
_INSIDE = 1_000  # a heading that is a path (student.data.upn) gives way to any plain one


@lru_cache(maxsize=65_536)
def _known(table: str, cell: str) -> tuple[str, str, int] | None:
    """What a heading is: as it stands, else by the last words of a path such as student.data.upn; of
    year.data.name, whose last word says nothing, by the words before it."""
    aliases = _aliases(table)
    found = aliases.get(plain(cell))
    if found or not _PATH.search(cell) or " " in cell.strip():
        return found
    parts = [part for part in _PATH.split(cell.strip()) if part and part.casefold() != "data"]
    if len(parts) < 2:
        return None
    ends = [parts[start:] for start in range(len(parts))]
    if parts[-1].casefold() in _SAYS_NOTHING:
        ends = [end for end in ends if len(end) > 1] + [end[:-1] for end in ends if len(end) > 1]
    for end in ends:
        inner = aliases.get(plain("".join(end)))
        if inner:
            return inner[0], inner[1], _INSIDE + abs(inner[2])
    return None


_CODE_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?:code|mark)\s+(\S{1,2})",
        r"(\S{1,2})\s*[-–—:]\s*\D.*",
        r"(\S{1,2})\s+\D{4,}",
        r".*\((\S{1,2})\)",
        r"(\S{1,2})\s*\(\D.*\)",
        r"([^\s_]{1,2})[\s_]*(?:total|count|sessions?)",
        r"(?:[a-z0-9 _.-]*[ _.-])?(?:[a-z]*reason|code|mark|sessions?|absences?|t)[ _.-]++(\S{1,2})",  # T_Reason_I
    )
)


@lru_cache(maxsize=16_384)
def code_of_heading(heading: str) -> str | None:
    """The attendance code a column of counts is for: 'I', 'I - Illness', 'Illness (I)', 'Code I'."""
    codes, text = code_set("attendance"), seen(heading).strip()
    if text.upper() in codes:
        return text.upper()
    for form in _CODE_FORMS:
        match = form.fullmatch(text)
        if (
            match
            and match[1].upper() in codes
            and match[1] != "-"
            and (len(text) <= 4 or match[1].isupper() or not match[1].isalpha())
        ):
            return match[1].upper()
    return None


@lru_cache(maxsize=16_384)
def split_session(heading: str) -> tuple[str, str] | None:
    """('05/09/2025', 'AM') for a heading that is a date with a session; the session is '' for a whole day."""
    heading = seen(heading).strip()
    if is_date(heading):
        return heading, ""
    match = _SESSION_TAIL.search(heading)
    day = heading[: match.start()].rstrip(_BEFORE_SESSION) if match else ""
    if match and is_date(day.strip()):
        return day.strip(), "AM" if match[1].lower().startswith("a") else "PM"
    return None


_STROKES = {"AM": "/", "PM": "\\"}
_FEW_CODES = 3


def _last_word(cell: str) -> str:
    """'PM' of 'PM' and of 'T_Reason_PM'; of a date or a day it is no stroke."""
    word = re.fullmatch(
        r"(?:.*(?:reason|code|mark|sessions?|t)[ _.-])?(AM|PM)", seen(cell).strip(), re.IGNORECASE
    )
    return word[1].upper() if word else ""


_Wide = dict[str, tuple[tuple[int, str], ...]]


def _wide_cells(cells: list[str]) -> _Wide:
    """Columns that could belong to each wide layout, with what each one stands for."""
    found: dict[str, list[tuple[int, str]]] = {
        "week_columns": [], "day_columns": [], "session_columns": [], "code_columns": [], "category_columns": [],
    }  # fmt: skip
    for place, cell in enumerate(cells):
        text, word = cell.strip(), plain(cell)
        if WEEK_CELL.fullmatch(word):
            found["week_columns"].append((place, word))
        elif _DAY_CELL.fullmatch(word):
            found["day_columns"].append((place, word))
        session = split_session(text) if text else None
        if session:
            found["session_columns"].append((place, f"{session[0]}|{session[1]}"))
        code = code_of_heading(text) if text else None
        if code:
            found["code_columns"].append((place, code))
        category = _category(word)
        if category:
            found["category_columns"].append((place, category))
    if len(found["code_columns"]) >= _FEW_CODES:  # analysts write AM and PM for the strokes
        strokes = {
            place: stroke for place, cell in enumerate(cells) if (stroke := _STROKES.get(_last_word(cell)))
        }
        found["code_columns"] = sorted([*found["code_columns"], *strokes.items()])
    least = {
        "week_columns": 4,
        "day_columns": 3,
        "session_columns": 2,
        "code_columns": 3,
        "category_columns": 2,
    }
    return {layout: tuple(cells) for layout, cells in found.items() if len(cells) >= least[layout]}


def _map_fields(
    contract: Contract, cells: list[str], taken: set[int]
) -> tuple[dict[str, int], dict[str, int]]:
    """field → column, and how many headings are words of each MIS alone."""
    best: dict[str, tuple[int, int]] = {}
    mis_words: dict[str, int] = {}
    reasons: list[int] = []
    for place, cell in enumerate(cells):
        entry = _known(contract.table, cell) if cell.strip() and place not in taken else None
        if entry is None:
            continue
        name, mis, rank = entry
        if name == "reason1":
            reasons.append(place)
        if mis != "any" and (mis != "bromcom" or cell.strip().isupper()):
            mis_words[mis] = mis_words.get(mis, 0) + 1
        if name not in best or rank < best[name][0]:
            best[name] = (rank, place)
    mapping = {name: place for name, (_, place) in best.items()}
    if len(reasons) > 1 and "reason2" not in mapping:
        mapping |= dict(zip(("reason1", "reason2", "reason3"), reasons, strict=False))
    return mapping, mis_words


def _layout(contract: Contract, mapping: dict[str, int], wide: dict[str, object]) -> str | None:
    """The first way in which the contract says its table is recognised that these headings satisfy."""
    have = set(mapping) | set(wide)
    for needed in contract.recognised_by:
        if set(needed) <= have:
            special = [name for name in needed if name in wide]
            if special:
                return special[0]
            if "am_mark" in needed or "pm_mark" in needed:
                return "day"
            return "marks" if "marks" in needed else "long"
    return None


def _system(mis_words: dict[str, int], cells: list[str]) -> str:
    named = [cell.strip() for cell in cells if cell.strip() and not re.search(r"\d", cell)]
    words = dict(mis_words)
    if len(named) > 2 and all(cell.isupper() for cell in named):
        words["bromcom"] = words.get("bromcom", 0) + 1
    if words.get("collect"):
        return "collect"
    return max(words, key=lambda mis: words[mis]) if words else "other"


_REFERENCES = {"upn", "former_upn", "admission_number", "mis_id", "surname", "forename", "full_name", "dob",
               "preferred_surname", "preferred_forename", "preferred_name"}  # fmt: skip


_NAMED_LIST = 3
_ON_ROLL = {"entry_date", "leaving_date", "enrol_status"}
_ANY_START = {"startdate", "enddate"}
_PERIOD = {"period_start", "period_end"}


def _weight(contract: Contract, mapping: dict[str, int], cells: list[str]) -> float:
    """How much the headings say for a table. Whom a row is about, and what a report says of them in passing
    (year, form, sex, FSM), stands in every kind of report; a pupils extract is told by when they came."""
    if contract.table == "pupils":
        told = [name for name in _ON_ROLL & set(mapping) if plain(cells[mapping[name]]) not in _ANY_START]
        return 2 * len(told) + 0.2 * (len(mapping) - len(told))
    specific = len(set(mapping) - _REFERENCES) + 0.2 * len(set(mapping) & _REFERENCES)
    if contract.table == "attendance" and "marks" in mapping:
        specific += 2  # a register with its totals beside the marks: the marks say more
    undated = contract.table == "attendance_summary" and not _PERIOD & set(mapping)
    return specific - undated


def _fit(
    contract: Contract, cells: list[str], file: str, wide: _Wide
) -> tuple[float, dict[str, int], str, tuple, str] | None:
    wide = wide if contract.table in ("attendance", "attendance_summary") else {}
    taken = {place for layout in ("code_columns", "session_columns") for place, _ in wide.get(layout, ())}
    mapping, mis_words = _map_fields(contract, cells, taken if "session_columns" in wide else set())
    if "code_columns" in wide and "sessions" not in mapping:
        mapping = {name: place for name, place in mapping.items() if place not in taken}
    layout = _layout(contract, mapping, dict(wide))
    if layout is None or (contract.table != "pupils" and not _REFERENCES & set(mapping)):
        return None
    score = _weight(contract, mapping, cells) + 0.5 * len(wide.get(layout, ()))
    if any(word in plain(file) for word in contract.file_names):
        score += 1.5
    return score, mapping, layout, wide.get(layout, ()), _system(mis_words, cells)


def _headings(rows: list[list[str]]) -> list[tuple[int, int, list[str]]]:
    """Rows that may hold the headings: (row, how many rows, cells). Nothing longer than a heading is one."""
    found = []
    halved = [sum(1 for cell in row if half_word(cell)) >= 2 for row in rows[: SEARCHED_ROWS + 2]]
    rows = [
        [cell if len(cell) <= LONGEST_HEADING else "" for cell in row] for row in rows[: SEARCHED_ROWS + 2]
    ]
    for place, row in enumerate(rows[:SEARCHED_ROWS]):
        for count in (3, 2) if any(halved[place : place + 3]) else ():
            joined = dated_sessions(rows[place : place + count]) if place + count <= len(rows) else None
            if joined and (count == 2 or dated_sessions(rows[place : place + 2]) is None):
                found.append((place, count, joined))
        found.append((place, 1, row))
        below = rows[place + 1] if place + 1 < len(rows) else []
        grouped = grouped_headings(row, below, _any_heading) if len(below) > 1 else None
        if grouped:
            found.append((place, 2, grouped))
    return found


def _any_heading(cell: str) -> bool:
    word = plain(cell)
    return word in _every_heading() or _category(word) is not None or WEEK_CELL.fullmatch(word) is not None


def _titles(above: list[list[str]]) -> str:
    """What stands over the headings as a title: rows of one or two cells."""
    filled = [[cell for cell in row if cell.strip()] for row in above]
    return " ".join(cell[:LONGEST_HEADING] for row in filled if len(row) <= _TITLE_CELLS for cell in row)


_TITLE_CELLS = 2


def find_heading(rows: list[list[str]], file: str, tables: tuple[str, ...] | None = None) -> Heading | None:
    """The best fitting row of headings among the first rows, None when no table is recognised."""
    best: Heading | None = None
    for place, count, cells in _headings(rows):
        if sum(1 for cell in cells if cell.strip()) < 2:
            continue
        wide = _wide_cells(cells)
        titles = _titles(rows[:place])
        for contract in all_contracts():
            if tables is not None and contract.table not in tables:
                continue
            fit = _fit(contract, cells, f"{file} {titles}", wide)
            if fit and (
                best is None or fit[0] > best.score or (fit[0] == best.score and _below(best, place, count))
            ):
                best = Heading(
                    contract.table, place, count, fit[1], fit[2], fit[3], tuple(cells), fit[4], fit[0]
                )
    return best


def _below(best: Heading, place: int, count: int) -> bool:
    """The same headings as `best`, with the row above them that names their groups."""
    return place == best.row and count > best.rows


def same_row(found: Heading, table: str) -> Heading:
    """The row of headings that was found, read once more for another table. Columns the first table takes for
    something of its own are no longer free."""
    contract = load_contract(table)
    wide = _wide_cells(list(found.titles)) if table == "attendance_summary" else {}
    counted = {place for cells in wide.values() for place, _ in cells}
    own = {place for name, place in found.mapping.items() if name not in _REFERENCES}
    own |= {place for place, _ in found.cells}
    mapping, _ = _map_fields(contract, list(found.titles), own | counted)
    layout = _layout(contract, mapping, dict(wide))
    cells = wide.get(layout or "", ())
    return replace(found, table=table, mapping=mapping, layout=layout or "long", cells=cells, score=0.0)


@cache
def _every_heading() -> frozenset[str]:
    return frozenset(word for contract in all_contracts() for word in _aliases(contract.table))


def looks_like_headings(row: list[str]) -> bool:
    """Three or more cells, and nearly all there are, are headings of some table."""
    if not any(plain(cell) in _every_heading() for cell in row[:3]):
        return False
    words = [plain(cell) for cell in row if cell.strip()]
    known = sum(1 for word in words if word in _every_heading())
    return known >= 3 and known * 4 >= len(words) * 3


def heading_score(rows: list[list[str]]) -> float:
    """How well the best row of headings fits any table; 0 when none does."""
    found = find_heading(rows, "")
    return found.score if found else 0.0


def nearest(rows: list[list[str]], file: str) -> tuple[str, list[str], list[str]] | None:
    """For a file that is not recognised: the nearest table, headings recognised, and fields still missing."""
    best: tuple[float, str, list[str], list[str]] | None = None
    for _, _, cells in _headings(rows):
        for contract in all_contracts():
            mapping, _ = _map_fields(contract, cells, set())
            if not set(mapping) - _REFERENCES and len(mapping) < _NAMED_LIST:
                continue  # whom a row is about says nothing of the table
            missing = min((sorted(set(needed) - set(mapping)) for needed in contract.recognised_by), key=len)
            if not _REFERENCES & set(mapping):
                missing = [*missing, "pupil"]
            named = 1.5 if any(word in plain(file) for word in contract.file_names) else 0.0
            score = _weight(contract, mapping, cells) - len(missing) + named
            if best is None or score > best[0]:
                best = (score, contract.table, [cells[p].strip() for p in sorted(mapping.values())], missing)
    return best[1:] if best else None
