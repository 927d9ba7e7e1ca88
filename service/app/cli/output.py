"""How the command line speaks: results on stdout, progress and errors on stderr, stable exit codes."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import typer

Progress = Callable[[str, int, int], None]

EXIT_QUARANTINED = 10
"""Some rows need correcting; the valid ones are loaded."""
EXIT_HELD = 12
"""A person has to decide before this goes on."""


def plain(value: Any) -> Any:
    """What JSON can carry of a value: dates as ISO text, paths as text, numpy numbers as numbers."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def emit(result: Mapping[str, Any], lines: list[str], *, as_json: bool) -> None:
    """Print one result: as a JSON object for scripts, else as lines for a person."""
    typer.echo(json.dumps(result, default=plain, ensure_ascii=False) if as_json else "\n".join(lines))


def say(text: str) -> None:
    """A remark for the person at the terminal, kept out of stdout."""
    typer.echo(text, err=True)


@contextmanager
def progress_on_terminal() -> Iterator[Progress | None]:
    """A progress line on stderr while long work runs; None where nobody is watching."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with RichProgress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Working", total=None)
        yield lambda text, done, total: bar.update(task, description=text, completed=done, total=total)
