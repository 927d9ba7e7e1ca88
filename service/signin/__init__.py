"""Signing in through an identity provider, invitations to do so, and the second factor of local accounts."""
