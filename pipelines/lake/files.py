"""One lake file: a table of one school and one term, rows sorted by pupil bucket, whole buckets to a row group."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.lake.store import Store

AUDIT_TABLE = "audit_characteristics"
ROW_GROUPS = b"belong.buckets"
GROUP_ROWS = 16_384
UNREPEATED = ("incident_id",)
UNTIL = "known_until"  # its statistics say whether all rows are current


@dataclass(frozen=True, slots=True)
class LakeFile:
    """The live file of one table × school × term. `path` is relative to the lake's root."""

    table: str
    school: str
    term: str
    path: str
    sha256: str
    rows: int
    load_id: str
    first_loaded: date


def completed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The columns of a schema in order; one that a table was written without, by an earlier Belong, is missing."""
    for field in schema:
        if field.name not in table.column_names:
            table = table.append_column(field, pa.nulls(table.num_rows, field.type))
    return table.select(schema.names)


def flat_memory() -> None:
    """Let this process give back what Arrow no longer holds: its own allocator keeps 70 MB more for later."""
    pa.set_memory_pool(pa.system_memory_pool())


def bucket_of(pupil_id: str, buckets: int) -> int:
    """The bucket all rows of one pupil lie in: the pupil_id's leading 32 bits modulo the lake's number."""
    return int(pupil_id[1:9], 16) % buckets


def buckets_of(pupil_ids: pa.Array, buckets: int) -> np.ndarray:
    """The same for many pupils, as int16."""
    if not len(pupil_ids):
        return np.empty(0, np.int16)
    letters = np.array(pupil_ids.to_pylist(), dtype="S").view(np.uint8).reshape(len(pupil_ids), -1)[:, 1:9]
    digits = np.where(letters >= ord("a"), letters - (ord("a") - 10), letters - ord("0")).astype(np.int64)
    number = digits @ (16 ** np.arange(7, -1, -1))
    return (number % buckets).astype(np.int16)


def with_buckets(table: pa.Table, buckets: int) -> pa.Table:
    """The table with an int16 `bucket` column, sorted by bucket, then pupil, then the table's own order."""
    ids = table.column("pupil_id").combine_chunks().dictionary_encode()
    if isinstance(ids, pa.ChunkedArray):
        ids = ids.unify_dictionaries().combine_chunks()
    each = buckets_of(ids.dictionary, buckets)
    column = pa.array(each[ids.indices.to_numpy()] if len(each) else np.empty(0, np.int16))
    if "bucket" in table.column_names:
        table = table.drop_columns(["bucket"])
    table = table.append_column("bucket", column)
    order = ["bucket", "pupil_id", *(name for name in _ORDER if name in table.column_names)]
    return table.take(pc.sort_indices(table, sort_keys=[(name, "ascending") for name in order]))


_ORDER = ("date", "start_date", "session", "half_term", "known_on", "known_by", "loaded_on", "incident_id")


def encode(table: pa.Table, buckets: int) -> bytes:
    """Parquet bytes; the buckets each row group holds stand in the file's metadata, as in "0+1,2".

    A bucket is never cut; small ones share a row group, since each costs as much as some thousand rows.
    """
    return encode_sorted(with_buckets(table, buckets))


def encode_sorted(table: pa.Table) -> bytes:
    """The same of rows that have their bucket and are in order."""
    numbers = table.column("bucket").to_numpy()
    starts = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]]) if len(numbers) else np.empty(0, int)
    groups: list[list[int]] = []
    for start in starts.tolist():
        if not groups or start - groups[-1][0] >= GROUP_ROWS:
            groups.append([])
        groups[-1].append(start)
    met = ",".join("+".join(str(numbers[start]) for start in group) for group in groups)
    ends = [group[0] for group in groups[1:]] + [len(numbers)]
    schema = table.schema.remove_metadata()
    out = BytesIO()
    with pq.ParquetWriter(
        out, schema, compression="zstd", compression_level=1, store_schema=False, write_statistics=[UNTIL]
    ) as writer:
        writer.add_key_value_metadata({ROW_GROUPS: met})
        for group, end in zip(groups, ends, strict=False):
            part = stretch(table, group[0], end)
            writer.write_table(part, row_group_size=max(part.num_rows, 1))
    return out.getvalue()


def stretch(table: pa.Table, first: int, end: int) -> pa.Table:
    """Some rows of a table, each coded text with only the stretch of its dictionary that they speak of.

    A dictionary is written as it stands, whoever speaks of it.
    """
    columns = table.slice(first, end - first).columns
    return pa.table([_spoken_of(column) for column in columns], table.schema.remove_metadata())


def _spoken_of(column: pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    if not pa.types.is_dictionary(column.type) or column.null_count or not len(column):
        return column
    whole = column.unify_dictionaries().combine_chunks()
    index = whole.indices.to_numpy()
    first, last = int(index.min()), int(index.max())
    return pa.DictionaryArray.from_arrays(index - first, whole.dictionary.slice(first, last - first + 1))


def write_file(
    store: Store, table: pa.Table, key: tuple[str, str, str], *, buckets: int, load_id: str, today: date
) -> LakeFile:
    """Write one file under its content hash; writing the same rows again gives the same file."""
    name, school, term = key
    data = encode(table, buckets)
    digest = hashlib.sha256(data).hexdigest()
    folder = "audit" if name == AUDIT_TABLE else "tables"
    path = f"{folder}/{name}/{school}/{term}/{digest[:32]}.parquet"
    with store.locked(alone=False):
        if not store.renewed(path):
            store.write(path, data)
    return LakeFile(name, school, term, path, digest, table.num_rows, load_id, today)


def read_buckets(
    store: Store, path: str, wanted: frozenset[int] | None = None, columns: Sequence[str] | None = None
) -> pa.Table:
    """The rows of one file, or of some of its buckets and columns only, read row group by row group.

    With `columns` (none named: all of them) text comes dictionary-encoded; columns the file lacks are left out,
    and so is `known_until` where no row has one.
    """
    system, base = store.filesystem()
    with system.open_input_file(f"{base}/{path}") as source:
        metadata = pq.read_metadata(source)
        schema = metadata.schema.to_arrow_schema()
        groups = _groups(metadata.metadata[ROW_GROUPS].decode(), wanted)
        if columns is None:
            return _only(pq.ParquetFile(source, metadata=metadata).read_row_groups(groups), wanted)
        held = metadata.metadata[ROW_GROUPS].decode().split(",")
        whole = wanted is None or all(wanted.issuperset(map(int, held[n].split("+"))) for n in groups)
        asked = columns if whole else (*columns, "bucket")
        chosen = [name for name in asked if name in schema.names] if columns else schema.names
        texts = [n for n in chosen if schema.field(n).type == pa.string() and n not in UNREPEATED]
        parquet = pq.ParquetFile(source, metadata=metadata, read_dictionary=texts)
        if UNTIL in chosen and _all_missing(metadata, schema.names.index(UNTIL)):
            chosen = [name for name in chosen if name != UNTIL]
        rows = parquet.read_row_groups(groups, columns=chosen, use_threads=False)
        return rows if whole else _only(rows, wanted)


def _all_missing(metadata: pq.FileMetaData, column: int) -> bool:
    """True where a file's own statistics say that a column has no value at all."""
    chunks = (metadata.row_group(group).column(column) for group in range(metadata.num_row_groups))
    return all(c.is_stats_set and c.statistics.null_count == c.num_values for c in chunks)


def _groups(met: str, wanted: frozenset[int] | None) -> list[int]:
    """The row groups that hold any of the wanted buckets."""
    held = [set(map(int, text.split("+"))) for text in met.split(",") if text]
    return [n for n, numbers in enumerate(held) if wanted is None or numbers & wanted]


def _only(table: pa.Table, wanted: frozenset[int] | None) -> pa.Table:
    """The rows of the wanted buckets; a row group may hold others beside them."""
    if wanted is None or not table.num_rows:
        return table
    kept = np.isin(table.column("bucket").to_numpy(), np.fromiter(wanted, np.int16))
    return table if kept.all() else table.filter(pa.array(kept))
