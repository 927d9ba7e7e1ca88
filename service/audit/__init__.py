"""The audit log read and sealed: who saw what, in everyday words."""

from service.audit import sealing

__all__ = ["sealing"]
