"""Facts about incidents and positive events. Each gives True where the row is fine."""

import numpy as np
import pandas as pd

from data_contracts.facts.shared import Asked, Fact, fine, first_of_each, in_order


def _known(frame: pd.DataFrame, mark: str) -> np.ndarray:
    return ~frame[mark].fillna(False).to_numpy(dtype=bool) if mark in frame else fine(frame)


def type_mapped(asked: Asked) -> np.ndarray:
    """Somebody has said what the school's own word means, or the file itself says that it is praise."""
    return _known(asked.frame, "_type_new")


def praise_assumed(asked: Asked) -> np.ndarray:
    """The common type of praise is the school's own, not only that it is praise."""
    return _known(asked.frame, "_praise_assumed")


def polarity_clear(asked: Asked) -> np.ndarray:
    """All that the file says of a row agrees on its being praise or a concern."""
    return _known(asked.frame, "_contradicts")


def polarity_readable(asked: Asked) -> np.ndarray:
    """What stands in the column of polarity says one or the other."""
    return _known(asked.frame, "_neither")


def action_known(asked: Asked) -> np.ndarray:
    return _known(asked.frame, "_action_unknown")


def recorded_after_event(asked: Asked) -> np.ndarray:
    return in_order(asked.frame["date"], asked.frame["recorded_on"])


def incident_once(asked: Asked) -> np.ndarray:
    frame = asked.frame
    once = first_of_each(frame, ["incident_id", "upn", "role", "local_type"])
    return once | frame["incident_id"].isna().to_numpy()


FACTS: dict[str, Fact] = {
    "type_mapped": type_mapped,
    "praise_assumed": praise_assumed,
    "polarity_clear": polarity_clear,
    "polarity_readable": polarity_readable,
    "action_known": action_known,
    "recorded_after_event": recorded_after_event,
    "incident_once": incident_once,
}
