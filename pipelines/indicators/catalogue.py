"""The catalogue: every indicator of the four families, in the order in which people meet them."""

from functools import lru_cache

from model.indicator import Indicator
from pipelines.indicators import attendance, behaviour, lost_learning, sen
from pipelines.indicators.feature import Feature


@lru_cache(maxsize=1)
def features() -> tuple[Feature, ...]:
    """Every declaration with its computation; ValueError where a name stands twice."""
    found = (*attendance.FEATURES, *lost_learning.FEATURES, *behaviour.FEATURES, *sen.FEATURES)
    names = [feature.name for feature in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"indicators declared twice: {sorted(twice)}")
    return found


def catalogue() -> tuple[Indicator, ...]:
    """The declarations alone, as training and explanation take them."""
    return tuple(feature.indicator for feature in features())
