"""What the retirement of an input costs: the model with and without it, on the same pupils of the same worlds.

    python -m benchmarks.retirement [--quick]

`incidents_rank_term` is no longer taken by a new model. Here each seed's synthetic world is trained on twice in one
run, with the rank and without it, and both are judged on the same test term. `--quick` takes one seed.
"""

import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.measures import Measure, at_most, finish, note, options
from benchmarks.model.trust import make_lake
from benchmarks.worlds import Taken, trained_on
from model.indicator import Indicator
from pipelines.audit import incidents_of
from pipelines.indicators import catalogue
from pipelines.synthesise.presets import named_world
from pipelines.train.gates import LOST_TO_RETIREMENT

SIZE = {"schools": 3, "pupils": 400, "years": 4}
SEEDS = (11, 12, 13, 14, 15)
WHOM = {"all": "all pupils", "no_earlier_suspension": "not suspended in the last year"}
FIGURES = {"average_precision": "AP", "auc": "AUC"}


def main() -> None:
    """Train both ways on every seed and print the mean differences."""
    asked = options(__doc__ or "")
    seeds = SEEDS[:1] if asked.quick else SEEDS
    pairs = [(_judged(taken, retired=False), _judged(taken, retired=True)) for taken in map(_world, seeds)]
    finish(_compared(pairs), only_json=asked.json)


def _world(seed: int) -> Taken:
    with tempfile.TemporaryDirectory(prefix="belong-retirement-") as folder:
        matrix, view = make_lake(Path(folder), seed, named_world("default"), **SIZE)
        characteristics = view.read_audit_characteristics(None, None)
        return Taken(matrix, characteristics, incidents_of(view.read("behaviour"), matrix), {})


def _judged(taken: Taken, *, retired: bool) -> dict[str, Any]:
    """The report's figures; with `retired`, without the inputs that no new model takes."""
    taken_in: Sequence[Indicator] = catalogue()
    if not retired:
        taken_in = [replace(one, retired=False) for one in taken_in]
    test: dict[str, Any] = trained_on(taken, catalogue=taken_in).report["test"]
    return test


def _compared(pairs: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, Measure]:
    found: dict[str, Measure] = {"synthetic worlds (seeds), each trained twice": note(len(pairs))}
    for whom, words in WHOM.items():
        for figure, name in FIGURES.items():
            with_it, without = (
                statistics.mean(side[whom]["model"][figure] for side in sides)
                for sides in zip(*pairs, strict=True)
            )
            found[f"{name} of {words}, with the rank"] = note(with_it)
            lost = with_it - without
            judged = figure == "average_precision" and whom == "all"
            label = f"{name} of {words}, lost without it"
            found[label] = at_most(lost, LOST_TO_RETIREMENT) if judged else note(lost)
    with_it, without = (
        statistics.mean(side["list"]["model"]["precision"] for side in sides)
        for sides in zip(*pairs, strict=True)
    )
    found["precision of the list, with the rank"] = note(with_it)
    found["precision of the list, lost without it"] = note(with_it - without)
    return found


if __name__ == "__main__":
    main()
