"""Accounts and schools, from the machine itself."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from service.accounts import inviting, keeping, promises, resetting, tokens, vouching
from service.accounts.readers import EVERY_SCHOOL
from service.core.callers import at_machine
from service.core.deployment import Deployment
from service.core.permissions import ADMIN
from service.schools import keeping as schools


def add_user(
    home: Path,
    user: str,
    *,
    role: str,
    schools: Collection[str],
    password: str,
    name: str = "",
    year_groups: Collection[str] | None = None,
) -> dict[str, Any]:
    """Add an account: {id, user, role, schools}. Refused for a weak password, unknown role or school, and where the
    account would see pupils and somebody at its school can vouch: then the person is invited.

    An administrator for whom no school is named reaches every school, also those added later.
    """
    schools = schools or ([EVERY_SCHOOL] if role == ADMIN else [])
    with at_machine(home) as caller:
        keeping.check_first(caller, role, schools, year_groups)
        account_id = keeping.add_account(
            caller,
            user,
            role=role,
            schools=schools,
            password=password,
            name=name,
            year_groups=year_groups,
        )
    return {"id": account_id, "user": user, "role": role, "schools": sorted(schools)}


def invite_administrator(home: Path, user: str) -> dict[str, Any]:
    """The invitation of a home's first administrator, as `invite_user`."""
    return invite_user(home, user, role=ADMIN, schools=[EVERY_SCHOOL])


def invite_user(
    home: Path,
    user: str,
    *,
    role: str,
    schools: Collection[str],
    name: str = "",
    year_groups: Collection[str] | None = None,
) -> dict[str, Any]:
    """An invitation: {id, user, address, expires, asks_code}. The address works once."""
    with at_machine(home) as caller:
        made = inviting.invite(
            caller, user, role=role, schools=schools, name=name, year_groups=year_groups or None
        )
        return _linked(caller.deployment, user, "join?invitation", made)


def change_user(
    home: Path,
    user: str,
    *,
    role: str,
    schools: Collection[str],
    year_groups: Collection[str] | None = None,
) -> dict[str, Any]:
    """Give an account another role or reach: {user, role, schools, done, expires}. Where `done` is false the change
    waits until its owner gives the code that a colleague told them."""
    with at_machine(home) as caller:
        account_id = keeping.id_of(caller, user)
        waiting = keeping.change_account(
            caller, account_id, role=role, schools=schools, year_groups=year_groups or None
        )
    expires = waiting.expires_at.isoformat() if waiting else None
    return {
        "user": user,
        "role": role,
        "schools": sorted(schools),
        "done": waiting is None,
        "expires": expires,
    }


def reset_password(home: Path, user: str) -> dict[str, Any]:
    """A link for a new password: {id, user, address, expires, asks_code}. It works once."""
    with at_machine(home) as caller:
        made = resetting.make_reset(caller, keeping.id_of(caller, user))
        return _linked(caller.deployment, user, "new-password?link", made)


def open_invitations(home: Path) -> list[dict[str, Any]]:
    """What is promised and still open: for whom, by whom, until when."""
    with at_machine(home) as caller:
        return inviting.open_invitations(caller)


def withdraw_invitation(home: Path, invitation_id: str) -> dict[str, Any]:
    """Withdraw what waits under an id: {id, withdrawn}."""
    with at_machine(home) as caller:
        promises.withdraw(caller, invitation_id)
    return {"id": invitation_id, "withdrawn": True}


def _linked(deployment: Deployment, user: str, page: str, made: dict[str, Any]) -> dict[str, Any]:
    base = deployment.settings.base_url.rstrip("/")
    kept = {name: made[name] for name in ("id", "expires", "asks_code")}
    return {"user": user, "address": f"{base}/{page}={made['secret']}", **kept}


def invitation_code(home: Path, user: str) -> dict[str, Any]:
    """The code that what waits for somebody needs: {user, code}. NotFound where nothing waits."""
    with at_machine(home) as caller:
        return {"user": user, "code": vouching.code_from_the_machine(caller, user)}


def list_users(home: Path) -> list[dict[str, Any]]:
    """All accounts."""
    with at_machine(home) as caller:
        return keeping.list_accounts(caller)


def close_user(home: Path, user: str, *, by: str) -> dict[str, Any]:
    """Close an account, its sessions and tokens."""
    with at_machine(home) as caller:
        keeping.close_account(caller, user)
    return {"user": user, "closed_by": by}


def issue_token(home: Path, user: str, *, days: int = 90) -> dict[str, Any]:
    """A bearer token for an account: {id, token, expires}."""
    with at_machine(home) as caller:
        return tokens.issue_token(caller, user, days=days)


def register_school(home: Path, urn: str, *, name: str, phase: str, mis: str) -> dict[str, Any]:
    """Register a school: {urn, name, synthetic, next}, where `next` says what to do now."""
    with at_machine(home) as caller:
        return schools.register(caller, urn, name=name, phase=phase, mis=mis)


def list_schools(home: Path) -> list[dict[str, Any]]:
    """All schools, with a word on whether each may be scored."""
    with at_machine(home) as caller:
        return schools.states(caller)


def pause_school(home: Path, urn: str, *, by: str, reason: str) -> dict[str, Any]:
    """Stop scoring a school and hide its suggestions at once."""
    with at_machine(home) as caller:
        schools.pause(caller, urn, reason)
    return {"school": urn, "paused": True, "by": by, "reason": reason}


def resume_school(home: Path, urn: str, *, by: str, reason: str) -> dict[str, Any]:
    """Let a paused school be scored again."""
    with at_machine(home) as caller:
        schools.resume(caller, urn, reason)
    return {"school": urn, "paused": False, "by": by, "reason": reason}


def pause_everything(home: Path, *, by: str, reason: str) -> dict[str, Any]:
    """Stop scoring every school and hide all suggestions at once: {schools, paused, by, reason}."""
    with at_machine(home) as caller:
        paused = schools.pause_all(caller, reason)
    return {"schools": paused, "paused": True, "by": by, "reason": reason}


def resume_everything(home: Path, *, by: str, reason: str) -> dict[str, Any]:
    """Lift the pause of the whole deployment: {schools, paused, by, reason}."""
    with at_machine(home) as caller:
        resumed = schools.resume_all(caller, reason)
    return {"schools": resumed, "paused": False, "by": by, "reason": reason}
