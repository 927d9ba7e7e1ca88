"""The ids of dated records in the lake's rows, as the timeline and the explanations name them."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from pipelines.explanation import incident_id, suspension_id
from pipelines.indicators.incidents import incident_keys


def with_record_ids(name: str, table: pa.Table) -> list[dict[str, Any]]:
    """A lake table's rows; incidents and suspensions with their ids."""
    rows: list[dict[str, Any]] = table.to_pylist()
    if name == "behaviour":
        keys = incident_keys(table).to_pylist()
        return [{"id": incident_id(row["school"], key), **row} for row, key in zip(rows, keys, strict=True)]
    if name == "suspensions":
        return [{"id": _suspension(row), **row} for row in rows]
    return rows


def _suspension(row: Mapping[str, Any]) -> str:
    session = str(row.get("start_session") or "AM")
    return suspension_id(row["school"], row["start_date"], session, row["category"])
