"""A synthetic trust taken the whole way: extracts written, checked, loaded, turned into the indicator matrix."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from data_contracts.schools import School, read_school
from pipelines.check import CheckReport, check
from pipelines.identity import MemoryAliases, alias_hash
from pipelines.indicators import engine
from pipelines.lake import Lake, LakeView
from pipelines.load.checked import load_report
from pipelines.load.request import LoadRequest
from pipelines.synthesise import SyntheticTrust, World, synthesise

KEY = b"a key for a synthetic trust only"
TODAY = date(2026, 11, 1)


def make_matrix(
    folder: Path, seed: int, world: World, *, schools: int, pupils: int, years: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The indicator matrix with a column `oracle` (the true chance of the outcome; never an input), and the
    audit characteristics by pupil, school and term."""
    matrix, view = make_lake(folder, seed, world, schools=schools, pupils=pupils, years=years)
    return matrix, view.read_audit_characteristics(None, None)


def make_lake(
    folder: Path, seed: int, world: World, *, schools: int, pupils: int, years: int
) -> tuple[pd.DataFrame, LakeView]:
    """The same matrix, and the view of the lake in `folder` that it was built from."""
    trust = synthesise(
        folder / "extracts", schools=schools, pupils=pupils, years=years, seed=seed, world=world
    )
    lake = Lake.create(folder / "lake")
    aliases = MemoryAliases()
    view = lake.view([])
    for number, (school, term, path, report) in enumerate(_checked(trust)):
        wanted = LoadRequest(f"load{number}", school, [path], term, "benchmark", True)
        result = load_report(report, wanted, lake, view, aliases, KEY, TODAY)
        if result.status != "loaded":
            raise RuntimeError(f"{path} was {result.status}")
        view = view.replacing(result.files)
        aliases.add(result.aliases)
    matrix = engine.build(view, list(trust.terms))
    truth = _truth(folder / "extracts" / "truth", aliases)
    matrix = matrix.merge(truth, on=["pupil_id", "school", "term"], how="left")
    return matrix, view


def _checked(trust: SyntheticTrust) -> Iterator[tuple[School, str, Path, CheckReport]]:
    """Every school's terms in order, each checked; two at a time."""
    wanted = [
        (read_school(school.folder / "school.toml"), term, path)
        for term in trust.terms
        for school in trust.schools
        for path in [school.terms[term]]
    ]
    tasks = (delayed(check)([path], school=school, term=term) for school, term, path in wanted)
    reports = Parallel(n_jobs=2, return_as="generator", pre_dispatch=4)(tasks)
    for (school, term, path), report in zip(wanted, reports, strict=True):
        yield school, term, path, report


def _truth(folder: Path, aliases: MemoryAliases) -> pd.DataFrame:
    truth = pd.concat([pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))])
    hashes = truth["upn"].map(lambda upn: alias_hash(KEY, "upn", "", upn))
    truth = truth.assign(pupil_id=hashes.map(aliases.known), school=truth["urn"].astype(str))
    truth["oracle"] = truth["risk"].astype(np.float64)
    known = truth.dropna(subset=["pupil_id"])
    return known[["pupil_id", "school", "term", "oracle"]].drop_duplicates(["pupil_id", "school", "term"])
