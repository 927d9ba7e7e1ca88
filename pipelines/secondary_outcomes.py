"""Secondary outcomes shown beside the main one, so that a school does not meet its goal by other means."""

from typing import Any

import numpy as np
import pandas as pd

from pipelines.outcomes import LOST, sessions_lost
from pipelines.rows import Rows

FEW = 10


def secondary_outcomes(matrix: pd.DataFrame, test: Rows, flagged: np.ndarray) -> dict[str, Any]:
    """For the test rows, all and flagged: pupils with a break of any kind, and sessions of the next term lost by
    the school's decision, in the mean, with the share of them that were suspensions.

    Internal suspensions are counted as times. Figures of fewer than 10 pupils are None.
    """
    keys = ["pupil_id", "school", "term"]
    lost = matrix[keys].assign(lost=sessions_lost(matrix))
    suspended = sessions_lost(matrix.drop(columns=[name for name in LOST[1:] if name in matrix]))
    internal = _internal(matrix)
    rows = test.frame[[*keys, "any_break"]].merge(
        lost.assign(suspended=suspended, internal=internal), on=keys, how="left"
    )
    return {name: _of(rows[mask]) for name, mask in (("all", np.ones(len(rows), bool)), ("flagged", flagged))}


def _internal(matrix: pd.DataFrame) -> "pd.Series[float]":
    """Internal suspensions of the next term, by row."""
    name = "internal_suspensions_term"
    if name not in matrix:
        return pd.Series(np.nan, index=matrix.index)
    others = matrix.drop(columns=[one for one in LOST if one in matrix])
    return sessions_lost(others.rename(columns={name: LOST[0]}))


def _of(rows: pd.DataFrame) -> dict[str, Any]:
    known = rows[rows["lost"].notna()]
    if len(rows) < FEW:
        return {"pupils": None}
    lost, breaks = float(known["lost"].sum()), rows["any_break"].dropna()
    return {
        "pupils": len(rows),
        "any_break": int(breaks.sum()) if breaks.sum() >= FEW else None,
        "sessions_lost": float(known["lost"].mean()) if len(known) >= FEW else None,
        "suspended_share": float(known["suspended"].sum() / lost) if lost else None,
        "internal_suspensions": float(known["internal"].mean()) if len(known) >= FEW else None,
    }
