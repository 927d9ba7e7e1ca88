"""A list as rows that may leave: each says what it is for, who took it, when, and until when it may be used.

No name and no UPN stands in a row, and no figure: reasons in words alone, in no order of risk.
"""

from datetime import date
from typing import Any

from data_contracts import calendar
from pipelines.explain import explanation
from service.audit import Event
from service.callers import Caller
from service.db import score_store
from service.db.engine import Transaction
from service.db.pupil_rows import PublicationRow, ScoreRow
from service.reads.years import in_own_years

PURPOSE = "support reviews only; never a sanction, admission or exclusion"
REASONS = 3
COLUMNS = (
    "school", "term", "pupil_id", "list", "new", *(f"reason_{n + 1}" for n in range(REASONS)),
    "synthetic", "model_id", "purpose", "reader", "made_on", "use_until",
)  # fmt: skip


def exported_flags(caller: Caller, tx: Transaction, school: str, term: str) -> list[dict[str, Any]]:
    """The suggestions published for a school and term, by pupil_id; an audited export. Empty where none are."""
    live = score_store.publication(tx, school, term)
    if live is None:
        return []
    found = score_store.flagged_scores(tx, live)
    own = in_own_years(caller, tx, [score.pupil_id for score in found])
    found = [score for score in found if score.pupil_id in own]
    caller.record(tx, Event.EXPORT_MADE, school=school, term=term, pupils=len(found))
    rows = [_row(caller, score, live) for score in found]
    return sorted(rows, key=lambda row: str(row["pupil_id"]))


def _row(caller: Caller, score: ScoreRow, live: PublicationRow) -> dict[str, Any]:
    values = {column.key: getattr(score, column.key) for column in score.__mapper__.columns}
    body = explanation(caller.deployment.manifest(live.model_id), values)
    sentences = [reason["sentence"] for reason in body["reasons"]][:REASONS]
    told = {f"reason_{n + 1}": sentences[n] if n < len(sentences) else "" for n in range(REASONS)}
    return {
        "school": score.school,
        "term": score.term,
        "pupil_id": score.pupil_id,
        "list": score.flag_list,
        "new": score.new,
        **told,
        "synthetic": live.synthetic,
        "model_id": live.model_id,
        "purpose": PURPOSE,
        "reader": caller.reader.user,
        "made_on": date.today(),
        "use_until": calendar.next_term(score.term).end,
    }
