"""Calls with NUL, days and terms no school has, long names and the like are answered, and break nothing."""

from collections import Counter

import pytest

from service.core.permissions import ROLES
from testbed.awkward import Awkward
from testbed.seeds import Seeded


def test_awkward_calls_by_all_roles_break_nothing(fresh: Seeded) -> None:
    calls: Counter[int] = Counter()
    calling = Awkward(fresh, chance=7)
    assert [fault for role in ROLES for fault in calling.call_all(role, calls)] == []
    assert calls.total() > 1_000
    assert calls[200] + calls[201] + calls[303] > 300
    assert calls[422] > 50


@pytest.mark.postgres
def test_awkward_calls_break_nothing_on_postgresql(seeded_postgres: Seeded) -> None:
    calling = Awkward(seeded_postgres, chance=8)
    roles = ("inclusion_lead", "pastoral", "dpo", "admin")
    assert [fault for role in roles for fault in calling.call_all(role, Counter())] == []


def test_what_breaks_is_told(fresh: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.app.help_pages.render", lambda *_, **__: 1 / 0)
    faults = Awkward(fresh, chance=7).call_all("dpo", Counter())
    assert faults
    assert all("GET /help" in fault and "500" in fault and "ZeroDivisionError" in fault for fault in faults)
