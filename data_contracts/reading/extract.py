"""One extract, read: its canonical rows and how every part of it was understood."""

from dataclasses import dataclass, field

import pandas as pd

from data_contracts.problems import Problem


@dataclass
class Extract:
    """`frame`: the contract's columns the file gives, `_line` (line in the file, from 1), `_heading` (the
    column a mark came from, wide layouts only) and `_unreadable_<field>` flags. `problems` are rows that
    could not even be read as cells; they are not in `frame`. `return_term`: the term id of a census return."""

    file: str
    table: str
    mis: str
    layout: str
    header_row: int
    mapping: dict[str, str]
    frame: pd.DataFrame
    evidence: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    return_term: str | None = None
    system_assumed: bool = False  # the headings don't tell the MIS; the school or the other files do
    schools: tuple[str, ...] = ()  # the schools the rows say they are of, where the file says it
    recorders: int | None = None  # how many people recorded the events, where the file says who
    not_read: tuple[str, ...] = ()  # headings of columns that were dropped
    new_types: dict[str, int] = field(default_factory=dict)  # types nobody has mapped → rows that wait for it
    beside: tuple[str, ...] = ()  # the other tables that the same rows of the file give

    def explained(self) -> dict[str, object]:
        """What was understood, for `--explain` and for the person who confirms a mapping."""
        return {
            "file": self.file,
            "table": self.table,
            "mis": self.mis,
            "layout": self.layout,
            "header_row": self.header_row,
            "mapping": self.mapping,
            "not_read": list(self.not_read),
            "rows": len(self.frame),
            "evidence": self.evidence,
        }


@dataclass(frozen=True)
class Mapping:
    """What a person confirmed about a layout Belong did not know; the school keeps it.

    `fields`: canonical field → heading. `own_words`: code set → {the school's word: code}.
    `headings`: the headings of the file, by which the mapping is found again.
    """

    table: str
    fields: dict[str, str]
    own_words: dict[str, dict[str, str]] = field(default_factory=dict)
    headings: tuple[str, ...] = ()
