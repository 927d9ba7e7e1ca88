"""A lake and a view of it: which files are live, and which versions of their rows are read."""

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa

from data_contracts.errors import Refused
from pipelines.lake.files import AUDIT_TABLE, LakeFile, read_buckets
from pipelines.lake.packs import (
    Pack,
    Piece,
    pack_files,
    packs_of,
    pieces_of,
    read_index,
    said_of,
    write_index,
)
from pipelines.lake.store import Store

FORMAT = 1
PACK_ROWS = 750_000
PACKED = ("attendance_exceptions", "attendance_possible", "behaviour", "pupils", "sen", "suspensions")
Progress = Callable[[str, int, int], None]
SETTINGS = "lake.json"


@dataclass(frozen=True, slots=True)
class LakeView:
    """Every live file of a lake, handed to readers as an argument.

    `on` is None for scoring (current versions of rows); `as_loaded(day)` gives the rows as they stood in the
    lake on that day. `packs` may be read in place of the files they were made from.
    """

    root: str
    buckets: int
    files: tuple[LakeFile, ...] = ()
    on: date | None = None
    packs: tuple[Pack, ...] = ()
    _of_table: dict[str, list[LakeFile]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", tuple(dict.fromkeys(self.files)))
        of_table: dict[str, list[LakeFile]] = {}
        for file in sorted(self.files, key=lambda f: (f.school, f.term, f.path)):
            of_table.setdefault(file.table, []).append(file)
        object.__setattr__(self, "_of_table", of_table)

    @property
    def store(self) -> Store:
        """The store of the files."""
        return Store(self.root)

    def select(
        self, table: str, terms: Collection[str] | None = None, schools: Collection[str] | None = None
    ) -> tuple[LakeFile, ...]:
        """Live files of one table, all or of some terms and schools, in a fixed order."""
        return tuple(
            f
            for f in self._of_table.get(table, ())
            if (terms is None or f.term in terms) and (schools is None or f.school in schools)
        )

    def paths(
        self, table: str, terms: Collection[str] | None = None, schools: Collection[str] | None = None
    ) -> list[str]:
        """Paths, relative to the root, of one table's live files; the audit store isn't among them."""
        if table == AUDIT_TABLE:
            raise Refused("Audit characteristics are not read here.", hint="Use the audit's own reader.")
        return [f.path for f in self.select(table, terms, schools)]

    def pieces(self, table: str, terms: Collection[str] | None = None, *, few: bool = False) -> list[Piece]:
        """The pieces to read for one table, all or of some terms: each live row once.

        Where the rows of a `few` schools are wanted, these are their own files, or else packs.
        """
        packs = [pack for pack in self.packs if pack.table == table]
        return pieces_of(self.select(table, terms), packs, few)

    def loaded(self, table: str) -> set[tuple[str, str]]:
        """The (school, term) pairs for which this table is in the lake."""
        return {(f.school, f.term) for f in self._of_table.get(table, ())}

    def replacing(self, files: Iterable[LakeFile]) -> "LakeView":
        """A view where these files take the place of those of the same table × school × term."""
        new = tuple(files)
        keys = {(f.table, f.school, f.term) for f in new}
        kept = tuple(f for f in self.files if (f.table, f.school, f.term) not in keys)
        return replace(self, files=kept + new)

    def as_json(self) -> str:
        """The live files as a manifest, for a worker or machine without the database."""
        files = [{name: getattr(f, name) for name in LakeFile.__slots__} for f in self.files]
        packed = [said_of(pack) for pack in self.packs]
        said = {"format": FORMAT, "buckets": self.buckets, "files": files, "packs": packed}
        return json.dumps(said, default=date.isoformat)

    @classmethod
    def from_json(cls, text: str, *, root: str) -> "LakeView":
        """The view a manifest describes, its files lying under `root`; Refused for another format."""
        said = json.loads(text)
        if said["format"] != FORMAT:
            raise Refused(f"This manifest has format {said['format']}; this Belong reads format {FORMAT}.")
        files = [{**f, "first_loaded": date.fromisoformat(f["first_loaded"])} for f in said["files"]]
        packed = packs_of(said.get("packs", []))
        return cls(root, said["buckets"], tuple(LakeFile(**f) for f in files), packs=packed)

    def as_loaded(self, on: date) -> "LakeView":
        """The same files, read as the lake stood at the end of the day `on`."""
        return replace(self, on=on)

    def read(
        self, table: str, terms: Collection[str] | None = None, schools: Collection[str] | None = None
    ) -> pd.DataFrame:
        """One table's rows (of this view's versions) as a frame; for tests and small reads."""
        frames = [read_buckets(self.store, path) for path in self.paths(table, terms, schools)]
        return self.versions(_joined(frames).to_pandas())

    def read_audit_characteristics(
        self, terms: Collection[str] | None = None, schools: Collection[str] | None = None
    ) -> pd.DataFrame:
        """Audit-only columns, for the group audit and nothing else."""
        frames = [read_buckets(self.store, f.path) for f in self.select(AUDIT_TABLE, terms, schools)]
        return self.versions(_joined(frames).to_pandas())

    def versions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of a frame that this view sees: current ones, or those that stood on `on`."""
        if "known_until" not in frame:
            return frame
        if self.on is None:
            return frame[frame["known_until"].isna()].reset_index(drop=True)
        on = pd.Timestamp(self.on)
        loaded = pd.to_datetime(frame["loaded_on"]) <= on
        standing = frame["known_until"].isna() | (pd.to_datetime(frame["known_until"]) > on)
        return frame[loaded & standing].reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class Lake:
    """A lake's place and its fixed number of pupil buckets."""

    root: str
    buckets: int

    @classmethod
    def create(cls, root: str | Path, buckets: int = 16) -> "Lake":
        """Make an empty lake; Refused where one with another number of buckets stands already."""
        if not 1 <= buckets <= 4096:
            raise Refused(f"A lake cannot have {buckets} pupil buckets.", hint="Choose from 1 to 4096.")
        store = Store.at(root)
        if store.exists(SETTINGS):
            lake = cls.open(root)
            if lake.buckets != buckets:
                raise Refused(f"There is a lake here already, with {lake.buckets} pupil buckets.")
            return lake
        store.write(SETTINGS, json.dumps({"format": FORMAT, "buckets": buckets}).encode())
        return cls(store.root, buckets)

    @classmethod
    def open(cls, root: str | Path) -> "Lake":
        """Open a lake made before; Refused where there is none or its format is unknown."""
        store = Store.at(root)
        if not store.exists(SETTINGS):
            raise Refused("There is no lake here.", hint="Make a home first, then load a school's files.")
        settings = json.loads(store.read(SETTINGS))
        if settings["format"] != FORMAT:
            raise Refused(
                f"This lake has format {settings['format']}; this Belong reads format {FORMAT}.",
                hint="Run the migration of the newer of the two versions.",
            )
        return cls(store.root, settings["buckets"])

    @property
    def store(self) -> Store:
        """The store of the files."""
        return Store(self.root)

    def view(self, files: Iterable[LakeFile] = ()) -> LakeView:
        """A view of these live files."""
        return LakeView(self.root, self.buckets, tuple(files), packs=read_index(self.store))

    def pack(self, view: LakeView, progress: Progress | None = None) -> int:
        """Pack the small files of a view, table by table and term by term; returns how many packs there are."""
        groups: dict[tuple[str, str], list[LakeFile]] = {}
        for file in view.files:
            if file.table in PACKED:
                groups.setdefault((file.table, file.term), []).append(file)
        made = []
        for number, ((table, term), files) in enumerate(sorted(groups.items())):
            made.append(pack_files(self.store, files, view.packs, self.buckets, PACK_ROWS))
            if progress is not None:
                progress(f"Packing {table}, {term}", number + 1, len(groups))
        found = [pack for pack in made if pack is not None]
        write_index(self.store, found)
        return len(found)


def _joined(tables: list[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables, promote_options="default") if tables else pa.table({})
