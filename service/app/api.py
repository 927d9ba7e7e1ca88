"""All routes of version 1 of the API under one prefix."""

from fastapi import APIRouter

from service.accounts import api as accounts
from service.accounts import own_api as own_tokens
from service.audit import api as audit
from service.lists import api as lists
from service.lists import exports_api as exports
from service.models import api as models
from service.operations import waiting_api as waiting
from service.pupils import api as pupils
from service.pupils import notes_api as notes
from service.pupils import support_api as supports
from service.schools import api as schools
from service.scoring import api as terms
from service.setting import api as setting
from service.support import menu_api as menu
from service.uploads import api as uploads
from service.uploads import mappings_api as mappings
from service.uploads import types_api as types

PREFIX = "/api/v1"
PARTS = (
    uploads, mappings, types, lists, pupils, setting, supports, notes, menu, exports, models, schools, terms,
    accounts, own_tokens, audit, waiting,
)  # fmt: skip

router = APIRouter(prefix=PREFIX)
for part in PARTS:
    router.include_router(part.router)
