"""Pupil-terms with a known outcome: what is learned from, tested on and audited."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from model.grid import FloatArray, IntArray


@dataclass(frozen=True)
class Rows:
    """Pupil-terms with a known outcome; all of one order, by term."""

    frame: pd.DataFrame
    names: tuple[str, ...]
    outcome: str

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def X(self) -> FloatArray:  # noqa: N802
        return self.frame[list(self.names)].to_numpy(dtype=np.float64)

    @property
    def y(self) -> FloatArray:
        return self.frame[self.outcome].to_numpy(dtype=np.float64)

    @property
    def school(self) -> Sequence[str]:
        return list(self.frame["school"].astype(str))

    @property
    def pupil(self) -> Sequence[str]:
        return list(self.frame["pupil_id"].astype(str))

    @property
    def terms(self) -> Sequence[str]:
        return list(self.frame["term"].astype(str))

    @property
    def window_days(self) -> FloatArray:
        return self.frame["window_days"].to_numpy(dtype=np.float64)

    @property
    def events(self) -> int:
        return int(self.y.sum())

    def where(self, mask: pd.Series | np.ndarray) -> "Rows":
        return Rows(self.frame[np.asarray(mask, dtype=bool)], self.names, self.outcome)

    def of_terms(self, terms: Sequence[str]) -> "Rows":
        return self.where(self.frame["term"].isin(list(terms)))

    def not_suspended(self) -> "Rows":
        return self.where(~self.frame["suspended_last_year"].astype(bool))

    def scored(self) -> "Rows":
        return self.where(self.frame["scored"].astype(bool))


def fold_numbers(keys: Sequence[str], folds: int, seed: int) -> IntArray:
    """A fold for each row, the same for all rows of one key."""
    names, index = np.unique(np.asarray(keys, dtype=object).astype(str), return_inverse=True)
    return (np.random.default_rng(seed).permutation(len(names)) % folds)[index]
