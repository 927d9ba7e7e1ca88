"""Before there is a model: a list by a plain points rule, always called a rule and never a model."""

from typing import Any

import pandas as pd

from data_contracts.errors import Refused
from model.rules import points
from pipelines.config import Config

RULE = "abc"


def rule_list(rows: pd.DataFrame, config: Config, rule: str = RULE) -> dict[str, Any]:
    """List the pupils a plain rule of belong.toml would suggest among one term's rows.

    {rule, label, points, schools: [{school, places, least, pupils}]}, pupils in the order of their ids.

    The list is cut at the school's support places and never through pupils with equal points: where they do
    not all fit, none of them is on it. A pupil without a point is on no list. Raises Refused for a rule that
    is not there.
    """
    if rule not in config.baselines:
        raise Refused(
            f"There is no points rule called '{rule}'.", hint=f"Use one of {', '.join(config.baselines)}."
        )
    chosen = config.baselines[rule]
    rows = rows[rows["scored"].astype(bool)]
    rows = rows.assign(_points=points(rows, chosen.rules))
    places = config.places_for({str(name): len(part) for name, part in rows.groupby("school")})
    schools = [_of_school(str(name), part, places[str(name)]) for name, part in rows.groupby("school")]
    meaning = [f"{worth:g} for {name} of {least:g} or more" for name, least, worth in chosen.rules]
    return {"rule": rule, "label": chosen.label, "points": meaning, "schools": schools}


def _of_school(school: str, rows: pd.DataFrame, places: int) -> dict[str, Any]:
    counts = rows["_points"].value_counts().sort_index(ascending=False)
    fitting = counts[(counts.index > 0) & (counts.cumsum() <= places)]
    least = float(fitting.index.min()) if len(fitting) else None
    chosen = rows[rows["_points"] >= least] if least is not None else rows.iloc[:0]
    return {
        "school": school, "places": places, "least": least,
        "pupils": sorted(str(pupil) for pupil in chosen["pupil_id"]),
    }  # fmt: skip
