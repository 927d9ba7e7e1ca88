"""Commands that print the manual: indicators and contracts, from their own declarations."""

from pathlib import Path
from typing import Annotated

import typer

from service.app.cli.options import (
    DEFAULT_HOME,
    Backend,
    BackendOption,
    HomeOption,
    JsonOption,
    SchedulerOption,
    WorkersOption,
)
from service.app.cli.output import emit, progress_on_terminal

indicators = typer.Typer(help="The catalogue of indicators.", no_args_is_help=True)
contracts = typer.Typer(help="The data contracts.", no_args_is_help=True)

OutOption = Annotated[Path | None, typer.Option("--out", help="Write here instead of to the terminal.")]


@indicators.command("list")
def list_indicators(as_json: JsonOption = False) -> None:
    """One line per indicator: name, window, unit, what it says."""
    from pipelines.indicators.manual import listed

    rows = listed()
    emit({"indicators": rows}, ["  ".join(str(v) for v in row.values()) for row in rows], as_json=as_json)


@indicators.command("show")
def show_indicator(name: Annotated[str, typer.Argument(help="The indicator's name.")]) -> None:
    """One indicator's page of the manual, with its drawn example."""
    from pipelines.indicators.manual import shown

    typer.echo(shown(name))


@indicators.command("docs")
def indicator_docs(out: OutOption = None) -> None:
    """The whole manual of indicators as Markdown."""
    from pipelines.indicators.manual import printed

    _deliver(printed(), out)


@indicators.command("manifest")
def lake_manifest(
    home: HomeOption = DEFAULT_HOME,
    out: Annotated[str | None, typer.Option(help="Folder or URL. Default: the lake itself.")] = None,
) -> None:
    """List a lake's live files beside it, so that other machines can build indicators from it."""
    from service.app.journeys import write_lake_manifest

    outcome = write_lake_manifest(home, out)
    emit(outcome, [f"{outcome['files']} files listed in {outcome['manifest']}"], as_json=False)


@indicators.command("pack")
def pack_lake(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Put the lake's many small files together, so that building indicators opens few."""
    from service.app.journeys import pack_lake as run

    with progress_on_terminal() as progress:
        outcome = run(home, progress)
    emit(outcome, [f"{outcome['files']} files lie in {outcome['packs']} packs"], as_json=as_json)


@indicators.command("build")
def build_indicators(
    lake: Annotated[str, typer.Option(help="Folder or URL of a lake with a manifest.")],
    out: Annotated[str, typer.Option(help="Folder or URL to write parquet to.")],
    term: Annotated[list[str], typer.Option(help="Term id; repeat for several.")],
    backend: BackendOption = Backend.loky,
    scheduler: SchedulerOption = None,
    workers: WorkersOption = 2,
    from_marks: Annotated[
        bool, typer.Option("--from-marks", help="Count all marks again instead of using the stored counts.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Build the indicators of whole terms, here or on a cluster; equal whichever does it."""
    from pipelines.indicators.batch import build_files, read_view
    from pipelines.indicators.recount import recounted

    view = read_view(lake)
    with progress_on_terminal() as progress:
        if from_marks:
            view = recounted(view, {file.term for file in view.select("attendance")}, progress)
        names = build_files(
            view,
            term,
            out,
            workers=workers,
            backend=backend.value,
            scheduler=scheduler,
            progress=progress,
        )
    emit({"files": names}, [f"wrote {name}" for name in names], as_json=as_json)


@contracts.command("lint")
def lint_contracts(
    files: Annotated[list[Path] | None, typer.Argument(help="Contract files. Default: Belong's own.")] = None,
) -> None:
    """Read contracts as strictly as Belong does and say what is wrong."""
    from data_contracts.manual import lint

    for line in lint(files):
        typer.echo(line)


@contracts.command("show")
def show_contract(table: Annotated[str, typer.Argument(help="For example attendance.")]) -> None:
    """One contract as a page: columns, rules, what to do in your MIS."""
    from data_contracts.manual import shown

    typer.echo(shown(table))


@contracts.command("docs")
def contract_docs(
    out: Annotated[Path, typer.Argument(help="Folder to write a page per contract to.")],
) -> None:
    """A Markdown page per contract."""
    from data_contracts.manual import pages

    out.mkdir(parents=True, exist_ok=True)
    for table, text in pages().items():
        (out / f"{table}.md").write_text(text, "utf-8")
    typer.echo(f"wrote {out}")


@contracts.command("export")
def export_contracts(
    table: Annotated[str | None, typer.Argument(help="For example attendance. Default: all.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write a file per contract to.")] = None,
) -> None:
    """Contracts as YAML of the Open Data Contract Standard (ODCS), whose rules other tools can run."""
    from data_contracts.contract import TABLES
    from data_contracts.odcs import exported

    texts = {name: exported(name) for name in ([table] if table else TABLES)}
    if out is None:
        typer.echo("---\n".join(texts.values()), nl=False)
        return
    out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (out / f"{name}.odcs.yaml").write_text(text, "utf-8")
    typer.echo(f"wrote {out}")


def _deliver(text: str, out: Path | None) -> None:
    if out is None:
        typer.echo(text)
    else:
        out.write_text(text, "utf-8")
        typer.echo(f"wrote {out}")
