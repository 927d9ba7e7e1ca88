"""Which pupils a name fits: the legal one, the preferred one, or parts of both, in either order."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from data_contracts.folding import folded

LEGAL, PREFERRED = "legal", "preferred"
_FORMS = (
    ("surname", "forename", LEGAL),
    ("preferred_surname", "preferred_forename", PREFERRED),
    ("surname", "preferred_forename", PREFERRED),
    ("preferred_surname", "forename", PREFERRED),
)


def folded_column(column: pd.Series) -> pd.Series:
    """Every distinct text folded once; what folds to nothing is missing."""
    places, distinct = pd.factorize(column)
    keys = pd.Series([folded(str(text)) or None for text in distinct] + [None], dtype="str")
    return keys.take(places % (len(distinct) + 1)).set_axis(column.index)


def name_keys(frame: pd.DataFrame, surname: str = "surname", forename: str = "forename") -> pd.Series:
    """Forename and surname as one key; missing where either is."""
    if surname not in frame or forename not in frame:
        return pd.Series(None, index=frame.index, dtype="str")
    return folded_column(frame[forename] + " " + frame[surname])


def preferred_keys(frame: pd.DataFrame) -> pd.Series:
    """The key of the preferred name, with the legal part where only one of the two is given."""
    parts = {}
    for name in ("surname", "forename"):
        legal = frame[name] if name in frame else pd.Series(None, index=frame.index, dtype="str")
        parts[name] = frame[f"preferred_{name}"].fillna(legal) if f"preferred_{name}" in frame else legal
    return name_keys(pd.DataFrame(parts, index=frame.index))


def has_preferred(frame: pd.DataFrame) -> bool:
    return any(f"preferred_{name}" in frame and frame[f"preferred_{name}"].notna().any()
               for name in ("surname", "forename"))  # fmt: skip


@dataclass(frozen=True)
class Fit:
    """One pupil whom a name fits, by which of their names, and when they were born (YYYYMMDD, '' unknown)."""

    upn: str
    by: str
    born: str


class Names:
    """The names on a roll. Two pupils may share one; a pupil is found by the preferred name as by the legal."""

    def __init__(self, pupils: pd.DataFrame) -> None:
        born = pupils["dob"].dt.strftime("%Y%m%d").astype("str").fillna("")
        self.fits: dict[str, dict[str, Fit]] = {}
        for surname, forename, by in _FORMS:
            if {surname, forename} <= set(pupils):
                for keys in (name_keys(pupils, surname, forename), name_keys(pupils, forename, surname)):
                    self._add(keys, pupils["upn"], born, by)

    def _add(self, keys: pd.Series, upns: pd.Series, born: pd.Series, by: str) -> None:
        for key, upn, day in zip(keys, upns, born, strict=True):
            if isinstance(key, str) and isinstance(upn, str):
                self.fits.setdefault(key, {}).setdefault(upn, Fit(upn, by, day))

    def of(self, keys: Iterable[str | None], born: str) -> tuple[Fit, ...]:
        """The pupils that fit all of a row's names that fit anybody; of names that fit different pupils, all.
        `born`: only those born that day, where the row says it."""
        found = [{upn: fit for upn, fit in self.fits.get(key, {}).items() if not born or fit.born == born}
                 for key in dict.fromkeys(keys) if key]  # fmt: skip
        found = [fits for fits in found if fits]
        if not found:
            return ()
        common = set(found[0]).intersection(*found[1:])
        together = {upn: fit for fits in reversed(found) for upn, fit in fits.items()}
        return tuple(fit for upn, fit in together.items() if upn in common or not common)
