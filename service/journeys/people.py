"""Accounts and schools, from the machine itself."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from service import schools
from service.accounts import keeping, vouching
from service.accounts.readers import EVERY_SCHOOL
from service.callers import command_caller
from service.deployment import Deployment
from service.permissions import ADMIN


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
    """Add an account: {id, user, role, schools}. Refused for a weak password, unknown role or school.

    An administrator for whom no school is named reaches every school, also those added later.
    """
    schools = schools or ([EVERY_SCHOOL] if role == ADMIN else [])
    with Deployment.open(home) as deployment:
        account_id = keeping.add_account(
            command_caller(deployment),
            user,
            role=role,
            schools=schools,
            password=password,
            name=name,
            year_groups=year_groups,
        )
    return {"id": account_id, "user": user, "role": role, "schools": sorted(schools)}


def invite_administrator(home: Path, user: str) -> dict[str, Any]:
    """The invitation of a home's first administrator: {user, address, expires}. The address works once."""
    with Deployment.open(home) as deployment:
        caller = command_caller(deployment)
        made = keeping.invite(caller, user, role=ADMIN, schools=[EVERY_SCHOOL])
        base = deployment.settings.base_url.rstrip("/")
    return {"user": user, "address": f"{base}/join?invitation={made['secret']}", "expires": made["expires"]}


def invitation_code(home: Path, user: str) -> dict[str, Any]:
    """The code that somebody's invitation needs beside its address: {user, code}. NotFound where nobody is invited."""
    with Deployment.open(home) as deployment:
        return {"user": user, "code": vouching.code_from_the_machine(command_caller(deployment), user)}


def list_users(home: Path) -> list[dict[str, Any]]:
    """All accounts."""
    with Deployment.open(home) as deployment:
        return keeping.list_accounts(command_caller(deployment))


def close_user(home: Path, user: str, *, by: str) -> dict[str, Any]:
    """Close an account, its sessions and tokens."""
    with Deployment.open(home) as deployment:
        keeping.close_account(command_caller(deployment), user)
    return {"user": user, "closed_by": by}


def issue_token(home: Path, user: str, *, days: int = 90) -> dict[str, Any]:
    """A bearer token for an account: {id, token, expires}."""
    with Deployment.open(home) as deployment:
        return keeping.issue_token(command_caller(deployment), user, days=days)


def register_school(home: Path, urn: str, *, name: str, phase: str, mis: str) -> dict[str, Any]:
    """Register a school: {urn, name, synthetic, next}, where `next` says what to do now."""
    with Deployment.open(home) as deployment:
        return schools.register(command_caller(deployment), urn, name=name, phase=phase, mis=mis)


def list_schools(home: Path) -> list[dict[str, Any]]:
    """All schools, with a word on whether each may be scored."""
    with Deployment.open(home) as deployment:
        return schools.states(command_caller(deployment))


def pause_school(home: Path, urn: str, *, by: str, reason: str) -> dict[str, Any]:
    """Stop scoring a school and hide its suggestions at once."""
    with Deployment.open(home) as deployment:
        schools.pause(command_caller(deployment), urn, reason)
    return {"school": urn, "paused": True, "by": by, "reason": reason}


def resume_school(home: Path, urn: str, *, by: str, reason: str) -> dict[str, Any]:
    """Let a paused school be scored again."""
    with Deployment.open(home) as deployment:
        schools.resume(command_caller(deployment), urn, reason)
    return {"school": urn, "paused": False, "by": by, "reason": reason}


def pause_everything(home: Path, *, by: str, reason: str) -> dict[str, Any]:
    """Stop scoring every school and hide all suggestions at once: {schools, paused, by, reason}."""
    with Deployment.open(home) as deployment:
        paused = schools.pause_all(command_caller(deployment), reason)
    return {"schools": paused, "paused": True, "by": by, "reason": reason}


def resume_everything(home: Path, *, by: str, reason: str) -> dict[str, Any]:
    """Lift the pause of the whole deployment: {schools, paused, by, reason}."""
    with Deployment.open(home) as deployment:
        resumed = schools.resume_all(command_caller(deployment), reason)
    return {"schools": resumed, "paused": False, "by": by, "reason": reason}
