"""All rows in one place, so that the metadata is whole wherever it is needed."""

from importlib import import_module
from pkgutil import iter_modules

import service.db
from service.core.base import Base

for _module in iter_modules(service.db.__path__):
    if _module.name.endswith("_rows"):
        import_module(f"service.db.{_module.name}")

metadata = Base.metadata
