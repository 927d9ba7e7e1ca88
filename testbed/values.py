"""What a file says to whoever opens it: a name in a compressed file is not among its bytes, but it is there."""

import gzip
import io
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

PARQUET, GZIP, ZIP = b"PAR1", b"\x1f\x8b", b"PK\x03\x04"


def says(data: bytes, word: str) -> bool:
    """Whether a word stands anywhere in a file's content, in the values of a table as in the members of an archive.
    What is sealed says nothing; what only looks compressed is judged by its bytes."""
    if word.encode() in data:
        return True
    if data.startswith(PARQUET):
        return _in_table(data, word)
    if data.startswith(GZIP):
        return says(gzip.decompress(data), word)
    if data.startswith(ZIP):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(says(archive.read(name), word) for name in archive.namelist())
    return False


def _in_table(data: bytes, word: str) -> bool:
    table = pq.read_table(pa.BufferReader(data))
    return any(word in str(value) for column in table.columns for value in column.unique().to_pylist())


def saying(folder: Path, word: str) -> list[Path]:
    """The files under a folder that say a word."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path for path in files if says(path.read_bytes(), word)]
