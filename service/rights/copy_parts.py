"""The pages of a family's copy, from a gathered body: nothing that was left out of the body can stand in them."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.rights import copy_records, copy_told, copy_written
from service.rights.copy_shape import Part

Body = Mapping[str, Any]


def parts(body: Body) -> tuple[Part, ...]:
    """Every part in the order of reading: the pupil's own words and what helps before what went wrong.

    A part whose section was left out is left out.
    """
    return (
        *([copy_told.pupil(body)] if "roll" in body else []),
        *(_written(body["decided"]) if "decided" in body else []),
        *([copy_told.computer(body["figures"])] if "figures" in body else []),
        *(_recorded(body["timeline"]) if "timeline" in body and "records" in body else []),
        *([copy_told.who_looked(body["who_looked"])] if "who_looked" in body else []),
        *([copy_written.requests(body["decided"], body.get("copies", ()))] if "decided" in body else []),
        *([copy_told.kept_until(body["kept_until"])] if "kept_until" in body else []),
        copy_told.rights(body),
    )


def _written(decided: Mapping[str, Any]) -> list[Part]:
    made = (copy_written.voice, copy_written.supports, copy_written.notes, copy_written.decisions)
    return [make(decided) for make in made]


def _recorded(events: Sequence[Mapping[str, Any]]) -> list[Part]:
    made = (
        copy_records.praise,
        copy_records.sen,
        copy_records.attendance,
        copy_records.suspensions,
        copy_records.incidents,
    )
    return [make(events) for make in made]
