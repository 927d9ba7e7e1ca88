"""The report of one check, for a person, for a machine, and for the loader."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from data_contracts.contract import MIS_NAMES
from data_contracts.downloads import write_problems_csv
from data_contracts.problems import Problem, counts_by_rule, in_reading_order
from data_contracts.reading.extract import Extract
from pipelines.check.practice import Practice, Recorded, practice_of

_LINES_SHOWN = 6
_FINE, _QUARANTINED, _REFUSED = 0, 10, 11


@dataclass
class CheckReport:
    """`good[table]`: rows that keep every rule; `counts[table]`: rows, kept, quarantined;
    `contracts[table]`: the version checked against; `paths`: what was read from a disk, not what was in hand."""

    extracts: list[Extract]
    good: dict[str, pd.DataFrame]
    problems: list[Problem]
    counts: dict[str, dict[str, int]]
    contracts: dict[str, str] = field(default_factory=dict)
    paths: tuple[Path, ...] = ()
    terms: tuple[str, ...] = ()
    known_on: dict[str, dict[str, int]] = field(default_factory=dict)
    recorded: tuple[Recorded, ...] = ()

    def practice(self) -> Practice:
        """The schools' recording practice in these files, for a person to look at."""
        return practice_of(self.recorded)

    @property
    def refused(self) -> list[Problem]:
        """The reasons files were refused whole."""
        return [problem for problem in self.problems if problem.severity == "file"]

    @property
    def quarantined(self) -> int:
        return sum(count["quarantined"] for count in self.counts.values())

    @property
    def exit_code(self) -> int:
        """0 fine, 10 rows wait to be mended, 11 a file was refused."""
        if self.refused:
            return _REFUSED
        return _QUARANTINED if self.quarantined else _FINE

    def as_dict(self) -> dict[str, Any]:
        """For machines; no cell values."""
        return {
            "extracts": [extract.explained() for extract in self.extracts],
            "counts": self.counts,
            "rules": counts_by_rule(self.problems),
            "problems": [problem.as_dict() for problem in in_reading_order(self.problems)],
            "contracts": self.contracts,
            "terms": list(self.terms),
            "known_on": self.known_on,
            "exit_code": self.exit_code,
        }

    def write_problems(self, path: Path, *, with_values: bool = False) -> None:
        """Every problem as CSV, safe to open in a spreadsheet; `with_values` only for the uploader."""
        write_problems_csv(self.problems, path, self.paths if with_values else ())

    def lines(self, explain: bool = False) -> list[str]:
        """The report for a person."""
        lines = [line for extract in self.extracts for line in _about(extract, explain)]
        for table, count in self.counts.items():
            waiting = f", {count['quarantined']} to correct" if count["quarantined"] else ""
            lines.append(
                f"{table.replace('_', ' ')}: {count['kept']} of {count['rows']} rows are fine{waiting}."
            )
        lines += _grouped(self.problems)
        if not self.problems:
            lines.append("No problems found.")
        return lines


def _about(extract: Extract, explain: bool) -> list[str]:
    known = extract.mis in MIS_NAMES and not extract.system_assumed
    system = f", as {MIS_NAMES[extract.mis]} writes it" if known else ""
    dropped = f" Not read: {_few(extract.not_read)}." if extract.not_read and not explain else ""
    first = f"{extract.file}: {extract.table.replace('_', ' ')}, {len(extract.frame)} rows{system}.{dropped}"
    return [first, *(f"    {line}" for line in extract.evidence)] if explain else [first]


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LINES_SHOWN} more" if len(names) > _LINES_SHOWN else ""
    return ", ".join(names[:_LINES_SHOWN]) + more


def _places(lines: list[int]) -> str:
    if not lines:
        return ""
    shown = ", ".join(str(line) for line in lines[:_LINES_SHOWN])
    more = f" and {len(lines) - _LINES_SHOWN} more" if len(lines) > _LINES_SHOWN else ""
    return f", line{'s' if len(lines) > 1 else ''} {shown}{more}"


_ORDER = {"file": 0, "row": 1, "warning": 2}
_WAITS_FOR_ANOTHER = "pupil_ready"  # mends itself once the pupil's own row is mended, so it comes last


def _grouped(problems: Iterable[Problem]) -> list[str]:
    """One sentence for each file and rule, with the lines and columns it is about: what was refused first."""
    groups: dict[tuple[str, str], list[Problem]] = {}
    for problem in in_reading_order(problems):
        groups.setdefault((problem.file, problem.rule), []).append(problem)
    said = []
    in_order = sorted(groups.items(), key=lambda g: (_ORDER[g[1][0].severity], g[0][1] == _WAITS_FOR_ANOTHER))
    for (file, _), group in in_order:
        where = sorted({problem.line for problem in group if problem.line is not None})
        columns = tuple(dict.fromkeys(problem.column for problem in group if problem.column))
        name = f" ({_few(columns)})" if columns else ""
        kind = {"file": "Refused", "row": "To correct", "warning": "Please look"}[group[0].severity]
        said.append(f"{kind}: {file}{_places(where)}{name}: {group[0].message} {group[0].hint}")
    return said
