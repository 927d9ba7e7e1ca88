"""Write an event into the request's own transaction: either both happened or neither."""

from typing import Any

from service.core.audit import audit_store
from service.core.audit.events import Event, plain_detail
from service.core.engine import Transaction
from service.core.permissions import Reader


def record(
    tx: Transaction,
    reader: Reader,
    event: Event,
    *,
    school: str | None = None,
    subject: str | None = None,
    detail: dict[str, Any] | None = None,
    purpose: str | None = None,
    request_id: str | None = None,
) -> None:
    """Add one event to the log. `detail` takes codes, ids and numbers only (ValueError otherwise)."""
    audit_store.add(
        tx,
        event=str(event),
        actor=reader.account_id,
        role=reader.role,
        via=reader.via,
        school=school,
        subject=subject,
        purpose=purpose,
        request_id=request_id,
        detail=plain_detail(detail or {}),
    )
