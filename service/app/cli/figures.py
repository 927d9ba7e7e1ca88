"""Commands for the figures that the Department for Education publishes: load newer ones, show what stands."""

from pathlib import Path
from typing import Annotated

import typer

from service.app.cli.options import DEFAULT_HOME, HomeOption, JsonOption
from service.app.cli.output import emit

figures = typer.Typer(help="What is published for England, beside a school's own.", no_args_is_help=True)


@figures.command("load")
def load(
    file: Annotated[Path, typer.Argument(help="A data set of the Department for Education, as CSV.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Read a data set of suspensions or absence; newer figures take the place of older ones."""
    from service.setting.from_machine import load_figures

    outcome = load_figures(home, file)
    lines = [f"{outcome['loaded']} figures loaded from {outcome['file']}", *map(_line, outcome["figures"])]
    emit(outcome, lines, as_json=as_json)


@figures.command("show")
def show(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Every published figure in use, with its year, its source and the day it was loaded."""
    from service.setting.from_machine import show_figures

    rows = show_figures(home)
    emit({"figures": rows}, list(map(_line, rows)), as_json=as_json)


def _line(row: dict[str, str]) -> str:
    group = "" if row["year_group"] == "all" else f", Year {row['year_group']}"
    term = "" if row["term"] == "any" else f", {row['term']} term"
    return (
        f"{row['phase']}, {row['measure']}{group}{term}: {row['value']} ({row['period']}). "
        f"{row['source']}. Loaded: {row['loaded_on']}"
    )
