"""The same indicators by two processes of joblib and by a Dask cluster with two workers, one of them killed.

Both pools stand before the clock starts. `--quick` takes 5 schools of 1,000 pupils and nine terms, else 50;
`--lake FOLDER` takes (and keeps) the lake of `benchmarks.indicators` there.
"""

import os
import signal
import tempfile
import threading
import time
from pathlib import Path

import pyarrow as pa
from joblib import Parallel, delayed, parallel_config

from benchmarks import indicators as ways
from benchmarks.indicator_lake import TERMS, make_lake
from benchmarks.measures import Measure, at_most, finish, note, options
from pipelines.indicators import days, engine
from pipelines.lake import LakeView

WORKERS, TASKS = 2, 8


def prepared(root: Path, schools: int) -> LakeView:
    """A packed lake whose marks are counted."""
    view = make_lake(root, schools, ways.BUCKETS, lambda _text, _done, _of: None)
    if not (root / f"kept-{len(TERMS)}.json").exists():
        ways.pack(view)
        ways.recounted(view)
    return ways.kept_view(root)


def timed(view: LakeView, backend: engine.Backend) -> tuple[float, pa.Table]:
    """(wall seconds, the raw values) of all indicators at nine term-ends."""
    rows = tuple(days.as_of_row(term) for term in TERMS)
    tasks = engine.plan(view, rows, None, TASKS)
    start = time.perf_counter()
    parts = engine.run(tasks, WORKERS, backend)
    spent = time.perf_counter() - start
    return spent, pa.concat_tables(parts).set_column(
        0, "pupil_id", pa.concat_tables(parts)["pupil_id"].cast(pa.string())
    )


def by_dask(view: LakeView, kill_after: float | None = None) -> tuple[float, pa.Table]:
    """The same on a Dask cluster of this machine, where asked with a worker killed after some seconds."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=WORKERS, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        Client(cluster) as client,
    ):
        client.run(days.day_table)
        killer = None
        if kill_after is not None:
            victim = next(iter(client.run(os.getpid).values()))
            killer = threading.Timer(kill_after, os.kill, (victim, signal.SIGKILL))
            killer.start()
        found = timed(view, "dask")
        if killer is not None:
            killer.join()
    return found


def main() -> None:
    """Run both, kill one, compare."""
    chosen = options(__doc__ or "", lake="a folder for the lake, kept and taken again")
    schools = 5 if chosen.quick else 50
    with tempfile.TemporaryDirectory(prefix="belong-cluster-") as folder:
        view = prepared(Path(chosen.lake or folder), schools)
        with parallel_config(backend="loky", n_jobs=WORKERS):
            Parallel()(delayed(days.day_table)() for _ in range(WORKERS))
        loky, values = timed(view, "loky")
        dask, same = by_dask(view)
        lamed, again = by_dask(view, kill_after=loky / 2)
    equal = values.equals(same) and values.equals(again)
    finish(
        {
            "pupils": note(float(1000 * schools)),
            "loky, 2 processes, wall s": note(loky),
            "dask, 2 workers, wall s": note(dask),
            "dask against loky, wall": at_most(dask / loky, 1.3, "×"),
            "dask, one of 2 workers killed, wall s": note(lamed),
            "values equal on all three": Measure(str(equal), "equal", equal),
        },
        only_json=chosen.json,
    )


if __name__ == "__main__":
    main()
