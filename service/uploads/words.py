"""What checking found in a term's files, in the words of the people who exported them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from data_contracts.contract import all_contracts
from pipelines.check.findings import rank
from service.schools import MIS_WORDS
from service.shell.messages import N_

PLACES_SHOWN = 12

STATUS_WORDS = {
    "queued": N_("Waiting"),
    "running": N_("In progress"),
    "held": N_("Needs approval"),
    "refused": N_("Could not be used"),
    "done": N_("Done"),
    "failed": N_("Stopped by an error in Belong"),
}
STEP_WORDS = {
    "receive": N_("The files have been uploaded."),
    "check": N_("Checking every row."),
    "load": N_("Saving the valid rows."),
    "indicators": N_("The rows are saved. Working out what changed for each pupil."),
    "score": N_("Working out which pupils to suggest for a support review."),
    "publish": N_("Finished."),
}
TABLE_WORDS = {
    "pupils": "Pupils",
    "attendance": "Attendance marks",
    "attendance_summary": "Attendance totals",
    "behaviour": "Behaviour records",
    "suspensions": "Suspensions and exclusions",
    "sen": "Special educational needs",
    "movements": "Moves and part-time timetables",
}
FIELD_WORDS = {
    "upn": "unique pupil number",
    "former_upn": "former unique pupil number",
    "admission_number": "admission number",
    "mis_id": "pupil number in the school's system",
    "full_name": "name",
    "dob": "date of birth",
    "nc_year": "year group",
    "registration_group": "form",
    "entry_date": "date of joining",
    "leaving_date": "date of leaving",
    "enrol_status": "enrolment status",
    "fsm": "free school meals (for fairness checks only)",
    "ethnicity": "ethnicity (for fairness checks only)",
    "in_care": "in care (for fairness checks only)",
    "eal": "English as an additional language (for fairness checks only)",
    "sen_unit": "in a SEN unit (for fairness checks only)",
    "resourced_provision": "in resourced provision (for fairness checks only)",
    "local_type": "type, as your school calls it",
    "severity_text": "how serious",
    "action": "action taken",
    "recorded_on": "day it was recorded",
    "provision": "SEN provision",
    "need_type": "type of need",
    "need_rank": "order of needs",
    "review_date": "next review",
    "code": "attendance code",
    "session": "morning or afternoon",
    "am_mark": "morning mark",
    "pm_mark": "afternoon mark",
    "marks": "marks in one cell",
    "marks_from": "first day of the marks",
    "marks_to": "last day of the marks",
    "week_start": "first day of the week",
    "role": "pupil's role",
    "polarity": "positive or negative",
    "reason1": "first reason",
    "reason2": "second reason",
    "reason3": "third reason",
    "status_on": "day the status changed",
    "length_days": "length in days",
    "kind": "kind of move",
}
KIND_WORDS = {
    "row": N_("Rows like this are left out until they are corrected. All other rows are saved."),
    "file": N_("Nothing in this file was saved."),
    "warning": N_("Rows like this are saved, but someone should check them."),
}
ROLE_CELLS = {"aggressor": "hurting others", "target": "being hurt"}
EXAMPLES = "For example: "


@dataclass(frozen=True)
class TakenFor:
    """What one file was read as, and why. `fields` are (heading in the file, what it is read as)."""

    file: str
    table: str
    mis: str
    rows: int
    fields: tuple[tuple[str, str], ...]
    why: tuple[str, ...]


@dataclass(frozen=True)
class Correction:
    """One rule that was broken: how often, where, and how to correct it."""

    heading: str
    hints: tuple[str, ...]
    kind: str
    count: int
    places: tuple[str, ...]
    more: int


def taken_for(extracts: Iterable[Mapping[str, Any]]) -> tuple[TakenFor, ...]:
    """The files of an upload as their reader understood them."""
    return tuple(_taken(extract) for extract in extracts)


def _taken(extract: Mapping[str, Any]) -> TakenFor:
    evidence = [str(line) for line in extract["evidence"]]
    examples = {_heading(line): _examples(line) for line in evidence if line.startswith("'")}
    fields = tuple(
        (str(heading), field_words(str(name)) + examples.get(str(heading), ""))
        for name, heading in extract["mapping"].items()
    )
    table = TABLE_WORDS.get(extract["table"], str(extract["table"]))
    mis = MIS_WORDS.get(extract["mis"], "another system")
    why = tuple(_plain(line) for line in evidence if not line.startswith(("'", "Taken for")))
    return TakenFor(str(extract["file"]), table, mis, int(extract["rows"]), fields, why)


def field_words(name: str) -> str:
    """A canonical column in words."""
    return FIELD_WORDS.get(name, name.replace("_", " "))


def evidence_words(line: str) -> str:
    """A line of a proposal's evidence with our column's name in words."""
    for start in (" is a usual heading for ", " resembles a heading for "):
        if start in line:
            heading, name = line.rstrip(".").split(start, 1)
            return f"{heading}{start}{field_words(name.replace(' ', '_'))}."
    return line


def progress_words(step: str) -> tuple[str, int, int]:
    """(sentence, files done, files in all) of an upload's step; (sentence, 0, 0) where files don't count."""
    name, _colon, counted = step.partition(":")
    done, _slash, total = counted.partition("/")
    numbers = (int(done), int(total)) if done.isdigit() and total.isdigit() else (0, 0)
    return STEP_WORDS.get(name, ""), *numbers


@cache
def word_rules() -> frozenset[str]:
    """The rules that break where a word is the school's own: a person can say once what it means."""
    return frozenset(
        rule.name
        for contract in all_contracts()
        for rule in contract.rules
        if rule.check == "code_set"
        or rule.parameters.get("fact") in ("type_mapped", "praise_assumed", "action_known")
    )


def _heading(line: str) -> str:
    return line[1:].split("' is read as ")[0]


def _examples(line: str) -> str:
    """The examples of an evidence line, with role codes put in kind words."""
    if EXAMPLES not in line:
        return ""
    given = line.split(EXAMPLES, 1)[1].rstrip(".").split(", ")
    return f", for example {', '.join(ROLE_CELLS.get(each, each) for each in given)}"


def _plain(line: str) -> str:
    return line.replace("Encoding:", "Text encoding:")


def corrections(problems: Iterable[Mapping[str, Any]]) -> tuple[Correction, ...]:
    """Problems put together by how they are corrected: whole files first, causes before what follows, then the
    commonest."""
    groups: dict[tuple[str, str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for problem in problems:
        about = problem["file"] if problem["severity"] == "file" else problem["table"] or ""
        groups[problem["severity"], about, problem["rule"]].append(problem)
    found = [
        (rank(rule, severity), _correction(severity, table, group))
        for (severity, table, rule), group in groups.items()
    ]
    return tuple(each for _, each in sorted(found, key=lambda pair: (pair[0], -pair[1].count)))


def _correction(severity: str, table: str, group: list[Mapping[str, Any]]) -> Correction:
    said = dict.fromkeys(str(problem["message"]) for problem in group)
    words = next(iter(said)) if len(said) <= 1 else f"{next(iter(said))} There are other problems like this."
    about = f"{TABLE_WORDS.get(table, table)}: " if table else ""
    hints = tuple(dict.fromkeys(str(problem["hint"]) for problem in group if problem["hint"]))[:3]
    places = tuple(dict.fromkeys(_place(problem) for problem in group))
    shown = places[:PLACES_SHOWN]
    return Correction(
        about + words, hints, KIND_WORDS[severity], len(group), shown, max(len(places) - len(shown), 0)
    )


def _place(problem: Mapping[str, Any]) -> str:
    """`Behaviour.csv, line 12, column Date`."""
    parts = [str(problem["file"])]
    if problem["line"] is not None:
        parts.append(f"line {problem['line']}")
    if problem["column"]:
        parts.append(f"column {problem['column']}")
    return ", ".join(parts)
