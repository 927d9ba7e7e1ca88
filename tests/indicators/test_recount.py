"""Marks of many schools counted at once say what loads would have kept, and go when a pupil is erased."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from pipelines.indicators import engine, recount
from pipelines.lake import LakeView, forget
from pipelines.lake.packs import read_index
from tests.lake.worlds import Trust, frames

TERMS = ("2023-autumn", "2024-spring")
SCHOOLS = ("999001", "999002")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LakeView:
    trust = Trust(tmp_path_factory.mktemp("recounted"), buckets=4)
    for school in SCHOOLS:
        for term in TERMS:
            trust.load(school, term, frames(school, term, 6))
    return trust.view


def raw(view: LakeView) -> LakeView:
    """The view as if no counts had ever been kept."""
    return replace(view, files=tuple(f for f in view.files if f.table not in recount.COUNTED))


@pytest.mark.parametrize("of_a_part", [recount.MARKS_OF_A_PART, 500])
def test_counted_anew_the_figures_are_those_of_the_loads(
    loaded: LakeView, of_a_part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget(loaded.store, [file.path for file in loaded.select("attendance")])
    monkeypatch.setattr(recount, "MARKS_OF_A_PART", of_a_part)
    anew = recount.recounted(raw(loaded), TERMS)
    pieces = anew.pieces("attendance_exceptions", {TERMS[0]})
    assert len(pieces) == (1 if of_a_part > 500 else 4)
    pd.testing.assert_frame_equal(engine.build(anew, TERMS), engine.build(loaded, TERMS))
    one = set(SCHOOLS[:1])
    pd.testing.assert_frame_equal(
        engine.build(anew, TERMS, schools=one), engine.build(loaded, TERMS, schools=one)
    )


def test_one_more_term_counts_that_term_alone(loaded: LakeView) -> None:
    kept = replace(
        loaded,
        files=tuple(f for f in loaded.files if f.table not in recount.COUNTED or f.term == TERMS[0]),
    )
    anew = recount.recounted(kept, TERMS[1:])
    assert set(anew.select("attendance_possible", TERMS[:1])) == set(
        loaded.select("attendance_possible", TERMS[:1])
    )
    pd.testing.assert_frame_equal(engine.build(anew, TERMS), engine.build(loaded, TERMS))


def test_marks_unchanged_are_not_counted_again(loaded: LakeView, monkeypatch: pytest.MonkeyPatch) -> None:
    first = recount.recounted(raw(loaded), TERMS)
    monkeypatch.setattr(recount, "_counted", lambda *_: pytest.fail("read again"))
    assert recount.recounted(raw(loaded), TERMS) == first


def test_counts_go_with_the_marks_they_were_taken_from(loaded: LakeView) -> None:
    anew = recount.recounted(raw(loaded), TERMS)
    gone = loaded.select("attendance", TERMS[:1], SCHOOLS[:1])[0]
    forget(loaded.store, [gone.path])
    left = {pack.term for pack in read_index(loaded.store) if pack.table in recount.COUNTED}
    assert left == set(TERMS[1:])
    lying = {path.parent.name for path in Path(anew.root, "packs").rglob("*.parquet")}
    assert TERMS[0] not in lying
