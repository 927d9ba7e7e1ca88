"""Evidence is what was counted: every value can be counted again from its evidence as JSON alone."""

import json
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from model.indicator import Indicator
from pipelines.explanation.evidence import BUILDS, evidence_of
from pipelines.indicators import catalogue, engine
from tests.explanation.rebuilding import value_of
from tests.explanation.timelines import seen, timelines
from tests.indicators.generated import TERMS, World, worlds
from tests.indicators.lakes import pupil_id, write_lake

NAMES = [indicator.name for indicator in catalogue()]
MODEST = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
SCHOOL, WHO = "999001", pupil_id(1)


@MODEST
@given(worlds())
def test_every_value_can_be_counted_again_from_its_evidence(world: World) -> None:
    counted_again(world)


def counted_again(world: World, terms: tuple[str, ...] = TERMS) -> dict[str, dict[str, object]]:
    """Evidence of every value of a world, by indicator (of the last row), each counted again."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        matrix = engine.build(write_lake(Path(folder), world), terms)
    events = timelines(world)
    for row in matrix.to_dict("records"):
        records = seen(world, events.get(row["pupil_id"], []), row["pupil_id"], row["school"], row["term"])
        for name in NAMES:
            value = None if np.isnan(row[name]) else float(row[name])
            told = json.loads(json.dumps(evidence_of(name, records, value).as_dict()))
            where = f"{name} of {row['pupil_id']} at {row['school']}, {row['term']}: {told}"
            assert told["kept"] == "all" or (told["kept"] == "none" and value is None), where
            again = value_of(told)
            assert (again is None) == (value is None), where
            if value is not None:
                assert np.isclose(np.float32(again), np.float32(value), rtol=1e-6, atol=1e-5), where
            found[name] = told
    return found


def awkward() -> World:
    """Incidents without a number or a role, told again in a later file; types that allege a crime; a Saturday."""
    spring, summer, who = "2024-spring", "2024-summer", {"pupil_id": WHO, "recorded_on": None}
    world: World = {
        (SCHOOL, term): {
            "pupils": [{**who, "nc_year": "9", "registration_group": "A", "phase": "secondary",
                        "entry_date": date(2022, 9, 5), "leaving_date": None, "enrol_status": "C"}],
            "attendance": [], "behaviour": [], "suspensions": [], "sen": [],
        }
        for term in (spring, summer)
    }  # fmt: skip
    plain = {**who, "positive": None, "points": 1.0, "severity": None, "lesson": None, "action": None}
    incidents = [
        {
            **plain,
            "incident_id": None,
            "date": date(2024, 6, 3),
            "time": "10:00",
            "type": "weapon",
            "role": None,
        },
        {
            **plain,
            "incident_id": None,
            "date": date(2024, 6, 3),
            "time": "11:00",
            "type": "theft",
            "role": None,
        },
        {
            **plain,
            "incident_id": "7",
            "date": date(2024, 3, 8),
            "time": None,
            "type": None,
            "role": "involved",
        },
    ]
    again = {**incidents[2], "action": "suspension", "recorded_on": date(2024, 4, 22)}
    world[SCHOOL, spring]["behaviour"] = [incidents[2]]
    world[SCHOOL, summer]["behaviour"] = [*incidents[:2], dict(incidents[0], lesson="Art"), again]
    world[SCHOOL, summer]["attendance"] = [
        {**who, "date": date(2024, 6, day), "session": half, "code": code}
        for day, half, code in (
            (6, "PM", "O"), (7, "AM", "Y"), (7, "PM", "O"), (8, "AM", "I"), (8, "PM", "Y7"), (10, "AM", "O"),
            (10, "PM", "K"), (11, "AM", "U"), (12, "AM", "-"), (13, "PM", "/"),
        )
    ]  # fmt: skip
    return world


def test_what_is_awkward_is_counted_as_the_engine_counts_it_and_no_crime_is_named() -> None:
    found = counted_again(awkward(), ("2024-spring", "2024-summer"))
    kinds = found["kinds_of_incident_term"]
    assert [row["group"] for row in kinds["records"]] == ["not named 1", "not named 2", "not named 2"]
    assert found["absence_term"]["said"] == "5 of 6 sessions."
    assert not [kind for kind in ("weapon", "theft", "prohibited") if kind in json.dumps(found).lower()]
    told = [row for each in found.values() for row in each["records"] if row["kind"] == "mark"]
    assert told
    assert not [row for row in told if "code" in row or "ill" in row["words"].lower()]


def test_records_that_do_not_add_up_to_the_value_say_so() -> None:
    world = awkward()
    records = seen(world, timelines(world)[WHO], WHO, SCHOOL, "2024-summer")
    some = evidence_of("incidents_term", records, 9.0)
    assert (some.kept, some.total) == ("some", 3)
    assert some.said == "Some of the records behind this are not held here, or were corrected since."
    assert evidence_of("suspensions_year", records, 2.0).kept == "none"
    assert evidence_of("suspensions_year", records, 0.0).said == "None."
    assert evidence_of("year_group", replace(records, roll=()), 9.0).kept == "none"
    unknown = evidence_of("of_another_release", records, 1.0).as_dict()
    assert (unknown["kept"], unknown["records"]) == ("none", [])


def test_a_manifest_of_an_earlier_release_is_still_read() -> None:
    for one in catalogue():
        older = {name: value for name, value in one.as_dict().items() if name not in ("form", "theme")}
        assert Indicator.from_dict(older) == replace(one, form="", theme="")
        assert Indicator.from_dict(one.as_dict()) == one
    with pytest.raises(ValueError, match="unknown form"):
        replace(catalogue()[0], form="guess")


def test_every_indicator_says_how_its_value_is_made_and_what_it_is_told_under() -> None:
    assert all(indicator.theme for indicator in catalogue())
    assert all(indicator.form for indicator in catalogue())
    assert sorted(BUILDS) == sorted(NAMES)
