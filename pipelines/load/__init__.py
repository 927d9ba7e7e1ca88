"""Loading: a school's term into the lake. `load` checks and takes; `merge` takes frames already checked."""

from pipelines.load.journey import load
from pipelines.load.merge import merge
from pipelines.load.request import LoadRequest, LoadResult, RollEntry
from pipelines.load.take import take

__all__ = ["LoadRequest", "LoadResult", "RollEntry", "load", "merge", "take"]
