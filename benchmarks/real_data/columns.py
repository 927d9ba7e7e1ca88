"""From the text cells of a CSV to numbers: what is a number, what a category, what is not known."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

LEAST_OF_A_VALUE = 20
MOST_VALUES = 40
MOSTLY = 0.9  # of a column's known cells must be numbers for it to be read as numbers
UNKNOWN = "not known"
LARGEST = float(np.finfo(np.float32).max)
THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")
SIGNS_OF_UNITS = "%£$€ \u00a0"


class BadSet(Exception):
    """A data set's TOML or files can't be used; the message says why."""


def texts(values: Iterable[Any]) -> list[str]:
    """Values of a TOML list as text: true, 1 and "1" may all be written."""
    return [str(value).lower() if isinstance(value, bool) else str(value).strip() for value in values]


def is_one_of(column: pd.Series, values: Iterable[Any]) -> pd.Series:
    """Whether each text cell is one of the values, as text in any case or as a number (1 is 1.0)."""
    wanted = {text.lower() for text in texts(values)}
    numbers = pd.to_numeric(pd.Series(sorted(wanted), dtype=object), errors="coerce").dropna()
    as_number = pd.to_numeric(column, errors="coerce")
    return column.astype("string").str.lower().isin(wanted) | as_number.isin(numbers.tolist())


def to_numbers(
    frame: pd.DataFrame, numeric: Sequence[str], categorical: Sequence[str], others: Sequence[str]
) -> tuple[dict[str, np.ndarray], list[str]]:
    """Columns as float arrays with NaN for what is not known, and the names of those that tell nothing.

    `others` are numbers where most of their cells are, else categories. A category becomes one yes-or-no
    column for each of its commonest values, "not known" among them; numbers keep their gaps. Columns that are
    empty, the same in every row or a repetition of another are left out. Raises BadSet for a column named
    numeric that holds none, and for infinite numbers.
    """
    columns: dict[str, np.ndarray] = {}
    told_nothing = []
    for name in [*numeric, *others, *categorical]:
        cells = frame[name].astype(object)
        numbers, share = as_numbers(cells)
        if (np.abs(numbers[~np.isnan(numbers)]) > LARGEST).any() and name not in categorical:
            raise BadSet(f"'{name}' holds infinite numbers; mend them or name the cells under missing")
        if name in numeric and not share:
            raise BadSet(f"'{name}' holds no numbers; is it categorical?")
        if name in numeric or (name in others and share >= MOSTLY):
            columns[name] = numbers
        else:
            made = _one_for_each_value(name, cells)
            told_nothing += [] if made else [name]
            columns |= made
    kept, left_out = _telling(columns)
    return kept, left_out + told_nothing


def as_numbers(cells: pd.Series) -> tuple[np.ndarray, float]:
    """The cells as floats, NaN where they are none, and the share of the known ones that are numbers.

    Where plain numbers are few, also 45%, £1,200, 3,5 and days (2026-01-31, as a number of days) are read, if
    most cells of the column are written so.
    """
    known = int(cells.notna().sum())
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy(float)
    share = float((~np.isnan(numbers)).sum() / known) if known else 1.0
    if share >= MOSTLY:
        return numbers, share
    bare = cells.map(lambda cell: str(cell).strip(SIGNS_OF_UNITS), na_action="ignore")
    for read in (_with_thousands, _with_decimal_comma, _days):
        other = read(bare)
        told = float((~np.isnan(other)).sum() / known)
        if told >= MOSTLY:
            return other, told
    return numbers, share


def _with_thousands(cells: pd.Series) -> np.ndarray:
    plain = cells.map(
        lambda cell: cell.replace(",", "") if THOUSANDS.fullmatch(cell) else cell, na_action="ignore"
    )
    return pd.to_numeric(plain, errors="coerce").to_numpy(float)


def _with_decimal_comma(cells: pd.Series) -> np.ndarray:
    plain = cells.map(
        lambda cell: cell.replace(",", ".") if DECIMAL_COMMA.fullmatch(cell) else cell, na_action="ignore"
    )
    return pd.to_numeric(plain, errors="coerce").to_numpy(float)


def _days(cells: pd.Series) -> np.ndarray:
    dates = pd.to_datetime(cells, format="%Y-%m-%d", errors="coerce")
    return ((dates - pd.Timestamp(0)) / pd.Timedelta(days=1)).to_numpy(float)


def _one_for_each_value(name: str, cells: pd.Series) -> dict[str, np.ndarray]:
    counts = cells.fillna(UNKNOWN).value_counts().sort_index(kind="stable")
    counts = counts.sort_values(ascending=False, kind="stable")
    common = counts[counts >= LEAST_OF_A_VALUE].index[:MOST_VALUES]
    if len(counts) == 2 == len(common):
        common = common[1:]  # the other value would say the same again
    return {f"{name} = {value}": (cells.fillna(UNKNOWN) == value).to_numpy(float) for value in common}


def _telling(columns: dict[str, np.ndarray]) -> tuple[dict[str, np.ndarray], list[str]]:
    """The columns in which rows differ, each once; the names of the others."""
    kept: dict[str, np.ndarray] = {}
    seen: set[bytes] = set()
    left_out = []
    for name, values in columns.items():
        known = values[~np.isnan(values)]
        same = not len(known) or (known.min() == known.max() and len(known) == len(values))
        if same or (mark := (values + 0.0).tobytes()) in seen:
            left_out.append(name)
            continue
        seen.add(mark)
        kept[name] = values
    return kept, left_out
