"""A deployment with one school, and what is needed to load files into it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.core.callers import command_caller
from service.core.deployment import Deployment
from service.schools import keeping as schools
from testbed.deployments import open_deployment

URN = "999123"


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    """An empty secondary school."""
    with open_deployment(tmp_path / "home") as opened:
        schools.register(command_caller(opened), URN, name="Invented School", phase="secondary", mis="sims")
        yield opened
