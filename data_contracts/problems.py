"""What is wrong with a file or a row, said so that the person who exported it can mend it.

A problem never holds the cell's value: reports, logs and the API may show it to anyone who may see that
a load happened. The values go only into the uploader's own download (see `data_contracts.downloads`).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, Literal

Severity = Literal["row", "file", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule. `line` is the line of the file (or row of the sheet) counted from 1, None for the
    whole file. Severity 'row': that row waits until mended; 'file': nothing of the file was taken;
    'warning': the row was taken, but someone should look."""

    file: str
    line: int | None
    column: str | None
    rule: str
    message: str
    hint: str
    table: str | None
    severity: Severity

    def as_dict(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}


def counts_by_rule(problems: Iterable[Problem]) -> dict[str, int]:
    """How often each rule was broken, the commonest first."""
    return dict(Counter(problem.rule for problem in problems).most_common())


def in_reading_order(problems: Iterable[Problem]) -> list[Problem]:
    """By file, then line, whole-file problems first."""
    return sorted(problems, key=lambda p: (p.file, p.line or 0, p.column or "", p.rule))
