"""Read a data set by its TOML into one numeric matrix, the same for every model, and its folds."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from benchmarks.real_data import oulad

LEAST_OF_A_VALUE = 20
MISSING = ["", "NA", "NaN", "nan", "?", "."]
YES = ["1", "1.0", "true", "TRUE", "True", "yes", "Yes"]
KEYS = {
    "name", "files", "separator", "target", "positive", "group", "split", "folds", "drop", "categorical",
    "numeric", "missing", "prepare", "signs",
}  # fmt: skip


class BadSet(Exception):
    """A data set's TOML or files can't be used; the message says why."""


@dataclass(frozen=True)
class RealSet:
    """One data set ready to learn from: X (n, k) with NaN for missing, names, signs, y, fold pairs."""

    name: str
    X: np.ndarray
    names: list[str]
    signs: list[int]
    y: np.ndarray
    folds: list[tuple[np.ndarray, np.ndarray]]
    groups: np.ndarray | None


def find_sets(data: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every TOML of this folder and of `data` whose files exist below `data`."""
    for path in [*sorted(Path(__file__).parent.glob("*.toml")), *sorted(data.glob("*.toml"))]:
        spec = tomllib.loads(path.read_text("utf-8"))
        unknown = set(spec) - KEYS
        if unknown:
            raise BadSet(f"{path.name} sets what there is not: {', '.join(sorted(unknown))}")
        if all((data / file).exists() for file in spec["files"]):
            yield path, spec


def read_set(data: Path, spec: dict[str, Any], seed: int = 7) -> RealSet:
    """The set as numbers. Raises BadSet for missing columns, one class only or too few rows."""
    frame = _frame(data, spec)
    for column in [spec["target"], *([spec["group"]] if "group" in spec else [])]:
        if column not in frame:
            raise BadSet(f"{spec['name']}: there is no column '{column}'")
    frame = frame[frame[spec["target"]].notna()].reset_index(drop=True)
    y = frame[spec["target"]].isin(spec.get("positive", YES)).to_numpy(float)
    if not 0 < y.sum() < len(y):
        raise BadSet(f"{spec['name']}: the target holds one class only")
    groups = frame[spec["group"]].astype(str).to_numpy() if "group" in spec else None
    X, names, signs = _matrix(frame, spec)
    return RealSet(spec["name"], X, names, signs, y, _folds(frame, spec, y, groups, seed), groups)


def _frame(data: Path, spec: dict[str, Any]) -> pd.DataFrame:
    if spec.get("prepare") == "oulad":
        return oulad.enrolments(data / Path(spec["files"][0]).parent)
    parts = [
        pd.read_csv(
            data / file, sep=spec.get("separator", ","), dtype=str, encoding="utf-8-sig",
            keep_default_na=False, na_values=spec.get("missing", MISSING),
        )
        for file in spec["files"]
    ]  # fmt: skip
    frame = pd.concat(parts, ignore_index=True)
    return frame.rename(columns=str.strip)


def _matrix(frame: pd.DataFrame, spec: dict[str, Any]) -> tuple[np.ndarray, list[str], list[int]]:
    apart = {spec["target"], spec.get("group"), spec.get("split", {}).get("column"), *spec.get("drop", [])}
    categorical: list[str] = spec.get("categorical", [])
    others = [str(c) for c in frame if c not in apart and c not in categorical]
    numeric: list[str] = spec.get("numeric", others)
    lacking = [c for c in (*categorical, *numeric) if c not in frame]
    if lacking:
        raise BadSet(f"{spec['name']}: there are no columns {', '.join(lacking)}")
    columns: dict[str, np.ndarray] = {}
    for column in numeric:
        columns[column] = pd.to_numeric(frame[column], errors="coerce").to_numpy(float)
        if np.isnan(columns[column]).all():
            raise BadSet(f"{spec['name']}: '{column}' holds no numbers; is it categorical?")
    for column in categorical:
        counts = frame[column].value_counts()
        for value in counts[counts >= LEAST_OF_A_VALUE].index:
            columns[f"{column} = {value}"] = (frame[column] == value).to_numpy(float)
    told = {name: values for name, values in columns.items() if np.nanmin(values) < np.nanmax(values)}
    signs = [int(spec.get("signs", {}).get(name, 0)) for name in told]
    return np.column_stack(list(told.values())), list(told), signs


def _folds(
    frame: pd.DataFrame, spec: dict[str, Any], y: np.ndarray, groups: np.ndarray | None, seed: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    if "split" in spec:
        column = frame[spec["split"]["column"]].astype(str)
        train, test = (np.flatnonzero(column.isin(spec["split"][part])) for part in ("train", "test"))
        if not len(train) or not len(test):
            raise BadSet(f"{spec['name']}: the split leaves one side empty")
        return [(train, test)]
    folds = spec.get("folds", 5)
    if groups is not None:
        return list(StratifiedGroupKFold(folds, shuffle=True, random_state=seed).split(y, y, groups))
    return list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(y, y))
