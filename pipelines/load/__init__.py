"""Loading: a school's term into the lake. `load` checks files and plans their load; `load_report` plans that of a
check already made, `plan_load` that of checked frames. Nothing is live until the caller commits the plan."""

from pipelines.load.checked import load_report
from pipelines.load.journey import load
from pipelines.load.plan import plan_load
from pipelines.load.request import LoadRequest, LoadResult, RollEntry

__all__ = ["LoadRequest", "LoadResult", "RollEntry", "load", "load_report", "plan_load"]
