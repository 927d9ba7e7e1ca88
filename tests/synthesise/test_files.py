"""The files: the same bytes every time, each MIS's own layout, clean but for the planted slips."""

import csv
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from data_contracts.errors import Refused
from data_contracts.schools import read_school
from pipelines.check import check
from pipelines.synthesise import SyntheticTrust, World, synthesise

SMALL = {"schools": 3, "pupils": 60, "years": 1, "seed": 5}
EVERYTHING = replace(World(), movements=True, overwritten=True, leak=True, mis_change=True)


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> SyntheticTrust:
    return synthesise(tmp_path_factory.mktemp("world") / "out", workers=1, **SMALL)


def test_same_seed_same_bytes_whatever_the_workers(tmp_path: Path) -> None:
    synthesise(tmp_path / "one", workers=1, world=EVERYTHING, **SMALL)
    synthesise(tmp_path / "two", workers=2, world=EVERYTHING, **SMALL)
    first = digests(tmp_path / "one")
    assert len(first) > 50
    assert first == digests(tmp_path / "two")
    synthesise(tmp_path / "other", workers=1, world=EVERYTHING, **{**SMALL, "seed": 6})
    assert first != digests(tmp_path / "other")


def test_folders_and_description(trust: SyntheticTrust) -> None:
    assert trust.terms == ("2025-autumn", "2026-spring", "2026-summer")
    for school, mis in zip(trust.schools, ("sims", "arbor", "bromcom"), strict=True):
        described = read_school(school.folder / "school.toml")
        assert (described.urn, described.mis, described.synthetic) == (school.urn, mis, True)
        assert school.urn.startswith("999")
        assert tuple(school.terms) == trust.terms
    described = json.loads((trust.out / "world.json").read_text("utf-8"))
    assert described["synthetic"] is True
    assert described["world"]["behaviour_lag"] == World().behaviour_lag


def test_layouts(trust: SyntheticTrust) -> None:
    sims, arbor, bromcom = (school.terms["2025-autumn"] for school in trust.schools)
    pupils = (sims / "Pupils.csv").read_bytes()
    assert pupils.startswith(b"Adno,UPN,Former UPN,")
    assert b"\r\n" in pupils
    assert (sims / "Behaviour.csv").read_bytes().startswith(b"Behaviour report\r\nPrinted on ")
    assert (
        (arbor / "attendance-marks.csv")
        .read_bytes()
        .startswith(b"\xef\xbb\xbfArbor ID,UPN,Date,Session,Mark")
    )
    students = pd.read_excel(arbor / "students.xlsx", engine="openpyxl", header=None)
    assert students.iloc[0, 0] == "Students: custom report"
    assert str(students.iloc[-1, 0]).startswith("Total: ")
    again = pd.read_excel(arbor / "students.xlsx", engine="calamine", header=None)
    assert len(again) == len(students)
    assert b";" in (bromcom / "EXCLUSIONS.csv").read_bytes()
    assert b"STUDENTID,UPN,WEEKSTART,MONAM" in (bromcom / "ATTENDANCE.csv").read_bytes()


def test_extracts_are_clean_but_for_the_planted_slips(trust: SyntheticTrust) -> None:
    slips = pd.read_csv(trust.out / "truth" / "slips.csv", dtype=str)
    assert set(slips["urn"]) == {school.urn for school in trust.schools}
    for school in trust.schools:
        report = check([school.terms["2026-spring"]])
        assert not report.refused
        mine = slips[(slips["urn"] == school.urn) & (slips["term"] == "2026-spring")]
        quarantined = sum(counts["quarantined"] for counts in report.counts.values())
        assert 2 <= quarantined <= len(mine)
        planted = {(row.file, int(row.line)) for row in mine.itertuples()}
        spoiled = {(Path(p.file).name, p.line) for p in report.problems if p.severity == "row"}
        assert spoiled <= planted


def test_without_slips_nothing_is_quarantined(tmp_path: Path) -> None:
    clean = synthesise(tmp_path / "clean", workers=1, world=replace(World(), clerical_slips=0), **SMALL)
    report = check([clean.schools[1].terms["2025-autumn"]])
    assert all(counts["quarantined"] == 0 for counts in report.counts.values())
    assert not report.refused
    assert len((clean.out / "truth" / "slips.csv").read_text("utf-8").splitlines()) == 1


def test_slips_change_the_named_cells_and_nothing_else(tmp_path: Path, trust: SyntheticTrust) -> None:
    clean = synthesise(tmp_path / "clean", workers=1, world=replace(World(), clerical_slips=0), **SMALL)
    with (trust.out / "truth" / "slips.csv").open(encoding="utf-8") as lines:
        slips = list(csv.DictReader(lines))
    assert len(slips) > 20
    changed = {(slip["urn"], slip["term"], slip["file"]) for slip in slips}
    before, after = digests(clean.out), digests(trust.out)
    differ = {name for name in before if before[name] != after[name]} - {"world.json", "truth/slips.csv"}
    assert {tuple(Path(name).parts) for name in differ} == changed
    for slip in slips:
        path = Path(slip["urn"], slip["term"], slip["file"])
        right, wrong = (
            (folder / path).read_bytes().decode("cp1252").splitlines()[int(slip["line"]) - 1]
            for folder in (clean.out, trust.out)
        )
        assert right != wrong
        assert slip["right"] in right


def test_the_planted_leak_is_dropped_at_intake(tmp_path: Path) -> None:
    leaky = synthesise(tmp_path / "leaky", workers=1, world=World.planted_leak(), **SMALL)
    folder = leaky.schools[0].terms["2025-autumn"]
    assert b",Suspended next term\r\n" in (folder / "Pupils.csv").read_bytes()
    columns = set(check([folder]).good["pupils"].columns)
    assert "upn" in columns
    assert not any("next" in column.lower() for column in columns)


def test_the_overwritten_history_differs_where_a_suspension_was_taken_back(tmp_path: Path) -> None:
    world = replace(World(), overwritten=True, overturned_share=0.9, clerical_slips=0)
    out = synthesise(tmp_path / "o", workers=1, world=world, **{**SMALL, "pupils": 200}).out
    then = (out / "999001" / "2025-autumn" / "Exclusions.csv").read_text("cp1252")
    later = (out / "overwritten" / "999001" / "2025-autumn" / "Exclusions.csv").read_text("cp1252")
    assert later.count("Overturned") > then.count("Overturned")
    assert len(then.splitlines()) == len(later.splitlines())


def test_movements_are_read(tmp_path: Path) -> None:
    world = replace(World(), movements=True, clerical_slips=0, part_time_share=0.2, off_site_share=0.2)
    made = synthesise(tmp_path / "m", workers=1, world=world, **{**SMALL, "pupils": 150})
    for school in made.schools:
        report = check([school.terms["2025-autumn"]])
        assert report.counts["movements"]["rows"] > 0
        assert report.counts["movements"]["quarantined"] == 0


def test_a_school_can_change_its_mis(tmp_path: Path) -> None:
    made = synthesise(
        tmp_path / "c", workers=1, world=replace(World(), mis_change=True), **{**SMALL, "years": 2}
    )
    kinds = [{"Pupils.csv", "students.xlsx", "PUPILS.csv"} & {p.name for f in s.terms.values() for p in f.iterdir()}
             for s in made.schools]  # fmt: skip
    assert sorted(len(names) for names in kinds) == [1, 1, 2]


@pytest.mark.parametrize(
    "wrong",
    [
        {"schools": 0},
        {"pupils": 3},
        {"phase": "nursery"},
        {"mis": ("sisra",)},
        {"years": 30},
        {"seed": -1},
        {"last_year": "1999/00"},
    ],
)
def test_senseless_wishes_are_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(Refused):
        synthesise(tmp_path / "x", **{**SMALL, **wrong})


def test_a_full_folder_is_not_overwritten(trust: SyntheticTrust) -> None:
    with pytest.raises(Refused, match="not empty"):
        synthesise(trust.out, **SMALL)
