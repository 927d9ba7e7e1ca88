"""The retention schedule: our defaults, shortened where the home's governance file says so."""

import calendar as months_of_year
import copy
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Any

from data_contracts import calendar
from data_contracts.errors import Refused
from service.core import governance
from service.core.homes import Home

REASONS = ("goes_with", "until_the_end")
"""Sections that say why a table has no number of its own; nothing to set."""
AT_MOST = {"raw_uploads_days": 30, "score": 13, "publication": 13}
DAYS = ("raw_uploads_days", "sessions_days", "subject_exports_days")


@dataclass(frozen=True, slots=True)
class Schedule:
    """For how long what is kept. Months count from the end of a term or from a row's own date."""

    raw_uploads_days: int
    sessions_days: int
    subject_exports_days: int
    months_after_term: Mapping[str, int]
    months_after_date: Mapping[str, int]
    lake_months_after_term: Mapping[str, int]

    def term_over(self, table: str, term: str, today: date) -> bool:
        """True where a term's rows of a database table have been kept long enough."""
        return today > self.goes_on(table, term)

    def goes_on(self, table: str, term: str) -> date:
        """The last day on which a term's rows of a table, or its lake files, are kept."""
        months = self.months_after_term.get(table, self.lake_months_after_term.get(table))
        if months is None:
            raise KeyError(table)
        return months_later(calendar.term(term).end, months)


def schedule(home: Home) -> Schedule:
    """The schedule of a home. Refused for an unknown key, a number below 1, or one above what may be."""
    settings = _shipped()
    for name in REASONS:
        del settings[name]
    _overlay(settings, dict(governance.read(home).get("retention", {})), "retention")
    return Schedule(**settings)


def reasons() -> dict[str, dict[str, str]]:
    """The tables that have no number of months, by section, with what ends them or why nothing does."""
    return {name: _shipped()[name] for name in REASONS}


def _shipped() -> dict[str, Any]:
    return tomllib.loads(resources.files("service.rights").joinpath("retention.toml").read_text("utf-8"))


def _overlay(settings: dict[str, Any], changes: Mapping[str, Any], at: str) -> None:
    before = copy.copy(settings)
    for key, value in changes.items():
        if key not in before:
            known = ", ".join(sorted(before))
            raise Refused(f"governance.toml sets {at}.{key}, which is unknown.", hint=f"Known: {known}.")
        if isinstance(before[key], dict):
            if not isinstance(value, Mapping):
                raise Refused(f"{at}.{key} must be a table.", hint=f"Write [{at}.{key}].")
            _overlay(settings[key], value, f"{at}.{key}")
        elif isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise Refused(f"{at}.{key} must be a whole number of at least 1.")
        elif value > AT_MOST.get(key, value):
            raise Refused(f"{at}.{key} may be at most {AT_MOST[key]}.", hint="Choose a smaller number.")
        else:
            settings[key] = value


def months_later(day: date, months: int) -> date:
    """The same day some months later, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = months_of_year.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
