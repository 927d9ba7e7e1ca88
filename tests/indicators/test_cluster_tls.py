"""The cluster of compose.yaml, its commands and settings as they stand there: only who holds a certificate gets in."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dask.config
import pandas as pd
import pytest
import yaml
from distributed import Client

from data_contracts.errors import Refused
from pipelines.indicators import batch, engine
from pipelines.lake import LakeView
from testbed.hanging import HANGS_AFTER, wait_until
from tests.lake.worlds import Trust, frames

ROOT = Path(__file__).resolve().parents[2]
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
TERMS = ("2023-autumn", "2024-spring")
pytestmark = pytest.mark.xdist_group("backends")


@dataclass(frozen=True)
class Cluster:
    """A scheduler and a worker that run, and the settings of whoever may give them work."""

    port: int
    environment: dict[str, str]


def certificates(folder: Path) -> dict[str, str]:
    """The settings of compose.yaml with certificates made as the documentation says."""
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    (commands,) = re.findall(r"```sh\n(umask 077\nopenssl .*?)```", text, re.S)
    subprocess.run(["sh", "-ec", commands], cwd=folder, check=True, capture_output=True)
    files = {"cluster_ca": "ca.pem", "cluster_certificate": "node.pem", "cluster_key": "node.key"}
    settings = SERVICES["scheduler"]["environment"]
    for name, file in files.items():
        settings = {k: v.replace(f"/run/secrets/{name}", str(folder / file)) for k, v in settings.items()}
    assert not [value for value in settings.values() if "/run/secrets" in value]
    return settings


def as_settings(environment: dict[str, str]) -> dict[str, str]:
    """What Dask makes of the variables, name by name: `comm.tls.ca-file` for `DASK_DISTRIBUTED__COMM__TLS__CA_FILE`."""
    plain = {name.removeprefix("DASK_").lower(): value for name, value in environment.items()}
    return {name.replace("__", ".").replace("_", "-"): value for name, value in plain.items()}


def started(name: str, port: int, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    """One of the services of compose.yaml, on this machine."""
    service = SERVICES[name]
    swap = {"0.0.0.0": "127.0.0.1", "8786": str(port), "tls://scheduler:8786": f"tls://127.0.0.1:{port}"}
    command = [swap.get(part, part) for part in service["command"]]
    code = "import sys; from distributed.cli import dask_scheduler, dask_worker; "
    code += "{'scheduler': dask_scheduler, 'worker': dask_worker}[sys.argv.pop(1)].main()"
    assert service["entrypoint"] == ["dask"]
    return subprocess.Popen(
        [sys.executable, "-c", code, *command], env={**os.environ, **environment}, stderr=subprocess.DEVNULL
    )


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    environment = certificates(tmp_path_factory.mktemp("certificates"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    processes = [started(name, port, environment) for name in ("scheduler", "cluster-worker")]

    def listens() -> bool:
        assert all(process.poll() is None for process in processes), "scheduler or worker ended by itself"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_until(listens, "the scheduler to listen")
    yield Cluster(port, environment)
    for process in processes:
        process.kill()
        process.wait(HANGS_AFTER)


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> LakeView:
    trust = Trust(tmp_path_factory.mktemp("trust"), buckets=8)
    for term in TERMS:
        trust.load("999001", term, frames("999001", term, 12))
    return trust.view


def test_with_a_certificate_the_cluster_computes_the_same(
    cluster: Cluster, view: LakeView, tmp_path: Path
) -> None:
    address = f"tls://127.0.0.1:{cluster.port}"
    with dask.config.set(as_settings(cluster.environment)):
        names = batch.build_files(view, TERMS, str(tmp_path), backend="dask", scheduler=address, workers=4)
    built = pd.concat([pd.read_parquet(tmp_path / name) for name in names], ignore_index=True)
    assert len(built) == len(engine.build(view, TERMS))


@pytest.mark.parametrize("protocol", ["tcp", "tls"])
def test_without_one_nobody_gets_in(cluster: Cluster, protocol: str) -> None:
    with pytest.raises((OSError, TypeError, ValueError)):
        Client(f"{protocol}://127.0.0.1:{cluster.port}", timeout=3)


@pytest.mark.parametrize("address", ["tcp://scheduler:8786", "scheduler:8786", "tcp://10.0.0.7:8786"])
def test_another_machine_without_tls_is_refused(address: str) -> None:
    with pytest.raises(Refused, match="TLS"), batch.cluster("dask", address):
        raise AssertionError("nobody connects")


def test_workers_see_the_lake_and_no_keys() -> None:
    for name in ("scheduler", "cluster-worker"):
        service = SERVICES[name]
        assert service["environment"]["DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION"] == "true"
        assert all(secret.startswith("cluster_") for secret in service["secrets"])
    assert SERVICES["scheduler"]["volumes"] == []
    home = [each for each in SERVICES["cluster-worker"]["volumes"] if "home" in str(each)]
    assert home == [
        {"type": "volume", "source": "home", "target": "/data/lake", "read_only": True,
         "volume": {"subpath": "lake"}}
    ]  # fmt: skip
