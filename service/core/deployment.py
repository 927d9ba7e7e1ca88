"""One running Belong: its home, database, lake and registry, opened once and handed to whoever works."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from data_contracts.errors import Refused
from pipelines.config import Config
from pipelines.lake import Lake
from pipelines.registry import Registry
from service.core import engine
from service.core.clock import set_day
from service.core.engine import Database
from service.core.homes import Home
from service.core.migrate import current, head
from service.core.settings import Settings, settings_for


@dataclass
class Deployment:
    """Opened parts of a deployment. Safe to share between threads; not between processes."""

    settings: Settings
    home: Home
    database: Database
    _manifests: dict[str, dict[str, Any]] = field(default_factory=dict)
    _reports: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def open(cls, home: Path, settings: Settings | None = None) -> "Deployment":
        """Open the home's database and check that its revision is the one this release wants.

        On the way the home is made private, however it was left.
        """
        settings = settings or settings_for(Path(home).resolve())
        opened = cls(settings, Home.open(home), Database(settings.url))
        opened.home.tighten()
        if current(opened.database) != head():
            opened.close()
            raise Refused(
                "The database is at a different revision from this release.",
                hint="Run: belong migrate --home ...",
            )
        set_day(settings.today)
        return opened

    def close(self) -> None:
        """Close the database's connections."""
        self.database.close()

    def __enter__(self) -> "Deployment":
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()

    @cached_property
    def lake(self) -> Lake:
        """The lake of canonical tables."""
        return Lake.open(self.home.lake)

    @cached_property
    def registry(self) -> Registry:
        """The models and which of them serves."""
        return Registry(str(self.home.registry))

    def config(self, file: Path | None = None) -> Config:
        """How models are made and lists are cut: the defaults under a file or belong.toml."""
        return Config.load(file or self.home.path / "belong.toml")

    def all_urns(self) -> frozenset[str]:
        """The URN of every school there is."""
        with self.database.reading() as tx:
            return engine.all_urns(tx)

    def manifest(self, model_id: str) -> dict[str, Any]:
        """A model's manifest; immutable, so it is read once."""
        if model_id not in self._manifests:
            self._manifests[model_id] = self.registry.manifest(model_id)
        return self._manifests[model_id]

    def report(self, model_id: str) -> dict[str, Any]:
        """How a model did on terms it had not seen; immutable, so it is read once."""
        if model_id not in self._reports:
            self._reports[model_id] = self.registry.report(model_id)
        return self._reports[model_id]
