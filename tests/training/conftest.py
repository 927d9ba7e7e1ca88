"""One model trained on a simulated trust, shared by the tests that only read it."""

import pandas as pd
import pytest

from pipelines.config import Config
from pipelines.train import Trained, train
from testbed.simulated import CATALOGUE, simulate


@pytest.fixture(scope="session")
def config() -> Config:
    return Config.load(overrides={"bootstrap": {"repeats": 20}})


@pytest.fixture(scope="session")
def matrix() -> pd.DataFrame:
    return simulate()


@pytest.fixture(scope="session")
def trained(matrix: pd.DataFrame, config: Config) -> Trained:
    return train(matrix, CATALOGUE, config, synthetic=True)
