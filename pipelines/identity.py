"""Identity: a pupil_id is minted once, and a school's own identifiers point to it as keyed hashes."""

import hashlib
import hmac
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import pandas as pd

from data_contracts.errors import Refused

KINDS = ("upn", "former_upn", "admission_number", "mis_id")
EVERYWHERE = frozenset({"upn", "former_upn"})


@dataclass(frozen=True, slots=True)
class Alias:
    """One keyed hash of one identifier a pupil is known by. `school` is '' for UPNs, which are national."""

    school: str
    kind: str
    hash: str
    pupil_id: str


class Aliases(Protocol):
    """The roll's aliases, as far as loading needs them."""

    def find(self, hashes: Collection[str]) -> dict[str, str]:
        """The pupil_id of every hash that is known; unknown hashes are left out."""
        ...

    def births(self, school: str, pupil_ids: Collection[str]) -> dict[str, date]:
        """The date of birth that the school's roll holds for pupils, where it holds one."""
        ...


@dataclass(slots=True)
class MemoryAliases:
    """Aliases held in memory, for a run that keeps no database."""

    known: dict[str, str] = field(default_factory=dict)
    born: dict[tuple[str, str], date] = field(default_factory=dict)  # by school and pupil

    def find(self, hashes: Collection[str]) -> dict[str, str]:
        """See `Aliases.find`."""
        return {text: self.known[text] for text in hashes if text in self.known}

    def births(self, school: str, pupil_ids: Collection[str]) -> dict[str, date]:
        """See `Aliases.births`."""
        return {each: self.born[school, each] for each in pupil_ids if (school, each) in self.born}

    def add(self, aliases: Iterable[Alias]) -> None:
        """Remember new aliases."""
        self.known.update((alias.hash, alias.pupil_id) for alias in aliases)


def alias_hash(key: bytes, kind: str, school: str, text: str) -> str:
    """HMAC-SHA256 of an identifier. A UPN and a former UPN hash alike, and the same at every school."""
    place = ("upn", "") if kind in EVERYWHERE else (kind, school)
    tidy = "".join(text.split()).upper()
    return hmac.new(key, "\x1f".join((*place, tidy)).encode(), hashlib.sha256).hexdigest()


def mint(key: bytes, text: str) -> str:
    """A new pupil_id, `p` and 20 hex digits, from the hash of the first alias a pupil was met by."""
    return "p" + hmac.new(key, b"pupil\x1f" + text.encode(), hashlib.sha256).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class Resolved:
    """The pupil_id of each row, in order, and the aliases not known before. `two`: places of rows whose
    identifiers have led to two pupils so far."""

    pupil_ids: tuple[str, ...] = ()
    new: tuple[Alias, ...] = ()
    two: tuple[int, ...] = ()


def resolve(pupils: pd.DataFrame, school: str, key: bytes, aliases: Aliases) -> Resolved:
    """Find or mint the pupil_id of every row of a pupils frame.

    The UPN decides first, then the former UPN, then the school's admission number and MIS id; so a temporary
    UPN that becomes permanent keeps the pupil's id as long as one other identifier stayed. A school's own
    number may have been another pupil's before (a new MIS counts anew), so it decides nothing where the dates
    of birth differ or another row of the file is that pupil by UPN. Refused where a row has none of the four.
    """
    hashes = [_row_hashes(row, school, key) for row in _identifiers(pupils).to_dict("records")]
    if not all(hashes):
        raise Refused("A pupil without UPN, admission number and MIS id cannot be told from another.")
    known = dict(aliases.find({text for row in hashes for text in row.values()}))
    births: dict[str, date | None] = {**aliases.births(school, set(known.values()))}
    taken = {known[t] for row in hashes for kind, t in row.items() if kind in EVERYWHERE and t in known}
    ids: list[str] = []
    new: list[Alias] = []
    two: list[int] = []
    for place, (row, born) in enumerate(zip(hashes, _days(pupils), strict=True)):
        sure, own = _led_to(row, known, born, births)
        first = next(iter(row.values()))
        free = [pupil_id for pupil_id in own if pupil_id not in taken]
        found = next(iter([*sure, *free]), None)
        pupil_id = found or mint(key, first if first not in known else f"{first}\x1f{born}")
        ids.append(pupil_id)
        births.setdefault(pupil_id, born)
        if found and {*sure, *own} != {found}:
            two.append(place)
        for kind, text in row.items():
            if text not in known:
                known[text] = pupil_id
                new.append(Alias("" if kind in EVERYWHERE else school, kind, text, pupil_id))
    return Resolved(tuple(ids), tuple(new), tuple(two))


def _led_to(
    row: Mapping[str, str], known: Mapping[str, str], born: date | None, births: Mapping[str, date | None]
) -> tuple[list[str], list[str]]:
    """The pupils a row's UPNs lead to, and those its school's own numbers lead to where the birthday fits."""
    sure = [known[text] for kind, text in row.items() if text in known and kind in EVERYWHERE]
    own = [known[text] for kind, text in row.items() if text in known and kind not in EVERYWHERE]
    return sure, [each for each in own if born is None or births.get(each) in (None, born)]


def _days(pupils: pd.DataFrame) -> list[date | None]:
    """The date of birth of each row, None where it has none."""
    if "dob" not in pupils:
        return [None] * len(pupils)
    return [None if pd.isna(born) else born.date() for born in pd.to_datetime(pupils["dob"])]


def match(
    frame: pd.DataFrame, school: str, key: bytes, aliases: Aliases, new: Iterable[Alias] = ()
) -> pd.Series:
    """The pupil_id of every row of another table by the identifiers it has; missing where nobody is known."""
    minted = {alias.hash: alias.pupil_id for alias in new}
    ids = pd.Series(None, index=frame.index, dtype=object)
    for kind in (kind for kind in KINDS if kind in frame and kind != "former_upn"):
        open_rows = ids.isna() & frame[kind].notna()
        texts = {
            text: alias_hash(key, kind, school, str(text)) for text in frame.loc[open_rows, kind].unique()
        }
        known = {**aliases.find(set(texts.values())), **minted}
        found = {text: known.get(hashed) for text, hashed in texts.items()}
        ids[open_rows] = frame.loc[open_rows, kind].map(found)
    return ids


def _identifiers(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.reindex(columns=list(KINDS)).astype(object)


def _row_hashes(row: Mapping[Hashable, object], school: str, key: bytes) -> dict[str, str]:
    """The hashes of the identifiers a row has, in the order in which they decide."""
    present = {kind: str(row[kind]) for kind in KINDS if not _blank(row[kind])}
    return {kind: alias_hash(key, kind, school, text) for kind, text in present.items()}


def _blank(value: object) -> bool:
    return value is None or value is pd.NA or value != value or not str(value).strip()
