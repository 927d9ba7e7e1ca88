"""What a school offers and how many reviews it can do: the menu and the support places."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from data_contracts.errors import Refused
from service.core.callers import Caller
from service.core.permissions import NotAllowed, can, check
from service.core.taking import Line, Urn
from service.schools import SchoolLine, schools_of
from service.shell.access import checked_form, needs
from service.shell.frames import frame_for
from service.shell.rendering import Frame, Page, render
from service.support import menu
from service.support.menu import Offer
from service.support.words import LIST_WORDS, FlagList

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class PlacesPage(Page):
    """How many reviews a school can do, and what it can offer."""

    template: ClassVar[str] = "support/places.html"
    section: ClassVar[str] = "admin"

    school: SchoolLine
    lists: tuple[str, ...]
    places: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    offers: tuple[Offer, ...]
    abouts: tuple[tuple[str, str], ...]
    may_edit: bool
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def about_words(self) -> dict[str, str]:
        """What a support is about, in words."""
        return dict(self.abouts)


@router.get("/places/{urn}")
def read_places(caller: Annotated[Caller, Depends(needs("places.read"))], urn: Urn) -> HTMLResponse:
    """Support places and the menu."""
    return _places_page(caller, urn)


@router.post("/places/{urn}", dependencies=[Depends(checked_form)])
def set_places(
    caller: Annotated[Caller, Depends(needs("places.edit"))],
    urn: Urn,
    year: Annotated[list[Line], Form()] = [menu.ALL_YEARS],  # noqa: B006
    not_suspended: Annotated[list[Line], Form()] = [],  # noqa: B006
    suspended: Annotated[list[Line], Form()] = [],  # noqa: B006
) -> Response:
    """Set how many reviews can be done, line by line; an empty field leaves the number to the line above it."""
    given = ((FlagList.not_suspended, not_suspended), (FlagList.suspended, suspended))
    try:
        wanted = {
            (each, name): _count(text)
            for name, texts in given
            for each, text in zip(year, texts, strict=False)
        }
        with caller.writing() as tx:
            menu.set_places(tx, caller.reader, urn, wanted)
    except Refused as error:
        return _places_page(caller, urn, {"not_suspended": _said(error)})
    return RedirectResponse(f"/places/{urn}", 303)


@router.post("/places/{urn}/menu", dependencies=[Depends(checked_form)])
def change_menu(
    caller: Annotated[Caller, Depends(needs("menu.edit"))],
    urn: Urn,
    offer: Annotated[Line, Form()] = "",
    about: Annotated[Line, Form()] = "",
    name: Annotated[Line, Form()] = "",
    lead: Annotated[Line, Form()] = "",
    capacity: Annotated[Line, Form()] = "",
) -> Response:
    """Add a line to the menu, or take one off where `offer` names it."""
    try:
        if not offer and about not in menu.abouts():
            raise Refused("Choose what the support is about.")
        with caller.writing() as tx:
            if offer:
                menu.change_offer(tx, caller.reader, urn, offer, capacity=None, retired=True)
            else:
                menu.add_offer(
                    tx,
                    caller.reader,
                    urn,
                    about=about,
                    name=name.strip(),
                    lead=lead.strip(),
                    capacity=_count(capacity),
                )
    except Refused as error:
        return _places_page(caller, urn, {"name": _said(error)})
    return RedirectResponse(f"/places/{urn}#menu", 303)


def _places_page(caller: Caller, urn: str, errors: dict[str, str] | None = None) -> HTMLResponse:
    check(caller.reader, "places.read", urn)
    with caller.reading() as tx:
        line = next(line for line in schools_of(caller, tx) if line.urn == urn)
        own = menu.places(tx, urn)
        offers = tuple(menu.menu(tx, urn))
        years = [menu.ALL_YEARS, *menu.year_groups(tx, urn)]
    page = PlacesPage(
        "Support places and menu",
        school=line,
        lists=tuple(LIST_WORDS.values()),
        places=tuple(
            (each, tuple((str(name), _shown(own.get((each, name)))) for name in LIST_WORDS)) for each in years
        ),
        offers=offers,
        abouts=tuple(menu.abouts().items()),
        may_edit=can(caller.reader, "places.edit", urn),
        errors=errors or {},
    )
    return render(page, _frame(caller, line.synthetic), status=422 if errors else 200)


def _shown(count: int | None) -> str:
    return "" if count is None or count < 0 else str(count)


def _count(text: str) -> int | None:
    """A number a person typed; None for an empty field. Refused for anything else."""
    if not text.strip():
        return None
    if not text.strip().isdigit():
        raise Refused("Enter a whole number, or leave the field empty.")
    return int(text)


def _said(error: Refused | NotAllowed) -> str:
    return f"{error.message} {error.hint}".strip()


def _frame(caller: Caller, synthetic: bool) -> Frame:
    return frame_for(caller, section="admin", synthetic=synthetic)
