"""The counter-worlds in a cheap form: planted bias is found by the test that should find it, and only there.

The long form, every world by the real way and 50 seeds, is `benchmarks.worlds` and `benchmarks.audits`.
"""

from dataclasses import replace
from typing import Any

import pytest

from benchmarks.audits import PLANTED, trust_incidents
from model.label_audit import CANNOT_TELL, NONE_FOUND
from pipelines.audit import label_audit
from pipelines.synthesise.presets import PRESETS
from pipelines.synthesise.world import World

pytestmark = pytest.mark.xdist_group("trained")
SMALL = {"schools": 2, "pupils": 500, "years": 2}
BIAS = {"ethnicity:Black": 3.5}


def findings(world: World) -> dict[tuple[str, str], str]:
    rows, groups = trust_incidents(world, 3, **SMALL)
    return {(one["group"], one["test"]): one["finding"] for one in label_audit(rows, groups)}


@pytest.mark.parametrize(
    ("bias", "test"),
    [({"sanction_bias": BIAS}, "decision"), ({"recording": 0.25, "recording_bias": BIAS}, "recording")],
)
def test_planted_bias_is_found_for_the_planted_group_alone(bias: dict[str, Any], test: str) -> None:
    found = findings(replace(World.no_bias(), **bias))
    assert found[PLANTED, test] == "more often"
    others = [said for (group, _), said in found.items() if group != PLANTED]
    assert sum(said not in (NONE_FOUND, CANNOT_TELL) for said in others) <= 1


def test_recording_bias_is_never_worded_as_fair() -> None:
    assert "fair" not in NONE_FOUND
    assert "never written up" in NONE_FOUND
    assert set(PRESETS) >= {"pure_noise", "abc_is_truth", "base_rate_halves", "no_bias", "planted_leak"}
