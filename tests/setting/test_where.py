"""How much of what a model says is about where pupils are."""

import math

import pytest

from service.scoring.where import where_share

MANIFEST = {"indicators": [{"name": "incidents_term"}, {"name": "year_group"}]}


def row(*parts: float, base: float = -3.0) -> dict[str, object]:
    return {"contributions": list(parts), "log_odds": base + sum(parts)}


def test_own_records_alone_are_no_share() -> None:
    found = where_share(MANIFEST, [row(1.0, 0.0, 0.0), row(-1.0, 0.0, 0.0)])
    assert found is not None
    assert found["share"] == 0
    assert found["expected"] == pytest.approx(found["elsewhere"])


def test_the_year_group_and_the_school_are_where_pupils_are() -> None:
    found = where_share(MANIFEST, [row(1.0, 0.5, 0.5)])
    assert found is not None
    assert found["share"] == pytest.approx(0.5)
    assert found["expected"] == pytest.approx(1 / (1 + math.exp(1.0)))
    assert found["elsewhere"] == pytest.approx(1 / (1 + math.exp(2.0)))


def test_nobody_with_a_figure_gives_no_share() -> None:
    assert where_share(MANIFEST, [{"contributions": None, "log_odds": None}]) is None
