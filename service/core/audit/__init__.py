"""The audit log: what was done and read, by whom and why, sealed so that changes can be told."""

from service.core.audit.events import Event
from service.core.audit.log import record

__all__ = ["Event", "record"]
