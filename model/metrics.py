"""Metrics of a ranking and of its probabilities. No accuracy: saying "no" to everyone would win it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from model.additive import probability
from model.grid import FloatArray


def auc(y: ArrayLike, figure: ArrayLike) -> float:
    """Chance that a pupil with the outcome stands above one without (ties count half); NaN with one class."""
    y = np.asarray(y, dtype=np.float64)
    events, others = y.sum(), (1 - y).sum()
    if not events or not others:
        return float("nan")
    ranks = rankdata(figure)
    return float((ranks[y == 1].sum() - events * (events + 1) / 2) / (events * others))


def average_precision(y: ArrayLike, figure: ArrayLike) -> float:
    """Area under the precision-recall steps, tied figures taken together; NaN without events."""
    y, figure = np.asarray(y, dtype=np.float64), np.asarray(figure, dtype=np.float64)
    if not y.sum():
        return float("nan")
    order = np.argsort(-figure, kind="stable")
    right = np.cumsum(y[order])
    last_of_tie = np.append(np.diff(figure[order]) != 0, True)
    right, flagged = right[last_of_tie], (np.arange(len(y)) + 1)[last_of_tie]
    gained = np.diff(np.concatenate([[0.0], right])) / y.sum()
    return float(np.sum(gained * right / flagged))


def brier(y: ArrayLike, log_odds: ArrayLike) -> float:
    """Mean squared gap between probability and outcome."""
    return float(np.mean((probability(log_odds) - np.asarray(y, dtype=np.float64)) ** 2))


@dataclass(frozen=True)
class AtPlaces:
    """Counts of a list of a given length: `flags` on it, `right` of them, `events` among all rows."""

    flags: float
    right: float
    events: float
    rows: int

    @property
    def precision(self) -> float:
        return self.right / self.flags if self.flags else float("nan")

    @property
    def recall(self) -> float:
        return self.right / self.events if self.events else float("nan")

    @property
    def lift(self) -> float:
        rate = self.events / self.rows if self.rows else 0.0
        return self.precision / rate if rate else float("nan")

    def as_dict(self) -> dict[str, float]:
        return {
            "flags": self.flags, "right": self.right, "events": self.events,
            "precision": self.precision, "recall": self.recall, "lift": self.lift,
        }  # fmt: skip


def shares_of_places(figure: ArrayLike, places: float, room: ArrayLike | None = None) -> FloatArray:
    """Chance of each row to be on a list of `places`, tied rows sharing what is left over equally.

    `room` (n,) is how much of each row may still be placed, 1 by default.
    """
    figure = np.asarray(figure, dtype=np.float64)
    room = np.ones(len(figure)) if room is None else np.asarray(room, dtype=np.float64)
    _, tie = np.unique(-figure, return_inverse=True)
    wanted = np.bincount(tie, weights=room)
    before = np.cumsum(wanted) - wanted
    part = np.clip((places - before) / np.where(wanted > 0, wanted, 1.0), 0.0, 1.0)
    return room * part[tie]


def list_shares(figure: ArrayLike, fresh: ArrayLike, places: int, kept: int) -> FloatArray:
    """As `shares_of_places`, with `kept` of the places for `fresh` rows first and the rest for anyone."""
    figure = np.asarray(figure, dtype=np.float64)
    first = shares_of_places(figure, kept, np.asarray(fresh, dtype=np.float64))
    return first + shares_of_places(figure, places - first.sum(), 1.0 - first)


def at_places(y: ArrayLike, figure: ArrayLike, group: Sequence[str], places: Mapping[str, int]) -> AtPlaces:
    """Precision and recall where each group (school, or school and term) flags its own number of pupils.

    `places` maps group to list length; ties at the edge are averaged over, so a coarse rule is judged fairly.
    """
    y, figure = np.asarray(y, dtype=np.float64), np.asarray(figure, dtype=np.float64)
    names, index = np.unique(np.asarray(group, dtype=object).astype(str), return_inverse=True)
    flags = right = 0.0
    for number, name in enumerate(names):
        inside = index == number
        share = shares_of_places(figure[inside], places[str(name)])
        flags += float(share.sum())
        right += float(share @ y[inside])
    return AtPlaces(flags, right, float(y.sum()), len(y))
