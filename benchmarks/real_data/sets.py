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
from benchmarks.real_data.columns import BadSet, is_one_of, texts, to_numbers

MISSING = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?", "."]
YES = ["1", "true", "yes", "y"]
KEYS = {
    "name", "files", "separator", "encoding", "target", "positive", "negative", "group", "split", "folds",
    "drop", "categorical", "numeric", "missing", "prepare", "signs",
}  # fmt: skip
LISTS = ("files", "positive", "negative", "drop", "categorical", "numeric", "missing")
SEPARATORS = ",;\t|"
Folds = list[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class RealSet:
    """One data set ready to learn from: X (n, k) with NaN for missing, names, signs, y, fold pairs, groups
    (None without), and the names of columns that tell nothing and were left out."""

    name: str
    X: np.ndarray
    names: list[str]
    signs: list[int]
    y: np.ndarray
    folds: Folds
    groups: np.ndarray | None
    left_out: list[str]


def find_sets(data: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every TOML of this folder and of `data` whose files exist below `data`. Raises BadSet for a TOML that
    can't be read or sets what there is not, and for one of `data` whose files are lacking."""
    for path in [*sorted(Path(__file__).parent.glob("*.toml")), *sorted(data.glob("*.toml"))]:
        try:
            spec = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadSet(f"{path.name} can't be read as TOML: {error}") from None
        unknown, lacking = set(spec) - KEYS, {"files", "target"} - set(spec)
        if unknown:
            raise BadSet(f"{path.name} sets what there is not: {', '.join(sorted(unknown))}")
        if lacking:
            raise BadSet(f"{path.name} does not say: {', '.join(sorted(lacking))}")
        spec = _checked(path.name, spec)
        gone = [file for file in spec["files"] if not (data / file).exists()]
        if gone and path.parent == data:
            raise BadSet(f"{path.name}: there is no file {', '.join(gone)} below {data}")
        if not gone:
            yield path, {"name": path.stem, **spec}


def _checked(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    """The settings with lists for single values. Raises BadSet for one that is not of its kind."""
    spec = {key: [one] if key in LISTS and not isinstance(one, list) else one for key, one in spec.items()}
    wrong = {
        "folds": not isinstance(spec.get("folds", 5), int) and "a whole number",
        "signs": not isinstance(spec.get("signs", {}), dict) and "a table of columns",
        "split": "split" in spec
        and not _is_split(spec["split"])
        and '{ column = "…", train = […], test = […] }',
        **{
            key: not isinstance(spec.get(key, ""), str) and "one text"
            for key in ("target", "group", "separator")
        },
    }
    for key, kind in wrong.items():
        if kind:
            raise BadSet(f"{name}: {key} must be {kind}, not {spec[key]!r}")
    odd = {column: sign for column, sign in spec.get("signs", {}).items() if sign not in (-1, 0, 1)}
    if odd:
        raise BadSet(f"{name}: signs are +1, 0 or -1, not {odd}")
    if "split" in spec:
        parts = {key: one if isinstance(one, list) else [one] for key, one in spec["split"].items()}
        spec["split"] = {**parts, "column": spec["split"]["column"]}
    return spec


def _is_split(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"column", "train", "test"}


def read_set(data: Path, spec: dict[str, Any], seed: int = 7) -> RealSet:
    """The set as numbers. Raises BadSet, with the set's name, for missing columns, one class only, infinite
    numbers, no column that tells rows apart, or too few rows for the folds."""
    try:
        return _read(data, spec, seed)
    except BadSet as error:
        raise BadSet(f"{spec['name']}: {error}") from None


def _read(data: Path, spec: dict[str, Any], seed: int) -> RealSet:
    frame = _frame(data, spec)
    _check_columns(frame, spec)
    target = frame[spec["target"]]
    positive = is_one_of(target, spec.get("positive", YES))
    known = positive | is_one_of(target, spec["negative"]) if "negative" in spec else target.notna()
    frame, y = frame[known].reset_index(drop=True), positive[known].to_numpy(float)
    if not 0 < y.sum() < len(y):
        seen = ", ".join(map(repr, target.dropna().unique()[:8])) or "nothing"
        raise BadSet(
            f"the target holds one class only, by positive = {spec.get('positive', YES)}; it holds {seen}"
        )
    columns, left_out = to_numbers(frame, *_kinds(frame, spec))
    if not columns:
        raise BadSet("no column tells its rows apart")
    groups = frame[spec["group"]].fillna("not known").to_numpy(str) if "group" in spec else None
    signs = [int(spec.get("signs", {}).get(name, 0)) for name in columns]
    X = np.column_stack(list(columns.values()))
    folds = _folds(frame, spec, y, groups, seed)
    return RealSet(spec["name"], X, list(columns), signs, y, folds, groups, left_out)


def _frame(data: Path, spec: dict[str, Any]) -> pd.DataFrame:
    """All files as text, blanks and missing codes as None."""
    if spec.get("prepare") == "oulad":
        frame = oulad.enrolments(data / Path(spec["files"][0]).parent)
        return frame.astype(object).where(frame.notna(), None).map(_text)
    parts = [_csv(data / file, spec) for file in spec["files"]]
    frame = pd.concat(parts, ignore_index=True).map(str.strip, na_action="ignore")
    for column in frame:
        frame[column] = frame[column].mask(is_one_of(frame[column], spec.get("missing", MISSING)))
    return frame


def _text(cell: Any) -> str | None:
    return None if cell is None else str(cell)


def _csv(path: Path, spec: dict[str, Any]) -> pd.DataFrame:
    wanted = [spec["encoding"]] if "encoding" in spec else ["utf-8-sig", "cp1252"]
    for encoding in wanted:
        try:
            separator = spec.get("separator") or _separator(path, encoding)
            frame = pd.read_csv(
                path, sep=separator, dtype=object, encoding=encoding, keep_default_na=False, na_values=[""],
                skipinitialspace=True,
            )  # fmt: skip
        except UnicodeError:
            continue
        except LookupError:
            raise BadSet(f"there is no encoding '{encoding}'") from None
        except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise BadSet(f"{path.name} can't be read: {error}") from None
        return frame.rename(columns=lambda name: str(name).strip())
    raise BadSet(f"{path.name} is not written in {' or '.join(wanted)}; name its encoding")


def _separator(path: Path, encoding: str) -> str:
    """What parts the names of the first line: the commonest of comma, semicolon, tab and bar."""
    first = pd.read_csv(path, sep="\x01", header=None, nrows=1, dtype=str, encoding=encoding, quoting=3).iat[
        0, 0
    ]
    return max(SEPARATORS, key=str(first).count)


def _check_columns(frame: pd.DataFrame, spec: dict[str, Any]) -> None:
    split = [spec["split"]["column"]] if "split" in spec else []
    group = [spec["group"]] if "group" in spec else []
    named = [spec["target"], *group, *split, *spec.get("categorical", []), *spec.get("numeric", [])]
    lacking = [name for name in named if name not in frame]
    if lacking:
        there = ", ".join(map(repr, frame.columns[:30]))
        raise BadSet(f"there is no column {', '.join(map(repr, lacking))}; there are {there}")
    if not len(frame):
        raise BadSet("the files hold no rows")
    signed = {name for name in spec.get("signs", {}) if name.split(" = ")[0] not in frame}
    if signed:
        raise BadSet(f"signs name what there is not: {', '.join(sorted(signed))}")


def _kinds(frame: pd.DataFrame, spec: dict[str, Any]) -> tuple[list[str], list[str], list[str]]:
    """Names of the numeric columns, the categorical ones, and those to be looked at."""
    apart = {spec["target"], spec.get("group"), spec.get("split", {}).get("column"), *spec.get("drop", [])}
    categorical: list[str] = [name for name in spec.get("categorical", []) if name not in apart]
    numeric: list[str] = [name for name in spec.get("numeric", []) if name not in apart]
    taken = {*apart, *categorical, *numeric}
    others = [] if "numeric" in spec else [str(name) for name in frame if name not in taken]
    return numeric, categorical, others


def _folds(
    frame: pd.DataFrame, spec: dict[str, Any], y: np.ndarray, groups: np.ndarray | None, seed: int
) -> Folds:
    if "split" in spec:
        column = frame[spec["split"]["column"]]
        train, test = (
            np.flatnonzero(is_one_of(column, texts(spec["split"][part]))) for part in ("train", "test")
        )
        made = [(train, test)]
    else:
        made = _whole_folds(spec.get("folds", 5), y, groups, seed)
    if not all(0 < y[part].sum() < len(part) for pair in made for part in pair):
        raise BadSet("a fold or a side of the split holds one class only; ask for fewer folds")
    return made


def _whole_folds(folds: int, y: np.ndarray, groups: np.ndarray | None, seed: int) -> Folds:
    most = int(min(y.sum(), len(y) - y.sum(), len(y) if groups is None else len(set(groups))))
    if most < 2:
        raise BadSet("two or more rows of each class, and two or more groups, are needed to make folds")
    if not 2 <= folds <= most:
        raise BadSet(f"{folds} folds can't be made; 2 to {most} can (set folds)")
    if groups is None:
        return list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(y, y))
    return list(StratifiedGroupKFold(folds, shuffle=True, random_state=seed).split(y, y, groups))
