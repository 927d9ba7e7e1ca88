"""The plan of a load: checked frames into lake files, who is who, when known, what changed; nothing committed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa

from data_contracts.contract import TABLES
from data_contracts.errors import Refused
from data_contracts.problems import Problem
from pipelines.events import TimelineEvent
from pipelines.identity import Aliases, Resolved, match, resolve
from pipelines.indicators import marks
from pipelines.lake import AUDIT_TABLE, Lake, LakeFile, LakeView
from pipelines.lake.files import read_buckets, write_file
from pipelines.lake.schemas import SCHEMAS
from pipelines.load.canonical import lake_rows, latest_term, term_of_rows, with_known_on
from pipelines.load.holds import reasons_to_hold
from pipelines.load.request import LoadRequest, LoadResult, Progress, RollEntry
from pipelines.load.scope import Scope
from pipelines.load.statuses import with_status_days
from pipelines.load.timeline import in_order, timeline
from pipelines.load.versions import current, diff_versions

NOBODY, TWO_PUPILS = "pupil_unknown", "one_person_two_pupils"


@dataclass
class _Merging:
    """A load under way: where its files go, and what has been merged so far."""

    lake: Lake
    view: LakeView
    request: LoadRequest
    today: date
    returned: Collection[str]
    files: list[LakeFile] = field(default_factory=list)
    events: dict[str, list[TimelineEvent]] = field(default_factory=dict)
    on_roll: frozenset[str] | None = None

    def existing_rows(self, table: str, term: str) -> pa.Table | None:
        """All versions held so far of one table × school × term."""
        files = self.view.select(table, {term}, {self.request.school.urn})
        return pa.concat_tables([read_buckets(self.lake.store, f.path) for f in files]) if files else None

    def merge_table(self, table: str, term: str, rows: pa.Table) -> tuple[int, int]:
        """Merge one table × term and write what changed; returns how many rows were opened and closed."""
        scope = Scope(table, self.request.keep_others, table in self.returned, self.on_roll)
        existing = self.existing_rows(table, term)
        if table == "suspensions":
            rows = with_status_days(rows, existing, self.today)
        merged = diff_versions(rows, existing, SCHEMAS[table], self.today, scope)
        if merged.changed or existing is None:
            self._write(merged.table, table, term)
        if table == "pupils":
            self.on_roll = frozenset(current(merged.table).column("pupil_id").to_pylist())
        return merged.opened, merged.closed

    def _write(self, rows: pa.Table, table: str, term: str) -> None:
        standing = current(rows)
        self._file(rows, table, term)
        if table == "attendance":
            exceptions, possible = marks.reduce_marks(standing)
            self._file(exceptions, "attendance_exceptions", term)
            self._file(possible, "attendance_possible", term)
        if table != AUDIT_TABLE:
            told = timeline(table, standing, self.request.school.urn)
            self.events.setdefault(term, []).extend(told)

    def _file(self, rows: pa.Table, table: str, term: str) -> None:
        key = (table, self.request.school.urn, term)
        self.files.append(
            write_file(
                self.lake.store, rows, key,
                buckets=self.lake.buckets, load_id=self.request.load_id, today=self.today,
            )
        )  # fmt: skip


def plan_load(
    good: Mapping[str, pd.DataFrame],
    request: LoadRequest,
    lake: Lake,
    view: LakeView,
    aliases: Aliases,
    key: bytes,
    today: date,
    progress: Progress | None = None,
    returned: Collection[str] = (),
) -> LoadResult:
    """Merge checked frames into new lake files and say what the caller should commit.

    `returned`: tables that come from a census return. Held where something looks wrong and nobody has
    approved; unchanged where the lake says it all already. Refused where none of the pupils is known.
    """
    report = progress or (lambda _text, _done, _total: None)
    term = request.term or latest_term(dict(good))
    if term is None:
        raise Refused("These files hold no dated records, so the term is unknown.", hint="Name the term.")
    who, frames, unknown = identified(good, request.school.urn, key, aliases)
    tables, assumed = _tables(frames, request, term, returned)
    merging = _Merging(lake, view, request, today, returned)
    tables = {each: rows for each, rows in tables.items() if rows.num_rows or _says_none(each, term, merging)}
    reasons = reasons_to_hold(tables, view, request.school.urn)
    counts = {
        table: {"kept": len(frame), "assumed": assumed.get(table, 0)} for table, frame in frames.items()
    }
    if reasons and not request.approved:
        return LoadResult("held", term, counts=counts, held=reasons, problems=unknown)
    for number, ((table, each), rows) in enumerate(tables.items()):
        report(f"Loading {request.school.name}, {each}: {table}", number, len(tables))
        opened, closed = merging.merge_table(table, each, rows)
        if table in counts:
            counts[table]["new"] = counts[table].get("new", 0) + opened
            counts[table]["gone"] = counts[table].get("gone", 0) + closed
    roll = roll_entries(frames.get("pupils"), request.school.urn, term)
    events = {each: in_order(told) for each, told in merging.events.items()}
    return LoadResult(
        "loaded" if merging.files or who.new else "unchanged", term, tuple(merging.files), roll, who.new,
        problems=unknown, counts=counts, held=reasons, events=events.pop(term, ()), other_terms=events,
        keep_others=request.keep_others,
    )  # fmt: skip


def identified(
    good: Mapping[str, pd.DataFrame], school: str, key: bytes, aliases: Aliases
) -> tuple[Resolved, dict[str, pd.DataFrame], tuple[Problem, ...]]:
    """Every frame with a pupil_id column, and a problem for each row of a pupil nobody knows."""
    pupils = good.get("pupils")
    who = Resolved() if pupils is None else resolve(pupils, school, key, aliases)
    frames = {} if pupils is None else {"pupils": pupils.assign(pupil_id=list(who.pupil_ids))}
    unknown = [] if pupils is None else _two_pupils(pupils.iloc[list(who.two)])
    for table in (name for name in TABLES if name in good and name != "pupils"):
        ids = match(good[table], school, key, aliases, who.new)
        frames[table] = good[table].assign(pupil_id=ids)[ids.notna()]
        unknown += _unknown(good[table][ids.isna()], table)
    if unknown and not any(len(frame) for frame in frames.values()):
        raise Refused(
            "None of the pupils in these files is known yet.",
            hint="Load the school's pupils extract first, or together with these files.",
        )
    return who, frames, tuple(unknown)


def _unknown(rows: pd.DataFrame, table: str) -> list[Problem]:
    says = ("The pupil of this row is not known at this school.",
            "Send the pupils extract together with this file, or correct the pupil's number.")  # fmt: skip
    return [Problem(file, line, None, NOBODY, *says, table, "row") for file, line in _places(rows)]


def _two_pupils(rows: pd.DataFrame) -> list[Problem]:
    """Ids are never joined by themselves: marks and decisions lie under both, and only people know who it is."""
    says = ("The numbers of this row have been two pupils in Belong until now, so an earlier part of the history "
            "stays under the other one; this row was taken by its UPN.",
            "Check the UPN, former UPN and admission number in your MIS. If all are right, it is one person known by "
            "two UPNs: tell your Belong administrator.")  # fmt: skip
    return [Problem(file, line, None, TWO_PUPILS, *says, "pupils", "warning") for file, line in _places(rows)]


def _places(rows: pd.DataFrame) -> list[tuple[str, int | None]]:
    """File and line of each row, as far as they are known."""
    told = rows.reindex(columns=["_file", "_line"])
    return [
        ("" if pd.isna(file) else str(file), None if pd.isna(line) else int(line))
        for file, line in zip(told["_file"], told["_line"], strict=True)
    ]


def roll_entries(pupils: pd.DataFrame | None, school: str, term: str) -> tuple[RollEntry, ...]:
    """The pupils frame as roll entries of one term."""
    if pupils is None:
        return ()
    names = [name for name in RollEntry.__slots__ if name not in ("school", "term")]
    rows = pupils.reindex(columns=names).to_dict("records")
    plain: list[dict[str, Any]] = [{name: _cell(row[name]) for name in names} for row in rows]
    return tuple(RollEntry(school=school, term=term, **row) for row in plain)


def _says_none(each: tuple[str, str], term: str, merging: _Merging) -> bool:
    """An extract without rows says that its term has none, if it is about one term or nothing is held yet."""
    table, filed = each
    if table in merging.returned or filed != term:
        return False
    return merging.request.term is not None or merging.existing_rows(table, term) is None


def _tables(
    frames: Mapping[str, pd.DataFrame], request: LoadRequest, term: str, returned: Collection[str]
) -> tuple[dict[tuple[str, str], pa.Table], dict[str, int]]:
    """Current rows by (table, term), audit-only columns as a table of their own; rows whose day is assumed."""
    school = request.school
    tables: dict[tuple[str, str], pa.Table] = {}
    assumed: dict[str, int] = {}
    for table in (name for name in TABLES if name in frames):
        frame = with_known_on(frames[table], table)
        assumed[table] = int(frame["known_assumed"].sum())
        if table == "pupils":
            frame = frame.assign(phase=school.phase)
            terms = pd.Series(term, index=frame.index)
            tables[AUDIT_TABLE, term] = lake_rows(frame, AUDIT_TABLE, school.urn, terms)
        filed = term_of_rows(frame, table, request.term, term, returned=table in returned)
        for each in sorted({term, *filed.unique()}):
            part = filed == each
            tables[table, each] = lake_rows(frame[part], table, school.urn, filed[part])
    return tables, assumed


def _cell(value: Any) -> Any:
    if value is None or pd.isna(value):
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value
