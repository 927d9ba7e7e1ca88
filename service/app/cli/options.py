"""Options that several commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Backend(StrEnum):
    """The engines a build can run on."""

    loky = "loky"
    dask = "dask"


HomeOption = Annotated[
    Path,
    typer.Option("--home", envvar="BELONG_HOME", help="Folder that holds lake, registry, database, uploads."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Same seed, same result.")]
ByOption = Annotated[str, typer.Option("--by", help="Who does this; recorded.")]
TermOption = Annotated[
    str | None,
    typer.Option("--term", "--as-of", help="Term, for example 2026-summer. Default: the latest loaded."),
]
MappingOption = Annotated[
    Path | None,
    typer.Option("--mapping", help="A file of confirmed mappings, as `belong mapping propose` writes it."),
]
TypesOption = Annotated[
    Path | None,
    typer.Option(
        "--types",
        help="A file of answers, what each new type is, as `belong types list` begins it.",
    ),
]
DEFAULT_HOME = Path(".belong/home")
WorkersOption = Annotated[
    int, typer.Option("--workers", min=1, max=256, help="Processes; with dask, how finely the work is cut.")
]
BackendOption = Annotated[Backend, typer.Option("--backend", help="Where the work runs.")]
SchedulerOption = Annotated[
    str | None, typer.Option("--scheduler", help="Address of a Dask scheduler, tls://host:8786.")
]
