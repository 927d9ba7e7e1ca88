"""The check journey: files → what they are, which rows are good, and what is wrong in plain English."""

from pipelines.check.journey import check
from pipelines.check.report import CheckReport

__all__ = ["CheckReport", "check"]
