"""Pupils’ records as a school’s loads brought them: lake files, roll, aliases, timelines, and who stands where."""

from service.records import lake_rows, lake_store, pupil_rows, roll_store, timeline_store
from service.records.lake_rows import LakeFileRow, LoadRow, ProblemRow
from service.records.pupil_rows import AliasRow, DoNotScoreRow, RollRow, TimelineRow
from service.records.standing import kept_out, may_have_figures, moment, records_read, taken_away
from service.records.years import in_own_years, recency

__all__ = [
    "AliasRow",
    "DoNotScoreRow",
    "LakeFileRow",
    "LoadRow",
    "ProblemRow",
    "RollRow",
    "TimelineRow",
    "in_own_years",
    "kept_out",
    "lake_rows",
    "lake_store",
    "may_have_figures",
    "moment",
    "pupil_rows",
    "recency",
    "records_read",
    "roll_store",
    "taken_away",
    "timeline_store",
]
