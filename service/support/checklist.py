"""Who must be part of a review, by what is recorded: reminders of people and duties, never a score."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from data_contracts import calendar

TAKEN_BACK = ("cancelled", "overturned")
SESSIONS_A_DAY = 2


def checklist_for(provision: str | None, events: Sequence[dict[str, Any]], term: str) -> tuple[str, ...]:
    """Everyone first, then what SEN and suspended days ask for. `provision` is N, K, E or None."""
    lines = ["The pupil, in their own words", "A parent or carer, invited and listened to"]
    if provision in ("K", "E"):
        lines.append("The SENDCo, with the adjustments tried so far")
    else:
        lines.append("Has a possible need been assessed? If you aren’t sure, ask the SENDCo")
    if provision == "E":
        lines.append("The local authority, if the EHC plan needs an early review")
    lines.append("If the pupil is looked after: the virtual school head and the designated teacher")
    lines.append("If the pupil has a social worker: invite them")
    return (*lines, *duties(events, term))


def duties(events: Sequence[dict[str, Any]], term: str) -> tuple[str, ...]:
    """Duties that days of suspension have brought with them, after the statutory guidance."""
    known = calendar.term(term)
    year = known.start.year if known.start.month >= 9 else known.start.year - 1
    in_term = _days(events, known.start, known.end)
    lines = []
    if in_term > 15:
        lines.append("More than 15 days of suspension this term: governors must meet")
    elif in_term > 5:
        lines.append(
            "More than 5 days of suspension this term: governors must consider it if the family asks"
        )
    if _days(events, date(year, 9, 1), date(year + 1, 8, 31)) >= 45:
        lines.append("45 days of suspension this school year: the law doesn’t allow any more")
    return tuple(lines)


def _days(events: Sequence[dict[str, Any]], start: date, end: date) -> float:
    """Days of suspension that began in a span and were not taken back."""
    return sum(
        float(event["detail"].get("sessions") or 0) / SESSIONS_A_DAY
        for event in events
        if event["kind"] == "suspension"
        and event["detail"].get("status") not in TAKEN_BACK
        and start.isoformat() <= str(event["date"])[:10] <= end.isoformat()
    )
