"""An indicator in words: every sentence of the catalogue, at its edges."""

import pytest

from model.indicator import Indicator
from pipelines.indicators.catalogue import catalogue

EDGES = (None, 0.0, 1.0, 2.0)


@pytest.mark.parametrize("indicator", catalogue(), ids=lambda indicator: indicator.name)
def test_every_sentence_reads_at_its_edges(indicator: Indicator) -> None:
    for value in EDGES:
        text = indicator.said(value)
        assert text.endswith(".")
        assert not any(odd in text for odd in ("{", " 0 school days ago", " 1 school days"))
