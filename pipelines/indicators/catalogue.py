"""The catalogue: every indicator of the four families, in the order in which people meet them."""

from functools import lru_cache

from model.indicator import Indicator
from pipelines.indicators import attendance, behaviour, lost_learning, sen
from pipelines.indicators.measure import Measure


@lru_cache(maxsize=1)
def measures() -> tuple[Measure, ...]:
    """Every declaration with its computation; ValueError where a name stands twice."""
    found = (*attendance.MEASURES, *lost_learning.MEASURES, *behaviour.MEASURES, *sen.MEASURES)
    names = [measure.name for measure in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"indicators declared twice: {sorted(twice)}")
    return found


def catalogue() -> tuple[Indicator, ...]:
    """The declarations alone, as training and explanation take them."""
    return tuple(measure.indicator for measure in measures())
