"""Facts about the pupils table. Each gives True where the row is fine."""

import re
from datetime import date, timedelta

import numpy as np
import pandas as pd

from data_contracts import upn
from data_contracts.context import Context
from data_contracts.facts.shared import Asked, Fact, in_order, on_or_before

YOUNGEST, OLDEST = 2, 20


def upn_check_letter(asked: Asked) -> np.ndarray:
    """A UPN without the right form is for another rule."""
    frame = asked.frame
    return np.array(
        [not isinstance(text, str) or not upn.has_form(text) or upn.is_valid(text) for text in frame["upn"]],
        dtype=bool,
    )


def _apart(group: pd.DataFrame) -> bool:
    spans = group.sort_values("entry_date")
    ends = spans["leaving_date"].fillna(pd.Timestamp.max.floor("D")).to_numpy()[:-1]
    return bool((spans["entry_date"].to_numpy()[1:] > ends).all())


def _unique_in_time(frame: pd.DataFrame, column: str) -> np.ndarray:
    """Rows that share a value are fine only when their times on roll do not overlap."""
    right = np.ones(len(frame), dtype=bool)
    shared = frame[column].notna() & frame.duplicated(column, keep=False)
    for _, group in frame[shared].groupby(column):
        if not _apart(group):
            right[group.index.to_numpy()] = False
    return right


def upn_unique(asked: Asked) -> np.ndarray:
    return _unique_in_time(asked.frame, "upn")


def _one_pupil_each(frame: pd.DataFrame, column: str) -> np.ndarray:
    owners = frame.groupby(column)["upn"].transform("nunique")
    return (frame[column].isna() | (owners <= 1)).to_numpy(dtype=bool)


def admission_number_unique(asked: Asked) -> np.ndarray:
    return _one_pupil_each(asked.frame, "admission_number")


def mis_id_unique(asked: Asked) -> np.ndarray:
    return _one_pupil_each(asked.frame, "mis_id")


def _school_year_start(context: Context) -> date:
    day = context.reference or (context.term.start if context.term else context.today)
    return date(day.year if day.month >= 9 else day.year - 1, 8, 31)


def _age(births: pd.Series, on: date) -> pd.Series:
    had_birthday = (births.dt.month * 100 + births.dt.day) <= on.month * 100 + on.day
    return on.year - births.dt.year - (~had_birthday).astype(int)


def dob_plausible(asked: Asked) -> np.ndarray:
    frame, context = asked.frame, asked.context
    age = _age(frame["dob"], context.today)
    return (frame["dob"].isna() | age.between(YOUNGEST, OLDEST)).to_numpy(dtype=bool)


def age_fits_year(asked: Asked) -> np.ndarray:
    """Within one year of the age that is usual at the start of the school year (reception: 4)."""
    frame, context = asked.frame, asked.context
    year = pd.to_numeric(frame["nc_year"].replace("R", "0"), errors="coerce")
    away = (_age(frame["dob"], _school_year_start(context)) - (year + 4)).abs()
    return (away.isna() | (away < 2)).to_numpy(dtype=bool)


_DAMAGED_NAME = re.compile(r"[^\W\d_]\?|\?[^\W\d_]|Ã[\u0080-\u00bf©¡-¿]|â€|\ufffd")


def name_sound(asked: Asked) -> np.ndarray:
    """No sign of a character that was lost or read in the wrong encoding."""
    names = asked.frame[str(asked.column)]
    return np.array([not isinstance(n, str) or not _DAMAGED_NAME.search(n) for n in names], dtype=bool)


def entry_not_future(asked: Asked) -> np.ndarray:
    return on_or_before(asked.frame["entry_date"], asked.context.today + timedelta(days=366))


def leaving_after_entry(asked: Asked) -> np.ndarray:
    return in_order(asked.frame["entry_date"], asked.frame["leaving_date"])


FACTS: dict[str, Fact] = {
    "upn_check_letter": upn_check_letter,
    "upn_unique": upn_unique,
    "admission_number_unique": admission_number_unique,
    "mis_id_unique": mis_id_unique,
    "name_sound": name_sound,
    "dob_plausible": dob_plausible,
    "age_fits_year": age_fits_year,
    "entry_not_future": entry_not_future,
    "leaving_after_entry": leaving_after_entry,
}
