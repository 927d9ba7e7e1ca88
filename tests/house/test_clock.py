"""The day that lists and dues are told for can be set for a demo and for tests, and nowhere else."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from data_contracts.errors import Refused
from service.core import clock
from service.core.base import now
from service.core.settings import settings_for
from tests.conftest import TODAY


@pytest.fixture(autouse=True)
def _as_before() -> object:
    """Whatever a test sets, the next one finds the tests' own day."""
    yield
    clock.set_day(date.fromisoformat(TODAY))


def test_a_set_day_moves_dates_and_no_timestamp() -> None:
    clock.set_day(date(2031, 3, 4))
    assert clock.today() == date(2031, 3, 4)
    before = datetime.now(UTC)
    assert before <= now() <= datetime.now(UTC)
    clock.set_day(None)
    assert abs((clock.today() - datetime.now(clock.SCHOOLS_TIME).date()).days) <= 1


def test_the_demo_says_its_own_day_and_the_environment_comes_first(tmp_path: Path) -> None:
    assert settings_for(tmp_path, {}).today is None
    (tmp_path / "demo.json").write_text('{"today": "2026-09-14"}', "utf-8")
    assert settings_for(tmp_path, {}).today == date(2026, 9, 14)
    assert settings_for(tmp_path, {"BELONG_TODAY": "2026-10-01"}).today == date(2026, 10, 1)
    with pytest.raises(Refused, match="a day such as"):
        settings_for(tmp_path, {"BELONG_TODAY": "tomorrow"})


def test_a_production_service_is_never_set_to_another_day(tmp_path: Path) -> None:
    given = {"BELONG_ENV": "production", "BELONG_BASE_URL": "https://belong.school.example"}
    assert settings_for(tmp_path, given).today is None
    with pytest.raises(Refused, match="as of today"):
        settings_for(tmp_path, {**given, "BELONG_TODAY": "2026-09-14"})
