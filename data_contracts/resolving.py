"""Whose row it is: UPN, MIS number, admission number or name, looked up in the school's pupils extract."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from data_contracts import upn
from data_contracts.folding import as_latin, seen
from data_contracts.naming import Fit, Names, has_preferred, name_keys, preferred_keys

_UNCERTAIN = "?"
WHOM = ("upn", "admission_number", "mis_id", "surname", "forename", "preferred_surname", "preferred_forename")


def _number(text: str) -> str:
    """Admission numbers lose their leading zeros on the way through Excel, so these don't count."""
    return _bare(text).lstrip("0") or "0"


def _bare(text: str) -> str:
    return as_latin("".join(seen(text).split())).casefold()


def _formed(text: str) -> str:
    """A UPN as it was meant, '' where it has no UPN's form."""
    if not upn.has_form(text):
        text = as_latin(upn.normalise(text)).upper()
    return text if upn.has_form(text) else ""


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
        self.pupils = pupils
        self.by_upn = _table(pupils["former_upn"], upns) | _table(upns, upns)
        self.by_mis_id = _table(_keys(pupils["mis_id"], _bare), upns)
        self.by_number = _table(_keys(pupils["admission_number"], _number), upns)
        self._names: Names | None = None

    @property
    def names(self) -> Names:
        """Made when the first name has to be looked up."""
        if self._names is None:
            self._names = Names(self.pupils)
        return self._names

    def place(self, number: str) -> str:
        """Where a pupil stands, in words that hold no name and no number: line and file, else their form."""
        row = self.pupils[self.pupils["upn"] == number].iloc[0]
        file, line = row.get("_file"), row.get("_line")
        if isinstance(file, str) and line is not None and not pd.isna(line):
            return f"the pupil on line {int(line)} of {file}"
        form, year = row.get("registration_group"), row.get("nc_year")
        return f"a pupil of {form}" if isinstance(form, str) else f"a pupil of year {year}"


def _looked_up(keys: pd.Series, table: dict[str, str]) -> pd.Series:
    places, distinct = pd.factorize(keys)
    found = pd.Series([table.get(str(key)) for key in distinct] + [None], dtype="str")
    return found.take(places % (len(distinct) + 1)).set_axis(keys.index)


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame[name] if name in frame else pd.Series(None, index=frame.index, dtype="str")


def _said(fits: Sequence[Fit], roll: Roll) -> str:
    """'the preferred name of the pupil on line 2 of Pupils.csv and the legal name of …'"""
    told = sorted((fit.by != "preferred", f"the {fit.by} name of {roll.place(fit.upn)}") for fit in fits)
    names = [text for _, text in told]
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _by_name(frame: pd.DataFrame, roll: Roll) -> tuple[pd.Series, pd.Series]:
    """The pupil each row's names fit (uncertain: several), and in words whom they fit where it is several."""
    asked = pd.DataFrame({"one": name_keys(frame)})
    asked["two"] = preferred_keys(frame) if has_preferred(frame) else asked["one"]
    dated = "dob" in frame
    asked["born"] = frame["dob"].dt.strftime("%Y%m%d").astype("str").fillna("") if dated else ""
    places = asked.groupby(["one", "two", "born"], dropna=False, sort=False).ngroup().to_numpy()
    found: list[str | None] = []
    words: list[str | None] = []
    for one, two, born in asked.drop_duplicates().itertuples(index=False, name=None):
        fits = roll.names.of([key for key in (one, two) if isinstance(key, str)], born)
        several = len(fits) > 1
        found.append(_UNCERTAIN if several else fits[0].upn if fits else None)
        words.append(f"This is {_said(fits, roll)}" if several else None)
    return _spread(found, places, frame.index), _spread(words, places, frame.index)


def _spread(values: list[str | None], places: np.ndarray, index: pd.Index) -> pd.Series:
    return pd.Series(values, dtype="str").take(places).set_axis(index)


def _blank(frame: pd.DataFrame) -> np.ndarray:
    """Rows that say nothing of whom they are about."""
    blank = np.ones(len(frame), dtype=bool)
    for name in WHOM:
        if name in frame:
            blank &= frame[name].isna().to_numpy()
    return blank


def _grouped(frame: pd.DataFrame, blank: np.ndarray) -> np.ndarray:
    """Blank rows of files where every pupil is named once, above their rows: a report grouped by pupil."""
    grouped = np.zeros(len(frame), dtype=bool)
    if not blank.any():
        return grouped
    whom = pd.util.hash_pandas_object(frame[[name for name in WHOM if name in frame]], index=False)
    files = frame["_file"] if "_file" in frame else pd.Series("", index=frame.index)
    for file in files[blank].unique():
        here = (files == file).to_numpy()
        named = whom[here & ~blank]
        if len(named) and not named.duplicated().any() and not blank[here][0]:
            grouped |= here & blank
    return grouped


def _clashes(ways: dict[str, pd.Series], roll: Roll) -> tuple[np.ndarray, pd.Series]:
    """Rows whose references lead to different pupils, and which leads to whom."""
    (_, first), *others = ways.items()
    found = first
    clash = np.zeros(len(first), dtype=bool)
    for _, way in others:
        clash |= (found.notna() & way.notna() & (found != way)).to_numpy()
        found = found.fillna(way)
    words = pd.Series(None, index=first.index, dtype="str")
    for place in np.flatnonzero(clash):
        led = [f"its {name} leads to {roll.place(str(way.iloc[place]))}" for name, way in ways.items()
               if isinstance(way.iloc[place], str) and way.iloc[place] != _UNCERTAIN]  # fmt: skip
        said = " and ".join(led)
        words.iloc[int(place)] = said[:1].upper() + said[1:] if len(led) > 1 else None
    return clash, words


def resolve(
    frame: pd.DataFrame, pupils: pd.DataFrame | None, good: pd.DataFrame | None = None
) -> pd.DataFrame:
    """`frame` with `upn` of the pupil each row is about, `_said` (it says whom), `_grouped` (it doesn't, in a
    report grouped by pupil), `_found`, `_certain` and `_ready` (booleans), and `_rivals`: in words, whom a row
    that is not certain could be about.

    `pupils`: all rows of the pupils extract; `good`: those that keep their contract (None: all), without
    which a row found is not ready.

    A well-formed UPN that is not on roll is never replaced by another reference; references that point to
    different pupils make a row uncertain. Without `pupils` every row keeps the UPN it has.
    """
    given = _column(frame, "upn")
    blank = _blank(frame)
    frame = frame.assign(_said=~blank, _grouped=_grouped(frame, blank))
    if pupils is None:
        return frame.assign(upn=given, _found=True, _certain=True, _ready=True)
    roll = Roll(pupils)
    formed = _keys(given, _formed).replace("", pd.NA)
    ways = {"UPN": _looked_up(formed, roll.by_upn)}
    if "mis_id" in frame:
        ways["MIS number"] = _looked_up(_keys(frame["mis_id"], _bare), roll.by_mis_id)
    if "admission_number" in frame:
        ways["admission number"] = _looked_up(_keys(frame["admission_number"], _number), roll.by_number)
    found = ways["UPN"]
    clash, rivals = _clashes(ways, roll)
    for way in ways.values():
        found = found.where(found.notna() | formed.notna(), way)
    named = (found.isna() & formed.isna()).to_numpy() & ~blank
    if named.any():
        by_name, fits = _by_name(frame[named], roll)
        found = found.where(~named, by_name.reindex(frame.index))
        rivals = rivals.fillna(fits.reindex(frame.index))
    uncertain = clash | (found == _UNCERTAIN).fillna(False).to_numpy(dtype=bool)
    known = found.notna() & ~uncertain
    ready = ~known | found.isin(set((pupils if good is None else good)["upn"]))
    return frame.assign(
        upn=found.where(known, given),
        _found=(found.notna() | clash).to_numpy(dtype=bool),
        _certain=~uncertain,
        _ready=ready.to_numpy(dtype=bool),
        _rivals=rivals,
    )
