"""One lake file: a table of one school and one term, rows sorted by pupil bucket, a row group per bucket."""

import hashlib
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


def bucket_of(pupil_id: str, buckets: int) -> int:
    """The bucket all rows of one pupil lie in: the pupil_id's leading 32 bits modulo the lake's number."""
    return int(pupil_id[1:9], 16) % buckets


def with_buckets(table: pa.Table, buckets: int) -> pa.Table:
    """The table with an int16 `bucket` column, sorted by bucket, then pupil, then the table's own order."""
    ids = table.column("pupil_id").combine_chunks().dictionary_encode()
    if isinstance(ids, pa.ChunkedArray):
        ids = ids.unify_dictionaries().combine_chunks()
    each = np.array([bucket_of(pupil, buckets) for pupil in ids.dictionary.to_pylist()], dtype=np.int16)
    column = pa.array(each[ids.indices.to_numpy()] if len(each) else np.empty(0, np.int16))
    if "bucket" in table.column_names:
        table = table.drop_columns(["bucket"])
    table = table.append_column("bucket", column)
    order = ["bucket", "pupil_id", *(name for name in _ORDER if name in table.column_names)]
    return table.take(pc.sort_indices(table, sort_keys=[(name, "ascending") for name in order]))


_ORDER = ("date", "start_date", "session", "half_term", "known_on", "known_by", "loaded_on", "incident_id")


def encode(table: pa.Table, buckets: int) -> bytes:
    """Parquet bytes with one row group per bucket met; the buckets' numbers stand in the file's metadata."""
    table = with_buckets(table, buckets)
    numbers = table.column("bucket").to_numpy()
    starts = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]]) if len(numbers) else np.empty(0, int)
    ends = np.r_[starts[1:], len(numbers)] if len(numbers) else starts
    met = ",".join(str(numbers[start]) for start in starts)
    table = table.replace_schema_metadata({ROW_GROUPS: met.encode()})
    out = BytesIO()
    with pq.ParquetWriter(out, table.schema, compression="zstd", compression_level=1) as writer:
        for start, end in zip(starts, ends, strict=True):
            writer.write_table(table.slice(start, end - start), row_group_size=max(end - start, 1))
    return out.getvalue()


def write_file(
    store: Store, table: pa.Table, key: tuple[str, str, str], *, buckets: int, load_id: str, today: date
) -> LakeFile:
    """Write one file under its content hash; writing the same rows again gives the same file."""
    name, school, term = key
    data = encode(table, buckets)
    digest = hashlib.sha256(data).hexdigest()
    folder = "audit" if name == AUDIT_TABLE else "tables"
    path = f"{folder}/{name}/{school}/{term}/{digest[:32]}.parquet"
    if not store.exists(path):
        store.write(path, data)
    return LakeFile(name, school, term, path, digest, table.num_rows, load_id, today)


def read_buckets(store: Store, path: str, wanted: frozenset[int] | None = None) -> pa.Table:
    """The rows of one file, or of some of its buckets only, read row group by row group."""
    system, base = store.filesystem()
    with system.open_input_file(f"{base}/{path}") as source:
        parquet = pq.ParquetFile(source)
        met = parquet.schema_arrow.metadata[ROW_GROUPS].decode()
        groups = [i for i, text in enumerate(met.split(",")) if text and (not wanted or int(text) in wanted)]
        return parquet.read_row_groups(groups)
