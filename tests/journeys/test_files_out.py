"""Results as files: what a trust takes away holds no name, says its purpose and ends."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.conftest import run_belong

pytestmark = pytest.mark.xdist_group("command-line")


def test_scores_are_written_with_reasons_and_an_end(
    own_home: Path, demo: dict[str, Any], tmp_path: Path
) -> None:
    term = demo["latest_term"]
    run_belong("score", "--as-of", term, "--home", str(own_home), "--out", str(tmp_path / "out"))
    flags = pd.read_csv(tmp_path / "out" / f"flags-{term}.csv")
    assert len(flags) == len(pd.read_parquet(tmp_path / "out" / f"flags-{term}.parquet")) > 0
    assert set(flags["school"].astype(str)) == {school["urn"] for school in demo["schools"]}
    assert flags["reason_1"].str.len().min() > 10
    assert flags["synthetic"].all()
    assert flags["use_until"].notna().all()
    assert not {"surname", "forename", "upn", "probability", "log_odds"} & set(flags.columns)
    setting = pd.read_csv(tmp_path / "out" / f"setting-{term}.csv")
    assert {"absence", "incidents", "suspensions"} <= set(setting["measure"])


def test_indicators_are_built_from_a_lake_by_its_manifest(
    own_home: Path, demo: dict[str, Any], tmp_path: Path
) -> None:
    term = demo["latest_term"]
    run_belong("indicators", "manifest", "--home", str(own_home))
    lake = str(own_home / "lake")
    run_belong(
        "indicators", "build", "--lake", lake, "--out", str(tmp_path), "--term", term, "--workers", "1"
    )
    matrix = pd.read_parquet(tmp_path / f"matrix-{term}.parquet")
    assert set(matrix["school"]) == {school["urn"] for school in demo["schools"]}
    assert len(matrix.columns) > 50
    anew = tmp_path / "anew"
    run_belong(
        "indicators",
        "build",
        "--lake",
        lake,
        "--out",
        str(anew),
        "--term",
        term,
        "--workers",
        "1",
        "--from-marks",
    )
    counted = {path.parent.parent.name for path in (own_home / "lake" / "packs").rglob("*.parquet")}
    assert counted >= {"attendance_exceptions", "attendance_possible"}
    pd.testing.assert_frame_equal(pd.read_parquet(anew / f"matrix-{term}.parquet"), matrix)


def test_a_lake_without_a_manifest_says_how_to_make_one(tmp_path: Path) -> None:
    words = ("indicators", "build", "--lake", str(tmp_path), "--out", str(tmp_path), "--term", "2026-summer")
    done = run_belong(*words, check=False)
    assert done.returncode == 11
    assert "manifest" in done.stderr
