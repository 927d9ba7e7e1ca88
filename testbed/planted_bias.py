"""Incidents of a made trust with bias planted for one group, and who is in which group, as the audits read them."""

import numpy as np
import pandas as pd

from data_contracts.reading.spellings import read_code
from pipelines.audit import incidents_of
from pipelines.synthesise.days import Days, history_days
from pipelines.synthesise.history import History
from pipelines.synthesise.journey import make_history
from pipelines.synthesise.people import nc_year
from pipelines.synthesise.setting import draw_settings
from pipelines.synthesise.vocabulary import ACTIONS, NEGATIVE
from pipelines.synthesise.world import World

PLANTED = "ethnicity: Black"


def trust_incidents(
    world: World, seed: int, *, schools: int, pupils: int, years: int
) -> tuple[pd.DataFrame, dict[str, "pd.Series[bool]"]]:
    """The incidents of a made trust as `incidents_of` gives them, and who is in which group."""
    days = history_days(years, "2025/26")
    settings = draw_settings(
        world, days, schools=schools, pupils=pupils, phase="secondary", mis=("sims",), seed=seed
    )
    histories = [make_history(settings, number, days, world, seed) for number in range(schools)]
    behaviour = pd.concat([_behaviour(one, days, world) for one in histories], ignore_index=True)
    rows = incidents_of(behaviour.drop(columns="nc_year"), behaviour)
    people = pd.concat([one.people for one in histories]).drop_duplicates("upn").set_index("upn")
    own = people.loc[rows["pupil_id"]].reset_index()
    groups = {f"ethnicity: {name}": own["ethnicity_group"] == name for name in ("Black", "Asian", "Mixed")}
    groups |= {"sex: M": own["sex"] == "M", "fsm": own["fsm"], "eal": own["eal"]}
    return rows, {**groups, "need": own["latent_sen"] != "N"}


def _behaviour(history: History, days: Days, world: World) -> pd.DataFrame:
    """A history's negative records with the lake's column names."""
    kinds = np.array([read_code("behaviour_types", kind.sims) for kind in NEGATIVE], dtype=object)
    rows = history.events
    rows = rows[(rows["kind"] < len(NEGATIVE)) & (rows["role"] == 1)]
    day, pupil = rows["day"].to_numpy(), rows["pupil"].to_numpy()
    years = np.stack(
        [nc_year(history.people, world.rates("secondary"), int(y)) for y in sorted(set(days.year))]
    )
    return pd.DataFrame(
        {
            "pupil_id": history.people["upn"].to_numpy()[pupil],
            "school": history.setting.urn,
            "term": np.array([term.id for term in days.terms], dtype=object)[days.term[day]],
            "date": days.datetimes[day],
            "nc_year": years[days.year[day] - int(days.year[0]), pupil],
            "type": kinds[rows["kind"].to_numpy()],
            "action": np.array(ACTIONS, dtype=object)[rows["action"].to_numpy()],
            "role": "involved",
            "positive": False,
        }
    )
