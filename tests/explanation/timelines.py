"""A generated world as timelines: what the loader's own maker tells of it, pupil by pupil."""

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from types import SimpleNamespace
from typing import Any

from data_contracts import calendar
from pipelines.events import merged
from pipelines.explanation.records import Records, records_of
from pipelines.load.timeline import timeline
from tests.indicators.lakes import Rows, lake_table

World = Mapping[tuple[str, str], Mapping[str, Rows]]
Event = dict[str, Any]


def timelines(world: World) -> dict[str, list[Event]]:
    """The events of every pupil, kept as JSON keeps them."""
    files: defaultdict[str, list[tuple[str, list[Event]]]] = defaultdict(list)
    extracts: defaultdict[str, list[str]] = defaultdict(list)
    for (school, term), tables in world.items():
        own: defaultdict[str, list[Event]] = defaultdict(list)
        for table, rows in tables.items():
            if table == "sen":
                extracts[school].append(term)
            for event in timeline(table, lake_table(rows, table, school, term), school):
                own[event.pupil_id].append(json.loads(json.dumps(event.plain())))
        for pupil_id, events in own.items():
            files[pupil_id].append((term, events))
    return {pupil_id: merged(own, extracts) for pupil_id, own in files.items()}


def places(world: World, pupil_id: str) -> list[SimpleNamespace]:
    """The pupil's places on rolls, as the roll's table keeps them."""
    return [
        SimpleNamespace(school=school, term=term, **{name: row[name] for name in
                        ("nc_year", "entry_date", "leaving_date")})
        for (school, term), tables in world.items()
        for row in tables.get("pupils", [])
        if row["pupil_id"] == pupil_id
    ]  # fmt: skip


def seen(world: World, events: list[Event], pupil_id: str, school: str, term: str) -> Records:
    """The records of one pupil at one as-of date."""
    as_of: date = calendar.as_of(term)
    return records_of(events, as_of, term, school=school, roll=places(world, pupil_id))
