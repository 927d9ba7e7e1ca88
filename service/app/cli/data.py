"""Commands for extracts: make a synthetic trust, check files, load them."""

from pathlib import Path
from typing import Annotated, Any

import typer

from service.app.cli.options import (
    DEFAULT_HOME,
    ByOption,
    HomeOption,
    JsonOption,
    MappingOption,
    SeedOption,
    TermOption,
    TypesOption,
)
from service.app.cli.output import EXIT_QUARANTINED, emit, progress_on_terminal, say
from service.core.permissions import SYSTEM_ADMINISTRATOR

mapping_app = typer.Typer(
    help="Layouts of a school's own making: propose, confirm, list.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add this module's commands to the command line."""
    app.command()(synthesise)
    app.command()(check)
    app.command()(load)
    app.add_typer(mapping_app, name="mapping")


def synthesise(
    out: Annotated[Path, typer.Argument(help="Folder to write to; made if it is not there.")],
    schools: Annotated[int, typer.Option(min=1, max=200, help="How many schools.")] = 3,
    pupils: Annotated[int, typer.Option(min=30, max=3000, help="Pupils in each school.")] = 900,
    years: Annotated[int, typer.Option(min=1, max=6, help="School years of history.")] = 4,
    phase: Annotated[str, typer.Option(help="primary or secondary.")] = "secondary",
    seed: SeedOption = 7,
    mis: Annotated[
        str, typer.Option(help="Layouts to write, in turn, comma-separated.")
    ] = "sims,arbor,bromcom",
    world: Annotated[
        str, typer.Option(help="A named world: the default, or one with planted bias.")
    ] = "default",
    as_json: JsonOption = False,
) -> None:
    """Write the extracts that schools of an invented trust would export, term by term. All of it is synthetic."""
    from service.app.made_world import require_made_world

    require_made_world()
    from pipelines.synthesise import named_world
    from pipelines.synthesise import synthesise as run

    systems = tuple(part.strip() for part in mis.split(",") if part.strip())
    with progress_on_terminal() as progress:
        trust = run(
            out,
            schools=schools,
            pupils=pupils,
            years=years,
            phase=phase,
            seed=seed,
            mis=systems,
            world=named_world(world),
            progress=progress,
        )
    names = [f"  {school.urn} {school.name} ({school.mis})" for school in trust.schools]
    lines = [
        f"Synthetic trust written to {out}: {len(trust.schools)} schools, {len(trust.terms)} terms.",
        *names,
    ]
    result = {"synthetic": True, "out": out, "seed": seed, "terms": trust.terms}
    emit({**result, "schools": [vars(s) for s in trust.schools]}, lines, as_json=as_json)


def check(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders of extracts.")],
    term: TermOption = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say how each file was read, and why.")] = False,
    practice: Annotated[
        bool, typer.Option("--practice", help="Also say how the schools record behaviour (counts only).")
    ] = False,
    problems: Annotated[Path | None, typer.Option(help="Also write the rows to correct as CSV.")] = None,
    marked: Annotated[
        Path | None,
        typer.Option(help="Also write the files as a workbook (XLSX) with the cells to correct highlighted."),
    ] = None,
    mapping: MappingOption = None,
    types: TypesOption = None,
    new_types: Annotated[
        Path | None,
        typer.Option(
            help="Also write the types that are new to this file (CSV), to be answered and given to --types."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Read extracts and say what is wrong and how to correct it. Nothing is stored."""
    from pipelines.check import check as run

    with progress_on_terminal() as progress:
        report = run(paths, term=term, mappings=_mappings(mapping, types), progress=progress)
    if new_types is not None:
        from data_contracts.reading.answers import asked_csv

        new_types.write_text(asked_csv(report.new_types), "utf-8-sig", newline="")
    if problems is not None:
        report.write_problems(problems)
    if marked is not None:
        from data_contracts.marked import write_marked_workbook

        write_marked_workbook(report.problems, paths, marked)
    recorded = report.practice() if practice else None
    result = report.as_dict() | ({"practice": recorded.as_dict()} if recorded else {})
    lines = [*report.lines(explain=explain), *(recorded.lines() if recorded else [])]
    emit(result, lines, as_json=as_json)
    raise typer.Exit(report.exit_code)


def load(
    folder: Annotated[
        Path, typer.Argument(help="Folder with a school's extracts; one sub-folder per term is fine.")
    ],
    school: Annotated[
        str | None, typer.Option(help="The school's URN, six digits. Default: every school in the folder.")
    ] = None,
    by: ByOption = SYSTEM_ADMINISTRATOR,
    home: HomeOption = DEFAULT_HOME,
    term: TermOption = None,
    approve: Annotated[
        bool,
        typer.Option("--approve", help="Load although volumes or values are very different from last time."),
    ] = False,
    keep_others: Annotated[
        bool,
        typer.Option(
            "--keep-others",
            help="The files are only a part: existing records that aren't in them stay as they are.",
        ),
    ] = False,
    mapping: MappingOption = None,
    types: TypesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a school's extracts and load the valid rows; the others wait in quarantine until they are corrected.

    Without --school, DIR is a trust's folder: one folder per school, named by its URN.
    """
    from service.app.journeys import load_folder, load_trust, schools_below

    if school is None and (term or keep_others or mapping or types):
        raise typer.BadParameter(
            "--term, --keep-others, --mapping and --types are about one school: name it with --school."
        )
    outcome: dict[str, Any]
    with progress_on_terminal() as progress:
        if school is None:
            outcome = load_trust(home, schools_below(folder), by=by, approved=approve, progress=progress)
        else:
            outcome = load_folder(
                home, folder, school, term=term, by=by, approved=approve, keep_others=keep_others,
                mappings=_mappings(mapping, types), progress=progress,
            )  # fmt: skip
    tables = [row for one in outcome.get("schools", {"": outcome}).values() for row in one["tables"]]
    lines = [_loaded_line(row, several=school is None) for row in tables]
    lines = lines or ["Nothing new: these files are loaded already."]
    lines += [line for one in outcome.get("schools", {"": outcome}).values() for line in one["findings"]]
    lines += [f"{stopped['message']} {stopped['hint']}" for stopped in outcome.get("stopped", [])]
    emit(outcome, lines, as_json=as_json)
    quarantined = EXIT_QUARANTINED if outcome["quarantined"] else 0
    raise typer.Exit(outcome.get("exit_code") or quarantined)


def _loaded_line(row: dict[str, Any], *, several: bool) -> str:
    """`2026-summer behaviour: 2,990 of 3,000 rows loaded, 10 to correct; when 12 became known is assumed`"""
    place = f"{row['school']} {row['term']}" if several else row["term"]
    said = (
        f"{place} {row['table']}: {row['kept']} of {row['rows']} rows loaded, {row['quarantined']} to correct"
    )
    return f"{said}; for {row['assumed']} the day they became known is assumed" if row["assumed"] else said


def _saved_line(count: int, school: str) -> str:
    return f"{count} {'layout' if count == 1 else 'layouts'} saved for school {school}."


def _mappings(file: Path | None, types: Path | None) -> list[Any]:
    """The confirmed mappings of a file that `belong mapping propose` began, and answers about types."""
    from data_contracts.reading.answers import read_file
    from data_contracts.reading.mapping import read_mappings

    answers = [read_file(types)] if types is not None else []
    return [*answers, *(read_mappings(file) if file is not None else [])]


@mapping_app.command("propose")
def propose_mapping(
    file: Annotated[Path, typer.Argument(help="A file that `belong check` does not understand.")],
    table: Annotated[str | None, typer.Option(help="What it is about, for example behaviour.")] = None,
) -> None:
    """Print what the file might be, as JSON to be corrected and given to --mapping or `mapping confirm`."""
    import json

    from data_contracts.reading.cells import open_grids
    from data_contracts.reading.mapping import propose

    proposals = [propose(grid, table) for grid in open_grids([file])]
    said = [
        {"table": each.table, "headings": list(each.headings), "fields": each.guess, "own_words": {}}
        for each in proposals
    ]
    for each in proposals:
        say(f"{each.file}: {' '.join(each.evidence) or 'No heading is a usual one.'}")
        if each.missing:
            say(f"Still needed: {', '.join(each.missing)}. There are: {', '.join(each.fields)}.")
    typer.echo(json.dumps(said, indent=1, ensure_ascii=False))


@mapping_app.command("confirm")
def confirm_mapping(
    file: Annotated[Path, typer.Argument(help="The corrected JSON of `belong mapping propose`.")],
    school: Annotated[str, typer.Option(help="The school's URN, six digits.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Save confirmed layouts for a school: its next files with these headings are recognised."""
    from service.uploads.mappings_from_machine import keep_mappings

    ids = keep_mappings(home, school, file)
    emit({"school": school, "mappings": ids}, [_saved_line(len(ids), school)], as_json=as_json)


@mapping_app.command("list")
def list_mappings(
    school: Annotated[str, typer.Option(help="The school's URN, six digits.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """The layouts a school has confirmed."""
    from service.uploads.mappings_from_machine import kept_mappings

    found = kept_mappings(home, school)
    lines = [f"{each['id']} {each['table']}: {', '.join(each['headings'])}" for each in found]
    emit({"school": school, "mappings": found}, lines or ["None yet."], as_json=as_json)
