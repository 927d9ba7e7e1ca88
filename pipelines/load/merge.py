"""Checked frames into lake files: who is who, when known, what changed; nothing committed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa

from data_contracts.errors import Refused
from pipelines.identity import Aliases, Resolved, match, resolve
from pipelines.indicators import marks
from pipelines.indicators.relations import SCHEMAS
from pipelines.lake import AUDIT_TABLE, Lake, LakeFile, LakeView
from pipelines.lake.files import read_buckets, write_file
from pipelines.load.canonical import LAKE_TABLES, lake_rows, latest_term, term_of_rows, with_known_on
from pipelines.load.holds import reasons_to_hold
from pipelines.load.request import LoadRequest, LoadResult, Progress, RollEntry
from pipelines.load.timeline import timeline
from pipelines.load.versions import Merged, current, merge_versions


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a load's files go."""

    lake: Lake
    view: LakeView
    request: LoadRequest
    today: date

    def write(self, rows: pa.Table, table: str, term: str) -> LakeFile:
        """One table × school × term into the lake."""
        key = (table, self.request.school.urn, term)
        return write_file(
            self.lake.store, rows, key,
            buckets=self.lake.buckets, load_id=self.request.load_id, today=self.today,
        )  # fmt: skip

    def held(self, table: str, term: str) -> pa.Table | None:
        """All versions held so far of one table × school × term."""
        files = self.view.select(table, {term}, {self.request.school.urn})
        return pa.concat_tables([read_buckets(self.lake.store, f.path) for f in files]) if files else None


def merge(
    good: Mapping[str, pd.DataFrame],
    request: LoadRequest,
    lake: Lake,
    view: LakeView,
    aliases: Aliases,
    key: bytes,
    today: date,
    progress: Progress | None = None,
) -> LoadResult:
    """Merge checked frames into new lake files and say what the caller should commit.

    Held where something looks wrong and nobody has approved; unchanged where the lake says it all already.
    Refused where there is no pupils table and none of the school's pupils is known.
    """
    report = progress or (lambda _text, _done, _total: None)
    term = request.term or latest_term(dict(good))
    if term is None:
        raise Refused("These files hold no dated records, so the term is unknown.", hint="Name the term.")
    who, frames = identified(good, request.school.urn, key, aliases)
    tables = _tables(frames, request, term)
    held = reasons_to_hold(tables, view, request.school.urn)
    counts = {table: {"kept": len(good[table])} for table in good}
    if held and not request.approved:
        return LoadResult("held", term, counts=counts, held=held)
    target = _Target(lake, view, request, today)
    files: list[LakeFile] = []
    for number, ((table, each), rows) in enumerate(tables.items()):
        report(f"Loading {request.school.name}, {each}: {table}", number, len(tables))
        merged = merge_versions(rows, target.held(table, each), SCHEMAS[table], today)
        _count(counts, table, merged)
        files += _written(target, table, each, merged)
    events = timeline(frames, request.school.urn)
    roll = roll_entries(frames.get("pupils"), request.school.urn, term)
    return LoadResult(
        "loaded" if files or who.new else "unchanged", term, tuple(files), roll, who.new,
        counts=counts, held=held, events=events,
    )  # fmt: skip


def identified(
    good: Mapping[str, pd.DataFrame], school: str, key: bytes, aliases: Aliases
) -> tuple[Resolved, dict[str, pd.DataFrame]]:
    """Every frame with a pupil_id column; rows of pupils nobody knows are left out."""
    pupils = good.get("pupils")
    who = Resolved() if pupils is None else resolve(pupils, school, key, aliases)
    frames = {} if pupils is None else {"pupils": pupils.assign(pupil_id=list(who.pupil_ids))}
    for table in (name for name in LAKE_TABLES if name in good and name != "pupils"):
        ids = match(good[table], school, key, aliases, who.new)
        frames[table] = good[table].assign(pupil_id=ids)[ids.notna()]
    return who, frames


def roll_entries(pupils: pd.DataFrame | None, school: str, term: str) -> tuple[RollEntry, ...]:
    """The pupils frame as roll entries of one term."""
    if pupils is None:
        return ()
    names = [name for name in RollEntry.__slots__ if name not in ("school", "term")]
    rows = pupils.reindex(columns=names).to_dict("records")
    plain: list[dict[str, Any]] = [{name: _cell(row[name]) for name in names} for row in rows]
    return tuple(RollEntry(school=school, term=term, **row) for row in plain)


def _tables(
    frames: Mapping[str, pd.DataFrame], request: LoadRequest, term: str
) -> dict[tuple[str, str], pa.Table]:
    """Current rows by (table, term), the audit-only columns as a table of their own."""
    school = request.school
    tables: dict[tuple[str, str], pa.Table] = {}
    for table in (name for name in LAKE_TABLES if name in frames):
        frame = with_known_on(frames[table], table)
        if table == "pupils":
            frame = frame.assign(phase=school.phase)
            terms = pd.Series(term, index=frame.index)
            tables[AUDIT_TABLE, term] = lake_rows(frame, AUDIT_TABLE, school.urn, terms)
        filed = term_of_rows(frame, table, request.term, term)
        for each in sorted({term, *filed.unique()} if table != "pupils" else {term}):
            part = filed == each
            tables[table, each] = lake_rows(frame[part], table, school.urn, filed[part])
    return tables


def _written(target: _Target, table: str, term: str, merged: Merged) -> list[LakeFile]:
    """The files a merged table needs: none where nothing changed, and for marks what is counted from them."""
    if not merged.changed and target.held(table, term) is not None:
        return []
    files = [target.write(merged.table, table, term)]
    if table == "attendance":
        exceptions, possible = marks.reduce_marks(current(merged.table))
        files.append(target.write(exceptions, "attendance_exceptions", term))
        files.append(target.write(possible, "attendance_possible", term))
    return files


def _count(counts: dict[str, dict[str, int]], table: str, merged: Merged) -> None:
    if table in counts:
        entry = counts[table]
        entry["new"] = entry.get("new", 0) + merged.opened
        entry["gone"] = entry.get("gone", 0) + merged.closed


def _cell(value: Any) -> Any:
    if value is None or pd.isna(value):
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value
