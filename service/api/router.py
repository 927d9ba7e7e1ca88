"""All routes of version 1 under one prefix."""

from fastapi import APIRouter

from service.api import accounts, auditing, mappings, models, pupils, schools, supporting, uploads

PREFIX = "/api/v1"

router = APIRouter(prefix=PREFIX)
for part in (uploads, mappings, pupils, models, schools, supporting, accounts, auditing):
    router.include_router(part.router)
