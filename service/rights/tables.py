"""All tables in one place: every room's rows are imported, so that the metadata is whole wherever it is walked."""

from service.accounts import account_rows, signin_rows
from service.core import job_rows, once_rows
from service.core.audit import audit_rows
from service.core.base import Base
from service.records import lake_rows, pupil_rows
from service.rights import life_rows
from service.schools import school_rows
from service.scoring import score_rows
from service.setting import setting_rows
from service.support import support_rows
from service.uploads import upload_rows

ROWS = (
    account_rows, signin_rows, job_rows, once_rows, audit_rows, lake_rows, pupil_rows, life_rows, school_rows,
    score_rows, setting_rows, support_rows, upload_rows,
)  # fmt: skip
"""A house test holds this list against the `*_rows.py` that there are."""
metadata = Base.metadata
