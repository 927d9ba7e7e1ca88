"""Support places by list and year group: what a school sets, what counts, what is refused."""

import pytest

from data_contracts.errors import Refused
from service.support import menu
from service.support.menu import ALL_YEARS
from service.support.words import FlagList
from testbed.deployments import caller
from testbed.seeds import OWN, Seeded
from tests.service.conftest import fresh, template

__all__ = ["fresh", "template"]
FRESH, BEFORE = FlagList.not_suspended, FlagList.suspended


def wish(seeded: Seeded, wanted: dict[tuple[str, FlagList], int | None]) -> dict[tuple[str, FlagList], int]:
    """Set places as the inclusion lead, and read them back."""
    lead = caller(seeded.deployment, "inclusion_lead", [OWN])
    with lead.writing() as tx:
        menu.set_places(tx, lead.reader, OWN, wanted)
    with lead.reading() as tx:
        return menu.places(tx, OWN)


def test_a_year_group_has_its_own_number_until_it_is_taken_away(fresh: Seeded) -> None:
    assert wish(fresh, {(ALL_YEARS, FRESH): 8, ("9", FRESH): 3}) == {(ALL_YEARS, FRESH): 8, ("9", FRESH): 3}
    assert wish(fresh, {("9", FRESH): None, ("8", BEFORE): 0}) == {(ALL_YEARS, FRESH): 8, ("8", BEFORE): 0}


def test_the_year_groups_are_those_on_roll(fresh: Seeded) -> None:
    with fresh.deployment.database.reading([OWN]) as tx:
        assert menu.year_groups(tx, OWN) == ["7", "8", "9", "10"]


@pytest.mark.parametrize("wanted", [{("13", FRESH): 2}, {(ALL_YEARS, FRESH): 501}, {("7", BEFORE): -1}])
def test_a_number_that_cannot_be_is_refused(
    fresh: Seeded, wanted: dict[tuple[str, FlagList], int | None]
) -> None:
    with pytest.raises(Refused):
        wish(fresh, wanted)
