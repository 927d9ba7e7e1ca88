"""Fixtures of a deployment full of records: filled once, then copied, or restored into PostgreSQL."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.core.callers import command_caller
from service.core.deployment import Deployment
from service.core.settings import Settings
from service.operations.backup import make_backup
from service.operations.restore import restore
from testbed.deployments import caller, open_deployment
from tests.life.living import SCHOOLS, Living, living


@dataclass(frozen=True)
class Template:
    """A filled home, its backup and keys, and the pupils to look at."""

    home: Path
    backup: Path
    keys: Path
    pupils: tuple[str, str]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Filled once in each test process; only ever copied."""
    folder = tmp_path_factory.mktemp("records")
    with open_deployment(folder / "home") as deployment:
        filled = living(deployment)
        made = make_backup(command_caller(deployment), folder / "backups", keys_to=folder / "keys")
    return Template(folder / "home", made["folder"], folder / "keys", (filled.pupil, filled.other))


BOTH = pytest.mark.parametrize(
    "records", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
ON_POSTGRES = pytest.mark.parametrize(
    "records", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def records(request: pytest.FixtureRequest, template: Template, tmp_path: Path) -> Iterator[Living]:
    """A deployment full of records, for this test alone; on SQLite unless the test says otherwise."""
    settings = Settings(home=tmp_path / "home")
    if getattr(request, "param", "sqlite") == "postgresql":
        own = request.getfixturevalue("postgres")
        settings = Settings(home=tmp_path / "home", database_url=own.url, owner_url=own.owner_url)
        restore(template.backup, settings.home, keys=template.keys, settings=settings)
    else:
        shutil.copytree(template.home, settings.home)
    with Deployment.open(settings.home, settings) as deployment:
        yield Living(deployment, caller(deployment, "dpo", SCHOOLS), *template.pupils)
