"""What changed in a school, before any pupil: the setting view as data."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from service.access import needs
from service.api.answers import ERRORS, tagged
from service.api.bodies import Body
from service.api.schools import UrnPath
from service.callers import Caller
from service.setting.view import setting_view
from service.taking import Term

router = APIRouter(tags=["setting"], responses=ERRORS)


class PublishedResponse(Body):
    """A published figure of the same phase, and where it comes from."""

    value: float
    period: str
    source: str


class SettingLineResponse(Body):
    """One measure of the whole school: now, the term before, a year ago, the trust, what is published."""

    name: str
    words: str
    unit: str
    now: float | None
    before: float | None
    last_year: float | None
    trust: float | None
    published: PublishedResponse | None


class SettingGroupResponse(Body):
    """One group's figure; null where too few pupils stand behind it."""

    name: str
    now: float | None
    before: float | None
    last_year: float | None


class SettingTableResponse(Body):
    """One way to cut the term."""

    measure: str
    grouping: str
    caption: str
    unit: str
    lines: list[SettingGroupResponse]


class SettingResponse(Body):
    """What changed in a school. Counts of records, never pupils; fewer than ten are not shown."""

    school: str
    term: str
    before: str | None
    lines: list[SettingLineResponse]
    years: list[SettingTableResponse]
    groups: list[SettingTableResponse]


@router.get("/schools/{urn}/setting", response_model=SettingResponse)
def read_setting(
    request: Request,
    caller: Annotated[Caller, Depends(needs("setting.read"))],
    urn: UrnPath,
    term: Annotated[Term, Query(examples=["2026-summer"])],
) -> Response:
    """This term at a school beside its own last terms, the trust and published figures."""
    with caller.writing() as tx:
        found = setting_view(caller, tx, urn, term)
    return tagged(request, SettingResponse.model_validate(found))
