"""Reading the Department for Education's own data sets (CSV) into published figures; what it doesn't know it refuses.

A data set is recognised by its headings. Only national rows of a phase in all are taken, and the newest year.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from data_contracts.errors import Refused
from service.setting.published import FIELDS, LOADED, Figures, Key, Published, figures_of, read_rows

MOST_BYTES = 400_000_000
DATA_SETS = {
    "susp_rate": ("suspensions", "DfE, Suspensions and permanent exclusions in England"),
    "fixed_excl_rate": ("suspensions", "DfE, Permanent and fixed-period exclusions in England"),
    "sess_overall_percent": ("absence", "DfE, Pupil absence in schools in England"),
}
"""The heading that holds the figure, what it measures, and the publication it stands in."""
PHASE_HEADINGS = ("education_phase", "school_type")
GROUP_HEADINGS = ("characteristic", "breakdown", "year_group", "national_curriculum_year")
PHASES = {
    "state-funded primary": "primary",
    "state funded primary": "primary",
    "primary": "primary",
    "state-funded secondary": "secondary",
    "state funded secondary": "secondary",
    "secondary": "secondary",
    "special": "special",
    "state-funded special": "special",
}
SEASONS = {"autumn term": "autumn", "spring term": "spring", "summer term": "summer"}
YEARS = ("academic year", "full academic year", "")
ALL = ("", "total", "all", "all pupils", "all schools")
SUPPRESSED = ("", "z", "c", "x", "u", ":", "~", "-", "..", ".", "low", "supp", "n/a", "k")
HIGHEST = {"suspensions": 300.0, "absence": 100.0}
WHERE = "Download a data set as CSV from explore-education-statistics.service.gov.uk."
_PERIOD = re.compile(r"([0-9]{4})/?(?:20)?([0-9]{2})")
_YEAR_GROUP = re.compile(r"(?:nc |national curriculum )?year(?: group)? ?([0-9]{1,2})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where a file says what: the heading of its figure, its phase and its group of pupils."""

    value: str
    phase: str
    group: str | None
    measure: str
    source: str


def load_figures(home: Path, path: Path, today: date) -> dict[str, Any]:
    """Read a data set into the home's figures: {file, loaded, figures}. Refused for what is no such data set."""
    found = read_data_set(path, today)
    standing = read_rows((home / LOADED).read_text("utf-8")) if (home / LOADED).exists() else {}
    newer = {key: row for key, row in found.items() if not _older(row, standing.get(key))}
    if not newer:
        raise Refused(f"{path.name} holds nothing newer than what is loaded already.", hint=WHERE)
    part = home / f"{LOADED}.part"
    part.write_text(_written({**standing, **newer}), "utf-8")
    part.replace(home / LOADED)
    return {"file": path.name, "loaded": len(newer), "figures": listed(Figures(newer))}


def show_figures(home: Path) -> list[dict[str, str]]:
    """Every figure that stands in a home, with its year, its source and the day it was loaded."""
    return listed(figures_of(home))


def listed(figures: Figures) -> list[dict[str, str]]:
    """Figures as plain rows, in order."""
    return [
        {
            "phase": phase,
            "measure": measure,
            "year_group": nc_year or "all",
            "term": "any" if season == "any" else season,
            "value": f"{row.value:g}",
            "period": row.period,
            "source": row.source,
            "loaded_on": row.loaded_on.isoformat() if row.loaded_on else "with Belong",
        }
        for (phase, measure, nc_year, season), row in sorted(figures.rows.items(), key=_in_order)
    ]


def _in_order(item: tuple[Key, Published]) -> tuple[str, str, int, str]:
    phase, measure, nc_year, season = item[0]
    return phase, measure, int(nc_year or 0), season


def read_data_set(path: Path, today: date) -> dict[Key, Published]:
    """The newest national figures of a data set, by phase, measure, year group and season."""
    rows, layout = _opened(path)
    found: dict[Key, tuple[str, float]] = {}
    for number, row in enumerate(rows, 2):
        for key, year, value in _figure(row, layout, f"{path.name}, line {number}"):
            before = found.get(key)
            if before is not None and before[0] == year and before[1] != value:
                raise Refused(
                    f"{path.name} gives two figures for {_said(key)} in {year}: {before[1]:g} and {value:g}.",
                    hint="It is broken down by something Belong doesn't know. Choose the data set by phase alone.",
                )
            if before is None or year >= before[0]:
                found[key] = (year, value)
    if not found:
        raise Refused(
            f"{path.name} holds no national figure of primary, secondary or special schools for a year or a term.",
            hint=WHERE,
        )
    return {key: _published(key, *one, layout, today) for key, one in found.items()}


def _opened(path: Path) -> tuple[Iterator[dict[str, str]], _Layout]:
    if not path.is_file():
        raise Refused(f"There is no file {path}.", hint="Give the path of a CSV file.")
    if path.stat().st_size > MOST_BYTES:
        raise Refused(
            f"{path.name} is too large.", hint="Choose the national data set, not the one by school."
        )
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(f"{path.name} is no CSV file in UTF-8.", hint=WHERE) from None
    rows = csv.DictReader(io.StringIO(text))
    headings = [heading.strip().casefold() for heading in rows.fieldnames or ()]
    rows.fieldnames = headings
    layout = _layout(path.name, headings)
    return ({name: (cell or "").strip() for name, cell in row.items() if name} for row in rows), layout


def _layout(name: str, headings: list[str]) -> _Layout:
    value = next((heading for heading in DATA_SETS if heading in headings), None)
    phase = next((heading for heading in PHASE_HEADINGS if heading in headings), None)
    missing = [heading for heading in ("time_period", "geographic_level") if heading not in headings]
    if value is None or phase is None or missing:
        wanted = [*missing, *([] if phase else [" or ".join(PHASE_HEADINGS)])]
        wanted += [] if value else [" or ".join(DATA_SETS)]
        raise Refused(
            f"{name} is none of the data sets that Belong reads: it has no column {', no '.join(wanted)}.",
            hint=f"Suspensions and permanent exclusions, and pupil absence, can be read. {WHERE}",
        )
    group = next((heading for heading in GROUP_HEADINGS if heading in headings), None)
    return _Layout(value, phase, group, *DATA_SETS[value])


def _figure(row: Mapping[str, str], layout: _Layout, where: str) -> Iterator[tuple[Key, str, float]]:
    """The figure of a row, if it is one of a phase in all England, for a year or one term."""
    phase = PHASES.get(row[layout.phase].casefold())
    spoken = row.get("time_identifier", "").casefold()
    season = SEASONS.get(spoken, "any" if spoken in YEARS else None)
    nc_year = _nc_year(row[layout.group]) if layout.group else ""
    cell = row[layout.value]
    if row["geographic_level"].casefold() != "national" or not phase or not season or nc_year is None:
        return
    if cell.casefold() in SUPPRESSED:
        return
    period = _PERIOD.fullmatch(row["time_period"])
    if period is None or (int(period[1]) + 1) % 100 != int(period[2]):
        raise Refused(f"{where}: time_period {row['time_period']!r} is no school year.", hint="Like 202324.")
    try:
        value = float(cell)
    except ValueError:
        raise Refused(f"{where}: {layout.value} {cell!r} is no number.", hint=WHERE) from None
    if not 0 <= value <= HIGHEST[layout.measure]:
        raise Refused(f"{where}: {layout.value} {cell} can't be a rate for every 100.", hint=WHERE)
    yield (phase, layout.measure, nc_year, season), f"{period[1]}/{period[2]}", value


def _nc_year(text: str) -> str | None:
    """A year group's number, nothing for all pupils, None for any other group of pupils."""
    if text.casefold() in ALL:
        return ""
    found = _YEAR_GROUP.fullmatch(text.strip())
    return str(int(found[1])) if found else None


def _published(key: Key, year: str, value: float, layout: _Layout, today: date) -> Published:
    """A year's suspensions are told as a third, beside one term; absence is a share and stands as it is."""
    season = key[3]
    if season == "any" and layout.measure == "suspensions":
        return Published(
            round(value / 3, 2), f"a third of the year {year}'s {value:g}", f"{layout.source}, {year}", today
        )
    period = year if season == "any" else f"{season} term {year}"
    return Published(value, period, f"{layout.source}, {period}", today)


def _older(row: Published, standing: Published | None) -> bool:
    return standing is not None and row.school_year < standing.school_year


def _said(key: Key) -> str:
    phase, measure, nc_year, season = key
    return " ".join([phase, measure, *([f"Year {nc_year}"] if nc_year else []), season])


def _written(rows: dict[Key, Published]) -> str:
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(FIELDS)
    for key, row in sorted(rows.items(), key=_in_order):
        lines.writerow([*key, f"{row.value:g}", row.period, row.source, row.loaded_on or ""])
    return out.getvalue()
