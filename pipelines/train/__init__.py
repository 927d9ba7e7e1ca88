"""Train a model: rows → grid → candidates → one calibrated table, certified, tested and judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from data_contracts.errors import Refused
from model.additive import AdditiveModel
from model.certify import certify
from model.indicator import Indicator
from model.similar import similar_cells
from pipelines.audit import audit, flagged_rows, label_audit_by_group
from pipelines.config import Config
from pipelines.evaluate import evaluate, plain, setting_figure
from pipelines.leavers import ipw_sensitivity
from pipelines.outcomes import with_further
from pipelines.report.card import make_card
from pipelines.rows import Rows
from pipelines.secondary_outcomes import secondary_outcomes
from pipelines.train.fitting import Made, make_model, rebased
from pipelines.train.gates import judge
from pipelines.train.leaks import single_feature_auc
from pipelines.train.manifest import make_manifest
from pipelines.train.rows import Progress, Split, phase_of, select_rows, split_rows, usable
from pipelines.train.serving import against_serving
from pipelines.train.validation import validate

__all__ = ["Progress", "Trained", "train"]

NEEDED = (
    "pupil_id",
    "school",
    "term",
    "scored",
    "abstain_reason",
    "trainable",
    "suspended_last_year",
    "window_days",
)


Known = tuple[AdditiveModel, Mapping[str, Any]]  # a model of the registry and its manifest


@dataclass(frozen=True)
class Trained:
    """A candidate for promotion: the served table, its manifest, the evaluation and the model card."""

    model: AdditiveModel
    manifest: dict[str, Any]
    report: dict[str, Any]
    card: dict[str, Any] | None = None

    @property
    def model_id(self) -> str:
        return str(self.manifest["model_id"])


@threadpool_limits.wrap(limits=1)  # products this small wake threads that spin
def train(
    matrix: pd.DataFrame,
    catalogue: Sequence[Indicator],
    config: Config,
    seed: int = 7,
    *,
    synthetic: bool,
    lineage: Mapping[str, Any] | None = None,
    characteristics: pd.DataFrame | None = None,
    incidents: pd.DataFrame | None = None,
    serving: Known | None = None,
    kept: Known | None = None,
    progress: Progress | None = None,
) -> Trained:
    """Train on an indicator matrix (`pipelines.indicators.engine.build`) with known outcomes.

    `characteristics` (pupil_id, school, term, sex, ethnicity, …) are for the audit alone, `incidents`
    (`pipelines.audit.incidents_of`) for the audit of the label. `serving` is the model that serves now, with
    its manifest: the candidate is judged beside it on the same pupils. `kept` is a model whose table stays and
    whose base alone is renewed (`pipelines.train.refit.rebase`).

    Raises Refused where there are too few terms or events (with the number needed), where an indicator is
    infinite, and where shap does not confirm the explanations.
    """
    say = progress or _silent
    say("Choosing the rows to learn from", 0, 6)
    if {"outcome", "suspended_last_year"} <= set(matrix):
        matrix = with_further(matrix, config.outcome.lost_sessions)
    check_matrix(matrix, config)
    if kept is None:  # a table that stays keeps its inputs; a new one takes none that is retired
        catalogue = [one for one in catalogue if not one.retired]
    rows = select_rows(matrix, [one.name for one in catalogue if one.name in matrix], config)
    split = split_rows(rows, config)
    indicators, left_out = usable(split.train, catalogue, config) if kept is None else known_to(kept, rows)
    split = narrowed(split, [one.name for one in indicators])
    if kept is None:
        made = make_model(split.train, split.calibrate, indicators, config, seed, progress)
    else:
        made = rebased(*kept, split.train, split.calibrate, config)
    say("Having the explanations certified", 3, 6)
    certificate = certified(made, split, seed)
    say("Testing on the latest term", 4, 6)
    log_odds = made.model.log_odds(split.test.X, split.test.school, split.test.window_days, split.test.terms)
    setting = setting_figure(split.train, split.test)
    tested = evaluate(split.test, log_odds, config, setting)
    validations = validate(split, indicators, log_odds, config, seed, progress, setting)
    audited = None if characteristics is None else audit(split.test, log_odds, characteristics, config)
    compared = None if serving is None else against_serving(
        serving[0], serving[1], split.test, log_odds, repeats=config.bootstrap.repeats, seed=seed,
        same_table=kept is not None,
    )  # fmt: skip
    gates = judge(
        tested, certificate, config, audited, intervals=validations["rolling"]["intervals"], serving=compared,
        loads=(lineage or {}).get("rows"), alone=single_feature_auc(split.train), later=(lineage or {}).get("later"),
    )  # fmt: skip
    say("Writing the manifest", 5, 6)
    manifest = make_manifest(
        made, split, indicators, left_out, config, seed=seed, synthetic=synthetic,
        phase=phase_of(matrix, config), similar=held_out_cells(made, split), certificate=certificate,
        gates=gates, report=tested, lineage=lineage, compared_with=compared["model_id"] if compared else None,
    )  # fmt: skip
    say("Trained", 6, 6)
    report = {
        **_described(made, manifest),
        "test": tested,
        "validations": validations,
        "audit": audited,
        "label_audit": _label_audited(matrix, characteristics, incidents),
        "gates": gates,
        "serving": compared,
        "beside": secondary_outcomes(matrix, split.test, flagged_rows(split.test, log_odds, config)),
        "leavers": ipw_sensitivity(matrix, made.model, config.outcome.column, split.terms["test"])
        if "censored" in matrix
        else None,
    }
    report = plain(report)
    return Trained(made.model, manifest, report, make_card(made.model, manifest, report))


def _described(made: Made, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The first part of a report: which model, from what, chosen among which."""
    named = {key: manifest[key] for key in ("model_id", "synthetic", "terms")}
    return {**named, "chosen": made.chosen, "candidates": made.comparison}


def _label_audited(
    matrix: pd.DataFrame, characteristics: pd.DataFrame | None, incidents: pd.DataFrame | None
) -> list[dict[str, Any]] | None:
    if characteristics is None or incidents is None:
        return None
    return label_audit_by_group(incidents, matrix, characteristics)


def _silent(text: str, done: int, total: int) -> None:
    """Progress for whoever does not watch."""
    del text, done, total


def check_matrix(matrix: pd.DataFrame, config: Config) -> None:
    """Raises Refused where the matrix is empty or lacks a column training needs."""
    lacking = [name for name in (*NEEDED, config.outcome.column) if name not in matrix]
    if lacking:
        raise Refused(
            f"The indicator table lacks: {', '.join(lacking)}.", hint="Build it again and train again."
        )
    if not len(matrix) or not matrix["trainable"].any():
        raise Refused(
            "There are no pupils with a known outcome to learn from.",
            hint="Load at least 3 closed terms with suspensions. Until then a simple points rule can be used.",
        )


def known_to(kept: Known, rows: Rows) -> tuple[list[Indicator], dict[str, str]]:
    """The indicators of a model whose table stays, and those it was made without."""
    model, manifest = kept
    lacking = [name for name in model.names if name not in rows.frame]
    if lacking:
        raise Refused(
            f"The indicator table lacks what the model was learned from: {', '.join(lacking)}.",
            hint="Train the table again with: belong refit",
        )
    return [Indicator.from_dict(one) for one in manifest["indicators"]], dict(manifest["left_out"])


def narrowed(split: Split, names: Sequence[str]) -> Split:
    """The split with only the indicators that can be learned from."""
    parts = {key: replace(getattr(split, key), names=tuple(names)) for key in ("train", "calibrate", "test")}
    return Split(**parts, terms=split.terms)


def certified(made: Made, split: Split, seed: int) -> dict[str, Any]:
    """shap's certificate for the served table and for every tree learner behind it."""
    boosters = [
        (one.name, one.learner, one.learned)
        for one in made.fitted
        if one.name == "booster" and one.learned is not None
    ]
    return certify(made.model, made.cells, split.train.school, boosters, seed=seed)


def held_out_cells(made: Made, split: Split) -> list[dict[str, Any]]:
    """Cells of similar pupils from the two terms the table was not learned from."""
    parts = [split.calibrate.scored(), split.test]
    log_odds = [made.model.log_odds(part.X, part.school, part.window_days, part.terms) for part in parts]
    outcomes = np.concatenate([part.y for part in parts])
    pupils = [pupil for part in parts for pupil in part.pupil]
    return similar_cells(np.concatenate(log_odds), outcomes, pupils)
