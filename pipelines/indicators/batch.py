"""Batches: a whole trust's or authority's matrix built on any backend and written as parquet, a file a term."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO

import pandas as pd

from data_contracts.errors import Refused
from pipelines.indicators import engine
from pipelines.lake import LakeView, Store

MANIFEST = "manifest.json"


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
    """Build the matrix of these terms and write `matrix-TERM.parquet` for each under `out`; returns the names."""
    with cluster(backend, scheduler):
        matrix = engine.build(view, terms, workers=workers, backend=backend, progress=progress)
    return [_write(Store.at(out), term, matrix[matrix["term"] == term]) for term in dict.fromkeys(terms)]


@contextmanager
def cluster(backend: engine.Backend, scheduler: str | None) -> Iterator[None]:
    """A connection to a Dask scheduler for the time of a build; nothing to do for other backends."""
    if backend != "dask":
        yield
        return
    if scheduler is None:
        raise Refused("The dask backend needs a scheduler.", hint="Give its address, as in tcp://host:8786.")
    try:
        from distributed import Client
    except ImportError as missing:
        raise Refused(
            "Dask is not installed here.", hint="Install Belong with its extra `dask`."
        ) from missing
    with Client(scheduler):
        yield


def _write(store: Store, term: str, rows: pd.DataFrame) -> str:
    name = f"matrix-{term}.parquet"
    data = BytesIO()
    rows.to_parquet(data, index=False)
    store.write(name, data.getvalue())
    return name
