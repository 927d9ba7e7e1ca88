"""Lake files and views: immutable, named by content, whole buckets to a row group, versions chosen by the view."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_contracts.errors import Refused
from pipelines.lake import Lake, LakeView, Store, bucket_of
from pipelines.lake.files import GROUP_ROWS, ROW_GROUPS, encode, read_buckets, write_file
from tests.lake.conftest import SCHOOL
from tests.lake.worlds import Trust

IDS = [f"p{n:020x}" for n in range(0, 1 << 70, (1 << 70) // 50)]


def table(ids: list[str] = IDS) -> pa.Table:
    return pa.table({"pupil_id": ids, "date": pa.array([date(2024, 1, 8)] * len(ids), pa.date32())})


def test_a_row_group_holds_whole_buckets() -> None:
    many = table([f"p{n * 2654435761 % (1 << 32):08x}{n:012x}" for n in range(3 * GROUP_ROWS)])
    file = pq.ParquetFile(pa.BufferReader(encode(many, 8)))
    told = file.metadata.metadata[ROW_GROUPS].decode().split(",")
    assert file.num_row_groups == len(told) > 1
    for group, held in enumerate(told):
        rows = file.read_row_group(group, ["pupil_id", "bucket"]).to_pylist()
        assert {row["bucket"] for row in rows} == set(map(int, held.split("+")))
        assert all(bucket_of(row["pupil_id"], 8) == row["bucket"] for row in rows)
    assert sum(len(held.split("+")) for held in told) == 8


def test_row_order_changes_no_byte() -> None:
    assert encode(table(), 8) == encode(table(IDS[::-1]), 8)


def test_some_buckets_of_a_file(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path, 8)
    file = write_file(
        lake.store, table(), ("behaviour", SCHOOL, "2024-spring"), buckets=8, load_id="a", today=date.today()
    )
    some = read_buckets(lake.store, file.path, frozenset({1, 2}))
    assert set(some.column("bucket").to_pylist()) <= {1, 2}
    assert read_buckets(lake.store, file.path).num_rows == len(IDS)


def test_a_lake_keeps_its_number_of_buckets(tmp_path: Path) -> None:
    Lake.create(tmp_path, 8)
    assert Lake.create(tmp_path, 8) == Lake.open(tmp_path)
    with pytest.raises(Refused):
        Lake.create(tmp_path, 16)


def test_no_lake_and_an_unknown_format_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        Lake.open(tmp_path / "nothing")
    (tmp_path / "lake.json").write_text('{"format": 99, "buckets": 4}')
    with pytest.raises(Refused, match="format 99"):
        Lake.open(tmp_path)


def test_an_address_nobody_understands_is_refused() -> None:
    with pytest.raises(Refused):
        Store.at("nonsense://place/lake").filesystem()


def test_a_view_counts_a_file_once(loaded: Trust) -> None:
    twice = LakeView(loaded.view.root, loaded.view.buckets, loaded.view.files * 2)
    assert twice.files == loaded.view.files


def test_files_stay_when_a_view_replaces_them(loaded: Trust) -> None:
    first = loaded.view.files[0]
    other = loaded.view.replacing([first])
    assert set(other.files) == set(loaded.view.files)
    assert loaded.lake.store.exists(first.path)
