"""From an account's row to the reader that rules are checked against."""

from collections.abc import Iterable

from service.accounts.account_rows import AccountRow, TokenRow
from service.core.permissions import Reader, Via

EVERY_SCHOOL = "*"


def reader_of(account: AccountRow, urns: frozenset[str], via: Via, token: TokenRow | None = None) -> Reader:
    """The reader behind an account, never wider than the token it came with."""
    schools = reach(account.schools, urns)
    if token is not None:
        schools &= reach(token.schools, urns)
    return Reader(
        account_id=account.id,
        user=account.user,
        name=account.name or account.user,
        role=token.role if token else account.role,
        schools=schools,
        year_groups=None if account.year_groups is None else frozenset(account.year_groups),
        via=via,
        sanctions=account.sanctions,
    )


def reach(schools: Iterable[str], urns: frozenset[str]) -> frozenset[str]:
    """Which of the deployment's schools a list of URNs (or '*') reaches."""
    named = frozenset(schools)
    return urns if EVERY_SCHOOL in named else named & urns
