"""The audit log: what was done and read, by whom and why, sealed so that changes can be told."""

from service.audit.events import Event
from service.audit.log import record

__all__ = ["Event", "record"]
