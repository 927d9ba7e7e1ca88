"""Commands for a school's own types of incident: what is new and waits, and answers from a file."""

from pathlib import Path
from typing import Annotated

import typer

from service.app.cli.options import DEFAULT_HOME, HomeOption, JsonOption
from service.app.cli.output import emit

types = typer.Typer(
    help="A school's own types of incident: which are new, what each is.", no_args_is_help=True
)
SchoolOption = Annotated[str, typer.Option("--school", help="The school's URN, six digits.")]


@types.command("list")
def list_types(
    school: SchoolOption,
    answers: Annotated[
        Path | None,
        typer.Option(help="Also write them to this file (CSV), to be filled in and given to: types set."),
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """The types that are new and wait for an answer, and how many rows wait for each."""
    from data_contracts.reading.answers import asked_csv
    from service.operations.types_from_machine import waiting_types

    found = waiting_types(home, school)
    if answers is not None:
        answers.write_text(asked_csv(found["waiting"]), "utf-8-sig", newline="")
    lines = [
        f"{word}: {rows} {'row waits' if rows == 1 else 'rows wait'}"
        for word, rows in found["waiting"].items()
    ]
    lines.append(_still(found["waiting"]))
    emit({"school": school, **found}, lines, as_json=as_json)


@types.command("set")
def set_types(
    file: Annotated[
        Path, typer.Argument(help="CSV with the columns type and answer; see: types list --answers.")
    ],
    school: SchoolOption,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Save what a school's types are. The next load and upload use the answers, in whatever layout."""
    from service.operations.types_from_machine import set_types as keep

    found = keep(home, school, file)
    saved = (
        f"{found['answered']} {'answer' if found['answered'] == 1 else 'answers'} saved for school {school}."
    )
    emit({"school": school, **found}, [saved, _still(found["waiting"])], as_json=as_json)


def _still(waiting: dict[str, int]) -> str:
    if not waiting:
        return "No type waits for an answer."
    return f"{len(waiting)} {'type waits' if len(waiting) == 1 else 'types wait'} for an answer."
