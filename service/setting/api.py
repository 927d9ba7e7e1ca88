"""What changed in a school, before any pupil: the setting view as data, and what the school changed when."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import Field

from service.core.callers import Caller
from service.core.permissions import check
from service.core.taking import Day, Term, Text
from service.setting.changes import LONGEST, add_change, changes_of, remove_change
from service.setting.view import setting_view
from service.shell.access import needs
from service.shell.answers import ERRORS, answers_once, tagged
from service.shell.bodies import Body, DoneResponse
from service.shell.paging import UrnPath

router = APIRouter(tags=["setting"], responses=ERRORS)
Reads = Annotated[Caller, Depends(needs("setting.read"))]
Changes = Annotated[Caller, Depends(needs("setting.change"))]


class PublishedResponse(Body):
    """A published figure of the same phase, and where it comes from."""

    value: float
    period: str
    source: str
    loaded_on: date | None


class SettingLineResponse(Body):
    """One measure of the whole school: now, the term before, a year ago, the trust, what is published.

    null where it is not known: no such file was loaded. `source` says what sessions were counted from (marks,
    totals, or calendar for terms loaded by an older release); counts are told to those who may open every
    card of the school."""

    name: str
    words: str
    unit: str
    now: float | None
    before: float | None
    last_year: float | None
    trust: float | None
    published: PublishedResponse | None
    source: str
    count: int | None
    count_last_year: int | None


class SettingGroupResponse(Body):
    """One group's figure; null where it is not known, and in the terms of `kept_back` where too few pupils
    stand behind it."""

    name: str
    now: float | None
    before: float | None
    last_year: float | None
    count: int | None
    count_last_year: int | None
    kept_back: list[str]


class SettingTableResponse(Body):
    """One way to cut the term."""

    measure: str
    grouping: str
    caption: str
    unit: str
    lines: list[SettingGroupResponse]


class WeekResponse(Body):
    """One school week and the same week of the year before."""

    monday: date
    now: float | None
    last_year: float | None
    kept_back: bool


class WeeksResponse(Body):
    """One measure week by week: absence as a rate, the others as counts."""

    measure: str
    unit: str
    points: list[WeekResponse]


class GridResponse(Body):
    """Behaviour records by hour (rows) and weekday (columns); null where kept back."""

    days: list[str]
    hours: list[str]
    cells: list[list[int | None]]


class ChangeResponse(Body):
    """Something the school changed on a day."""

    id: str
    on: date
    words: str
    by: str


class ChangesResponse(Body):
    """What a school changed, newest first."""

    changes: list[ChangeResponse]


class ChangeRequest(Body):
    """Something the school changed: a new policy, a new headteacher, a new MIS. No pupil's name."""

    on: Annotated[Day, Field(examples=["2026-01-12"])]
    words: Annotated[Text, Field(min_length=1, max_length=LONGEST, examples=["New behaviour policy"])]


class SettingResponse(Body):
    """What changed in a school. Counts of records, never pupils; fewer than ten are not shown to those who may
    not open the cards behind them. Year 11 and 13 after study leave began are told apart."""

    school: str
    term: str
    before: str | None
    lines: list[SettingLineResponse]
    years: list[SettingTableResponse]
    groups: list[SettingTableResponse]
    study_leave: list[SettingGroupResponse]
    weeks: list[WeeksResponse]
    grid: GridResponse | None


ChangePath = Annotated[str, Path(pattern=r"^[A-Za-z0-9\-]{1,40}$", examples=["c0123456789abcdef"])]


@router.get("/schools/{urn}/setting", response_model=SettingResponse)
def read_setting(
    request: Request,
    caller: Reads,
    urn: UrnPath,
    term: Annotated[Term, Query(examples=["2026-summer"])],
) -> Response:
    """This term at a school beside its own last terms, the trust and published figures."""
    with caller.writing() as tx:
        found = setting_view(caller, tx, urn, term)
    return tagged(request, SettingResponse.model_validate(found))


@router.get("/schools/{urn}/setting/changes", response_model=ChangesResponse)
def list_changes(request: Request, caller: Reads, urn: UrnPath) -> Response:
    """What a school changed and when, newest first."""
    check(caller.reader, "setting.read", urn)
    with caller.reading() as tx:
        found = [ChangeResponse.model_validate(one) for one in changes_of(tx, urn)]
    return tagged(request, ChangesResponse(changes=found))


@router.post("/schools/{urn}/setting/changes", status_code=201, response_model=ChangeResponse)
@answers_once(status=201)
def create_change(caller: Changes, urn: UrnPath, body: ChangeRequest) -> ChangeResponse:
    """Write down what the school changed, and on which day."""
    with caller.writing() as tx:
        dated_id = add_change(caller, tx, urn, body.on, body.words)
        found = next(one for one in changes_of(tx, urn) if one.id == dated_id)
    return ChangeResponse.model_validate(found)


@router.delete("/schools/{urn}/setting/changes/{dated_id}", response_model=DoneResponse)
@answers_once()
def delete_change(caller: Changes, urn: UrnPath, dated_id: ChangePath) -> DoneResponse:
    """Remove a change."""
    with caller.writing() as tx:
        remove_change(caller, tx, urn, dated_id)
    return DoneResponse()
