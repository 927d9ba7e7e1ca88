"""Who sees which counts: suppression follows the reader, subtraction included."""

import pytest

from service.core.audit import unaudited
from service.core.deployment import Deployment
from service.core.permissions import ROLES, RULES
from service.lists.counts import Counted, acted
from service.setting import setting_store
from service.setting.compared import GroupLine
from service.setting.facts import Fact
from service.setting.setting_rows import SettingFactRow
from service.setting.small_numbers import NOBODY, few_cells, sight_of
from service.setting.view import SettingView, setting_view
from testbed.deployments import caller
from tests.setting.conftest import URN

TERM = "2026-summer"
FACTS = [
    Fact("suspensions", "all", "Everyone", 9, 100, 8),
    Fact("suspensions", "year", "Year 7", 4, 50, 3),
    Fact("suspensions", "year", "Year 8", 5, 50, 5),
    Fact("incidents", "all", "Everyone", 96, 100, 54),
    Fact("incidents", "year", "Year 7", 40, 50, 30),
    Fact("incidents", "year", "Year 8", 6, 50, 4),
    Fact("incidents", "year", "Year 9", 50, 50, 20),
    Fact("incidents", "weekday_hour", "Monday 09:00", 3, 100, 2),
    Fact("incidents", "weekday_hour", "Monday 10:00", 30, 100, 20),
    Fact("incidents", "weekday_hour", "Tuesday 09:00", 31, 100, 20),
    Fact("incidents", "weekday_hour", "Tuesday 10:00", 32, 100, 20),
    Fact("incidents", "week", "2026-06-01", 4, 100, 3),
    Fact("incidents", "week", "2026-06-08", 60, 100, 40),
    Fact("incidents", "week", "2026-06-15", 32, 100, 30),
]
WHOLE, OWN_YEAR, NONE = "every count", "the own year's", "none"
TABLE = {
    "inclusion_lead": WHOLE, "pastoral": WHOLE, "head_of_year": WHOLE, "senco": WHOLE, "dsl": WHOLE,
    "head_of_year of 7": OWN_YEAR, "pastoral of 7": OWN_YEAR,
    "head": NONE, "trust_lead": NONE, "data_team": NONE, "governor": NONE,
}  # fmt: skip


def view_of(deployment: Deployment, who: str) -> SettingView:
    role, _, years = who.partition(" of ")
    reader = caller(deployment, role, [URN], year_groups=frozenset({years}) if years else None)
    with reader.writing() as tx:
        setting_store.replace_facts(unaudited(tx, "a test"), URN, TERM, FACTS)
        return setting_view(reader, tx, URN, TERM)


def line(view: SettingView, measure: str, name: str) -> GroupLine:
    table = next(one for one in view.years if one.measure == measure)
    return next(one for one in table.lines if one.name == name)


def test_the_table_names_every_role_that_reads_the_setting() -> None:
    assert {who.partition(" of ")[0] for who in TABLE} == {r for r in ROLES if r in RULES["setting.read"]}


@pytest.mark.parametrize(("who", "sees"), TABLE.items())
def test_counts_are_told_to_those_who_may_open_the_cards_behind_them(
    deployment: Deployment, who: str, sees: str
) -> None:
    view = view_of(deployment, who)
    seven, eight = line(view, "suspensions", "Year 7"), line(view, "suspensions", "Year 8")
    assert (seven.count, seven.now, "now" in seven.kept_back) == (
        (None, None, True) if sees == NONE else (4, 8.0, False)
    )
    assert (eight.count, eight.now, "now" in eight.kept_back) == (
        (5, 10.0, False) if sees == WHOLE else (None, None, True)
    )
    suspended = next(one for one in view.lines if one.name == "suspensions")
    assert (suspended.now, suspended.count) == (9.0, 9 if sees == WHOLE else None)
    assert view.sees_counts == (sees == WHOLE)


@pytest.mark.parametrize(("who", "sees"), TABLE.items())
def test_what_is_kept_back_does_not_follow_by_subtraction(
    deployment: Deployment, who: str, sees: str
) -> None:
    view = view_of(deployment, who)
    kept = {
        one.name for one in next(t for t in view.years if t.measure == "incidents").lines if one.kept_back
    }
    assert kept == {WHOLE: set(), OWN_YEAR: {"Year 8", "Year 9"}, NONE: {"Year 8", "Year 9"}}[sees]
    assert view.grid is not None
    shown = [cell for row in view.grid.cells for cell in row if cell is not None]
    assert sum(shown) == (96 if sees == WHOLE else 0), "of two by two cells one hidden cell hides all"
    points = next(one for one in view.weeks if one.measure == "incidents").points
    assert [one.now for one in points] == ([4, 60, 32] if sees == WHOLE else [None, 60, None])


def test_another_schools_counts_are_nobodys(deployment: Deployment) -> None:
    reader = caller(deployment, "inclusion_lead", ["999124"])
    assert sight_of(reader.reader, URN) == NOBODY


@pytest.mark.parametrize(
    ("parts", "of", "total", "shown"),
    [
        ({"started": 0, "not now": 0}, 18, "0 of 18", ()),
        ({"started": 3, "not now": 1}, 18, "4 of 18", ()),
        ({"started": 12, "not now": 4}, 18, "16 of 18", ()),
        ({"started": 12, "not now": 11}, 30, "23 of 30", (("started", "12"), ("not now", "11"))),
        ({"started": 1, "not now": 0}, 7, "1", ()),
    ],
)
def test_what_adults_did_is_never_kept_back_and_what_came_of_it_is(
    parts: dict[str, int], of: int, total: str, shown: tuple[tuple[str, str], ...]
) -> None:
    assert acted(parts, of) == Counted(total, shown)


def cells(**pupils: int) -> list[SettingFactRow]:
    """A grid of cells, each named by its row and column: `a1`."""
    return [SettingFactRow(name=f"{name[0]} {name[1]}", pupils=count) for name, count in pupils.items()]


@pytest.mark.parametrize(
    ("small", "kept"),
    [
        ({}, set()),
        ({"a1": 3, "a2": 3, "b1": 3, "b2": 3}, {"a 1", "a 2", "b 1", "b 2"}),
        ({"a1": 10}, set()),
        ({"a1": 3, "b2": 3}, {"a 1", "a 2", "b 1", "b 2"}),
    ],
)
def test_of_a_grid_only_so_much_is_kept_back_that_nothing_follows(
    small: dict[str, int], kept: set[str]
) -> None:
    many = {"a1": 20, "a2": 21, "a3": 40, "b1": 22, "b2": 23, "b3": 41, "c1": 42, "c2": 43, "c3": 44}
    assert few_cells(cells(**{**many, **small})) == kept
