"""Counting a whole trust's marks anew: every school's raw marks of a term straight into one packed file.

A load counts one school's marks and keeps the counts as live files. Where all are wanted again (the counts are
lost, or what a code means was put right), a small file for each school and term and a pack of them after would
cost more than the marks themselves. So a term's schools are counted one after another and written once. Such
packs name the raw files they were made from, and go with them when a pupil is erased.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.indicators import marks
from pipelines.lake import LakeFile, LakeView
from pipelines.lake.files import buckets_of, read_buckets
from pipelines.lake.packs import Gathered, Pack, everywhere, read_index, write_index

Progress = Callable[[str, int, int], None]
COUNTED = ("attendance_exceptions", "attendance_possible")
COLUMNS = ("pupil_id", "date", "session", "code", "known_on", "known_until")
MARKS_OF_A_PART = 12_000_000  # a tenth of them are kept as rows


def recounted(view: LakeView, terms: Iterable[str], progress: Progress | None = None) -> LakeView:
    """The view with counts taken anew from the raw marks of these terms, in place of any it has.

    The counts are those that loads would have kept. Terms whose marks were counted this way before, and have
    not changed since, are not read again.
    """
    chosen = sorted(dict.fromkeys(terms))
    known = {(pack.table, pack.sources): pack for pack in read_index(view.store)}
    packs, files = [], [f for f in view.files if f.table not in COUNTED or f.term not in chosen]
    for number, term in enumerate(chosen):
        raw = sorted(view.select("attendance", (term,)), key=lambda file: (file.school, file.path))
        sources = tuple((file.school, file.sha256) for file in raw)
        made = [known[table, sources] for table in COUNTED if (table, sources) in known]
        if len(made) < len(COUNTED) and raw:
            made = _counted(view, raw, term)
        packs += made
        files += [_standing_for(file, table) for file in raw for table in COUNTED]
        if progress is not None:
            progress(f"Counting marks, {term}", number + 1, len(chosen))
    others = [
        pack
        for pack in read_index(view.store)
        if pack in view.packs or pack.table not in COUNTED or pack.term not in chosen
    ]  # what was counted from marks that have changed since goes
    write_index(view.store, dict.fromkeys([*others, *packs]))
    kept = [pack for pack in view.packs if pack.table not in COUNTED or pack.term not in chosen]
    return replace(view, files=tuple(files), packs=(*kept, *packs))


def _standing_for(raw: LakeFile, table: str) -> LakeFile:
    """The view's pieces that stand for the counts of one raw file: rows of a pack, without a file of their
    own."""
    share = {"attendance_exceptions": 10, "attendance_possible": 32}[table]
    return replace(raw, table=table, path="", rows=raw.rows // share)


def _counted(view: LakeView, raw: Sequence[LakeFile], term: str) -> list[Pack]:
    """The packs of one term's counts, in several parts where there are very many marks."""
    cuts = min(view.buckets, max(1, -(-sum(file.rows for file in raw) // MARKS_OF_A_PART)))
    sources = tuple((file.school, file.sha256) for file in raw)
    with ExitStack() as stack:
        gathered = [stack.enter_context(Gathered(view.store, view.buckets, cuts)) for _ in COUNTED]
        for file in raw:
            for rows, counts in zip(gathered, _of_file(view, file), strict=True):
                rows.add(counts)
        return [
            Pack(table, term, rows.written(table, term), sources)
            for table, rows in zip(COUNTED, gathered, strict=True)
        ]


def _of_file(view: LakeView, file: LakeFile) -> tuple[pa.Table, pa.Table]:
    """(exceptions, possible) of one school's current marks, with the bucket of each row."""
    rows = read_buckets(view.store, file.path, None, COLUMNS)
    if "known_until" in rows.column_names:
        rows = rows.filter(pc.is_null(rows.column("known_until")))
    exceptions, possible = marks.coded_counts(rows)
    return _told(exceptions.drop_columns(["category"]), file, view), _told(possible, file, view)


def _told(table: pa.Table, file: LakeFile, view: LakeView) -> pa.Table:
    """The counts of one file with school and bucket."""
    if "school" not in table.column_names:
        table = table.append_column("school", everywhere(file.school, table.num_rows))
    index, ids = marks.coded(table.column("pupil_id"))
    each = buckets_of(ids, view.buckets)
    coded = pa.DictionaryArray.from_arrays(index, ids)
    table = table.set_column(table.column_names.index("pupil_id"), "pupil_id", coded)
    return table.append_column("bucket", pa.array(each[index] if len(each) else np.empty(0, np.int16)))
