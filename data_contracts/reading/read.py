"""The reader's face: a path, or a file's bytes, into the extracts it holds."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from data_contracts.errors import Refused
from data_contracts.problems import Problem
from data_contracts.reading.beside import further_tables
from data_contracts.reading.canonical import read_table, used_columns
from data_contracts.reading.census import census_extracts, is_xml
from data_contracts.reading.collect import collect_extracts, is_collect
from data_contracts.reading.extract import Extract, Mapping
from data_contracts.reading.faults import FAULTS, FileRefused, file_problem, file_warning
from data_contracts.reading.formats import (
    html_grids,
    is_html,
    is_json,
    is_old_workbook,
    is_sheet_xml,
    is_zip,
    refuse_foreign,
)
from data_contracts.reading.grid import Grid
from data_contracts.reading.headings import Heading, find_heading, heading_score, nearest
from data_contracts.reading.mapping import mapped_heading, with_answers
from data_contracts.reading.safeguarding import refuse_safeguarding
from data_contracts.reading.sheets import read_workbook
from data_contracts.reading.sources import Source, collect
from data_contracts.reading.text import read_text
from data_contracts.reading.yearless import with_years


def grids(source: Source) -> list[Grid]:
    """The file as grids of text cells, whatever its name says; FileRefused when it can't be opened."""
    if not source.data.strip(b"\0 \r\n\t"):
        raise FileRefused("file_empty")
    refuse_foreign(source.data)
    if is_zip(source.data) or is_old_workbook(source.data):
        return read_workbook(source.name, source.data)
    if is_html(source.data):
        return html_grids(source.name, source.data)
    if is_sheet_xml(source.data) or is_json(source.data):
        raise FileRefused("sheet_xml" if is_sheet_xml(source.data) else "json")
    return [read_text(source.name, source.data, heading_score)]


_WORDS = {
    "pupil": "whom each row is about (UPN, admission number or name)",
    "local_type": "the type of incident",
    "marks": "the marks",
    "code": "the code",
    "dob": "the date of birth",
}


def _unknown(grid: Grid) -> Problem:
    """The refusal of a file that fits no table, with what was expected and what was found."""
    message, hint = FAULTS["no_header"]
    near = nearest(grid.rows, grid.file)
    if near:
        table, found, missing = near
        needs = " and ".join(_WORDS.get(name, f"the {name.replace('_', ' ')}") for name in missing)
        message = (
            f"This looks most like {table.replace('_', ' ')}, but no column was found for {needs or 'what it needs'}. "
            f"Headings understood: {', '.join(found)}."
        )
        hint = "Add those columns to the report and leave its headings in, or identify each column by hand."
    return Problem(grid.file, None, None, "no_header", message, hint, None, "file")


def _read_grid(grid: Grid, mappings: Sequence[Mapping]) -> tuple[Heading, Mapping | None] | None:
    confirmed = mapped_heading(grid, mappings)
    if confirmed:
        refuse_safeguarding(grid, confirmed[0])
        return confirmed
    grid.rows = with_years(grid.rows)
    heading = find_heading(grid.rows, grid.file)
    refuse_safeguarding(grid, heading)
    return (heading, None) if heading else None


def _tables(grid: Grid, heading: Heading, mapping: Mapping | None, known: Sequence[Mapping]) -> list[Extract]:
    """The table a grid was taken for, and those that its rows give besides."""
    further = [] if mapping else further_tables(grid, heading)
    columns = [used_columns(each) for each in (heading, *further)]
    own = with_answers(mapping, heading.table, known)
    made = [read_table(grid, heading, own, set().union(*columns))]
    said = {(problem.rule, problem.line, problem.column) for problem in made[0].problems}
    for each in further:
        own = with_answers(None, each.table, known)
        extract = read_table(replace(grid, problems=[]), each, own, set().union(*columns))
        if len(extract.frame):
            extract.problems = [p for p in extract.problems if (p.rule, p.line, p.column) not in said]
            made.append(extract)
    tables = tuple(extract.table for extract in made)
    for extract in made:
        extract.beside = tuple(table for table in tables if table != extract.table)
    return made


def read_grids(found: list[Grid], mappings: Sequence[Mapping] = ()) -> tuple[list[Extract], list[Problem]]:
    """Extracts out of grids; what could not be taken is a problem of severity 'file'."""
    extracts: list[Extract] = []
    problems: list[Problem] = []
    for grid in found:
        understood = None
        try:
            understood = _read_grid(grid, mappings)
            if understood is None:
                problems += [*grid.problems, _unknown(grid)]
                continue
            extracts += _tables(grid, *understood, mappings)
        except FileRefused as refused:
            table = understood[0].table if understood else None
            problems.append(
                file_problem(grid.file, refused.rule, column=refused.column, table=table, said=refused.detail)
            )
    if extracts:  # a workbook's cover sheet is no reason to refuse its data, but it is said
        problems = [
            file_warning(problem.file, "sheet_not_read") if problem.rule == "no_header" else problem
            for problem in problems
        ]
    return extracts, problems


def read_set(
    sources: Sequence[Source],
    mappings: Sequence[Mapping] = (),
    progress: Callable[[str], None] | None = None,
) -> tuple[list[Extract], list[Problem]]:
    """All extracts of files that belong together (COLLECT's tables are joined) and what was wrong."""
    extracts: list[Extract] = []
    problems: list[Problem] = []
    tables: list[Grid] = []
    for source in sources:
        if progress:
            progress(source.name)
        try:
            if is_xml(source.data) and not is_html(source.data) and not is_sheet_xml(source.data):
                extracts += census_extracts(source.name, source.data)
                continue
            found = grids(source)
            tables += [grid for grid in found if is_collect(grid)]
            made, wrong = read_grids([grid for grid in found if not is_collect(grid)], mappings)
            extracts += made
            problems += wrong
        except FileRefused as refused:
            problems.append(file_problem(source.name, refused.rule, column=refused.column))
    if tables:
        try:
            extracts += collect_extracts(tables)
        except FileRefused as refused:
            problems.append(file_problem(tables[0].file, refused.rule, column=refused.column))
    return extracts, problems


def read_source(source: Source, mappings: Sequence[Mapping] = ()) -> tuple[list[Extract], list[Problem]]:
    """All extracts of one file and what was wrong with it; never raises for what a file contains."""
    return read_set([source], mappings)


def read_extract(path: Path, mappings: Sequence[Mapping] = ()) -> list[Extract]:
    """The extracts in a file, folder or zipped set; Refused with the first reason when there is none."""
    sources, problems = collect([path])
    extracts, wrong = read_set(sources, mappings)
    if not extracts:
        reason = (problems + wrong + [file_problem(path.name, "file_empty")])[0]
        raise Refused(f"{reason.file}: {reason.message}", hint=reason.hint)
    return extracts
