"""The reference's matrix: every value the engine should give for a world, by pupil, school and term."""

from collections.abc import Sequence

from data_contracts import calendar
from tests.indicators import reference
from tests.indicators.reference import Row, Seen, Value, World

FAMILIES = {
    "attendance": reference.attendance,
    "suspensions": reference.lost_learning,
    "behaviour": reference.behaviour,
    "sen": reference.sen,
    "pupils": reference.pupils_place,
}
WINDOW_OF = {
    "term": "term",
    "last_term": "last_term",
    "last_year": "last_year",
    "year": "year",
    "ever": "ever",
}
SPECIAL = {
    "absence_change_term": "term", "first_incident_this_term": "ever", "sen_changed_year": "year",
    "school_days_since_suspension": "ever", "school_days_since_incident": "ever",
    "low_attendance_half_terms": "year", "severe_absence_half_terms": "year", "most_serious_year": "year",
}  # fmt: skip
Key = tuple[str, str, str]


def window_of(name: str) -> str:
    """The window a name speaks of; names that speak of none look at the term."""
    if name in SPECIAL:
        return SPECIAL[name]
    for ending, window in (("last_year", "last_year"), ("last_term", "last_term"), ("year", "year"),
                           ("ever", "ever")):  # fmt: skip
        if name.endswith(f"_{ending}"):
            return window
    return "term"


def matrix(world: World, terms: Sequence[str]) -> dict[Key, dict[str, Value]]:
    """Values of every indicator for every pupil on roll at the terms' as-of dates."""
    found: dict[Key, dict[str, Value]] = {}
    years: dict[Key, tuple[str, str, str]] = {}
    for school, term in world:
        if term not in terms:
            continue
        for row in on_roll(world[school, term]["pupils"], term):
            seen = Seen(row["pupil_id"], school, term, row, world)
            key = (row["pupil_id"], school, term)
            found[key] = values(seen)
            years[key] = (school, term, row["nc_year"])
    for key, group in years.items():
        peers = [found[other]["incidents_term"] for other in years if years[other] == group]
        against_year_group(found[key], [peer for peer in peers if peer is not None])
    return found


def on_roll(pupils: list[Row], term: str) -> list[Row]:
    """The pupils who had come and had not left on the as-of date."""
    as_of = calendar.as_of(term)
    return [
        r
        for r in pupils
        if r["entry_date"] <= as_of and not (r["leaving_date"] and r["leaving_date"] <= as_of)
    ]


def values(seen: Seen) -> dict[str, Value]:
    """Every family's values, missing where the table was not loaded for the window."""
    found: dict[str, Value] = {}
    for table, family in FAMILIES.items():
        for name, value in family(seen).items():
            found[name] = value if table == "pupils" or seen.covered(table, window_of(name)) else None
    return found


def against_year_group(values_of: dict[str, Value], peers: list[float]) -> None:
    """Fill in the two indicators that compare a pupil with the school's year group."""
    mine = values_of["incidents_term"]
    if mine is None:
        values_of["incidents_above_norm_term"] = values_of["incidents_rank_term"] = None
        return
    values_of["incidents_above_norm_term"] = mine - sum(peers) / len(peers)
    below = sum(peer < mine for peer in peers)
    values_of["incidents_rank_term"] = 100.0 * below / max(len(peers) - 1, 1)
