"""Evidence is what was counted: every value can be counted again from its evidence as JSON alone."""

import json
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings

from pipelines.explanation.evidence import BUILDS, evidence_of
from pipelines.indicators import catalogue, engine
from tests.explanation.rebuilding import value_of
from tests.explanation.timelines import seen, timelines
from tests.indicators.generated import TERMS, World, worlds
from tests.indicators.lakes import write_lake

NAMES = [indicator.name for indicator in catalogue()]
MODEST = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
THEMES = {
    "attendance": 16, "lateness": 3, "behaviour": 17, "praise": 2, "time_out": 5, "suspensions": 8, "sen": 5,
    "moves": 3, "year_group": 1,
}  # fmt: skip


@MODEST
@given(worlds())
def test_every_value_can_be_counted_again_from_its_evidence(world: World) -> None:
    with tempfile.TemporaryDirectory() as folder:
        matrix = engine.build(write_lake(Path(folder), world), TERMS)
    events = timelines(world)
    for row in matrix.to_dict("records"):
        records = seen(world, events.get(row["pupil_id"], []), row["pupil_id"], row["school"], row["term"])
        for name in NAMES:
            value = None if np.isnan(row[name]) else float(row[name])
            told = json.loads(json.dumps(evidence_of(name, records, value).as_dict()))
            where = f"{name} of {row['pupil_id']} at {row['school']}, {row['term']}: {told}"
            assert told["kept"] == "all" or (told["kept"] == "none" and value is None), where
            again = value_of(told)
            assert (again is None) == (value is None), where
            if value is not None:
                assert np.isclose(np.float32(again), np.float32(value), rtol=1e-6, atol=1e-5), where


def test_every_indicator_says_how_its_value_is_made_and_what_it_is_told_under() -> None:
    assert Counter(indicator.theme for indicator in catalogue()) == THEMES
    assert all(indicator.form for indicator in catalogue())
    assert sorted(BUILDS) == sorted(NAMES)
