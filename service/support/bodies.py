"""Bodies about what a school offers and how much it can do."""

from typing import Annotated, Literal

from pydantic import Field

from service.core.taking import Line, Text
from service.shell.bodies import Body
from service.support.words import FlagList

Words = Annotated[Text, Field(max_length=2000)]


class OfferResponse(Body):
    """A line of the school's menu of supports; `strength` and `source` are empty for a school's own lines."""

    id: str
    about: str
    name: str
    lead: str
    capacity: int | None
    used: int
    strength: Literal["strong", "some", "practice", ""]
    source: str


class OfferRequest(Body):
    """A line to add to the menu: what it is about, its name, who leads it, how many pupils it can hold."""

    about: Annotated[Line, Field(max_length=80, examples=["rising absence"])]
    name: Annotated[Line, Field(min_length=1, max_length=200, examples=["Breakfast club"])]
    lead: Annotated[Line, Field(max_length=100, examples=["Ms Green"])] = ""
    capacity: Annotated[int | None, Field(ge=0, le=1000, examples=[12])] = None


class OfferChangeRequest(Body):
    """How many pupils a line can hold (null: no limit), or that it is taken off the menu."""

    capacity: Annotated[int | None, Field(ge=0, le=1000, examples=[15])] = None
    retired: bool = False


class MenuResponse(Body):
    """The school's menu of supports."""

    offers: list[OfferResponse]


class PlacesRequest(Body):
    """How many reviews can be done: for a year group (or `all`) and a list. Null takes a number away."""

    nc_year: Annotated[str, Field(pattern=r"^(all|R|[0-9]{1,2})$")] = "all"
    flag_list: Annotated[FlagList, Field(examples=[next(iter(FlagList)).value])]
    places: Annotated[Annotated[int, Field(ge=0, le=500)] | None, Field(examples=[20])]


class PlacesResponse(Body):
    """The support places a school has set, and the year groups it can set some for."""

    places: list[PlacesRequest]
    year_groups: list[str]


class PracticeRequest(Body):
    """Whether this school asks for a person's view before it shows the reasons."""

    view_first: Annotated[bool, Field(examples=[True])]
