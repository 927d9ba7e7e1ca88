"""The report of one check, for a person, for a machine, and for the loader."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from data_contracts.contract import MIS_NAMES
from data_contracts.downloads import write_problems_csv
from data_contracts.problems import Problem, counts_by_rule, in_reading_order
from data_contracts.reading.extract import Extract
from pipelines.check.findings import few, findings
from pipelines.check.practice import Practice, Recorded, practice_of

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

    @property
    def new_types(self) -> dict[str, int]:
        """The types that nobody at the school has mapped yet, with how many rows wait for each."""
        counts: Counter[str] = Counter()
        for extract in self.extracts:
            counts.update(extract.new_types)
        return dict(counts.most_common())

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
        """For machines; no cell values but the names of types that wait for an answer."""
        return {
            "extracts": [extract.explained() for extract in self.extracts],
            "counts": self.counts,
            "rules": counts_by_rule(self.problems),
            "problems": [problem.as_dict() for problem in in_reading_order(self.problems)],
            "contracts": self.contracts,
            "terms": list(self.terms),
            "known_on": self.known_on,
            "findings": self.findings(),
            "new_types": self.new_types,
            "exit_code": self.exit_code,
        }

    def findings(self) -> list[str]:
        """The findings, in the sentences that the load, the page and the API say too."""
        return findings(self.problems, self.new_types)

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
        lines += self.findings()
        if not self.problems:
            lines.append("No problems found.")
        return lines


def _about(extract: Extract, explain: bool) -> list[str]:
    known = extract.mis in MIS_NAMES and not extract.system_assumed
    system = f", as {MIS_NAMES[extract.mis]} writes it" if known else ""
    dropped = f" Not read: {few(extract.not_read)}." if extract.not_read and not explain else ""
    first = f"{extract.file}: {extract.table.replace('_', ' ')}, {len(extract.frame)} rows{system}.{dropped}"
    return [first, *(f"    {line}" for line in extract.evidence)] if explain else [first]
