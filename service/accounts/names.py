"""Who did it, by name: what a row keeps of a person is an account's id, a sign-in name or a name already."""

from service.accounts import account_store
from service.core.engine import Transaction
from service.core.permissions import SYSTEM_ADMINISTRATOR

BELONG, NOT_SIGNED_IN = "Belong (automatic)", "Not signed in"
WITHOUT_ACCOUNT = {
    "command": SYSTEM_ADMINISTRATOR,
    "command line": SYSTEM_ADMINISTRATOR,
    "worker": BELONG,
    "training": BELONG,
    "nobody": NOT_SIGNED_IN,
}
"""Those who act without an account, as this release and the ones before wrote them, in small letters."""


class Names:
    """The names of a deployment's people, read once."""

    def __init__(self, tx: Transaction) -> None:
        rows = account_store.accounts(tx)
        self._names = {key: row.name or row.user for row in rows for key in (row.id, row.user)}

    def of(self, by: str) -> str:
        """The account's name, else its sign-in name; what is not an account's is said as it stands."""
        return self._names.get(by) or WITHOUT_ACCOUNT.get(by.lower(), by)
