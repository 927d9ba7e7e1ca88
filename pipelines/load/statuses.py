"""The day a suspension's status became known, where the extract doesn't say: the day it was first loaded.

A suspension cancelled, reinstated or overturned without a date would otherwise count as it was issued for
ever; dated back to its record it would tell the past what only came later.
"""

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.load.scope import suspension_keys


def with_status_days(rows: pa.Table, held: pa.Table | None, today: date) -> pa.Table:
    """`rows` of suspensions with `status_on` filled for changed statuses; the same status met before keeps its day."""
    changed = pc.fill_null(pc.not_equal(rows.column("status"), "issued"), False)
    undated = pc.and_(changed, pc.is_null(rows.column("status_on")))
    if not pc.any(undated).as_py():
        return rows
    met: dict[tuple[str, str], date] = {}
    if held is not None and held.num_rows:
        columns = (suspension_keys(held), held.column("status"), held.column("status_on"))
        for key, status, day in zip(*(column.to_pylist() for column in columns), strict=True):
            if day is not None:
                met[key, status] = min(day, met.get((key, status), day))
    keys, statuses = suspension_keys(rows).to_pylist(), rows.column("status").to_pylist()
    days = [
        met.get((key, status), today) if open_ else day
        for key, status, day, open_ in zip(
            keys, statuses, rows.column("status_on").to_pylist(), undated.to_pylist(), strict=True
        )
    ]
    place = rows.column_names.index("status_on")
    return rows.set_column(place, rows.schema.field("status_on"), pa.array(days, pa.date32()))
