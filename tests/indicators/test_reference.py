"""The engine against the slow reference, and what must change nothing, on generated worlds."""

import copy
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from data_contracts import calendar
from pipelines.indicators import catalogue, engine
from pipelines.lake import LakeView
from tests.indicators import expected
from tests.indicators.generated import TERMS, World, worlds
from tests.indicators.lakes import Rows, write_lake
from tests.indicators.reference import known_on

NAMES = [indicator.name for indicator in catalogue()]
MODEST = settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),  # a world is too big to shrink in reasonable time
)


@contextmanager
def lake(world: World, buckets: int = 3, pieces: int = 1) -> Iterator[LakeView]:
    with tempfile.TemporaryDirectory() as folder:
        yield write_lake(Path(folder), world, buckets, pieces)


def built(world: World, buckets: int = 3, pieces: int = 1) -> pd.DataFrame:
    with lake(world, buckets, pieces) as view:
        return engine.build(view, TERMS)


@MODEST
@given(worlds())
def test_the_engine_agrees_with_the_reference(world: World) -> None:
    matrix = built(world)
    rows = expected.matrix(world, TERMS)
    keys = list(zip(matrix["pupil_id"], matrix["school"], matrix["term"], strict=True))
    assert set(keys) == set(rows)
    for name in NAMES:
        wanted = np.array(
            [np.nan if rows[key][name] is None else rows[key][name] for key in keys], dtype=float
        )
        np.testing.assert_allclose(
            matrix[name], wanted.astype(np.float32), rtol=1e-6, atol=1e-6, err_msg=name
        )


@MODEST
@given(worlds(), st.randoms(use_true_random=False))
def test_order_files_and_buckets_change_nothing(world: World, random: object) -> None:
    first = built(world, buckets=1)
    mixed = copy.deepcopy(world)
    for tables in mixed.values():
        for rows in tables.values():
            random.shuffle(rows)  # type: ignore[attr-defined]
    pd.testing.assert_frame_equal(first, built(mixed, buckets=5, pieces=2))


@MODEST
@given(worlds(), worlds())
def test_rows_known_later_change_nothing(world: World, other: World) -> None:
    """Every row of another world, as far as it was known after a term's as-of date, is added."""
    term = TERMS[-2]
    as_of = calendar.as_of(term)
    before = built(world)
    more = copy.deepcopy(world)
    for key, tables in other.items():
        for table, rows in tables.items():
            if table != "pupils" and table in more.get(key, {}):
                more[key][table] += _apart([row for row in rows if known_on(table, row) > as_of])
    after = built(more)
    past = [each for each in TERMS if calendar.as_of(each) <= as_of]
    columns = ["pupil_id", "school", "term", *NAMES, "possible_sessions", "suspended_last_year", "scored"]
    pd.testing.assert_frame_equal(
        before.loc[before["term"].isin(past), columns].reset_index(drop=True),
        after.loc[after["term"].isin(past), columns].reset_index(drop=True),
    )


def _apart(rows: Rows) -> Rows:
    """The same rows as incidents of their own."""
    return [
        {**row, "incident_id": f"later-{row['incident_id']}"} if "incident_id" in row else row for row in rows
    ]
