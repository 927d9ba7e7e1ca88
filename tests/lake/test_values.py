"""The reader that the tests of leaks trust: it finds a name wherever a person with the file would."""

import gzip
import io
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from testbed.values import says

ROWS = [f"Surname{number}" for number in range(400)]


def parquet(dictionary: bool) -> bytes:
    out = io.BytesIO()
    table = pa.table({"other": [1] * 800, "said": ROWS * 2})
    pq.write_table(table, out, compression="zstd", use_dictionary=dictionary)
    return out.getvalue()


def archive(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("inside/table", data)
    return out.getvalue()


TEXT = "\n".join(ROWS).encode()
FILES = {
    "plain": TEXT, "parquet": parquet(False), "parquet with a dictionary": parquet(True),
    "gzip": gzip.compress(TEXT), "zip": archive(TEXT), "parquet in a zip": archive(parquet(True)),
}  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
def test_a_name_is_found_and_one_that_is_not_there_is_not(kind: str) -> None:
    assert says(FILES[kind], "Surname217")
    assert not says(FILES[kind], "Surname400")


def test_the_bytes_of_a_compressed_file_say_nothing() -> None:
    """Why the tests of leaks don't search bytes: such a test can't fail."""
    hidden = [kind for kind, data in FILES.items() if b"Surname217" not in data]
    assert hidden == [kind for kind in FILES if kind != "plain"]
