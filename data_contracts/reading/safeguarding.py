"""Safeguarding logs are refused whole and by name: a concern about a child is no incident of the child's.

They are told by the product's name, by their headings and by what stands in their cells, so that one without its
product's name is told too.
"""

import re
from functools import lru_cache

import numpy as np
import pandas as pd

from data_contracts.reading.body import Body
from data_contracts.reading.faults import FAULTS, FileRefused, row_problem
from data_contracts.reading.grid import Grid
from data_contracts.reading.headings import LONGEST_HEADING, SEARCHED_ROWS, Heading
from data_contracts.reading.spellings import plain

PRODUCTS = {
    "cpoms": "CPOMS",
    "myconcern": "MyConcern",
    "studentsafe": "StudentSafe",
    "safeguardmyschool": "Safeguard My School",
    "safeguardsoftware": "Safeguard My School",
    "edaware": "Impero EdAware",
    "tootoot": "Tootoot",
    "toottoot": "Tootoot",
    "thesafeguardingcompany": "MyConcern",
    "oneteamlogic": "MyConcern",
}
_IN_A_NAME = (
    "safeguard", "childprotection", "concernlog", "logofconcern", "welfareconcern", "causeforconcern", "concernsreport",
    "concernreport", "concernsexport", "cpfile", "cplog", "cpregister", "dsllog", "chronologyofconcern",
)  # fmt: skip
_SAYS_IT = frozenset({
    "dsl", "ddsl", "dslname", "dslcomments", "dslnotes", "dslaction", "designatedsafeguardinglead", "dslalerted",
    "dslnotified", "dslinformed", "safeguarding", "safeguardingcategory", "safeguardingconcern", "safeguardinglead",
    "safeguardingtype", "safeguardingnotes", "childprotection", "childprotectionconcern", "natureofconcern",
    "typeofconcern", "concerntype", "concerncategory", "concernsubcategory", "concerndetails", "concerndetail",
    "concerndescription", "concernsummary", "concerntitle", "concernid", "concernref", "concernreference",
    "concernnumber", "concernstatus", "concernlevel", "concernowner", "concernraised", "concernraisedby",
    "concernlogged", "concernloggedby", "concerndate", "dateofconcern", "concern", "concerns", "detailsofconcern",
    "raisedconcern", "disclosure", "disclosuretype", "disclosedto", "bodymap", "bodymaps", "typeofabuse",
    "abusetype", "categoryofabuse", "categoryofneed", "thresholdlevel", "thresholdofneed", "levelofneed", "riskofharm",
    "ladoreferral", "mashreferral", "referraltomash", "socialcarereferral",
    "linkedstudents", "linkedstudent", "linkedpupils", "linkedpupil", "linkedchildren",
    "alertedstaff", "staffalerted", "alerted", "caseowner", "casestatus", "filingstatus", "wishesandfeelings",
    "immediaterisk", "cpfile", "chronology",
})  # fmt: skip
_HINTS_AT_IT = frozenset({
    "assignedto", "subcategory", "subcategories", "category", "categories", "actiontaken", "incident", "owner",
    "reportedby", "raisedby", "status", "risklevel", "maintainedby", "register", "followup", "socialworker", "agency",
    "agencies", "agenciesinvolved", "voiceofthechild", "childsvoice", "pupilvoice",
})  # fmt: skip
_CONCERNS = frozenset({
    "childprotection", "safeguarding", "safeguardingconcern", "neglect", "emotionalabuse", "physicalabuse",
    "sexualabuse", "childabuse", "domesticabuse", "domesticviolence", "domesticincident", "fgm",
    "femalegenitalmutilation", "cse", "cce", "childsexualexploitation", "childcriminalexploitation", "exploitation",
    "radicalisation", "radicalization", "extremism", "prevent", "selfharm", "selfharming", "suicidalideation",
    "suicidalthoughts", "suicide", "bereavement", "lookedafterchild", "childinneed",
    "childinneedcin", "cin", "cpplan", "childprotectionplan", "childprotectioncp", "earlyhelp", "mashreferral",
    "socialcare", "socialservices", "childrenssocialcare", "operationencompass", "privatefostering", "forcedmarriage",
    "honourbasedabuse", "honourbasedviolence", "parentalsubstancemisuse", "parentalalcoholmisuse",
    "parentalmentalhealth", "parentalmentalillness", "homelife", "homecircumstances", "homeissues", "familyissues",
    "familyconcerns", "familycircumstances", "disclosure", "contextualsafeguarding", "countylines",
    "missingfromhome", "eatingdisorder", "causeforconcern", "welfareconcern", "youngcarer", "mentalhealth",
    "mentalhealthconcern", "emotionalwellbeing", "neglectconcern", "childonchildabuse", "peeronpeerabuse",
    "ladoreferral", "attachmentandtrauma", "inappropriatetouching", "fabricatedillness", "breastironing",
    "modernslavery", "traffickedchild", "parentincustody", "parentinprison", "homelessness", "childmissing",
})  # fmt: skip
_BETWEEN = re.compile(r"(?<=\s)[-–—/](?=\s)|[;,|:\n>]")
_READ_ROWS, _MOST = 500, 0.5
_OF_SCHOOL = (
    "behav",
    "attend",
    "academic",
    "progress",
    "conduct",
    "uniform",
    "homework",
    "punctual",
    "effort",
)
_ROLLS = ("pupils", "attendance", "attendance_summary")  # lists in which a flag or a file's name says little
_SAID = (
    "This is a safeguarding log from {product}, and safeguarding records never come into Belong: nothing of it was "
    "read or stored."
)


@lru_cache(maxsize=65_536)
def is_concern(text: str) -> bool:
    """Whether a category is a safeguarding concern: 'Child Protection', 'Neglect - Hygiene'."""
    if len(text) > LONGEST_HEADING:
        return False
    return any(plain(part) in _CONCERNS for part in (text, *_BETWEEN.split(text)) if part.strip())


def _product(text: str) -> str | None:
    word = plain(text) if len(text) <= LONGEST_HEADING else ""
    return next((name for mark, name in PRODUCTS.items() if mark in word), None)


def _about(grid: Grid, heading: Heading | None) -> tuple[list[str], list[str], list[list[str]]]:
    """(titles above the headings, the headings, rows below). Unrecognised files: the widest early row is taken."""
    if heading is not None:
        row, below = heading.row, heading.row + heading.rows
        titles = [cell for line in grid.rows[:row] for cell in line]
        return titles, list(heading.titles), grid.rows[below : below + _READ_ROWS]
    early = grid.rows[:SEARCHED_ROWS]
    sizes = [sum(1 for cell in row if cell.strip()) for row in early]
    row = sizes.index(max(sizes)) if sizes else 0
    titles = [cell for line in early[:row] for cell in line]
    return titles, list(early[row]) if early else [], grid.rows[row + 1 : row + 1 + _READ_ROWS]


def _concerned(rows: list[list[str]], typed: list[int]) -> float:
    """The share of the rows with a safeguarding category: in the columns of types, or (none known) in any."""
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    told = 0
    for row in filled:
        cells = [row[place] for place in typed if place < len(row)] if typed else row
        told += any(is_concern(cell) for cell in cells if 3 <= len(cell.strip()) <= LONGEST_HEADING)
    return told / len(filled) if filled else 0.0


def _typed(heading: Heading | None, headings: list[str]) -> list[int]:
    if heading is None:
        return []
    named = [heading.mapping[name] for name in ("local_type", "reason1", "kind") if name in heading.mapping]
    return [*named, *(place for place, title in enumerate(headings) if "categor" in plain(title))]


def _says_it(heading: str) -> bool:
    if heading in _SAYS_IT or any(mark in heading for mark in ("safeguard", "childprotection", "bodymap")):
        return True
    return "concern" in heading and not any(mark in heading for mark in _OF_SCHOOL)


def _is_log(
    grid: Grid, heading: Heading | None, headings: list[str], rows: list[list[str]], titles: list[str]
) -> bool:
    if heading is not None and heading.table in _ROLLS:
        return False
    words = {plain(title) for title in headings if 0 < len(title) <= LONGEST_HEADING}
    strong, weak = sum(1 for word in words if _says_it(word)), len(words & _HINTS_AT_IT)
    said = [plain(text) for text in (grid.file, *titles)]
    named = any(mark in word for word in said for mark in _IN_A_NAME)
    share = _concerned(rows, _typed(heading, headings))
    points = 2.5 * strong + min(weak / 2, 1.5) + 1.5 * (share > 0) + 4 * (share >= _MOST)
    return points + (4 if named else 2 * any("concern" in word for word in said)) >= 4


def refuse_safeguarding(grid: Grid, heading: Heading | None) -> None:
    """FileRefused for a safeguarding log, with its product's name where the file tells it."""
    titles, headings, rows = _about(grid, heading)
    product = next((found for text in (grid.file, *titles) if (found := _product(text))), None)
    flags = [found for title in headings if (found := _product(title))]
    if product is None and flags and not (heading is not None and heading.table in (*_ROLLS, "behaviour")):
        product = flags[0]
    if product:
        raise FileRefused("safeguarding_log", detail=_SAID.format(product=product))
    if _is_log(grid, heading, headings, rows, titles):
        raise FileRefused("safeguarding_log", detail=FAULTS["safeguarding_log"][0])


def without_concerns(file: str, heading: Heading, body: Body) -> None:
    """Take rows about a safeguarding concern out of a behaviour report: each becomes a problem of `body`."""
    if heading.table != "behaviour":
        return
    waits = np.zeros(len(body.lines), dtype=bool)
    for place in dict.fromkeys(_typed(heading, list(heading.titles))):
        places, distinct = pd.factorize(body.columns[place])
        waits |= np.array([is_concern(str(text)) for text in distinct] or [False], dtype=bool)[places]
    if waits.any():
        body.problems += [row_problem(file, int(line), "safeguarding_row") for line in body.lines[waits]]
        body.columns = [column[~waits] for column in body.columns]
        body.lines = body.lines[~waits]
