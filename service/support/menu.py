"""What a school can offer: its menu of support, how many reviews it can do, how it works with Belong."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from data_contracts.errors import Refused
from service.core.audit import Event, Recorded, record
from service.core.engine import Transaction
from service.core.permissions import NotFound, Reader, check
from service.support import support_store
from service.support.support_rows import MenuRow, PlacesRow, PracticeRow
from service.support.words import STRENGTH_WORDS, FlagList, Strength

NOT_OFFERED = ("detention", "report card", "isolation", "reduced timetable")
ALL_YEARS = "all"
MOST_PLACES = 500


@dataclass(frozen=True)
class Offer:
    """A line of the menu. `left` is how many more pupils it can hold; None where no limit is set.

    `strength` and `source` say how well it has been tested and where that stands; "" of a school's own lines.
    """

    id: str
    about: str
    name: str
    lead: str
    capacity: int | None
    used: int
    strength: str = ""
    source: str = ""

    @property
    def left(self) -> int | None:
        """How many more pupils it can hold."""
        return None if self.capacity is None else max(self.capacity - self.used, 0)

    @property
    def strength_words(self) -> str:
        """The strength in words, "" where nobody has said it."""
        return STRENGTH_WORDS[Strength(self.strength)] if self.strength else ""


@dataclass(frozen=True)
class Seeded:
    """A line of the menu that a new school begins with."""

    about: str
    name: str
    lead: str
    strength: Strength
    source: str


@cache
def _described() -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = tomllib.loads(
        files("service.support").joinpath("menu.toml").read_text("utf-8")
    )["about"]
    return parts


@cache
def seed() -> tuple[Seeded, ...]:
    """The menu a new school begins with."""
    return tuple(
        Seeded(part["key"], one["name"], part["lead"], Strength(one["strength"]), one["source"])
        for part in _described()
        for one in part["offers"]
    )


@cache
def abouts() -> dict[str, str]:
    """What a line of the menu can be about, with the words for it; reasons on a card point to these."""
    return {part["key"]: part["words"] for part in _described()}


def menu(tx: Transaction, school: str) -> list[Offer]:
    """The school's menu; before its first edit, the menu every school begins with."""
    rows = support_store.menu(tx, school)
    if not rows:
        return [
            Offer(f"seed-{i}", one.about, one.name, one.lead, None, 0, one.strength, one.source)
            for i, one in enumerate(seed())
        ]
    used = support_store.menu_use(tx, school)
    return [
        Offer(
            row.id, row.about, row.name, row.lead, row.capacity, used.get(row.id, 0), row.strength, row.source
        )
        for row in rows
    ]


def fitting(offers: list[Offer], about: list[str]) -> list[Offer]:
    """The menu with what the reasons point to first; nothing is left out."""
    return sorted(offers, key=lambda offer: (offer.about not in about, offer.about, offer.name))


def add_offer(
    tx: Transaction, reader: Reader, school: str, *, about: str, name: str, lead: str, capacity: int | None
) -> None:
    """Add a line to the school's menu; Refused for a sanction or an empty name."""
    check(reader, "menu.edit", school)
    told = record(tx, reader, Event.MENU_CHANGED, school=school, detail={"change": "added"})
    _keep_seed(told, reader, school)
    _refuse_sanction(name)
    mine = support_store.by(reader)
    told.add(MenuRow(school=school, about=about, name=name, lead=lead, capacity=capacity, **mine))


def change_offer(
    tx: Transaction,
    reader: Reader,
    school: str,
    offer_id: str,
    *,
    capacity: int | None,
    retired: bool = False,
) -> None:
    """Set how many pupils a line can hold, or take it off the menu. Pupils already receiving it are not affected."""
    check(reader, "menu.edit", school)
    change = {"change": "retired" if retired else "capacity"}
    told = record(tx, reader, Event.MENU_CHANGED, school=school, detail=change)
    kept = _keep_seed(told, reader, school)
    row = support_store.one(tx, MenuRow, school, kept.get(offer_id, offer_id))
    if row is None:
        raise NotFound("This support isn't on your menu.")
    row.capacity, row.retired = capacity, retired


def _keep_seed(told: Recorded, reader: Reader, school: str) -> dict[str, str]:
    """Before its first edit, write the seed as the school's own; returns seed id -> row id."""
    if support_store.menu(told.tx, school):
        return {}
    rows = [MenuRow(school=school, **vars(one), **support_store.by(reader)) for one in seed()]
    told.add(*rows)
    return {f"seed-{place}": row.id for place, row in enumerate(rows)}


def _refuse_sanction(name: str) -> None:
    if not name.strip():
        raise Refused("Give the support a name.", hint="For example: Lunchtime club.")
    if any(sanction in name.lower() for sanction in NOT_OFFERED):
        raise Refused("The menu is for support only.", hint="Sanctions can't be added.")


def places(tx: Transaction, school: str) -> dict[tuple[str, FlagList], int]:
    """Support places by (year group or `all`, list), as the school set them.

    A year group's own number counts for it; the number for `all` counts for the year groups without one.
    """
    rows = support_store.places(tx, school)
    return {(row.nc_year, FlagList(row.flag_list)): row.places for row in rows if row.places >= 0}


def year_groups(tx: Transaction, school: str) -> list[str]:
    """The year groups on the school's roll, youngest first: those that places can be set for."""
    return sorted(support_store.year_groups(tx, school), key=lambda year: int(year) if year.isdigit() else 0)


def set_places(
    tx: Transaction, reader: Reader, school: str, wanted: Mapping[tuple[str, FlagList], int | None]
) -> None:
    """Set how many reviews can be done; None takes a year group's own number away."""
    check(reader, "places.edit", school)
    told = record(tx, reader, Event.PLACES_CHANGED, school=school, detail={"rows": len(wanted)})
    known = {ALL_YEARS, *support_store.year_groups(tx, school)}
    for (nc_year, flag_list), count in wanted.items():
        if count is not None and not 0 <= count <= MOST_PLACES:
            raise Refused(f"Enter a number of support places from 0 to {MOST_PLACES}.")
        if count is not None and nc_year not in known:
            raise Refused(f"There is no year group {nc_year} on this school's roll.")
        row = PlacesRow(school=school, nc_year=nc_year, flag_list=flag_list, **support_store.by(reader))
        row.places = -1 if count is None else count
        told.add(row)


def view_first(tx: Transaction, school: str) -> bool:
    """Whether this school asks for a person's view before it shows the reasons."""
    row = support_store.practice(tx, school)
    return row is not None and row.view_first


def set_view_first(tx: Transaction, reader: Reader, school: str, wanted: bool) -> None:
    """Choose whether a person's view comes before the reasons."""
    check(reader, "menu.edit", school)
    told = record(tx, reader, Event.MENU_CHANGED, school=school, detail={"view_first": wanted})
    told.add(PracticeRow(school=school, view_first=wanted, **support_store.by(reader)))
