"""A trust loaded once for tests that only read it."""

from pathlib import Path

import pytest

from tests.lake.worlds import Trust, frames

TERMS = ("2023-autumn", "2024-spring", "2024-summer")
SCHOOL = "999001"


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    return Trust(tmp_path / "lake")


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    trust = Trust(tmp_path_factory.mktemp("trust") / "lake")
    for term in TERMS:
        trust.load(SCHOOL, term, frames(SCHOOL, term, 30))
    return trust
