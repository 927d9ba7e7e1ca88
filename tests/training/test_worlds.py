"""The counter-worlds in a cheap form: planted bias is found by the test that should find it, and only there.

The long form, every world by the real way and 50 seeds, is `benchmarks.worlds` and `benchmarks.audits`.
"""

from dataclasses import replace
from typing import Any

import pytest

from model.label_audit import CANNOT_TELL, MORE, NONE_FOUND
from pipelines.audit import label_audit
from pipelines.synthesise.presets import PRESETS
from pipelines.synthesise.world import World
from testbed.planted_bias import PLANTED, trust_incidents

pytestmark = pytest.mark.xdist_group("trained")
SMALL = {"schools": 2, "pupils": 500, "years": 2}
BIAS = {"ethnicity:Black": 3.5}


def findings(world: World) -> dict[tuple[str, str], dict[str, Any]]:
    rows, groups = trust_incidents(world, 3, **SMALL)
    return {(one["group"], one["test"]): one for one in label_audit(rows, groups)}


def others(found: dict[tuple[str, str], dict[str, Any]]) -> int:
    """How many findings there are about groups that nothing was planted for."""
    said = [one["finding"] for (group, _), one in found.items() if group != PLANTED]
    return sum(one not in (NONE_FOUND, CANNOT_TELL) for one in said)


def test_a_planted_bias_of_the_sanction_is_found_for_the_planted_group_alone() -> None:
    found = findings(replace(World.no_bias(), sanction_bias=BIAS))
    assert found[PLANTED, "decision"]["finding"] == MORE
    assert others(found) <= 1


def test_recording_bias_alone_is_found_and_its_answers_are_not_called_fair() -> None:
    found = findings(replace(World.no_bias(), recording=0.25, recording_bias=BIAS))
    assert found[PLANTED, "recording"]["finding"] == MORE
    assert found[PLANTED, "decision"]["finding"] != MORE
    assert "do not mean that it is treated alike" in found[PLANTED, "decision"]["caution"]
    assert others(found) <= 1


def test_nothing_found_is_never_worded_as_fair() -> None:
    assert "fair" not in NONE_FOUND
    assert "never written up" in NONE_FOUND
    assert set(PRESETS) >= {"pure_noise", "abc_is_truth", "base_rate_halves", "no_bias", "planted_leak"}
