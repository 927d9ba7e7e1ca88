"""An audit's findings as tables: each figure with its interval, or that there are not enough pupils to tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TOGETHER = " × "
"""Stands between two characteristics that are looked at together."""
CANNOT_TELL = "not enough pupils to tell"
FEW = "not shown: few pupils"
GROUP_HEADS = (
    "Group",
    "Pupils",
    "Suggested",
    "Missed, of those suspended",
    "Suggested, of those not suspended",
    "Suspended against expected (1 is as expected)",
)
LABEL_HEADS = ("Group", "What was compared", "Odds beside other pupils (1 is alike)", "Found")
TESTS = {
    "decision": "Suspended after the same kind of incident",
    "recording": "Kinds that rest on an adult’s judgement, beside others",
}
WORDS = {
    "eal": "English as an additional language",
    "fsm": "free school meals",
    "sen": "special educational needs",
}
PROXY_HEADS = ("Characteristic", "Could the records give it away?")


@dataclass(frozen=True)
class AuditTable:
    """One table: `heads` and `rows` of words, the first cell of a row naming it.

    `together` says that it takes two characteristics at a time.
    """

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    together: bool = False


def findings(audit: Mapping[str, Any] | None) -> tuple[tuple[str, str], ...]:
    """(finding, characteristics) in short, each characteristic taken by itself; () where no audit was made."""
    found: dict[str, list[str]] = {}
    for name, table in (audit or {}).get("groups", {}).items():
        if TOGETHER not in name:
            found.setdefault(str(table["finding"]), []).append(said(name))
    return tuple((words[:1].upper() + words[1:], "; ".join(names)) for words, names in found.items())


def group_tables(audit: Mapping[str, Any] | None) -> tuple[AuditTable, ...]:
    """One table for each characteristic, and whether leaving it out hides it; () where no audit was made."""
    if not audit:
        return ()
    tables = [
        AuditTable(
            f"{said(name)}: {table['finding']}",
            GROUP_HEADS,
            tuple(_group(row) for row in table["rows"]),
            together=TOGETHER in name,
        )
        for name, table in audit["groups"].items()
    ]
    hidden = tuple((said(name), str(found["finding"])) for name, found in audit["proxies"].items())
    if hidden:
        tables.append(
            AuditTable("What the model does not see, but could guess from the rest", PROXY_HEADS, hidden)
        )
    return tuple(tables)


def label_tables(found: Sequence[Mapping[str, Any]] | None) -> tuple[AuditTable, ...]:
    """Whether pupils with the same records were treated alike; () where it was not looked at."""
    if not found:
        return ()
    rows = tuple(
        (
            said(one["group"]),
            TESTS.get(one["test"], said(one["test"])),
            _odds(one),
            "; but ".join(filter(None, (str(one["finding"]), one.get("caution", "")))),
        )
        for one in found
    )
    return (AuditTable("Pupils of a group beside other pupils", LABEL_HEADS, rows),)


def _group(row: Mapping[str, Any]) -> tuple[str, ...]:
    if row["suppressed"]:
        return (said(row["group"]), FEW, FEW, FEW, FEW, FEW)
    against = _between(row["observed_over_expected"], row["interval"]) if row["enough"] else CANNOT_TELL
    return (
        said(row["group"]),
        f"{row['pupils']:,}",
        _share(row["flag_rate"], row["flag_interval"]),
        _share(row["miss_rate"], row["miss_interval"]),
        _share(row["false_flag_rate"], row.get("false_flag_interval")),
        against,
    )


def _share(rate: float | None, interval: Sequence[float] | None) -> str:
    """A rate of 1 in hundredths, with the range that fits the data."""
    if rate is None:
        return CANNOT_TELL
    between = f" ({100 * interval[0]:.0f} to {100 * interval[1]:.0f})" if interval else ""
    return f"{100 * rate:.0f} in 100{between}"


def _between(value: float | None, interval: Sequence[float]) -> str:
    return CANNOT_TELL if value is None else f"{value:.2f} ({interval[0]:.2f} to {interval[1]:.2f})"


def _odds(one: Mapping[str, Any]) -> str:
    if one["odds_ratio"] is None or one["low"] is None or one["high"] is None:
        return CANNOT_TELL
    return _between(one["odds_ratio"], (one["low"], one["high"]))


def said(name: str) -> str:
    """A code of the audit in words: `fsm` as `Free school meals`, `sex × in_care` as `Sex × in care`."""
    words = TOGETHER.join(WORDS.get(part, part.replace("_", " ")) for part in str(name).split(TOGETHER))
    return words[:1].upper() + words[1:]
