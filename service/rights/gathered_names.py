"""Names for the accounts that stand in records and logs: a family reads who it was, never a sign-in name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.accounts import account_store
from service.core.engine import Transaction

ACCOUNTS_IN = ("by", "by_account", "made_by", "released_by")
"""Columns that hold an account's id."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of all accounts, closed ones too, by id. An account without a name has an empty one."""

    by_id: Mapping[str, str]
    roles: Mapping[str, str]

    def of(self, account_id: str) -> str:
        """A person's name; what acts without an account (a command, Belong itself) keeps its word."""
        return self.by_id.get(account_id, account_id)

    def added_to(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row with the names and roles of the accounts it holds; a name it was written with stays."""
        held = [column for column in ACCOUNTS_IN if row.get(column) in self.by_id]
        said: dict[str, str] = {}
        for column in held:
            stem = column.removesuffix("_account")
            said |= {f"{stem}_name": self.by_id[row[column]], f"{stem}_role": self.roles[row[column]]}
        return said | row


def names_of(tx: Transaction) -> Names:
    """The names and roles of all accounts."""
    accounts = account_store.accounts(tx)
    return Names({one.id: one.name for one in accounts}, {one.id: one.role for one in accounts})
