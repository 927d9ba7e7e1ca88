"""National and common code sets, each with the dates between which a code may be used."""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources

import pandas as pd

from data_contracts.errors import Refused

FIRST_DAY = date(1990, 1, 1)
LAST_DAY = date(2099, 12, 31)


@dataclass(frozen=True)
class Code:
    """One code; `extra` holds the further columns of its file (category, group, alleges_crime …)."""

    code: str
    label: str
    valid_from: date
    valid_to: date
    extra: dict[str, str]

    def valid_on(self, day: date) -> bool:
        return self.valid_from <= day <= self.valid_to


@dataclass(frozen=True)
class CodeSet:
    """A named set of codes, in the order of its file in `data_contracts/codes/`."""

    name: str
    codes: dict[str, Code]

    def __contains__(self, code: object) -> bool:
        return code in self.codes

    def __getitem__(self, code: str) -> Code:
        try:
            return self.codes[code]
        except KeyError:
            raise Refused(f"'{code}' is not in the code set {self.name}.") from None

    def valid_on(self, code: str, day: date) -> bool:
        return code in self.codes and self.codes[code].valid_on(day)

    def frame(self) -> pd.DataFrame:
        """columns: code, label, the file's further columns, valid_from and valid_to (never missing)."""
        rows = [
            {"code": c.code, "label": c.label, **c.extra, "valid_from": c.valid_from, "valid_to": c.valid_to}
            for c in self.codes.values()
        ]
        frame = pd.DataFrame(rows)
        for column in ("valid_from", "valid_to"):
            frame[column] = pd.to_datetime(frame[column])
        return frame


def _code(row: dict[str, str]) -> Code:
    start, end = row.pop("valid_from", ""), row.pop("valid_to", "")
    return Code(
        code=row.pop("code"),
        label=row.pop("label"),
        valid_from=date.fromisoformat(start) if start else FIRST_DAY,
        valid_to=date.fromisoformat(end) if end else LAST_DAY,
        extra=row,
    )


CODE_SETS = (
    "attendance",
    "behaviour_actions",
    "behaviour_roles",
    "behaviour_types",
    "enrolment_statuses",
    "ethnicities",
    "exclusion_categories",
    "exclusion_reasons",
    "movement_kinds",
    "nc_years",
    "sen_needs",
    "sen_provisions",
    "sessions",
    "sexes",
    "suspension_statuses",
)


@cache
def code_set(name: str) -> CodeSet:
    """The code set kept in `codes/<name>.csv`; Refused when there is none."""
    if name not in CODE_SETS:
        raise Refused(f"There is no code set '{name}'.", hint=f"There are: {', '.join(CODE_SETS)}.")
    text = resources.files("data_contracts").joinpath("codes", f"{name}.csv").read_text(encoding="utf-8")
    codes = [_code(dict(row)) for row in csv.DictReader(text.splitlines())]
    return CodeSet(name, {code.code: code for code in codes})


def attendance_category(code: str, on: date) -> str | None:
    """What a mark says on a day: 'present', 'late', 'approved_activity', 'authorised', 'unauthorised',
    'suspended', 'part_time', 'not_possible', 'administrative' or 'missing'; None when the code was not
    in use that day."""
    marks = code_set("attendance")
    return marks[code].extra["category"] if marks.valid_on(code, on) else None


def attendance_codes() -> pd.DataFrame:
    """columns: code, label, category, possible (bool), valid_from, valid_to; join on code and date."""
    frame = code_set("attendance").frame()
    frame["possible"] = frame["possible"].eq("yes")
    return frame


@cache
def crime_reasons() -> frozenset[str]:
    """Reasons that allege a crime (drugs, weapon, theft, sexual): kept, never inputs nor shown."""
    reasons = code_set("exclusion_reasons").codes.values()
    return frozenset(reason.code for reason in reasons if reason.extra["alleges_crime"] == "yes")


@cache
def crime_types() -> frozenset[str]:
    """Types of incident that allege a crime, as `crime_reasons` are: counted like others, named nowhere."""
    types = code_set("behaviour_types").codes.values()
    return frozenset(kind.code for kind in types if kind.extra["alleges_crime"] == "yes")


@cache
def reason_family(code: str) -> str:
    """The pre-2026 reason a newer one belongs to (DR and AR belong to DA); itself when there is none."""
    return code_set("exclusion_reasons")[code].extra["family"]
