"""Tell an event in the request's own transaction: either both happened or neither."""

from functools import partial
from typing import Any

from service.core.audit import audit_store
from service.core.audit.events import Event, plain_detail
from service.core.audit.recorded import Recorded
from service.core.engine import LAST, Transaction
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
) -> Recorded:
    """Tell one event; events stand in the order told. Codes, ids and numbers only (ValueError otherwise)."""
    if LAST not in tx.info:
        raise RuntimeError("an event needs a transaction that commits")
    told = Recorded(tx, school, subject, plain_detail(detail or {}))
    who = {"actor": reader.account_id, "role": reader.role, "via": reader.via}
    asked = {"purpose": purpose, "request_id": request_id}
    tx.info[LAST].append(partial(_write, told, {"event": str(event), **who, **asked}))
    return told


def _write(told: Recorded, fields: dict[str, Any]) -> None:
    detail = plain_detail(told.detail)
    audit_store.add(told.tx, **fields, school=told.school, subject=told.subject, detail=detail)
