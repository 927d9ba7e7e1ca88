"""Whose row it is: UPN, MIS number, admission number or name, looked up in the school's pupils extract."""

import unicodedata
from collections.abc import Callable

import numpy as np
import pandas as pd

from data_contracts import upn
from data_contracts.reading.spellings import plain

_UNCERTAIN = "?"


def _bare(text: str) -> str:
    return plain("".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)))


def _number(text: str) -> str:
    """Admission numbers lose their leading zeros on the way through Excel, so these don't count."""
    return text.strip().casefold().lstrip("0") or "0"


def _name_keys(frame: pd.DataFrame) -> pd.Series:
    """Forename and surname as bare letters: no accents, apostrophes or order of splitting matter."""
    if "surname" not in frame or "forename" not in frame:
        return pd.Series(None, index=frame.index, dtype="str")
    whole = frame["forename"] + " " + frame["surname"]
    places, distinct = pd.factorize(whole)
    keys = pd.Series([_bare(str(text)) for text in distinct] + [None], dtype="str")
    return keys.take(places % (len(distinct) + 1)).set_axis(frame.index)


def _keys(column: pd.Series, tidy: Callable[[str], str]) -> pd.Series:
    places, distinct = pd.factorize(column)
    keys = pd.Series([tidy(str(text)) for text in distinct] + [None], dtype="str")
    return keys.take(places % (len(distinct) + 1)).set_axis(column.index)


def _table(keys: pd.Series, upns: pd.Series) -> dict[str, str]:
    """key → UPN; keys that belong to more than one pupil lead to the uncertain mark."""
    pairs = pd.DataFrame({"key": keys, "upn": upns}).dropna().drop_duplicates()
    pairs.loc[pairs["key"].duplicated(keep=False), "upn"] = _UNCERTAIN
    return dict(zip(pairs["key"], pairs["upn"], strict=True))


class Roll:
    """Look-ups into a checked pupils table."""

    def __init__(self, pupils: pd.DataFrame) -> None:
        upns = pupils["upn"]
        self.by_upn = _table(pupils["former_upn"], upns) | _table(upns, upns)
        self.by_mis_id = _table(pupils["mis_id"], upns)
        self.by_number = _table(_keys(pupils["admission_number"], _number), upns)
        turned = pupils.rename(columns={"surname": "forename", "forename": "surname"})
        names = pd.concat(
            [_name_keys(pupils), _name_keys(turned)], ignore_index=True
        )  # either may come first
        twice = pd.concat([upns, upns], ignore_index=True)
        births = pupils["dob"].dt.strftime("%Y%m%d").astype("str")
        self.by_name = _table(names, twice)
        self.by_name_and_birth = _table(names + pd.concat([births, births], ignore_index=True), twice)


def _looked_up(keys: pd.Series, table: dict[str, str]) -> pd.Series:
    places, distinct = pd.factorize(keys)
    found = pd.Series([table.get(str(key)) for key in distinct] + [None], dtype="str")
    return found.take(places % (len(distinct) + 1)).set_axis(keys.index)


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame[name] if name in frame else pd.Series(None, index=frame.index, dtype="str")


def _by_name(frame: pd.DataFrame, roll: Roll) -> pd.Series:
    names = _name_keys(frame)
    if "dob" not in frame or frame["dob"].isna().all():
        return _looked_up(names, roll.by_name)
    births = frame["dob"].dt.strftime("%Y%m%d").astype("str")
    dated = _looked_up(names + births, roll.by_name_and_birth)
    return dated.where(frame["dob"].notna(), _looked_up(names, roll.by_name))


def resolve(
    frame: pd.DataFrame, pupils: pd.DataFrame | None, good: pd.DataFrame | None = None
) -> pd.DataFrame:
    """`frame` with `upn` of the pupil each row is about, `_found`, `_certain` and `_ready` (booleans).

    `pupils`: all rows of the pupils extract; `good`: those that keep their contract (None: all), without
    which a row found is not ready.

    A well-formed UPN that is not on roll is never replaced by another reference; references that point to
    different pupils make a row uncertain. Without `pupils` every row keeps the UPN it has.
    """
    given = _column(frame, "upn")
    if pupils is None:
        return frame.assign(upn=given, _found=True, _certain=True, _ready=True)
    roll = Roll(pupils)
    formed = _keys(given, lambda text: text if upn.has_form(text) else "").replace("", pd.NA)
    ways = [_looked_up(formed, roll.by_upn)]
    if "mis_id" in frame:
        ways.append(_looked_up(frame["mis_id"], roll.by_mis_id))
    if "admission_number" in frame:
        ways.append(_looked_up(_keys(frame["admission_number"], _number), roll.by_number))
    found = ways[0]
    clash = np.zeros(len(frame), dtype=bool)
    for way in ways[1:]:
        clash |= (found.notna() & way.notna() & (found != way)).to_numpy()
        found = found.where(found.notna() | formed.notna(), way)
    if found.isna().any():
        found = found.where(found.notna() | formed.notna(), _by_name(frame, roll))
    uncertain = clash | (found == _UNCERTAIN).fillna(False).to_numpy(dtype=bool)
    known = found.notna() & ~uncertain
    ready = ~known | found.isin(set((pupils if good is None else good)["upn"]))
    return frame.assign(
        upn=found.where(known, given),
        _found=(found.notna() | clash).to_numpy(dtype=bool),
        _certain=~uncertain,
        _ready=ready.to_numpy(dtype=bool),
    )
