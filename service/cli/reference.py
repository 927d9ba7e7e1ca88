"""Commands that print the manual: indicators and contracts, from their own declarations."""

import typer

indicators = typer.Typer(help="The catalogue of indicators.", no_args_is_help=True)
contracts = typer.Typer(help="The data contracts.", no_args_is_help=True)
