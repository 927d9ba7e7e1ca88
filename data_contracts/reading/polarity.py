"""Praise or concern: what a file says of each event, by its columns, its kind of report and the signs of its points.

Two ways of saying it that contradict each other are asked about, never weighed: a child's praise read as
misbehaviour is the gravest thing a reader can do.
"""

import numpy as np
import pandas as pd

from data_contracts.codes import code_set
from data_contracts.reading.spellings import plain

_POSITIVE = frozenset({
    "positive", "pos", "p", "achievement", "achievements", "ach", "merit", "merits", "reward", "rewards", "praise",
    "good", "yes", "y", "true", "t", "1", "10", "tick", "positiveevent", "positivebehaviour", "positivepoint",
    "positivepoints", "award", "x", "on",
})  # fmt: skip
_NEGATIVE = frozenset({
    "negative", "neg", "n", "behaviour", "behavior", "beh", "concern", "concerns", "sanction", "sanctions",
    "demerit", "demerits", "incident", "incidents", "bad", "no", "false", "f", "0", "00", "negativeevent",
    "negativebehaviour", "negativepoint", "negativepoints", "off", "misconduct", "poor",
})  # fmt: skip
_SIGNS = {"+": True, "+1": True, "+ve": True, "✓": True, "✔": True, "☑": True, "-1": False, "-ve": False, "−": False,
          "✗": False, "☐": False, "\u2212ve": False, "–": False}  # fmt: skip
_PRAISE_FILES = ("achievement", "award", "reward", "praise", "merit", "commendation", "positive")
_BOTH_FILES = ("behaviour", "behavior", "conduct", "incident", "sanction", "negative", "demerit", "detention")
_AGREE = 0.5  # of the signed points whose type is known must fit it, or the sign means something else
OTHER = "other"


def positive_types() -> frozenset[str]:
    """The common types that are praise."""
    types = code_set("behaviour_types").codes.values()
    return frozenset(kind.code for kind in types if kind.extra["positive"] == "yes")


def read_polarity(text: str) -> bool | None:
    """Praise (True) or concern (False) as a cell says it; None for neither: 'Neutral', or words nobody knows."""
    bare = text.strip().casefold()
    if bare in _SIGNS:
        return _SIGNS[bare]
    word = plain(text)
    if word in _POSITIVE or word in _NEGATIVE:
        return word in _POSITIVE
    praise, concern = word.startswith(_PRAISE_FILES), word.startswith(_BOTH_FILES)
    return praise if praise != concern else None


def is_praise_report(*names: str) -> bool:
    """Whether a file's name, its sheet's or a title says that it is about achievements and not about behaviour too."""
    words = [plain(part) for name in names for part in name.split("[")]
    return any(
        any(mark in word for mark in _PRAISE_FILES) and not any(mark in word for mark in _BOTH_FILES)
        for word in words
    )


def _blank(frame: pd.DataFrame) -> pd.Series:
    return pd.Series(pd.NA, index=frame.index, dtype="boolean")


def _by_column(frame: pd.DataFrame, name: str, *, turned: bool) -> pd.Series:
    """What a column of words says; `turned`: a yes there means a concern."""
    if name not in frame:
        return _blank(frame)
    places, distinct = pd.factorize(frame[name])
    signs = {str(text).strip() for text in distinct}
    read = [
        False if text.strip() == "-" and "+" in signs else read_polarity(text) for text in map(str, distinct)
    ]
    said = pd.Series([*read, None], dtype="boolean").take(places % (len(distinct) + 1))
    said = said.reset_index(drop=True).set_axis(frame.index)
    return ~said if turned else said


def unreadable(frame: pd.DataFrame) -> pd.Series:
    """Rows whose column of polarity says neither, such as 'Neutral'."""
    odd = pd.Series(False, index=frame.index)
    for name in ("polarity", "negative_flag"):
        if name in frame:
            texts = frame[name].where(~frame[name].isin(("-", "–", "n/a", "N/A", "None", "none")))
            odd |= texts.notna() & _by_column(frame, name, turned=False).isna()
    return odd.astype(bool)


def _by_praise_points(frame: pd.DataFrame) -> pd.Series:
    """Points in a column of achievement points are praise; none there and some beside it are a concern."""
    said = _blank(frame)
    if "praise_points" not in frame:
        return said
    praise = frame["praise_points"].fillna(0) != 0
    other = frame["points"].fillna(0) != 0 if "points" in frame else ~praise & False
    return said.mask(praise & ~other, True).mask(~praise & other, False)


def _by_praise_type(frame: pd.DataFrame) -> pd.Series:
    """A type in a column of achievements alone is praise."""
    return _blank(frame).mask(frame["_praise_type"], True) if "_praise_type" in frame else _blank(frame)


def _by_sign(frame: pd.DataFrame, by_type: pd.Series) -> pd.Series:
    """Where some points are below zero and the types known agree with it, the sign tells praise from concern.

    Signs that disagree with the types say something else (a correction); only the rows below zero keep theirs,
    so that a positive type with points taken away is asked about.
    """
    said = _blank(frame)
    for name in ("_signed_severity", "points"):
        if name not in frame or not (frame[name] < 0).any():
            continue
        sign = (frame[name] > 0).astype("boolean").where(frame[name].notna() & (frame[name] != 0))
        both = sign.notna() & by_type.notna()
        agrees = not both.any() or float((sign[both] == by_type[both]).mean()) >= _AGREE
        said = said.fillna(sign if agrees else sign.where(frame[name] < 0))
    return said


def _by_type(types: pd.Series, local: pd.Series) -> pd.Series:
    """What the common type says; the bare word 'other' says neither."""
    known = types.notna() & (local.str.strip().str.casefold() != OTHER).fillna(False)
    return types.isin(positive_types()).astype("boolean").where(known)


def polarity(frame: pd.DataFrame, types: pd.Series, local: pd.Series) -> tuple[pd.Series, pd.Series]:
    """(praise or concern as far as anything says it, whether two ways of saying it contradict each other).

    Missing where nothing says it.
    """
    by_type = _by_type(types, local)
    ways = [
        _by_column(frame, "polarity", turned=False),
        _by_column(frame, "negative_flag", turned=True),
        _by_praise_points(frame),
        _by_sign(frame, by_type),
        by_type,
        _by_praise_type(frame),
    ]
    yes = np.any([way.fillna(False).to_numpy(dtype=bool) for way in ways], axis=0)
    no = np.any([~way.fillna(True).to_numpy(dtype=bool) for way in ways], axis=0)
    said = pd.Series(np.where(yes, True, False), index=frame.index).astype("boolean").where(yes | no)
    both = frame["_both_types"].to_numpy(dtype=bool) if "_both_types" in frame else False
    return said, pd.Series((yes & no) | both, index=frame.index)
