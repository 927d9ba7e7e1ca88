"""The terms a school has suggestions for."""

from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import check
from service.schools import in_order
from service.scoring import score_store


def published_terms(caller: Caller, tx: Transaction, school: str) -> list[str]:
    """Term ids of a school whose suggestions are published, latest first."""
    check(caller.reader, "schools.read", school)
    return in_order(score_store.published_terms(tx, school))[::-1]
