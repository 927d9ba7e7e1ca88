"""The same values wherever the work runs: another process, a Dask cluster losing a worker, an object store."""

import os
import signal
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest

from data_contracts.errors import Refused
from pipelines.indicators import batch, engine
from pipelines.lake import Lake, LakeView
from tests.lake.worlds import Trust, frames

TERMS = ("2023-autumn", "2024-spring")
pytestmark = pytest.mark.xdist_group("backends")


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> LakeView:
    trust = Trust(tmp_path_factory.mktemp("trust"), buckets=8)
    for term in TERMS:
        trust.load("999001", term, frames("999001", term, 12))
    return trust.view


@pytest.fixture(scope="module")
def plain(view: LakeView) -> pd.DataFrame:
    return engine.build(view, TERMS)


def test_two_processes(view: LakeView, plain: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(engine.build(view, TERMS, workers=2, backend="loky"), plain)


def test_a_dask_cluster_that_loses_a_worker(view: LakeView, plain: pd.DataFrame) -> None:
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster,
        Client(cluster) as client,
    ):
        victim = next(iter(client.run(os.getpid).values()))
        killed = threading.Timer(0.3, os.kill, (victim, signal.SIGKILL))
        killed.start()
        built = engine.build(view, TERMS, workers=8, backend="dask")
        killed.join()
    pd.testing.assert_frame_equal(built, plain)


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """The address of an S3-compatible server on this machine, with an empty bucket."""
    from moto.server import ThreadedMotoServer
    from pyarrow import fs

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    place = f"scheme=http&endpoint_override={host}:{port}&region=us-east-1"
    system, _ = fs.FileSystem.from_uri(f"s3://key:secret@lakes?{place}&allow_bucket_creation=true")
    system.create_dir("lakes")
    yield f"s3://key:secret@lakes/trust?{place}"
    server.stop()


def test_a_lake_in_an_object_store_and_a_batch_written_there(
    store: str, view: LakeView, plain: pd.DataFrame
) -> None:
    lake = Lake.create(store, view.buckets)
    for file in view.files:
        lake.store.write(file.path, view.store.read(file.path))
    assert Lake.open(store) == lake
    batch.write_manifest(lake.view(view.files), store)
    names = batch.build_files(batch.read_view(store), TERMS, store)
    written = pd.concat(
        [pd.read_parquet(BytesIO(lake.store.read(name))) for name in names], ignore_index=True
    )
    pd.testing.assert_frame_equal(written, plain, check_dtype=False)


def test_a_batch_finished_school_by_school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few schools are finished at once, and where a school has no pupils in a term."""
    trust = Trust(tmp_path / "lake", buckets=4)
    for school, terms in (("999001", TERMS[1:]), ("999002", TERMS), ("999003", TERMS[:1])):
        for term in terms:
            trust.load(school, term, frames(school, term, 6))
    monkeypatch.setattr(batch, "SCHOOLS_AT_ONCE", 1)
    names = batch.build_files(trust.view, TERMS, str(tmp_path / "out"), workers=2)
    written = pd.concat([pd.read_parquet(tmp_path / "out" / name) for name in names], ignore_index=True)
    whole = engine.build(trust.view, TERMS)
    written, whole = (
        rows.sort_values(["term", "school", "pupil_id"], ignore_index=True).fillna({"abstain_reason": ""})
        for rows in (written, whole)
    )
    pd.testing.assert_frame_equal(written, whole, check_dtype=False)


def test_other_dates_are_counted_from_the_marks_again(view: LakeView, plain: pd.DataFrame) -> None:
    """The usual date the long way round gives what the kept counts give, and a day later may differ."""
    replayed = engine.build(view.as_loaded(view.files[0].first_loaded), TERMS)
    pd.testing.assert_frame_equal(replayed, plain)
    earlier = engine.build(view, TERMS[:1], as_of=pd.Timestamp("2023-10-13").date())
    assert (
        earlier["possible_sessions"] < plain.loc[plain["term"] == TERMS[0], "possible_sessions"].min()
    ).all()


def test_progress_reaches_its_end(view: LakeView) -> None:
    told: list[tuple[int, int]] = []
    engine.build(view, TERMS, progress=lambda _text, done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1]


def test_a_batch_without_manifest_or_scheduler_is_refused(view: LakeView, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="manifest"):
        batch.read_view(str(tmp_path))
    with pytest.raises(Refused, match="scheduler"):
        batch.build_files(view, TERMS, str(tmp_path), backend="dask")
