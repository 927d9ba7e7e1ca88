"""Facts about movements. Each gives True where the row is fine."""

import numpy as np

from data_contracts.facts.shared import Asked, Fact, in_order

_REVIEWED = ("off_site_direction", "part_time_timetable")


def review_present(asked: Asked) -> np.ndarray:
    """Temporary arrangements that still run need a review date."""
    frame = asked.frame
    due = frame["kind"].isin(_REVIEWED) & frame["end_date"].isna()
    return (~due | frame["review_date"].notna()).to_numpy(dtype=bool)


def review_in_period(asked: Asked) -> np.ndarray:
    return in_order(asked.frame["start_date"], asked.frame["review_date"])


FACTS: dict[str, Fact] = {
    "review_present": review_present,
    "review_in_period": review_in_period,
}
