"""Commands for accounts and schools."""

from typing import Annotated

import typer

from service.cli.options import DEFAULT_HOME, ByOption, HomeOption, JsonOption
from service.cli.output import emit
from service.permissions import SYSTEM_ADMINISTRATOR

users = typer.Typer(
    help="Accounts: who may sign in, with which role, for which schools.", no_args_is_help=True
)
schools = typer.Typer(help="Schools: register and list.", no_args_is_help=True)

UrnArgument = Annotated[str, typer.Argument(help="The school's URN, six digits.")]


@users.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What the person signs in with, usually an e-mail address.")],
    role: Annotated[
        str, typer.Option(help="inclusion_lead, pastoral, data_team, dpo, governor, head, admin ...")
    ],
    called: Annotated[str, typer.Option("--name", help="The person's name, as colleagues read it.")] = "",
    school: Annotated[list[str] | None, typer.Option(help="URN; repeat for several.")] = None,
    password: Annotated[
        str | None,
        typer.Option(
            prompt="Password", hide_input=True, confirmation_prompt=True, envvar="BELONG_NEW_PASSWORD"
        ),
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Add an account. The password is asked for, never given on the command line by habit."""
    from service.journeys import add_user

    outcome = add_user(home, name, role=role, schools=school or [], password=password or "", name=called)
    emit(outcome, [f"{name} may sign in as {role}."], as_json=as_json)


@users.command("list")
def show(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """List accounts, roles and schools."""
    from service.journeys import list_users

    rows = list_users(home)
    lines = [
        f"{r['user']:<32} {r['role']:<16} {' '.join(r['schools'])} {'' if r['active'] else '(closed)'}"
        for r in rows
    ]
    emit({"users": rows}, lines, as_json=as_json)


@users.command("close")
def close(
    name: Annotated[str, typer.Argument()],
    home: HomeOption = DEFAULT_HOME,
    by: ByOption = SYSTEM_ADMINISTRATOR,
) -> None:
    """Close an account at once: its sessions and tokens end."""
    from service.journeys import close_user

    emit(close_user(home, name, by=by), [f"{name} can no longer sign in."], as_json=False)


@users.command("token")
def token(
    name: Annotated[str, typer.Argument(help="The account the token acts for.")],
    days: Annotated[int, typer.Option(min=1, max=365, help="Days until it expires.")] = 90,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Make a bearer token for a machine. It is shown once and stored only as a hash."""
    from service.journeys import issue_token

    outcome = issue_token(home, name, days=days)
    emit(outcome, [outcome["token"]], as_json=as_json)


@users.command("code")
def code(
    name: Annotated[str, typer.Argument(help="Who was invited.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Show the code that goes with an invitation, where no colleague is left who could vouch. It is recorded."""
    from service.journeys import invitation_code

    outcome = invitation_code(home, name)
    emit(outcome, [outcome["code"]], as_json=as_json)


@schools.command("add")
def register_school(
    urn: UrnArgument,
    name: Annotated[str, typer.Option(help="The school's name.")],
    phase: Annotated[str, typer.Option(help="primary or secondary.")] = "secondary",
    mis: Annotated[str, typer.Option(help="sims, arbor, bromcom or other.")] = "other",
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Register a school and write the governance file that has to be complete before any figure is made."""
    from service.journeys import register_school as run

    outcome = run(home, urn, name=name, phase=phase, mis=mis)
    emit(outcome, [f"{name} is registered. {outcome['next']}"], as_json=as_json)


@schools.command("list")
def show_schools(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """List schools and whether they may be scored."""
    from service.journeys import list_schools

    rows = list_schools(home)
    emit(
        {"schools": rows},
        [f"{r['urn']} {r['name']} ({r['mis']}): {r['state']}" for r in rows],
        as_json=as_json,
    )
