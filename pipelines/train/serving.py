"""A candidate beside the model that serves, on the same pupils of the test term."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from model.additive import AdditiveModel
from model.bootstrap import clusters, intervals
from model.calibration import fit_shift
from model.grid import FloatArray, IntArray
from model.metrics import average_precision
from pipelines.indicators.catalogue import catalogue
from pipelines.rows import Rows


def against_serving(
    serving: AdditiveModel,
    manifest: Mapping[str, Any],
    test: Rows,
    log_odds: FloatArray,
    *,
    repeats: int,
    seed: int,
    same_table: bool = False,
) -> dict[str, Any]:
    """Average precision of the candidate's `log_odds` (n,) less that of the serving model on the test rows,
    with a paired interval: {model_id, serving, candidate, difference, interval, in_the_large, same_table, seen,
    retired}.

    `seen` says that the serving model learned from one of the test terms, which favours it; `same_table` that
    only the base was renewed, so that no better ranking is to be asked for; `retired` names inputs of the serving
    model that no new model takes. Where it needs an indicator the rows
    no longer have, the difference is None and `not_possible` says why.
    """
    seen = sorted({*manifest["terms"]["train"], *manifest["terms"]["calibrate"]} & set(test.frame["term"]))
    retired = sorted({one.name for one in catalogue() if one.retired} & set(serving.names))
    named = {"model_id": manifest["model_id"], "seen": seen, "same_table": same_table, "retired": retired}
    lacking = [name for name in serving.names if name not in test.frame]
    if lacking or manifest["outcome"]["column"] != test.outcome:
        why = (
            f"indicators no longer there: {', '.join(lacking)}" if lacking else "it predicts another outcome"
        )
        return {**named, "difference": None, "interval": None, "not_possible": why}
    X = test.frame[list(serving.names)].to_numpy(dtype=np.float64)
    theirs = serving.log_odds(X, test.school, test.window_days, test.terms)
    members, _ = clusters(test.school, test.pupil)
    y = test.y

    def gap(at: IntArray) -> dict[str, float]:
        if not y[at].any():
            return {}
        return {"gap": average_precision(y[at], log_odds[at]) - average_precision(y[at], theirs[at])}

    found = intervals(gap, members, repeats=repeats, seed=seed)
    ours, other = average_precision(y, log_odds), average_precision(y, theirs)
    return {
        **named,
        "candidate": ours,
        "serving": other,
        "difference": ours - other,
        "interval": list(found["gap"]) if "gap" in found else None,
        "in_the_large": {"candidate": fit_shift(log_odds, y), "serving": fit_shift(theirs, y)},
    }
