"""Accounts: passwords, one-time codes, sessions, tokens, invitations, sign-in by an identity provider."""
