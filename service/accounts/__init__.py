"""Accounts: passwords, one-time codes, sessions, tokens, invitations, sign-in by an identity provider."""

from service.accounts import account_rows, account_store, signin_rows, signin_store
from service.accounts.account_rows import AccountRow, InvitationRow, SessionRow, TokenRow
from service.accounts.from_machine import pause_school
from service.accounts.names import Names
from service.accounts.readers import reach

__all__ = [
    "AccountRow",
    "InvitationRow",
    "Names",
    "SessionRow",
    "TokenRow",
    "account_rows",
    "account_store",
    "pause_school",
    "reach",
    "signin_rows",
    "signin_store",
]
