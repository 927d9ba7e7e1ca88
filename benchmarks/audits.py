"""Do the label audits find what was planted in a made world, and nothing else? Power and false alarms by seed.

Each seed is another synthetic trust of 3 schools × 900 pupils × 3 years, its incidents as the schools wrote
them down. No figure says anything about real schools.
"""

from collections.abc import Iterator
from typing import Any

import pandas as pd
from joblib import Parallel, delayed

from benchmarks.measures import Measure, at_least, at_most, finish, measured, note, options
from model.label_audit import CANNOT_TELL, LEVEL, NONE_FOUND
from pipelines.audit import label_audit
from pipelines.synthesise.presets import named_world
from testbed.planted_bias import PLANTED, trust_incidents

SEEDS = 50
WORLDS = ("no_bias", "sanction_bias_only", "severity_bias_only", "recording_bias_only")
FINDS = {
    "sanction_bias_only": "decision",
    "severity_bias_only": "decision",
    "recording_bias_only": "recording",
}


def main() -> None:
    chosen = options(
        __doc__ or "", seeds=f"how many seeds (default {SEEDS}, quick 6)", only="worlds, comma-separated"
    )
    worlds = chosen.only.split(",") if chosen.only else WORLDS
    seeds = int(chosen.seeds or (6 if chosen.quick else SEEDS))
    with measured() as cost:
        tasks = (delayed(audited)(world, seed) for world in worlds for seed in range(seeds))
        rows = [row for part in Parallel(n_jobs=2)(tasks) for row in part]
    measures: dict[str, Measure] = {"seeds": note(float(seeds))}
    measures |= judged(pd.DataFrame(rows))
    finish({**measures, "wall s": note(cost.wall)}, only_json=chosen.json)


def audited(
    world: str, seed: int, *, schools: int = 3, pupils: int = 900, years: int = 3
) -> list[dict[str, Any]]:
    """The findings of one trust's label audit."""
    incidents, groups = trust_incidents(named_world(world), seed, schools=schools, pupils=pupils, years=years)
    return [{"world": world, "seed": seed, **one} for one in label_audit(incidents, groups)]


def judged(found: pd.DataFrame) -> dict[str, Measure]:
    """Power by world and false alarms over every group that nothing was planted for."""
    found = found.assign(told=~found["finding"].isin([NONE_FOUND, CANNOT_TELL]))
    measures: dict[str, Measure] = {}
    for world, test in FINDS.items():
        if world not in set(found["world"]):
            continue
        rows = found[(found["world"] == world) & (found["group"] == PLANTED) & (found["test"] == test)]
        measures[f"{world}: found by the {test} test, share of seeds"] = at_least(
            float((rows["finding"] == "more often").mean()), 0.9
        )
        measures[f"{world}: odds ratio, median"] = note(float(rows["odds_ratio"].median()))
    recorded = found[(found["world"] == "recording_bias_only") & (found["group"] == PLANTED)]
    silent = (~recorded["told"]).groupby(recorded["seed"]).all().mean()
    measures["recording_bias_only: nothing at all said of the group, share of seeds"] = at_most(
        float(silent), 0.1
    )
    return {**measures, **dict(_false_alarms(found))}


def _false_alarms(found: pd.DataFrame) -> Iterator[tuple[str, Measure]]:
    quiet = found[found["world"] == "no_bias"]
    for test, rows in quiet.groupby("test"):
        share = float(rows["told"].mean())
        yield f"no_bias: {test} test, false alarms over all groups (stated {LEVEL:g})", at_most(share, 0.03)
        for group, some in rows.groupby("group"):
            yield (
                f"no_bias: {test}, {group}: alarms / median odds ratio",
                note(f"{some['told'].mean():.2f} / {some['odds_ratio'].median():.2f}"),
            )


if __name__ == "__main__":
    main()
