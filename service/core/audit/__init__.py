"""The audit log: what was done and read, by whom and why, sealed so that changes can be told."""

from service.core.audit.events import Event
from service.core.audit.log import record
from service.core.audit.recorded import Recorded, Told, Unaudited, no_event, unaudited

__all__ = ["Event", "Recorded", "Told", "Unaudited", "no_event", "record", "unaudited"]
