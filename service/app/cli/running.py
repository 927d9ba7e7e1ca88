"""Commands to run Belong: make a home, serve it, work through its queue, show a demo."""

from typing import Annotated

import typer

from service.app.cli.options import DEFAULT_HOME, ByOption, HomeOption, JsonOption, SeedOption
from service.app.cli.output import emit, progress_on_terminal, say
from service.core.permissions import SYSTEM_ADMINISTRATOR

HostOption = Annotated[str, typer.Option(help="Address to listen on.")]
PortOption = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]
UrnArgument = Annotated[str | None, typer.Argument(help="The school's URN, six digits.")]
AllOption = Annotated[bool, typer.Option("--all", help="Every school of the deployment, by one switch.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; recorded.")]
WorkersOption = Annotated[int, typer.Option("--workers", min=1, max=64, help="Web processes.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands to the command line."""
    for command in (init, serve, worker, demo, pause, resume):
        app.command()(command)


def init(
    home: HomeOption = DEFAULT_HOME,
    admin: Annotated[
        str, typer.Option("--admin", help="Sign-in name of the first administrator.")
    ] = "administrator",
    as_json: JsonOption = False,
) -> None:
    """Make an empty home for real use, and an invitation for its first administrator; no demo accounts."""
    from service.app.journeys import invite_administrator
    from service.core.homes import Home

    made = Home.create(home)
    invited = invite_administrator(made.path, admin)
    steps = [
        f"Made {made.path}.",
        f"Next: belong serve --home {made.path}",
        f"      then set up the account '{invited['user']}' at {invited['address']}",
        f"      (the address works once, until {invited['expires'][:10]}); the page Set-up says what comes next",
    ]
    emit({"home": made.path, **invited}, steps, as_json=as_json)


def serve(
    home: HomeOption = DEFAULT_HOME,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    workers: WorkersOption = 1,
    worker_inside: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Run the queue here too.")
    ] = True,
) -> None:
    """Serve pages and API."""
    from service.app.serving import serve as run

    say(f"Belong at http://{host}:{port} (stop with Ctrl-C)")
    run(home, host=host, port=port, workers=workers, with_worker=worker_inside)


def worker(home: HomeOption = DEFAULT_HOME) -> None:
    """Work through uploads in a process of its own, beside `belong serve --no-worker`."""
    from service.app.worker import run

    run(home)


def demo(
    home: HomeOption = DEFAULT_HOME,
    schools: Annotated[int, typer.Option(min=1, max=40, help="How many schools.")] = 3,
    pupils: Annotated[int, typer.Option(min=60, max=3000, help="Pupils in each school.")] = 900,
    years: Annotated[int, typer.Option(min=2, max=6, help="School years of history.")] = 4,
    seed: SeedOption = 7,
    serve_it: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve it when it is ready.")] = True,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    as_json: JsonOption = False,
) -> None:
    """Make a synthetic trust from files to explained flags, and serve it. Run it again to serve what is there."""
    from service.app.demo import build_demo, demo_lines

    with progress_on_terminal() as progress:
        described = build_demo(
            home, schools=schools, pupils=pupils, years=years, seed=seed, progress=progress, say=say
        )
    if not serve_it:
        emit(described, demo_lines(described, home, host, port), as_json=as_json)
        return
    for line in demo_lines(described, home, host, port):
        say(line)
    serve(home, host, port, 1, True)


def pause(
    reason: ReasonOption,
    urn: UrnArgument = None,
    everything: AllOption = False,
    by: ByOption = SYSTEM_ADMINISTRATOR,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Stop scoring a school, or with --all the whole deployment, and hide the suggestions at once."""
    from service.app.journeys import pause_everything, pause_school

    _check_which(urn, everything=everything)
    if urn is not None:
        emit(pause_school(home, urn, by=by, reason=reason), [f"{urn} is paused."], as_json=False)
        return
    done = pause_everything(home, by=by, reason=reason)
    emit(done, [f"Everything is paused: {', '.join(done['schools'])}."], as_json=False)


def resume(
    reason: ReasonOption,
    urn: UrnArgument = None,
    everything: AllOption = False,
    by: ByOption = SYSTEM_ADMINISTRATOR,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Resume a paused school, or with --all the paused deployment. What its data protection officer paused,
    only they resume."""
    from service.app.journeys import resume_everything, resume_school

    _check_which(urn, everything=everything)
    if urn is not None:
        emit(resume_school(home, urn, by=by, reason=reason), [f"{urn} may be scored again."], as_json=False)
        return
    done = resume_everything(home, by=by, reason=reason)
    emit(done, [f"These may be scored again: {', '.join(done['schools'])}."], as_json=False)


def _check_which(urn: str | None, *, everything: bool) -> None:
    from data_contracts.errors import Refused

    if (urn is None) != everything:
        raise Refused("Name one school, or say --all.", hint="belong pause 123456, or belong pause --all")
