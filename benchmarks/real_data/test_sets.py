"""The benchmark on real data takes any CSV with a small TOML, and says what is wrong with a bad one."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.real_data.__main__ import additive, telling
from benchmarks.real_data.columns import BadSet, to_numbers
from benchmarks.real_data.sets import find_sets, read_set

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
    assert one.names == ["missed", "score", "place = city"]
    assert one.signs == [1, 0, 0]
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
        ('categorical = ["place"]', 'numeric = ["place"]', "'place' holds no numbers"),
        ("folds = 4", "fold = 4", "what there is not: fold"),
        ("folds = 4", "folds = 13", "13 folds can't be made; 2 to 12 can"),
        ("missed = 1", "lost = 1", "signs name what there is not: lost"),
        ('target = "out"', "", "does not say: target"),
        ('files = ["rows.csv"]', 'files = ["other.csv"]', "no file other.csv"),
        ('separator = ";"', 'separator = "', "can't be read as TOML"),
        ("folds = 4", 'folds = "4"', "folds must be a whole number"),
        ("missed = 1", "missed = 2", "signs are"),
        ("folds = 4", 'split = { column = "place" }', "split must be"),
        ('target = "out"', 'target = ["out"]', "target must be one text"),
        ('separator = ";"', 'encoding = "utf-99"', "no encoding 'utf-99'"),
        (
            'group = "school"',
            'split = { column = "place", train = ["town"], test = ["sea"] }',
            "one class only",
        ),
    ],
)
def test_mistakes_in_a_toml_are_named(folder: Path, old: str, new: str, message: str) -> None:
    (folder / "made.toml").write_text(TOML.replace(old, new))
    with pytest.raises(BadSet, match=message):
        _read_all(folder)


def test_a_survey_is_read_with_codes_gaps_text_and_columns_that_tell_nothing(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    lines = ["out,home,work,yes_no,income,text,same,empty,again,only_some,job"]
    for i in range(600):
        home, income = rng.integers(1, 5), round(rng.normal(), 3)
        out = (1 if rng.random() < 0.1 else 0) if i % 50 else -9
        lines.append(
            f"{out},{home if i % 5 else -9},{-8 if i % 4 == 0 else '7.0'},{i % 3 == 0},{income},"
            f"{'' if i % 9 == 0 else ' a b '[i % 3 :]},7,,{income},{'1' if i % 2 else ''},j{i % 90}"
        )
    (tmp_path / "s.csv").write_bytes("\n".join(lines).replace("a b", "caf\xe9").encode("cp1252"))
    (tmp_path / "s.toml").write_text(
        'files = ["s.csv"]\ntarget = "out"\npositive = [1]\nmissing = [-9, -8.0, ""]\nfolds = 3\n'
        'categorical = ["home"]\n[signs]\nincome = 1\n'
    )
    ((_, spec),) = find_sets(tmp_path)
    one = read_set(tmp_path, spec)
    assert one.name == "s"
    assert len(one.y) == 588
    assert one.left_out == ["same", "empty", "again", "job"]
    assert [name for name in one.names if name.startswith("home")] == [
        f"home = {value}" for value in sorted({"1", "2", "3", "4", "not known"},
        key=lambda value: -sum(one.X[:, one.names.index(f"home = {value}")]))
    ]  # fmt: skip
    assert {"work", "yes_no = True", "income", "only_some"} <= set(one.names)
    assert np.isnan(one.X[:, one.names.index("only_some")]).any()
    assert not any(name.startswith("job") for name in one.names), "too few rows of any one job"
    train, test = one.folds[0]
    kept = telling(one.X[train])
    figures = additive(one.X[train][:, kept], one.y[train], [0] * len(kept), one.X[test][:, kept])
    assert np.isfinite(figures).all()
    assert ((figures > 0) & (figures < 1)).all()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_what_parts_the_cells_is_found_and_single_values_need_no_list(folder: Path, separator: str) -> None:
    text = (folder / "rows.csv").read_text().replace(";", separator)
    (folder / "rows.csv").write_text(text)
    plain = (
        TOML.replace('separator = ";"\n', "")
        .replace('["yes"]', '"yes"')
        .replace('["rows.csv"]', '"rows.csv"')
    )
    (folder / "made.toml").write_text(plain)
    ((_, spec),) = find_sets(folder)
    assert read_set(folder, spec).X.shape == (400, 3)


def test_numbers_as_people_write_them_are_numbers_and_rare_texts_are_named() -> None:
    frame = pd.DataFrame(
        {
            "share": ["45%", "7 %", None],
            "cost": ["£1,200", "3", "12,345.50"],
            "mean": ["3,5", "4", "-0,25"],
            "day": ["1970-01-02", "1970-01-11", "1969-12-31"],
            "words": ["a", "b", "c"],
        }
    )
    columns, left_out = to_numbers(frame, [], [], [*frame.columns])
    assert left_out == ["words"]
    assert [columns[name].tolist() for name in ("cost", "mean", "day")] == [
        [1200.0, 3.0, 12345.5],
        [3.5, 4.0, -0.25],
        [1.0, 10.0, -1.0],
    ]
    assert columns["share"][:2].tolist() == [45.0, 7.0]
    assert np.isnan(columns["share"][2])


def test_infinite_numbers_are_refused_by_name(folder: Path) -> None:
    text = (folder / "rows.csv").read_text().replace(";NA;", ";inf;")
    (folder / "rows.csv").write_text(text)
    with pytest.raises(BadSet, match=r"made up: 'score' holds infinite numbers"):
        _read_all(folder)


def test_a_column_empty_in_one_part_is_not_learned_from_there() -> None:
    gap = np.nan
    X = np.array([[1.0, gap, 3.0, 3.0], [2.0, gap, 3.0, gap]])
    assert telling(X) == [0, 3]


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
