"""Imported once by the process that `benchmarks.crash` forks from: all that a server and a worker would import.

An application is put together and let go too, since its routes' bodies are what a server's start waits for.
"""

import tempfile
from pathlib import Path

import duckdb  # noqa: F401
import fsspec.implementations  # noqa: F401
import pyarrow.pandas_compat  # noqa: F401

from service.app.web import create_app
from service.core.deployment import Deployment
from service.core.homes import Home
from service.core.settings import Settings

with tempfile.TemporaryDirectory(prefix="belong-imports-") as _name:
    _home = Home.create(Path(_name) / "home")
    _settings = Settings(home=_home.path)
    with Deployment.open(_home.path, _settings) as _opened:
        create_app(_settings, _opened)
