"""Made worlds in which one thing is turned over, each taken the whole way: what happened beside what should.

`--keep DIR` keeps each world's matrix, so that judging again costs little; `--only NAME,NAME` takes some.
Everything here is synthetic: it says whether the machinery sees what was planted, nothing about schools.
"""

import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from scipy import stats

from benchmarks.measures import Measure, finish, note, options
from benchmarks.model.trust import make_lake
from data_contracts.errors import Refused
from model.indicator import Indicator
from model.label_audit import CANNOT_TELL, LEVEL, NONE_FOUND
from pipelines.audit import incidents_of, label_audit_by_group
from pipelines.config import Config
from pipelines.indicators import catalogue
from pipelines.monitor import drift_report
from pipelines.synthesise.presets import named_world
from pipelines.train import Trained, train
from pipelines.train.leaks import not_point_in_time
from pipelines.train.rows import in_order

SEED = 11
SIZE = {"schools": 4, "pupils": 400, "years": 4}
QUICK = {"schools": 3, "pupils": 300, "years": 4}
LAST_YEAR = 3
"""Terms of the last school year, for worlds in which it differs."""
PLANTED = "ethnicity: B"
NO_EFFECT = ("ethnicity", "eal", "ethnicity × eal")
"""Characteristics that change nothing in a world without bias."""


@dataclass(frozen=True)
class Taken:
    """A world taken as far as the indicator matrix."""

    matrix: pd.DataFrame
    groups: pd.DataFrame
    incidents: pd.DataFrame
    later: dict[str, float]
    """Indicators that would differ without later terms' records, and for what share of pupils."""


def main() -> None:
    chosen = options(
        __doc__ or "", keep="folder for the worlds' matrices", only="names of worlds, comma-separated"
    )
    names = chosen.only.split(",") if chosen.only else list(WORLDS)
    measures: dict[str, Measure] = {"trust": note(str(QUICK if chosen.quick else SIZE))}
    for name in names:
        world, judge = WORLDS[name]
        taken = take(world, QUICK if chosen.quick else SIZE, Path(chosen.keep) if chosen.keep else None)
        try:
            found = judge(taken)
        except Refused as error:
            found = {"training": Measure(str(error), "a model to judge", False)}
        measures |= {f"{name}: {said}": measure for said, measure in found.items()}
        if not chosen.json:
            print(f"  {name} judged", file=sys.stderr, flush=True)
    finish(measures, only_json=chosen.json)


def take(name: str, size: Mapping[str, int], keep: Path | None = None, seed: int = SEED) -> Taken:
    """A world's matrix by the real way: extracts written, checked, loaded, indicators computed."""
    stem = None if keep is None else keep / f"{name}-{'-'.join(map(str, size.values()))}-{seed}"
    parts = ("matrix", "groups", "incidents", "later")
    if stem is not None and all(Path(f"{stem}.{part}.parquet").exists() for part in parts):
        matrix, groups, incidents, later = (pd.read_parquet(f"{stem}.{part}.parquet") for part in parts)
        return Taken(matrix, groups, incidents, dict(zip(later["name"], later["share"], strict=True)))
    with tempfile.TemporaryDirectory() as folder:
        matrix, view = make_lake(Path(folder), seed, named_world(name), **size)
        closed = in_order(matrix.loc[matrix["outcome"].notna(), "term"])[-1]
        names = [one.name for one in catalogue()]
        taken = Taken(
            matrix, view.read_audit_characteristics(None, None), incidents_of(view.read("behaviour"), matrix),
            not_point_in_time(view, matrix, closed, names, None),
        )  # fmt: skip
    if stem is not None:
        Path(stem).parent.mkdir(parents=True, exist_ok=True)
        frames = (taken.matrix, taken.groups, taken.incidents, _named(taken.later))
        for part, frame in zip(parts, frames, strict=True):
            frame.to_parquet(f"{stem}.{part}.parquet")
    return taken


def _named(shares: Mapping[str, float]) -> pd.DataFrame:
    columns = {
        "name": pd.Series(list(shares), dtype=object),
        "share": pd.Series(list(shares.values()), dtype=float),
    }
    return pd.DataFrame(columns)


def trained_on(taken: Taken, matrix: pd.DataFrame | None = None, **more: Any) -> Trained:
    """The ordinary training on a world's matrix, without the two further validations."""
    config = Config.load()
    quick = replace(config, validation=replace(config.validation, pupils_apart=False, schools_apart=False))
    rows = taken.matrix if matrix is None else matrix
    given = {"characteristics": taken.groups, "incidents": taken.incidents, **more}
    return train(rows, given.pop("catalogue", catalogue()), quick, SEED, synthetic=True, **given)


def gates_hold(taken: Taken) -> dict[str, Measure]:
    """A world with nothing turned over: a model that passes its gates, no drift, no leak."""
    trained = trained_on(taken)
    missed = _missed(trained)
    return {
        "gates": Measure(missed or "hold", "hold", not missed),
        "indicators that change without later records": _none(list(taken.later)),
        **_drift(taken, paused=False),
    }


def refused(taken: Taken) -> dict[str, Measure]:
    """Nothing can be told: training is refused or the gates do not hold."""
    try:
        missed = _missed(trained_on(taken))
    except Refused as error:
        return {"outcome": Measure(str(error), "refused, or gates do not hold", True)}
    return {"outcome": Measure(missed or "gates hold", "refused, or gates do not hold", bool(missed))}


def no_more_than_the_rule(taken: Taken) -> dict[str, Measure]:
    """The points rule is the whole truth: the model must not claim to be better."""
    trained = trained_on(taken)
    everyone = trained.report["test"]["all"]
    interval = trained.report["validations"]["rolling"]["intervals"]["average_precision_above_abc"]
    gain = everyone["model"]["average_precision"] - everyone["abc"]["average_precision"]
    lists = trained.report["test"]["list"]
    return {
        "average precision above the rule's": Measure(
            f"{gain:+.3f} ({interval[0]:+.3f} to {interval[1]:+.3f})",
            "interval not above 0",
            interval[0] <= 0,
        ),
        "list's precision, model / rule": note(
            f"{lists['model']['precision']:.3f} / {lists['abc']['precision']:.3f}"
        ),
        "gates": note(_missed(trained) or "hold"),
    }


def scoring_pauses(taken: Taken) -> dict[str, Measure]:
    """The base rate halves in the last year: a model learned before it must be paused."""
    return _drift(taken, paused=True)


def silent(taken: Taken) -> dict[str, Measure]:
    """No bias: the audits of groups and of the label stay silent at their stated rate of false alarms."""
    trained = trained_on(taken)
    assert trained.report["audit"] is not None
    tables = trained.report["audit"]["groups"]
    differ = [name for name in NO_EFFECT if name in tables and tables[name]["finding"] == "differs"]
    tests = trained.report["label_audit"]
    told = [
        f"{one['group']} ({one['test']})" for one in tests if one["finding"] not in (NONE_FOUND, CANNOT_TELL)
    ]
    likely = float(stats.binom.sf(len(told) - 1, len(tests), LEVEL))
    return {
        "groups that differ": _none(differ),
        "label audits that find": Measure(
            f"{len(told)} of {len(tests)}: {', '.join(told) or 'none'}",
            f"as few as the stated rate ({LEVEL:g}) makes likely (by chance so many: {likely:.2f})",
            likely >= 0.05,
        ),
    }


def found_by(*tests: str) -> Callable[[Taken], dict[str, Measure]]:
    """Planted bias: one of these tests finds it for the planted group."""

    def judge(taken: Taken) -> dict[str, Measure]:
        found = {
            one["test"]: one
            for one in label_audit_by_group(taken.incidents, taken.matrix, taken.groups)
            if one["group"] == PLANTED
        }
        said = {name: (one["finding"], one["odds_ratio"]) for name, one in found.items()}
        caught = [name for name in tests if said.get(name, ("",))[0] == "more often"]
        words = "; ".join(f"{name}: {words} ({ratio or 0:.2f})" for name, (words, ratio) in said.items())
        return {"label audit": Measure(words, f"found by {' or '.join(tests)}", bool(caught))}

    return judge


def leak_is_stopped(taken: Taken) -> dict[str, Measure]:
    """The leaking column never becomes an indicator; and were it one, the gates would not hold."""
    known = {one.name for one in catalogue()} | set(taken.matrix.columns)
    names = sorted(name for name in known if "suspended_next" in name or "leak" in name.lower())
    leak = Indicator(
        name="leak", label="A column that knows", unit="", family="sen", kind="context", source="pupils",
        window="now", direction=0, sentence="{value}", missing="Unknown.", form="count", theme="",
    )  # fmt: skip
    knowing = taken.matrix.assign(leak=taken.matrix["outcome"].fillna(0.0))
    missed = _missed(trained_on(taken, knowing, catalogue=[*catalogue(), leak]))
    return {
        "leaking columns in the matrix": _none(names),
        "indicators that change without later records": _none(list(taken.later)),
        "gates, were the column an indicator": Measure(
            missed or "hold", "do not hold", "by itself" in missed
        ),
    }


def _drift(taken: Taken, *, paused: bool) -> dict[str, Measure]:
    """The last year under a model learned before it."""
    terms = in_order(taken.matrix["term"])
    before, last = terms[:-LAST_YEAR], terms[-LAST_YEAR:]
    rows = taken.matrix[taken.matrix["term"].isin(before)]
    rows = rows.assign(
        outcome=rows["outcome"].where(rows["term"] != before[-1]),
        trainable=rows["trainable"] & (rows["term"] != before[-1]),
    )
    trained = trained_on(taken, rows)
    closed = taken.matrix[taken.matrix["term"] == last[0]]
    now = taken.matrix[taken.matrix["term"] == last[-1]]
    report = drift_report(trained.model, trained.manifest, now, Config.load(), closed)
    said = " ".join(report["stops"]) or f"goes on ({report['observed_over_expected']:.2f} × expected)"
    return {
        "scoring in the last year": Measure(
            said, "pauses" if paused else "goes on", report["paused"] == paused
        )
    }


def _missed(trained: Trained) -> str:
    gates = trained.report["gates"]["gates"]
    return "; ".join(f"{one['gate']}: {one['result']}" for one in gates if not one["passed"])


def _none(found: list[str]) -> Measure:
    return Measure(", ".join(found) or "none", "none", not found)


WORLDS: dict[str, tuple[str, Callable[[Taken], dict[str, Measure]]]] = {
    "default": ("default", gates_hold),
    "pure_noise": ("pure_noise", refused),
    "abc_is_truth": ("abc_is_truth", no_more_than_the_rule),
    "base_rate_halves": ("base_rate_halves", scoring_pauses),
    "no_bias": ("no_bias", silent),
    "recording_bias_only": ("recording_bias_only", found_by("recording")),
    "severity_bias_only": ("severity_bias_only", found_by("decision")),
    "sanction_bias_only": ("sanction_bias_only", found_by("decision")),
    "planted_leak": ("planted_leak", leak_is_stopped),
}

if __name__ == "__main__":
    main()
