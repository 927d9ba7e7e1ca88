"""A pupil’s places on rolls, each beside its school."""

from collections.abc import Collection

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from service.core.audit import no_event
from service.records import RollRow
from service.schools import SchoolRow

ROLL_AND_SCHOOL = (
    select(RollRow, SchoolRow)
    .join(SchoolRow, SchoolRow.urn == RollRow.school)
    .where(
        RollRow.pupil_id == bindparam("pupil_id"),
        RollRow.school.in_(bindparam("schools", expanding=True)),
        RollRow.retired_by.is_(None),
    )
)


@no_event("decides whether a pupil is one of the reader's own; what is then read or done is told")
def roll_and_schools(tx: Session, pupil_id: str, schools: Collection[str]) -> list[tuple[RollRow, SchoolRow]]:
    """A pupil's places on these schools' rolls, each beside its school."""
    rows = tx.execute(ROLL_AND_SCHOOL, {"pupil_id": pupil_id, "schools": list(schools)})
    return [(row[0], row[1]) for row in rows]
