"""All routes of version 1 under one prefix."""

from fastapi import APIRouter

from service.api import (
    accounts,
    auditing,
    exports,
    mappings,
    models,
    offering,
    own_tokens,
    pupils,
    schools,
    setting,
    supporting,
    told,
    types,
    uploads,
)

PREFIX = "/api/v1"
PARTS = (
    uploads, mappings, types, pupils, setting, supporting, told, offering, exports, models, schools, accounts,
    own_tokens, auditing,
)  # fmt: skip

router = APIRouter(prefix=PREFIX)
for part in PARTS:
    router.include_router(part.router)
