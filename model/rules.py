"""Plain points rules: what a model must beat, and what a school has before there is a model."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from data_contracts.errors import Refused
from model.grid import FloatArray

PointsRule = tuple[str, float, float]  # indicator, at least, points


def points(frame: pd.DataFrame, rules: Sequence[PointsRule]) -> FloatArray:
    """Sum of the points of every rule a row meets, shape (n,); a missing value meets none.

    Raises Refused where a rule names a column the frame does not have.
    """
    total = np.zeros(len(frame))
    for name, at_least, worth in rules:
        if name not in frame:
            raise Refused(
                f"A points rule asks for the indicator '{name}', which there is not.",
                hint="Correct the rule under [baselines] in belong.toml.",
            )
        total += worth * (frame[name].to_numpy(dtype=np.float64) >= at_least)
    return total
