"""Packs: the rows of many small files of one table and term again, in a few large ones.

A load writes one file for each table, school and term, and those stay what is live. A pack only saves opening
them: it names the files it was made from, and is read in their place for as long as they are live. A school
whose file has changed is read from the new file and left out of the pack. Packs may be deleted at any time.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.lake.files import LakeFile, encode_sorted, flat_memory, read_buckets, stretch
from pipelines.lake.spool import Spool
from pipelines.lake.store import Store

INDEX = "packs/index.json"
FEWEST = 0.25  # of all schools must be wanted, or their own files are read and no pack


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a pack: the rows of the buckets from `first` up to and with `last`."""

    path: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Pack:
    """One table and term of many schools. `sources` are the (school, sha256) of the files it was made from."""

    table: str
    term: str
    parts: tuple[Part, ...]
    sources: tuple[tuple[str, str], ...]

    def current(self, live: Iterable[LakeFile]) -> set[str]:
        """The schools whose live files of this table and term are exactly those packed here."""
        files = [(f.school, f.sha256) for f in live]
        if files == list(self.sources):
            return {school for school, _ in files}
        packed, standing = _by_school(self.sources), _by_school(files)
        return {school for school, hashes in packed.items() if standing.get(school) == hashes}


@dataclass(frozen=True, slots=True)
class Piece:
    """A file of a term to be read: one school's, or a `part` of a pack and the rows of some `schools` in it."""

    path: str
    term: str
    part: Part | None = None
    schools: tuple[str, ...] | None = None

    def read(
        self, store: Store, buckets: frozenset[int], columns: Sequence[str], schools: Collection[str] | None
    ) -> pa.Table | None:
        """The rows of some buckets and schools, text dictionary-encoded; None where the file has none of them."""
        wanted = self.schools if schools is None else _both(self.schools, schools)
        if self.part is None:
            if wanted == ():
                return None
            wanted = None  # all of the file is one school's
        elif not any(self.part.first <= b <= self.part.last for b in buckets):
            return None
        rows = read_buckets(store, self.path, buckets, [name for name in columns if name != "term"])
        if "term" in columns:
            rows = rows.append_column("term", everywhere(self.term, rows.num_rows))
        if wanted is None:
            return rows
        return rows.filter(pc.is_in(rows.column("school").cast(pa.string()), pa.array(wanted, pa.string())))


def _both(some: tuple[str, ...] | None, others: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted(others)) if some is None else tuple(name for name in some if name in others)


def everywhere(text: str, rows: int) -> pa.Array:
    """A column that says the same in every row."""
    return pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), pa.array([text]))


def pieces_of(files: Sequence[LakeFile], packs: Iterable[Pack], few: bool) -> list[Piece]:
    """The pieces to read for the live files of one table: packs where they serve, else the files.

    Where the rows of a `few` schools are wanted, their own files serve better. A file without a path is in a
    pack and nowhere else.
    """
    live = _by_term(files)
    found: list[Piece] = []
    for pack in packs:
        here = live.get(pack.term, [])
        schools = pack.current(here)
        every = {school for school, _ in pack.sources}
        if not schools or (here[0].path and (few or len(schools) < max(2, FEWEST * len(every)))):
            continue
        only = None if schools == every else tuple(sorted(schools))
        found += [Piece(part.path, pack.term, part, only) for part in pack.parts]
        live[pack.term] = [file for file in here if file.school not in schools]
    return found + [
        Piece(file.path, file.term, schools=(file.school,)) for here in live.values() for file in here
    ]


def pack_files(
    store: Store, files: Collection[LakeFile], packs: Sequence[Pack], buckets: int, rows: int
) -> Pack | None:
    """The pack of all live files of one table and term, made where there is none yet; None for one file.

    No part holds more than about `rows` rows, and only one part is held in memory.
    """
    if len(files) < 2:
        return None
    ordered = sorted(files, key=lambda file: (file.school, file.path))
    sources = tuple((file.school, file.sha256) for file in ordered)
    table, term = ordered[0].table, ordered[0].term
    for pack in packs:
        if (pack.table, pack.term, pack.sources) == (table, term, sources):
            return pack
    cuts = min(buckets, max(1, -(-sum(file.rows for file in files) // rows)))
    with Gathered(store, buckets, cuts) as gathered:
        for file in ordered:
            gathered.add(read_buckets(store, file.path, None, ()))
        return Pack(table, term, gathered.written(table, term), sources)


def read_index(store: Store) -> tuple[Pack, ...]:
    """The packs of a lake."""
    return packs_of(json.loads(store.read(INDEX))) if store.exists(INDEX) else ()


def write_index(store: Store, packs: Iterable[Pack]) -> None:
    """Say which packs there are, and delete the files of those no longer named."""
    before, after = read_index(store), tuple(packs)
    store.write(INDEX, json.dumps([said_of(pack) for pack in after]).encode())
    kept = {part.path for pack in after for part in pack.parts}
    for path in {part.path for pack in before for part in pack.parts} - kept:
        store.delete(path)


def forget(store: Store, paths: Collection[str]) -> None:
    """Delete the packs made from any of these lake files: what was erased must not live on in one."""
    gone = set(map(_stem, paths))
    _keep(store, lambda stem: stem not in gone)


def forget_others(store: Store, named: Collection[str]) -> None:
    """Delete the packs made from any file but these: what no manifest names must not live on in one."""
    known = set(map(_stem, named))
    _keep(store, known.__contains__)


def parts_of(store: Store, paths: Collection[str]) -> list[str]:
    """The files of the packs made from any of these lake files."""
    gone = set(map(_stem, paths))
    packs = [pack for pack in read_index(store) if any(sha[:32] in gone for _, sha in pack.sources)]
    return [part.path for pack in packs for part in pack.parts]


def _keep(store: Store, known: Callable[[str], bool]) -> None:
    """Delete the packs made from a file that isn't `known` by the name its content gives it."""
    packs = read_index(store)
    kept = [pack for pack in packs if all(known(sha[:32]) for _, sha in pack.sources)]
    if len(kept) < len(packs):
        write_index(store, kept)


def _stem(path: str) -> str:
    return path.rsplit("/", 1)[-1].removesuffix(".parquet")


def said_of(pack: Pack) -> dict[str, object]:
    """A pack as plain data; not by `asdict`, which copies the many sources one by one."""
    parts = [asdict(part) for part in pack.parts]
    return {"table": pack.table, "term": pack.term, "parts": parts, "sources": pack.sources}


def packs_of(said: Iterable[dict[str, object]]) -> tuple[Pack, ...]:
    """Packs from the plain data of `said_of`."""
    return tuple(
        Pack(
            str(one["table"]),
            str(one["term"]),
            tuple(Part(**part) for part in one["parts"]),  # type: ignore[attr-defined]
            tuple((school, sha) for school, sha in one["sources"]),  # type: ignore[attr-defined]
        )
        for one in said
    )


class Gathered:
    """Rows of one table and term from many files, on their way into the parts of a pack."""

    def __init__(self, store: Store, buckets: int, cuts: int):
        self._store = store
        self._edges = [buckets * n // cuts for n in range(cuts + 1)]
        self._spool = Spool(store, cuts)

    def __enter__(self) -> "Gathered":
        flat_memory()
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.__exit__()

    def add(self, rows: pa.Table) -> None:
        """Rows of one file that have their bucket, text dictionary-encoded."""
        bucket = rows.column("bucket").to_numpy()
        if (bucket[1:] < bucket[:-1]).any():  # cut out of order, rows would lie where nobody looks for them
            order = np.argsort(bucket, kind="stable")
            rows, bucket = rows.take(pa.array(order)), bucket[order]
        places = np.searchsorted(bucket, self._edges)
        for part, (first, end) in enumerate(pairwise(places.tolist())):
            self._spool.add(part, stretch(rows, first, end) if len(places) > 2 else rows)

    def written(self, table: str, term: str) -> tuple[Part, ...]:
        """Write the parts. The term stands in the pack and not in every row."""
        return tuple(
            _written(self._store, (table, term), self._spool.waiting(part), (first, end - 1))
            for part, (first, end) in enumerate(pairwise(self._edges))
        )


def _written(
    store: Store, key: tuple[str, str], tables: Sequence[pa.Table], buckets: tuple[int, int]
) -> Part:
    told = [table for table in tables if table.num_rows] or tables[:1]
    whole = pa.concat_tables(told, promote_options="default").unify_dictionaries()
    whole = whole.select([name for name in whole.column_names if name != "term"])
    data = encode_sorted(_in_order(whole) if whole.num_rows else whole)
    path = f"packs/{'/'.join(key)}/{hashlib.sha256(data).hexdigest()[:32]}.parquet"
    store.write(path, data)
    return Part(path, *buckets)


def _in_order(table: pa.Table) -> pa.Table:
    """Rows by bucket, then pupil, and pupil ids numbered so; within a pupil as they stood in their files."""
    # `ids` are the distinct pupils of all files, `index` each row's pupil among them.
    chunks = table.column("pupil_id").chunks
    ids, index = chunks[0].dictionary, np.concatenate([chunk.indices.to_numpy() for chunk in chunks])
    bucket = np.full(len(ids), -1)
    bucket[index] = table.column("bucket").to_numpy()
    # Pupils by bucket, then by id: `named` is a pupil's rank by id alone, `rank` the one by both.
    named = np.empty(len(ids), np.int64)
    named[pc.sort_indices(ids).to_numpy()] = np.arange(len(ids))
    order = np.lexsort((named, bucket))
    rank = np.empty(len(ids), np.int32)
    rank[order] = np.arange(len(ids))
    rows = _by_runs(rank[index])
    coded = pa.DictionaryArray.from_arrays(rank[index[rows]], ids.take(pa.array(order)))
    column = table.column_names.index("pupil_id")
    return table.take(pa.array(rows)).set_column(column, "pupil_id", coded)


def _by_runs(rank: np.ndarray) -> np.ndarray:
    """Stable argsort by rank, moving runs of equal rank as blocks: files hold a pupil's rows together."""
    starts = np.flatnonzero(np.r_[True, rank[1:] != rank[:-1]])
    length = np.diff(np.r_[starts, len(rank)])
    order = np.argsort(rank[starts], kind="stable")
    length = length[order]
    # Each block's first row less its first position in the result: added to the positions, that gives the rows.
    ends = np.cumsum(length)
    return np.repeat(starts[order] - (ends - length), length) + np.arange(len(rank))


def _by_school(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for school, sha in pairs:
        found.setdefault(school, set()).add(sha)
    return found


def _by_term(files: Iterable[LakeFile]) -> dict[str, list[LakeFile]]:
    found: dict[str, list[LakeFile]] = {}
    for file in files:
        found.setdefault(file.term, []).append(file)
    return found
