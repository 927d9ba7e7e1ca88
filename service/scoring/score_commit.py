"""What one publication changes, in the transaction it is given."""

from typing import Any

from service.core.audit import Event
from service.core.callers import Caller
from service.core.engine import Transaction
from service.scoring import score_store
from service.scoring.score_rows import PublicationRow


def commit_scores(
    tx: Transaction, caller: Caller, publication: PublicationRow, scores: list[dict[str, Any]]
) -> None:
    """Publish a term's scores for a school in the place of those before, with the event."""
    told = caller.record(
        tx,
        Event.SCORES_PUBLISHED,
        school=publication.school,
        subject=publication.id,
        term=publication.term,
        model=publication.model_id,
        flags=sum(1 for score in scores if score["flagged"]),
        pupils=len(scores),
    )
    score_store.publish(told, publication, scores)
