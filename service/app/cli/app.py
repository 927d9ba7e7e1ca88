"""The `belong` command: one small module per kind of work, loaded without its heavy parts.

`belong --help` must answer at once, so every command imports its journey when it runs.
"""

import sys
from typing import NoReturn

import typer

from data_contracts.errors import BelongError
from service.app.cli import data, figures, modelling, operating, people, reference, running, types
from service.app.cli.output import say
from service.core.private import keep_private

app = typer.Typer(
    name="belong",
    help="Early warning that leads to support: read a school's extracts, learn, explain, review.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for module in (data, modelling, running, operating):
    module.register(app)
app.add_typer(people.users, name="users")
app.add_typer(people.schools, name="schools")
app.add_typer(reference.indicators, name="indicators")
app.add_typer(reference.contracts, name="contracts")
app.add_typer(figures.figures, name="figures")
app.add_typer(types.types, name="types")


def main() -> None:
    """Run the command line; an error a person can act on becomes two lines and its exit code."""
    keep_private()
    try:
        app()
    except BelongError as error:
        _leave(error)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        engine = sys.modules.get("service.core.engine")  # only what was used can have failed
        words = engine.in_words(error) if engine else None
        if words is None:
            raise
        _leave(words)


def _leave(error: BelongError) -> NoReturn:
    say(f"belong: {error.message}")
    if error.hint:
        say(f"        {error.hint}")
    sys.exit(error.exit_code)
