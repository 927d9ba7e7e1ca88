"""A year group is whoever is in it now: last year's year 7 is year 8, on lists of last year too."""

from datetime import date

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from service.accounts import keeping, tokens
from service.core.callers import Caller, command_caller
from service.core.permissions import Reader
from service.lists.rule_list import rule_list
from service.records.pupil_rows import RollRow
from service.records.years import in_own_years
from testbed.seeds import OTHER, OWN, TERM, Seeded

NEXT_TERM = "2026-autumn"


@pytest.fixture
def moved_up(fresh: Seeded) -> Seeded:
    """A new school year has begun: everybody on the roll is a year older, and no list of it is made yet."""
    with fresh.deployment.database.writing([OWN, OTHER]) as tx:
        for row in tx.scalars(select(RollRow).where(RollRow.term == TERM)).all():
            values = {
                column.key: getattr(row, column.key)
                for column in RollRow.__table__.columns
                if column.key != "id"
            }
            tx.add(RollRow(**{**values, "term": NEXT_TERM, "nc_year": str(int(row.nc_year or 0) + 1)}))
    return fresh


def _head_of_year(seeded: Seeded, *years: str) -> Caller:
    return Caller(
        seeded.deployment,
        Reader("a-y", "y", "y", "head_of_year", frozenset({OWN}), frozenset(years)),
    )


def test_every_exit_goes_by_the_year_of_now(moved_up: Seeded) -> None:
    machine = command_caller(moved_up.deployment)
    keeping.add_account(machine, "y7@belong.example", role="head_of_year", schools=[OWN], year_groups=["7"])
    keeping.add_account(machine, "y8@belong.example", role="inclusion_lead", schools=[OWN], year_groups=["8"])
    seven, eight = _client(moved_up, "y7@belong.example"), _client(moved_up, "y8@belong.example")
    last_years_sevens = {pupil for n, pupil in enumerate(moved_up.pupils[OWN]) if n % 4 == 0}
    params = {"school": OWN, "term": TERM}
    assert seven.get("/api/v1/flags", params=params).json()["flags"] == []
    listed = {one["pupil_id"] for one in eight.get("/api/v1/flags", params=params).json()["flags"]}
    assert listed
    assert listed <= last_years_sevens
    exported = eight.get("/api/v1/exports/flags", params=params)
    assert exported.status_code == 200, exported.text
    assert {pupil for pupil in moved_up.pupils[OWN] if pupil in exported.text} == listed
    for pupil in last_years_sevens:
        assert seven.get(f"/api/v1/pupils/{pupil}/explanation").status_code == 404
        assert pupil not in seven.get(f"/schools/{OWN}/terms/{TERM}/lists").text
    pack = eight.get(f"/packs/{OWN}/{TERM}/panel")
    assert pack.status_code == 200
    assert {pupil for pupil in moved_up.pupils[OWN] if pupil in pack.text} <= last_years_sevens


def test_the_points_rule_goes_by_it_too(moved_up: Seeded) -> None:
    seven = {line.pupil_id for line in rule_list(_head_of_year(moved_up, "7"), OWN, TERM).lines}
    assert seven == set()


def test_the_newest_entry_decides_at_all_of_the_readers_schools(moved_up: Seeded) -> None:
    pupil = moved_up.pupils[OWN][0]
    with moved_up.deployment.database.writing([OWN, OTHER]) as tx:
        entry = tx.scalars(select(RollRow).where(RollRow.pupil_id == pupil, RollRow.term == NEXT_TERM)).one()
        entry.leaving_date = date(2026, 10, 2)
        tx.add(RollRow(pupil_id=pupil, school=OTHER, term=NEXT_TERM, nc_year="9", load_id=entry.load_id))
    reader = Reader("a-y", "y", "y", "head_of_year", frozenset({OWN, OTHER}), frozenset({"8"}))
    both, one = Caller(moved_up.deployment, reader), _head_of_year(moved_up, "8")
    with both.reading() as tx:
        assert in_own_years(both, tx, [pupil]) == set()
    with one.reading() as tx:
        assert in_own_years(one, tx, [pupil]) == {pupil}


def _client(seeded: Seeded, user: str) -> TestClient:
    client = seeded.client()
    token = tokens.issue_token(command_caller(seeded.deployment), user, days=1)["token"]
    client.headers["Authorization"] = f"Bearer {token}"
    return client
