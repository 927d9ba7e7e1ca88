"""An audit's findings as tables: each figure with its interval, or that there are not enough pupils to tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

CANNOT_TELL = "not enough pupils to tell"
INTERVAL = ("low", "high")
HIDDEN = ("low", "high", "interval", "enough", "can_tell")


@dataclass(frozen=True)
class AuditTable:
    """One table: `heads` and `rows` of words, the first cell of a row naming it."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def audit_tables(audit: Any, title: str = "") -> tuple[AuditTable, ...]:
    """The tables of an audit, whatever groups and measures it holds; () where none was made."""
    if isinstance(audit, Mapping):
        if _is_record(audit):
            return _table([audit], title)
        return tuple(
            table
            for key, part in audit.items()
            for table in audit_tables(part, f"{title}: {words(key)}" if title else words(key).capitalize())
        )
    if isinstance(audit, Sequence) and not isinstance(audit, str) and audit:
        return _table([one for one in audit if isinstance(one, Mapping)], title)
    return ()


def _is_record(part: Mapping[str, Any]) -> bool:
    """A row of figures, rather than a further level of the audit."""
    return not any(isinstance(value, Mapping) or _is_rows(value) for value in part.values())


def _is_rows(value: Any) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and any(isinstance(each, Mapping) for each in value)
    )


def _table(records: Sequence[Mapping[str, Any]], title: str) -> tuple[AuditTable, ...]:
    if not records:
        return ()
    names = [name for name in records[0] if name not in HIDDEN]
    rows = tuple(tuple(_cell(record, name) for name in names) for record in records)
    return (AuditTable(title, tuple(words(name).capitalize() for name in names), rows),)


def _cell(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if value is None or (isinstance(value, float) and record.get("enough", record.get("can_tell")) is False):
        return CANNOT_TELL
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        low, high = _interval(record)
        between = f" (between {low:.2f} and {high:.2f})" if low is not None and high is not None else ""
        return f"{value:.2f}{between}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " to ".join(_plain(each) for each in value)
    return words(str(value))


def _interval(record: Mapping[str, Any]) -> tuple[float | None, float | None]:
    if record.get("interval"):
        low, high = record["interval"]
        return low, high
    return record.get("low"), record.get("high")


def _plain(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else words(str(value))


def words(name: str) -> str:
    """`false_negative_rate` as `false negative rate`."""
    return name.replace("_", " ")
