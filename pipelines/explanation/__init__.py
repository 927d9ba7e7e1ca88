"""The explanation of a pupil, from one place: typed statements, the audiences of each, and the records behind
them."""

from pipelines.explanation.account import Account, Reason, account_of, contributions_by_theme
from pipelines.explanation.explaining import NOWHERE, changes, explanation, similar_of, story_body, theme_body
from pipelines.explanation.lines import lines_of
from pipelines.explanation.records import Records, event_id, incident_id, records_of, suspension_id
from pipelines.explanation.stories import Pupil, Said, Story, stories
from pipelines.explanation.themes import THEMES, declared, families, theme_of, theme_sums
from pipelines.explanation.told import Audience, Kind, told
from pipelines.explanation.year_groups import of_year, year_groups_of

__all__ = [
    "NOWHERE",
    "THEMES",
    "Account",
    "Audience",
    "Kind",
    "Pupil",
    "Reason",
    "Records",
    "Said",
    "Story",
    "account_of",
    "changes",
    "contributions_by_theme",
    "declared",
    "event_id",
    "explanation",
    "families",
    "incident_id",
    "lines_of",
    "of_year",
    "records_of",
    "similar_of",
    "stories",
    "story_body",
    "suspension_id",
    "theme_body",
    "theme_of",
    "theme_sums",
    "told",
    "year_groups_of",
]
