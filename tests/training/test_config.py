"""Settings: defaults, a home's own, and mistakes named."""

from pathlib import Path

import pytest

from data_contracts.errors import Refused
from pipelines.config import Config


def test_places_are_a_share_of_the_scored_roll_and_at_least_six() -> None:
    config = Config.load()
    assert [config.places(n) for n in (0, 4, 100, 240, 900, 1201)] == [0, 4, 6, 6, 23, 31]


def test_a_home_overrides_what_it_names_and_keeps_the_rest(tmp_path: Path) -> None:
    home = tmp_path / "belong.toml"
    home.write_text('[support_places]\nshare = 0.05\n[support_places.schools]\n"999001" = 12\n')
    config = Config.load(home)
    assert config.places_for({"999001": 900, "999002": 900}) == {"999001": 12, "999002": 45}
    assert config.events == Config.load().events
    assert Config.from_dict(config.as_dict()) == config


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert Config.load(tmp_path / "none.toml") == Config.load()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[gates]\nprecison_over_abc = 2", "gates.precison_over_abc"),
        ("[training]\nterms = 'many'", "not a int"),
        ("events = 3", "must be a table"),
        ("[events", "can't be read as TOML"),
        ("[baselines.mine]\nrules = [{ indicator = 'a' }]", "baseline 'mine'"),
        ("[baselines]\nmine = 3", "baseline 'mine'"),
        ("[gates]\ncalibration_slope = [2, 1]", "gates.calibration_slope must be two numbers"),
        ("[gates]\ncalibration_slope = [1, 2, 3]", "gates.calibration_slope must be two numbers"),
        ("[gates]\ncalibration_slope = ['low', 2]", "gates.calibration_slope must be two numbers"),
        ("[gates.unclear]\ngroups = 'maybe'", "'maybe', which is no rule. Use one of allow, block, point"),
        ("[support_places.schools]\n999001 = 'many'", "'support_places.schools.999001' is 'many'"),
        ("[support_places.schools]\n999001 = 2.5", "'support_places.schools.999001' is 2.5"),
        ("[training]\ncandidates = [1]", "'training.candidates.0' is 1"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, message: str) -> None:
    home = tmp_path / "belong.toml"
    home.write_text(text)
    with pytest.raises(Refused, match=message):
        Config.load(home)
