"""A list as rows that may leave: each says what it is for, who took it, when, and until when it may be used.

No name and no UPN stands in a row, and no figure: reasons in words alone, in no order of risk. A list that has
ended is not given out any more.
"""

from datetime import date
from typing import Any

from data_contracts.errors import Refused
from pipelines.explanation import Account, Audience
from service.core import clock
from service.core.audit import Event
from service.core.callers import Caller
from service.core.engine import Transaction
from service.records import in_own_years
from service.scoring import PublicationRow, ScoreRow, ends_on, score_store, telling

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
    today = clock.today()
    if today > (last := ends_on(live)):
        raise Refused(
            f"The list made after the {_season(term)} ended on {last.day} {last:%B} {last.year}, "
            "so it can't be exported.",
            hint="Export the latest list. A copy of a pupil's own data can still be made.",
        )
    read = caller.record(tx, Event.EXPORT_MADE, school=school, term=term)
    found = score_store.flagged_scores(read, live)
    own = in_own_years(caller, tx, [score.pupil_id for score in found])
    found = [score for score in found if score.pupil_id in own]
    read.detail["pupils"] = len(found)
    manifest = caller.deployment.manifest(live.model_id)
    accounts = telling.accounts_of(read, manifest, live, found, caller.reader.schools)
    rows = [_row(caller, score, live, accounts[score.pupil_id], today) for score in found]
    return sorted(rows, key=lambda row: str(row["pupil_id"]))


def _season(term: str) -> str:
    return f"{term[5:]} term {term[:4]}"


def _row(
    caller: Caller, score: ScoreRow, live: PublicationRow, account: Account, today: date
) -> dict[str, Any]:
    sentences = [
        " ".join(one.sentence(today) for one in reason.story.told_to(Audience.export))
        for reason in account.reasons
    ]
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
        "made_on": today,
        "use_until": ends_on(live),
    }
