"""Packs change no figure and keep nothing: they stand in for live files and for nothing else."""

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.compute as pc
import pytest

from pipelines.indicators import days, engine
from pipelines.indicators.source import Source
from pipelines.lake import LakeView, forget
from pipelines.lake.files import read_buckets
from pipelines.lake.packs import INDEX, Gathered, pack_files, read_index
from tests.lake.worlds import Trust, frames

TERMS = ("2023-autumn", "2024-spring")
SCHOOLS = ("999001", "999002")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    trust = Trust(tmp_path_factory.mktemp("packed"), buckets=4)
    for school in SCHOOLS:
        for term in TERMS:
            trust.load(school, term, frames(school, term, 6))
    return trust


@pytest.fixture
def view(made: Trust, tmp_path: Path) -> LakeView:
    """A packed copy of the lake."""
    shutil.copytree(made.view.root, tmp_path / "lake")
    copied = replace(made.lake, root=str(tmp_path / "lake"))
    copied.pack(copied.view(made.view.files))
    return copied.view(made.view.files)


def built(view: LakeView) -> pd.DataFrame:
    return engine.build(view, TERMS)


def test_packed_and_loose_files_give_the_same_figures(view: LakeView) -> None:
    assert view.packs
    assert all(piece.part for piece in view.pieces("attendance_possible"))
    pd.testing.assert_frame_equal(built(view), built(replace(view, packs=())))


@pytest.mark.parametrize("table", ["behaviour", "suspensions", "attendance_possible"])
def test_a_pack_of_many_parts_holds_every_row_once(view: LakeView, table: str) -> None:
    files = view.select(table, {TERMS[0]})
    pack = pack_files(view.store, files, (), view.buckets, rows=1)
    assert pack is not None
    held = [range(part.first, part.last + 1) for part in pack.parts]
    assert len(held) > 1
    assert [number for one in held for number in one] == list(range(view.buckets))
    parts = [read_buckets(view.store, part.path) for part in pack.parts]
    for rows, numbers in zip(parts, held, strict=True):
        assert set(rows["bucket"].to_pylist()) <= set(numbers)
    rows = pd.concat([part.to_pandas() for part in parts])
    loose = pd.concat([read_buckets(view.store, file.path).to_pandas() for file in files])
    order = ["pupil_id", *sorted(set(rows) - {"pupil_id"})]
    pd.testing.assert_frame_equal(
        rows[order].sort_values(order, ignore_index=True),
        loose[order].sort_values(order, ignore_index=True),
        check_dtype=False,
    )


def test_rows_out_of_order_come_into_the_right_part(view: LakeView) -> None:
    (file,) = view.select("behaviour", {TERMS[0]}, {SCHOOLS[0]})
    rows = read_buckets(view.store, file.path, None, ())
    with Gathered(view.store, view.buckets, view.buckets) as gathered:
        gathered.add(rows.take(list(range(rows.num_rows))[::-1]))
        parts = gathered.written("behaviour", TERMS[0])
    for number, part in enumerate(parts):
        found = read_buckets(view.store, part.path)["incident_id"].to_pylist()
        here = rows.filter(pc.equal(rows["bucket"], number))["incident_id"].to_pylist()
        assert sorted(found) == sorted(here)


def test_of_one_school_its_own_files_are_read_and_everybodys_rolls(view: LakeView) -> None:
    rows = [days.as_of_row(TERMS[0])]
    few, every = Source.of(view, rows, {SCHOOLS[0]}), Source.of(view, rows)
    assert not any(piece.part for piece in few.pieces["behaviour"])
    assert few.pieces["pupils"] == every.pieces["pupils"]
    assert all(piece.part for piece in every.pieces["pupils"])


def test_a_changed_file_is_read_and_the_rest_of_its_pack(view: LakeView) -> None:
    old = view.select("behaviour", {TERMS[0]}, {SCHOOLS[0]})[0]
    emptied = replace(old, sha256="another", path=view.select("sen", {TERMS[0]}, {SCHOOLS[0]})[0].path)
    changed = view.replacing([emptied])
    pieces = changed.pieces("behaviour", {TERMS[0]})
    assert {piece.path for piece in pieces if piece.part is None} == {
        emptied.path, changed.select("behaviour", {TERMS[0]}, {SCHOOLS[1]})[0].path,
    }  # fmt: skip
    assert all(piece.part for piece in changed.pieces("behaviour", {TERMS[1]}))


def test_a_pack_goes_with_a_file_it_was_made_from(view: LakeView) -> None:
    gone = view.select("behaviour", {TERMS[0]}, {SCHOOLS[0]})[0]
    forget(view.store, [gone.path])
    left = read_index(view.store)
    assert {(pack.table, pack.term) for pack in view.packs} - {(pack.table, pack.term) for pack in left} == {
        ("behaviour", TERMS[0])
    }
    named = {part.path for pack in left for part in pack.parts} | {INDEX}
    lying = {str(path.relative_to(view.root)) for path in Path(view.root, "packs").rglob("*.*")}
    assert lying == named


def test_a_manifest_tells_of_packs(view: LakeView) -> None:
    assert LakeView.from_json(view.as_json(), root=view.root).packs == view.packs


def test_packing_twice_writes_nothing_new(made: Trust, view: LakeView) -> None:
    before = {path: path.stat().st_mtime_ns for path in Path(view.root, "packs").rglob("*.parquet")}
    replace(made.lake, root=view.root).pack(view)
    assert before == {path: path.stat().st_mtime_ns for path in Path(view.root, "packs").rglob("*.parquet")}
