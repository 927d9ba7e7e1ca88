"""What a school offers and how much it can do: its menu of supports, its support places, its practice."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from data_contracts.errors import Refused
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import check
from service.shell.access import needs
from service.shell.answers import ERRORS, answers_once, check_unchanged, tagged
from service.shell.bodies import DoneResponse
from service.shell.paging import UrnPath
from service.support import menu
from service.support.bodies import (
    MenuResponse,
    OfferChangeRequest,
    OfferRequest,
    OfferResponse,
    PlacesRequest,
    PlacesResponse,
    PracticeRequest,
)

router = APIRouter(tags=["support"], responses=ERRORS)
Decides = Annotated[Caller, Depends(needs("pupil.decide"))]
OfferPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9\-]{1,40}$", examples=["seed-0"])]
Edits = Annotated[Caller, Depends(needs("menu.edit"))]


@router.get("/schools/{urn}/menu", response_model=MenuResponse)
def read_menu(request: Request, caller: Decides, urn: UrnPath) -> Response:
    """The supports a school offers, and how many places of each are taken."""
    check(caller.reader, "pupil.decide", urn)
    with caller.reading() as tx:
        return tagged(request, _menu(tx, urn))


@router.post("/schools/{urn}/menu", status_code=201, response_model=DoneResponse)
@answers_once(status=201)
def add_offer(request: Request, caller: Edits, urn: UrnPath, body: OfferRequest) -> DoneResponse:
    """Add a line to the menu. Sanctions are refused. If-Match: the ETag read."""
    check(caller.reader, "menu.edit", urn)
    if body.about not in menu.abouts():
        raise Refused("A support is about: " + ", ".join(menu.abouts()) + ".")
    with caller.writing() as tx:
        check_unchanged(request, _menu(tx, urn))
        menu.add_offer(tx, caller.reader, urn, **body.model_dump())
    return DoneResponse()


@router.post("/schools/{urn}/menu/{offer_id}", response_model=DoneResponse)
@answers_once()
def change_offer(
    request: Request, caller: Edits, urn: UrnPath, offer_id: OfferPath, body: OfferChangeRequest
) -> DoneResponse:
    """Say how many pupils a line can hold, or take it off the menu. If-Match: the ETag read."""
    check(caller.reader, "menu.edit", urn)
    with caller.writing() as tx:
        check_unchanged(request, _menu(tx, urn))
        menu.change_offer(tx, caller.reader, urn, offer_id, **body.model_dump())
    return DoneResponse()


@router.get("/schools/{urn}/practice", response_model=PracticeRequest)
def read_practice(request: Request, caller: Decides, urn: UrnPath) -> Response:
    """Whether a person's view comes before the reasons at this school."""
    check(caller.reader, "pupil.decide", urn)
    with caller.reading() as tx:
        return tagged(request, PracticeRequest(view_first=menu.view_first(tx, urn)))


@router.post("/schools/{urn}/practice", response_model=DoneResponse)
@answers_once()
def set_practice(caller: Edits, urn: UrnPath, body: PracticeRequest) -> DoneResponse:
    """Choose whether a person's view comes before the reasons."""
    check(caller.reader, "menu.edit", urn)
    with caller.writing() as tx:
        menu.set_view_first(tx, caller.reader, urn, body.view_first)
    return DoneResponse()


@router.get("/schools/{urn}/places", response_model=PlacesResponse)
def read_places(
    request: Request, caller: Annotated[Caller, Depends(needs("places.read"))], urn: UrnPath
) -> Response:
    """How many reviews the school says it can do."""
    check(caller.reader, "places.read", urn)
    with caller.reading() as tx:
        return tagged(request, _places(tx, urn))


@router.post("/schools/{urn}/places", response_model=DoneResponse)
@answers_once()
def set_places(
    request: Request,
    caller: Annotated[Caller, Depends(needs("places.edit"))],
    urn: UrnPath,
    body: PlacesRequest,
) -> DoneResponse:
    """Say how many reviews can be done; lists are cut there, never at a figure. If-Match: the ETag read."""
    check(caller.reader, "places.edit", urn)
    with caller.writing() as tx:
        check_unchanged(request, _places(tx, urn))
        menu.set_places(tx, caller.reader, urn, {(body.nc_year, body.flag_list): body.places})
    return DoneResponse()


def _places(tx: Transaction, urn: str) -> PlacesResponse:
    found = sorted(menu.places(tx, urn).items())
    rows = [PlacesRequest(nc_year=year, flag_list=which, places=n) for (year, which), n in found]
    return PlacesResponse(places=rows, year_groups=menu.year_groups(tx, urn))


def _menu(tx: Transaction, urn: str) -> MenuResponse:
    offers = menu.menu(tx, urn)
    shown = [OfferResponse(**{n: getattr(one, n) for n in OfferResponse.model_fields}) for one in offers]
    return MenuResponse(offers=shown)
