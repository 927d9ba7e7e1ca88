"""All routes of version 1 under one prefix."""

from fastapi import APIRouter, Depends

from service.access import require_json_csrf
from service.api import accounts, auditing, models, pupils, schools, uploads

PREFIX = "/api/v1"

router = APIRouter(prefix=PREFIX)
for part in (uploads, pupils, models, schools, accounts, auditing):
    router.include_router(part.router, dependencies=[Depends(require_json_csrf)])
