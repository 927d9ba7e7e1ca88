"""Batches: a whole trust's or authority's matrix built on any backend and written as parquet, a file a term."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from ipaddress import ip_address
from itertools import pairwise
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data_contracts.errors import Refused
from pipelines.indicators import days, engine, finish, marks
from pipelines.indicators.catalogue import features
from pipelines.indicators.source import Source
from pipelines.lake import LakeView, Store
from pipelines.lake.spool import Spool

MANIFEST = "manifest.json"
SCHOOLS_AT_ONCE = 20


def write_manifest(view: LakeView, out: str) -> str:
    """Write the list of a view's live files as `manifest.json` under a folder or URL; returns its name."""
    Store.at(out).write(MANIFEST, view.as_json().encode())
    return MANIFEST


def read_view(lake: str) -> LakeView:
    """The view named by the manifest beside a lake at a folder or URL; Refused where there is none."""
    store = Store.at(lake)
    if not store.exists(MANIFEST):
        raise Refused(
            "This lake has no manifest, so its live files are unknown.",
            hint="Write one with `belong indicators manifest` on the machine that holds the home.",
        )
    return LakeView.from_json(store.read(MANIFEST).decode(), root=store.root)


def build_files(
    view: LakeView,
    terms: Sequence[str],
    out: str,
    *,
    workers: int = 1,
    backend: engine.Backend = "loky",
    scheduler: str | None = None,
    progress: engine.Progress | None = None,
) -> list[str]:
    """Build the matrix of these terms and write `matrix-TERM.parquet` for each under `out`; returns the names.

    Workers write what they compute beside it, and a few schools of one term at a time are finished from
    there: neither a worker nor the caller ever holds the whole matrix.
    """
    store, chosen = Store.at(out), tuple(days.as_of_row(term) for term in dict.fromkeys(terms))
    tasks = engine.plan(view, chosen, None, workers)
    with cluster(backend, scheduler):
        parts = engine.run(tasks, workers, backend, progress, step=partial(_write_parts, out=store.root))
    names = [_finished(store, tasks[0].source, row, [part[row.term] for part in parts]) for row in chosen]
    for name in (name for part in parts for name in part.values()):
        store.delete(name)
    return names


@contextmanager
def cluster(backend: engine.Backend, scheduler: str | None) -> Iterator[None]:
    """A connection to a Dask scheduler for the time of a build; nothing to do for other backends.

    Refused for an address of another machine without TLS: whoever reaches such a scheduler reads what travels
    and lets its workers run what they like.
    """
    if backend != "dask":
        yield
        return
    if scheduler is None:
        raise Refused("The dask backend needs a scheduler.", hint="Give its address, as in tls://host:8786.")
    if not scheduler.startswith("tls://") and not _loopback(scheduler):
        raise Refused(
            f"The scheduler {scheduler} is not reached by TLS.",
            hint="Give a tls://… address; docs/operations.md says how its certificates are made.",
        )
    try:
        from distributed import Client
    except ImportError as missing:
        raise Refused(
            "Dask is not installed here.", hint="Install Belong with its extra `dask`."
        ) from missing
    with Client(scheduler):
        yield


def _loopback(address: str) -> bool:
    """True where an address such as tcp://127.0.0.1:8786 is this machine itself."""
    host = urlsplit(address if "://" in address else f"tcp://{address}").hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _write_parts(task: engine.Task, out: str) -> dict[str, str]:
    """Compute one task and write its values, a file a term; {term: name}."""
    values, written = engine.compute(task), {}
    for row in task.rows:
        rows = finish.plain(values.filter(pc.equal(values["term"], row.term)))
        name = f"parts/{row.term}-{task.buckets[0]:04d}.parquet"
        data = BytesIO()
        pq.write_table(rows, data, compression="zstd", compression_level=1)
        Store(out).write(name, data.getvalue())
        written[row.term] = name
    return written


def _finished(store: Store, source: Source, row: days.AsOf, parts: Sequence[str]) -> str:
    """The matrix of one term from its parts, some schools at a time, in order of school and pupil."""
    groups = max(1, -(-len(source.schools) // SCHOOLS_AT_ONCE))
    name = f"matrix-{row.term}.parquet"
    writer: pq.ParquetWriter | None = None
    with Spool(store, groups) as spool, store.writing(name) as stream:
        for part in parts:
            rows = _read(store, part)
            code, names = marks.coded(rows["school"])  # in order, as all of a task's rows of a term are
            group = (source.places(names.to_pylist()) // SCHOOLS_AT_ONCE)[code]
            for number, (start, end) in enumerate(pairwise(np.searchsorted(group, range(groups + 1)))):
                spool.add(number, rows.slice(start, end - start))
        for number in range(groups):
            values = pa.concat_tables(spool.waiting(number))
            if not values.num_rows and (writer or number + 1 < groups):
                continue
            table = pa.Table.from_pandas(finish.finish(values, source, features()), preserve_index=False)
            table = table if writer is None else table.cast(writer.schema)
            writer = writer or pq.ParquetWriter(stream, table.schema)
            writer.write_table(table)
        if writer is not None:
            writer.close()
    return name


def _read(store: Store, name: str) -> pa.Table:
    system, base = store.filesystem()
    return pq.read_table(f"{base}/{name}", filesystem=system, use_threads=False)
