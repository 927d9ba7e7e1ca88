"""Lists page by page: a cursor names the last thing that was shown, so nothing is skipped or shown twice."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Path, Query

from data_contracts.errors import Refused
from service.core.taking import Line

Cursor = Annotated[
    Line | None, Query(max_length=100, description="Where to continue: the `next` of the page before.")
]
T = TypeVar("T")
Limit = Annotated[int, Query(ge=1, le=500, description="At most so many at once.")]


def page_of(
    things: Sequence[T], key: Callable[[T], str], cursor: str | None, limit: int
) -> tuple[list[T], str | None]:
    """A page of an ordered list and the cursor of the next one; Refused for a cursor of no known thing."""
    begin = 0
    if cursor is not None:
        places = [place for place, thing in enumerate(things) if key(thing) == cursor]
        if not places:
            raise Refused("This cursor is not valid.", hint="Start again without it.")
        begin = places[0] + 1
    shown = list(things[begin : begin + limit])
    return shown, key(shown[-1]) if begin + limit < len(things) else None


UrnPath = Annotated[str, Path(pattern=r"^[0-9]{6}$", examples=["999001"])]
