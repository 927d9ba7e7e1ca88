"""Commands for accounts and schools."""

from typing import Annotated, Any

import typer

from service.app.cli.options import DEFAULT_HOME, ByOption, HomeOption, JsonOption
from service.app.cli.output import emit
from service.core.permissions import SYSTEM_ADMINISTRATOR

users = typer.Typer(
    help="Accounts: who may sign in, with which role, for which schools.", no_args_is_help=True
)
schools = typer.Typer(help="Schools: register and list.", no_args_is_help=True)

NameArgument = Annotated[str, typer.Argument(help="The sign-in name.")]
RoleOption = Annotated[
    str, typer.Option(help="inclusion_lead, pastoral, data_team, dpo, governor, head, admin ...")
]
SchoolOption = Annotated[
    list[str] | None, typer.Option(help="URN, or * for every school; repeat for several.")
]
YearOption = Annotated[list[str] | None, typer.Option(help="Only this year group; repeat for several.")]
PersonOption = Annotated[str, typer.Option("--name", help="The person's name, as colleagues know it.")]
CODE_TOO = "They also need a code, which a colleague at their school finds under “Your account”."

UrnArgument = Annotated[str, typer.Argument(help="The school's URN, six digits.")]


@users.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What the person signs in with, usually an e-mail address.")],
    role: RoleOption,
    school: SchoolOption = None,
    person: PersonOption = "",
    year: YearOption = None,
    password: Annotated[
        str | None,
        typer.Option(
            prompt="Password", hide_input=True, confirmation_prompt=True, envvar="BELONG_NEW_PASSWORD"
        ),
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Add an account, for the first people of a school. The password is asked for, never given on the command line
    by habit. Where somebody is there who could vouch for who sees pupils, use `invite`."""
    from service.app.journeys import add_user

    outcome = add_user(
        home,
        name,
        role=role,
        schools=school or [],
        password=password or "",
        name=person,
        year_groups=year or None,
    )
    emit(outcome, [f"{name} may sign in as {role}."], as_json=as_json)


@users.command("list")
def show(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """List accounts, roles and schools."""
    from service.app.journeys import list_users

    rows = list_users(home)
    lines = [
        f"{r['name'] or '-':<24} {r['user']:<32} {r['role']:<16} {' '.join(r['schools'])} "
        f"{'' if r['active'] else '(closed)'}"
        for r in rows
    ]
    emit({"users": rows}, lines, as_json=as_json)


@users.command("invite")
def invite(
    name: NameArgument,
    role: RoleOption,
    school: SchoolOption = None,
    person: PersonOption = "",
    year: YearOption = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Invite someone: the address that is shown makes the account, once."""
    from service.app.journeys import invite_user

    made = invite_user(home, name, role=role, schools=school or [], name=person, year_groups=year)
    _link(made, as_json)


@users.command("change")
def change(
    name: NameArgument,
    role: RoleOption,
    school: SchoolOption = None,
    year: YearOption = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Give an account another role, other schools or year groups; its sessions and tokens end."""
    from service.app.journeys import change_user

    outcome = change_user(home, name, role=role, schools=school or [], year_groups=year)
    waits = (
        f"{name} would see more about pupils, so this waits until they type a code under “Your account” that a "
        "colleague at their school gives them."
    )
    emit(outcome, [f"{name} is now {role}." if outcome["done"] else waits], as_json=as_json)


@users.command("reset")
def reset(name: NameArgument, home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Make a link by which someone chooses a new password, once, within a day."""
    from service.app.journeys import reset_password

    _link(reset_password(home, name), as_json)


@users.command("invitations")
def invitations(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """List open invitations, changes that wait and links for new passwords: by whom, and until when."""
    from service.app.journeys import open_invitations

    rows = open_invitations(home)
    lines = [
        f"{r['id']} {r['kind']:<7} {r['name'] or r['user']:<32} {r['role']:<16} made by {r['made_by']}, "
        f"until {r['expires_at']:%d %B %Y, %H:%M} UTC"
        for r in rows
    ]
    emit({"invitations": rows}, lines or ["There are no open invitations."], as_json=as_json)


@users.command("withdraw")
def withdraw(
    invitation: Annotated[str, typer.Argument(help="The id that `belong users invitations` shows.")],
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Withdraw an invitation, a change that waits or the link of a new password."""
    from service.app.journeys import withdraw_invitation

    emit(withdraw_invitation(home, invitation), ["Withdrawn: it can’t be used any more."], as_json=False)


def _link(made: dict[str, Any], as_json: bool) -> None:
    """Show a link that works once."""
    lines = [
        f"Give this address to {made['user']} securely; it works once, until {made['expires'][:10]}:",
        made["address"],
        *([CODE_TOO] if made["asks_code"] else []),
    ]
    emit(made, lines, as_json=as_json)


@users.command("close")
def close(
    name: Annotated[str, typer.Argument()],
    home: HomeOption = DEFAULT_HOME,
    by: ByOption = SYSTEM_ADMINISTRATOR,
) -> None:
    """Close an account at once: its sessions and tokens end, and so do the invitations and tokens it made."""
    from service.app.journeys import close_user

    emit(close_user(home, name, by=by), [f"{name} can no longer sign in."], as_json=False)


@users.command("token")
def token(
    name: Annotated[str, typer.Argument(help="The account the token acts for.")],
    days: Annotated[int, typer.Option(min=1, max=365, help="Days until it expires.")] = 90,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Make a bearer token for a machine. It is shown once and stored only as a hash."""
    from service.app.journeys import issue_token

    outcome = issue_token(home, name, days=days)
    emit(outcome, [outcome["token"]], as_json=as_json)


@users.command("code")
def code(
    name: Annotated[str, typer.Argument(help="Who it waits for.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Show the code of what waits for someone, where no colleague is left who could vouch. It is recorded."""
    from service.app.journeys import invitation_code

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
    from service.app.journeys import register_school as run

    outcome = run(home, urn, name=name, phase=phase, mis=mis)
    emit(outcome, [f"{name} is registered. {outcome['next']}"], as_json=as_json)


@schools.command("list")
def show_schools(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """List schools and whether they may be scored."""
    from service.app.journeys import list_schools

    rows = list_schools(home)
    emit(
        {"schools": rows},
        [f"{r['urn']} {r['name']} ({r['mis']}): {r['state']}" for r in rows],
        as_json=as_json,
    )
