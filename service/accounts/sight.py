"""How far an account sees single pupils: what its role's rules give, at which schools, in which year groups.

Nobody widens their own sight or another's alone, so every promise and change is judged here, by what would be
seen afterwards and was not before.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from service.accounts.account_rows import AccountRow, InvitationRow
from service.accounts.readers import EVERY_SCHOOL, reach
from service.core.permissions import PUPIL_SIGHT, RULES


@dataclass(frozen=True, slots=True)
class Reach:
    """A role, the schools it is for (URNs, or '*' for all there are and will be) and its year groups, None for all."""

    role: str
    schools: frozenset[str]
    years: frozenset[str] | None = None

    @classmethod
    def of(cls, row: AccountRow | InvitationRow) -> Self:
        """What an account has, or an invitation promises."""
        return cls.given(row.role, row.schools, row.year_groups)

    @classmethod
    def given(cls, role: str, schools: Collection[str], years: Collection[str] | None) -> Self:
        """What somebody asked for."""
        return cls(role, frozenset(schools), None if years is None else frozenset(years))


NOTHING = Reach("none", frozenset())


def pupil_actions(role: str) -> frozenset[str]:
    """The actions by which a role is told something about single pupils."""
    return frozenset(action for action in PUPIL_SIGHT if role in RULES[action])


def opens_more(before: Reach, after: Reach, urns: frozenset[str]) -> bool:
    """True where `after` tells something of a pupil that `before` does not; the schools still to come count too."""
    gained = pupil_actions(after.role)
    if not gained or not after.schools or after.years == frozenset():
        return False
    if gained - pupil_actions(before.role):
        return True
    if _named(after, urns) - _named(before, urns):
        return True
    if before.years is None:
        return False
    return after.years is None or bool(after.years - before.years)


def _named(of: Reach, urns: frozenset[str]) -> frozenset[str]:
    return reach(of.schools, urns) | (of.schools & {EVERY_SCHOOL})


def covers(vouching: Reach, promised: Reach, urns: frozenset[str]) -> bool:
    """True where whoever vouches answers for every school and year group of what is promised."""
    if not reach(promised.schools, urns) <= reach(vouching.schools, urns):
        return False
    return vouching.years is None or (promised.years is not None and promised.years <= vouching.years)
