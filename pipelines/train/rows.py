"""Choose the rows of the matrix to learn from, calibrate on and test on; enough of them or none."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data_contracts import calendar
from data_contracts.errors import Refused
from model.indicator import Indicator
from pipelines.config import Config
from pipelines.populations import trainable
from pipelines.rows import Rows

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Split:
    """Train to term t, calibrate on t+1, test on t+2. `test` holds scored pupils only."""

    train: Rows
    calibrate: Rows
    test: Rows
    terms: dict[str, list[str]]


def in_order(terms: "Iterable[str] | pd.Series[str]") -> list[str]:
    """Distinct term ids in the order of the calendar."""
    return sorted({str(term) for term in terms}, key=lambda term: calendar.term(term).start)


def phase_of(matrix: pd.DataFrame, config: Config) -> str | None:
    """The phase trained on; None where the matrix does not tell phases apart."""
    if "phase" not in matrix:
        return None
    if config.population.phase != "auto":
        return config.population.phase
    counts = matrix.loc[matrix["trainable"].astype(bool), "phase"].value_counts()
    return str(counts.index[0]) if len(counts) else None


def select_rows(matrix: pd.DataFrame, names: Sequence[str], config: Config) -> Rows:
    """The trainable rows of one phase with a known outcome, by term, school and pupil."""
    column = config.outcome.column
    phase = phase_of(matrix, config)
    keep = trainable(matrix["abstain_reason"], matrix["term"], matrix[column]).astype(bool)
    if phase is not None:
        keep &= matrix["phase"] == phase
    frame = matrix[keep]
    order = {term: number for number, term in enumerate(in_order(frame["term"]))}
    frame = frame.assign(_order=frame["term"].map(order))
    frame = frame.sort_values(["_order", "school", "pupil_id"], kind="stable").drop(columns="_order")
    return Rows(frame.reset_index(drop=True), tuple(names), column)


def usable(
    rows: Rows, catalogue: Sequence[Indicator], config: Config
) -> tuple[list[Indicator], dict[str, str]]:
    """Indicators that can be learned from these rows, and the others with the reason they are left out."""
    used, left_out = [], {}
    for indicator in catalogue:
        if indicator.name in config.population.leave_out:
            left_out[indicator.name] = "left out by belong.toml"
            continue
        if indicator.name not in rows.frame:
            left_out[indicator.name] = "not computed"
            continue
        column = rows.frame[indicator.name].to_numpy(dtype=np.float64)
        known = column[~np.isnan(column)]
        if not len(known):
            left_out[indicator.name] = "missing for every pupil"
        elif known.min() == known.max():
            left_out[indicator.name] = "the same for every pupil"
        else:
            used.append(indicator)
    if not used:
        raise Refused("No indicator tells pupils apart in these terms.", hint="Check what was loaded.")
    return used, left_out


def split_rows(rows: Rows, config: Config, *, last: int = 0) -> Split:
    """Train / calibrate / test by term; `last` steps back from the latest closed term.

    Raises Refused with the number of terms or of pupils with the outcome that are needed.
    """
    terms = in_order(rows.frame["term"])
    terms = terms[: len(terms) - last]
    if len(terms) < 3:
        raise Refused(
            f"Training needs at least 3 terms with a known outcome; there are {len(terms)}.",
            hint=f"Load {3 - len(terms)} more closed term(s). Until then a simple points rule can be used.",
        )
    parts = {
        "train": terms[-2 - config.training.terms : -2],
        "calibrate": terms[-2:-1],
        "test": terms[-1:],
    }
    split = Split(
        rows.of_terms(parts["train"]),
        rows.of_terms(parts["calibrate"]),
        rows.of_terms(parts["test"]).scored(),
        parts,
    )
    _check_events(split, config)
    return split


def _check_events(split: Split, config: Config) -> None:
    """Refuse too few events, with the number needed; a primary model needs more of them to test."""
    needed = {
        "train": config.events.train,
        "calibrate": config.events.calibrate,
        "test": config.events.test,
    }
    if "phase" in split.test.frame and (split.test.frame["phase"] == "primary").all():
        needed |= {part: max(needed[part], config.events.primary) for part in ("train", "test")}
    short = []
    for name, least in needed.items():
        events = getattr(split, name).events
        if events < least:
            short.append(f"{events} of the {least} needed to {name}")
    if short:
        raise Refused(
            "There are too few pupils with the outcome to train: " + "; ".join(short) + ".",
            hint="Load more terms or more schools. Until then a simple points rule can be used.",
        )
    for name in needed:
        rows = getattr(split, name)
        if rows.events == len(rows):
            raise Refused(f"Every pupil has the outcome in the rows to {name}: nothing can be learned.")
