"""Names for the accounts that stand in records and logs: a family reads who it was, never a sign-in name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.db import account_store
from service.db.engine import Transaction

ACCOUNTS_IN = ("by", "made_by", "released_by")
"""Columns that hold an account's id."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of all accounts, closed ones too, by id. An account without a name has an empty one."""

    by_id: Mapping[str, str]

    def of(self, account_id: str) -> str:
        """A person's name; what acts without an account (a command, Belong itself) keeps its word."""
        return self.by_id.get(account_id, account_id)

    def added_to(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row with the names of the accounts it holds."""
        held = [column for column in ACCOUNTS_IN if row.get(column) in self.by_id]
        return {**row, **{f"{column}_name": self.by_id[row[column]] for column in held}}


def names_of(tx: Transaction) -> Names:
    """The names of all accounts."""
    return Names({one.id: one.name for one in account_store.accounts(tx)})
