"""Loading: a school's term into the lake. `load` checks and merges; `merge` takes frames already checked."""

from pipelines.load.merge import merge
from pipelines.load.request import LoadRequest, LoadResult, RollEntry

__all__ = ["LoadRequest", "LoadResult", "RollEntry", "merge"]
