"""Commands for extracts: make a synthetic trust, check files, load them."""

from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.options import DEFAULT_HOME, ByOption, HomeOption, JsonOption, SeedOption, TermOption
from service.cli.output import EXIT_QUARANTINED, emit, progress_on_terminal


def register(app: typer.Typer) -> None:
    """Add this module's commands to the command line."""
    app.command()(synthesise)
    app.command()(check)
    app.command()(load)


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
    """Write the extracts a made-up trust's schools would export, term by term. All of it is synthetic."""
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
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what each file was taken for, and why.")
    ] = False,
    problems: Annotated[Path | None, typer.Option(help="Also write the rows to mend as CSV.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Read extracts and say in plain English what is wrong and how to mend it. Nothing is stored."""
    from pipelines.check import check as run

    with progress_on_terminal() as progress:
        report = run(paths, term=term, progress=progress)
    if problems is not None:
        report.write_problems(problems)
    emit(report.as_dict(), report.lines(explain=explain), as_json=as_json)
    raise typer.Exit(report.exit_code)


def load(
    folder: Annotated[
        Path, typer.Argument(help="Folder with a school's extracts; one sub-folder per term is fine.")
    ],
    school: Annotated[str, typer.Option(help="The school's URN, six digits.")],
    by: ByOption = "command line",
    home: HomeOption = DEFAULT_HOME,
    term: TermOption = None,
    approve: Annotated[
        bool, typer.Option("--approve", help="Load although volumes or values jumped.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check a school's extracts and load the good rows; the others wait in quarantine to be mended."""
    from service.journeys import load_folder

    with progress_on_terminal() as progress:
        outcome: dict[str, Any] = load_folder(
            home, folder, school, term=term, by=by, approved=approve, progress=progress
        )
    lines = [
        f"{row['term']} {row['table']}: {row['kept']} of {row['rows']} rows loaded, "
        f"{row['quarantined']} to mend"
        for row in outcome["tables"]
    ]
    emit(outcome, lines or ["Nothing new: these files are loaded already."], as_json=as_json)
    raise typer.Exit(EXIT_QUARANTINED if outcome["quarantined"] else 0)
