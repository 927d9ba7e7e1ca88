"""The benchmark on real data takes any CSV with a small TOML, and says what is wrong with a bad one."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.real_data.sets import BadSet, find_sets, read_set

TOML = """
name = "made up"
files = ["rows.csv"]
separator = ";"
target = "out"
positive = ["yes"]
group = "school"
folds = 4
categorical = ["place"]
drop = ["id"]
[signs]
missed = 1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    lines = ["id;school;place;missed;score;out"]
    for i in range(400):
        missed = rng.poisson(2)
        out = "yes" if rng.random() < 0.1 + 0.1 * min(missed, 5) else "no"
        lines.append(
            f"{i};s{i % 12};{'town' if i % 3 else 'city'};{missed};{'NA' if i % 9 == 0 else i % 50};{out}"
        )
    (tmp_path / "rows.csv").write_text("\n".join(lines))
    (tmp_path / "made.toml").write_text(TOML)
    return tmp_path


def test_a_csv_with_a_toml_becomes_numbers_signs_and_whole_group_folds(folder: Path) -> None:
    ((_, spec),) = find_sets(folder)
    one = read_set(folder, spec)
    assert one.names == ["missed", "score", "place = town", "place = city"]
    assert one.signs == [1, 0, 0, 0]
    assert np.isnan(one.X[:, 1]).sum() == 45
    assert len(one.folds) == 4
    assert one.groups is not None
    for train, test in one.folds:
        assert not set(one.groups[train]) & set(one.groups[test])
    assert sorted(np.concatenate([test for _, test in one.folds])) == list(range(400))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('target = "out"', 'target = "gone"', "no column 'gone'"),
        ('positive = ["yes"]', 'positive = ["never"]', "one class only"),
        ('categorical = ["place"]', "", "'place' holds no numbers"),
        ("folds = 4", "fold = 4", "what there is not: fold"),
    ],
)
def test_mistakes_in_a_toml_are_named(folder: Path, old: str, new: str, message: str) -> None:
    (folder / "made.toml").write_text(TOML.replace(old, new))
    with pytest.raises(BadSet, match=message):
        _read_all(folder)


def _read_all(folder: Path) -> None:
    for _, spec in find_sets(folder):
        read_set(folder, spec)


def test_without_data_it_exits_with_2_and_says_so() -> None:
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.real_data"], capture_output=True, text=True, cwd=root, check=False
    )
    assert ran.returncode == 2
    assert "--data DIR" in ran.stderr
