"""The one form that is served: a printed table that explains itself exactly.

    log-odds = base + window + season + sum over indicators of contribution + the school's offset
    contribution of indicator j = slope · (shape_j at the pupil's cell − mean of shape_j in training)

The contributions are the model's SHAP values exactly, because the model is additive; `model.certify` has
shap itself confirm that in every training run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from data_contracts.errors import Refused
from model.grid import Axis, FloatArray, Grid, IntArray

SCHOOL = "school"


@dataclass(frozen=True)
class AdditiveModel:
    """Plain arrays and no learner: whoever holds the table holds the model.

    `shapes[j]` has one log-odds value per cell of axis j, the missing cell last, after the calibration of its
    family. `means[j]` is its mean over the training rows. `slope` and `shift` are the affine calibration.
    `offsets` are shrunken log-odds per school, centred on the training rows; a school not among them gets 0.
    `window_days` is the window length (school days) the base refers to; another length moves the base by the log
    of the ratio. `seasons` are log-odds by the season of the as-of term (what is usual in the term ahead beyond
    its length: whole years differ less than autumn, spring and summer do); a season not among them adds 0.
    """

    grid: Grid
    shapes: tuple[FloatArray, ...]
    means: FloatArray
    intercept: float
    slope: float = 1.0
    shift: float = 0.0
    offsets: Mapping[str, float] = field(default_factory=dict)
    window_days: float | None = None
    seasons: Mapping[str, float] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        return self.grid.names

    @property
    def base_log_odds(self) -> float:
        """Mean calibrated log-odds over the training rows, at the reference window and no school."""
        return self.shift + self.slope * (self.intercept + float(self.means.sum()))

    def bases(
        self, n: int, window_days: ArrayLike | None = None, terms: Sequence[str] | None = None
    ) -> FloatArray:
        """The base of each of n rows, shape (n,), given the school days in its outcome window and its as-of
        term (`2026-spring`)."""
        base = np.full(n, self.base_log_odds)
        if terms is not None and self.seasons:
            base = base + np.array([self.seasons.get(season_of(term), 0.0) for term in terms])
        if window_days is None or self.window_days is None:
            return base
        days = np.broadcast_to(np.asarray(window_days, dtype=np.float64), (n,))
        known = np.isfinite(days) & (days > 0)
        return base + np.where(known, np.log(np.where(known, days, 1.0) / self.window_days), 0.0)

    def contributions(self, X: ArrayLike, school: Sequence[str] | None = None) -> FloatArray:
        """Log-odds each indicator adds to the base, shape (n, k+1); the last column is the school's offset.

        Raises Refused for infinities and for a wrong number of columns.
        """
        return self.contributions_of(self.grid.locate(X), school)

    def contributions_of(self, cells: IntArray, school: Sequence[str] | None = None) -> FloatArray:
        """As `contributions`, for rows already on the grid: one look-up per indicator, nothing else."""
        tables = [self.slope * (shape - mean) for shape, mean in zip(self.shapes, self.means, strict=True)]
        parts = np.empty((len(cells), len(self.shapes) + 1))
        np.take(np.concatenate(tables), cells + self.grid.starts[:-1], out=parts[:, :-1])
        parts[:, -1] = self._offsets_of(school, len(cells))
        return parts

    def log_odds(
        self,
        X: ArrayLike,
        school: Sequence[str] | None = None,
        window_days: ArrayLike | None = None,
        terms: Sequence[str] | None = None,
    ) -> FloatArray:
        """Calibrated log-odds of the outcome, shape (n,)."""
        parts = self.contributions(X, school)
        return self.bases(len(parts), window_days, terms) + parts.sum(axis=1)

    def raw_log_odds(self, X: ArrayLike) -> FloatArray:
        """The learner's own log-odds, before calibration and without school, shape (n,)."""
        return lookup(self.grid.locate(X), self.intercept, self.shapes)

    def knows_school(self, school: str) -> bool:
        return school in self.offsets

    def _offsets_of(self, school: Sequence[str] | None, n: int) -> FloatArray:
        if school is None:
            return np.zeros(n)
        schools, index = np.unique(np.asarray(school, dtype=object).astype(str), return_inverse=True)
        if len(index) != n:
            raise Refused(f"{n} rows came with {len(index)} schools.")
        return np.array([self.offsets.get(one, 0.0) for one in schools])[index] if n else np.zeros(0)

    def calibrated(self, slope: float, shift: float) -> "AdditiveModel":
        return replace(self, slope=float(slope), shift=float(shift))

    def rescaled(self, factors: Sequence[float]) -> "AdditiveModel":
        """The same with each indicator's shape multiplied by its own factor (> 0, so that signs stay)."""
        shapes = tuple(factor * shape for factor, shape in zip(factors, self.shapes, strict=True))
        return replace(self, shapes=shapes, means=self.means * np.asarray(factors, dtype=np.float64))

    def centred_on(self, cells: IntArray) -> "AdditiveModel":
        """The same figures, but contributions counted from the mean of other rows than those learned from."""
        means = [shape[cells[:, j]].mean() for j, shape in enumerate(self.shapes)]
        return replace(self, means=np.array(means, dtype=np.float64))

    def with_offsets(self, offsets: Mapping[str, float]) -> "AdditiveModel":
        return replace(self, offsets={school: float(value) for school, value in offsets.items()})

    def with_seasons(self, seasons: Mapping[str, float]) -> "AdditiveModel":
        return replace(self, seasons={season: float(value) for season, value in seasons.items()})

    def to_arrays(self) -> dict[str, Any]:
        """Only arrays, numbers, strings, lists and dicts: what the bundle stores."""
        return {
            "axes": [
                {"name": a.name, "cuts": a.cuts, "values": a.values, "rows": a.rows, "cap": a.cap}
                for a in self.grid.axes
            ],
            "shapes": list(self.shapes),
            "means": self.means,
            "intercept": float(self.intercept),
            "slope": float(self.slope),
            "shift": float(self.shift),
            "offsets": dict(sorted(self.offsets.items())),
            "window_days": self.window_days,
            "seasons": dict(sorted(self.seasons.items())),
        }

    @classmethod
    def from_arrays(cls, data: Mapping[str, Any]) -> "AdditiveModel":
        axes = tuple(Axis(a["name"], a["cuts"], a["values"], a["rows"], a["cap"]) for a in data["axes"])
        rest = {key: data[key] for key in ("means", "intercept", "slope", "shift", "offsets", "window_days")}
        return cls(grid=Grid(axes), shapes=tuple(data["shapes"]), seasons=data.get("seasons", {}), **rest)


def season_of(term: str) -> str:
    """`spring` of `2026-spring`."""
    return str(term).partition("-")[2]


def lookup(cells: IntArray, intercept: float, shapes: Sequence[FloatArray]) -> FloatArray:
    """intercept + the sum of the shapes at the given cells; cells (n, k) → (n,)."""
    total = np.full(len(cells), float(intercept))
    for j, shape in enumerate(shapes):
        total += shape[cells[:, j]]
    return total


def probability(log_odds: ArrayLike) -> FloatArray:
    """The logistic of the log-odds, without overflow."""
    z = np.asarray(log_odds, dtype=np.float64)
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)
