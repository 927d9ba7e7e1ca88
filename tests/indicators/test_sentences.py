"""An indicator in words: every sentence of the catalogue, at its edges."""

import pytest

from model.indicator import Indicator
from pipelines.indicators.catalogue import catalogue

EDGES = (None, 0.0, 1.0, 2.0, -0.01, -3.0)


@pytest.mark.parametrize("indicator", catalogue(), ids=lambda indicator: indicator.name)
def test_every_sentence_reads_at_its_edges(indicator: Indicator) -> None:
    for value in EDGES:
        text = indicator.said(value)
        assert text.endswith(".")
        assert not any(odd in text for odd in ("{", " 0 school days ago", " 1 school days"))


def test_what_can_fall_says_which_way_it_went_and_no_minus() -> None:
    known = {indicator.name: indicator for indicator in catalogue()}
    said = known["absence_change_term"].said
    assert said(2.0) == "Absence rose by 2.0 percentage points since last term."
    assert said(-2.0) == "Absence fell by 2.0 percentage points since last term."
    assert said(-0.01) == said(0.0) == "Absence has not changed since last term."
    said = known["incidents_above_norm_term"].said
    assert " 1.5 incidents above " in said(1.5)
    assert " 1.5 incidents below " in said(-1.5)
    falling = [
        indicator for indicator in known.values() if "change" in indicator.name or "norm" in indicator.name
    ]
    assert len(falling) >= 4
    assert not [
        indicator.name for indicator in falling if "-" in indicator.said(-3.0).replace("half-term", "")
    ]
