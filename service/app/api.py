"""All routes of version 1 under one prefix."""

from fastapi import APIRouter

from service.accounts import api as accounts
from service.accounts import own_api as own_tokens
from service.audit import api as auditing
from service.lists import exports_api as exports
from service.models import api as models
from service.pupils import api as pupils
from service.pupils import notes_api as told
from service.pupils import support_api as supporting
from service.schools import api as schools
from service.setting import api as setting
from service.support import menu_api as offering
from service.uploads import api as uploads
from service.uploads import mappings_api as mappings
from service.uploads import types_api as types

PREFIX = "/api/v1"
PARTS = (
    uploads, mappings, types, pupils, setting, supporting, told, offering, exports, models, schools, accounts,
    own_tokens, auditing,
)  # fmt: skip

router = APIRouter(prefix=PREFIX)
for part in PARTS:
    router.include_router(part.router)
