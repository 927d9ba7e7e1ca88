"""Training, judging, promoting and rolling back models, from the machine itself."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data_contracts.errors import Refused
from model.additive import AdditiveModel
from model.certify import save_explanation, shap_explanation, shap_plot
from pipelines.audit import incidents_of
from pipelines.config import Config
from pipelines.indicators import catalogue, engine
from pipelines.lake import LakeView
from pipelines.report import summary_lines
from pipelines.tracking import track
from pipelines.train import Trained, train
from pipelines.train.leaks import not_point_in_time
from pipelines.train.refit import rebase, refit, settings_of
from service.core.audit import Event
from service.core.callers import Caller, at_machine
from service.core.deployment import Deployment
from service.core.engine import Transaction
from service.core.governance import check_governance, check_pooling
from service.core.holding import Overtaken
from service.core.permissions import SYSTEM_ADMINISTRATOR, NotFound
from service.core.progress import Progress, tell
from service.records import LoadRow, kept_out, lake_store, moment, records_read, taken_away
from service.schools import SchoolRow, in_order, school_store
from service.scoring import latest_score

MOST_TRIES = 3


def train_model(
    home: Path,
    *,
    seed: int = 7,
    config: Path | None = None,
    by: str = SYSTEM_ADMINISTRATOR,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Learn from every loaded term of every settled school; keep the model, let nothing serve.

    Returns {model_id, synthetic, metrics, gates, terms, lines}. Refused with what is missing where there are
    too few terms, schools or events.
    """
    with at_machine(home) as caller:
        return learned_by(caller, seed=seed, config=config, by=by, progress=progress)


def learned_by(
    caller: Caller,
    *,
    seed: int = 7,
    config: Path | None = None,
    by: str = "",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """As `train_model`, in the name of whoever asked, at a deployment that is open."""
    settings = caller.deployment.config(config)

    def make(given: Gathered) -> Trained:
        synthetic = all(given.learned.values())
        return train(given.matrix, catalogue(), settings, seed, synthetic=synthetic, **given.more)

    return keep_trained(caller, by or caller.reader.name, settings, seed, make, progress)


def refit_model(
    home: Path,
    model_id: str | None = None,
    *,
    base_only: bool = False,
    by: str = SYSTEM_ADMINISTRATOR,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Bring a model (default: the one that serves) up to date by its own settings: learn its mixture anew, or
    with `base_only` renew what is usual in all and in each school. Kept as a new version; nothing serves by it.

    Returns as `train_model` does. Refused where no model serves, and for a model of the other kind of data.
    """
    with at_machine(home) as caller:
        chosen = model_id or caller.deployment.registry.serving()
        if chosen is None:
            raise Refused(
                "No model is in use yet, so there is none to bring up to date.", hint="belong train"
            )
        known = caller.deployment.registry.load(chosen)
        settings = settings_of(known.manifest)

        def make(given: Gathered) -> Trained:
            if all(given.learned.values()) != known.manifest["synthetic"]:
                raise Refused(f"{chosen} was not made from schools of this kind.", hint="belong train")
            if base_only:
                return rebase(given.matrix, known.model, known.manifest, **given.more)
            return refit(given.matrix, catalogue(), known.manifest, **given.more)

        return keep_trained(caller, by, settings, int(known.manifest["seed"]), make, progress)


@dataclass(frozen=True)
class Gathered:
    """What a training is given: the matrix, URN → synthetic of its schools, and all else by name.

    `since` and `loads` tell later whether somebody was erased or a load undone meanwhile.
    """

    matrix: pd.DataFrame
    learned: dict[str, bool]
    more: dict[str, Any]
    since: int
    loads: frozenset[str]


def _gathered(caller: Caller, settings: Config, progress: Progress | None) -> Gathered:
    """Everything loaded of every settled school, without those who are not to be scored."""
    deployment = caller.deployment
    with caller.reading() as tx:
        since = moment(tx)
        schools = school_store.schools(tx)
        view = lake_store.live_view(tx, deployment.lake, caller.reader.schools)
        loads = [load for row in schools for load in lake_store.loads(tx, row.urn)]
        left_out = kept_out(tx)
    learned = _settled(caller, schools)
    terms = in_order(list({file.term for file in view.files if file.school in learned}))
    if not terms:
        raise Refused("Nothing is loaded yet.", hint="belong load FOLDER --school URN")
    tell(progress, "Computing indicators", 0, 3)
    with records_read():
        matrix = engine.build(view, terms, schools=set(learned))
        matrix = matrix[~matrix["pupil_id"].isin(left_out)]
        more = {
            "lineage": _lineage(view, loads, matrix, settings, learned),
            "progress": progress,
            "characteristics": view.read_audit_characteristics(terms, set(learned)),
            "incidents": incidents_of(view.read("behaviour", terms, list(learned)), matrix),
            "serving": _serving(deployment),
        }
    standing = frozenset(load.id for load in loads if load.undone_at is None)
    return Gathered(matrix, learned, more, since, standing)


def keep_trained(
    caller: Caller,
    by: str,
    settings: Config,
    seed: int,
    make: Callable[[Gathered], Trained],
    progress: Progress | None,
) -> dict[str, Any]:
    """Gather, write down the bounds, make the model, keep it and say how it did; both events name who asked.

    Learned again where a pupil was erased or marked, or a load undone, while it was learned.
    """
    deployment = caller.deployment
    for attempt in range(MOST_TRIES):
        given = _gathered(caller, settings, progress)
        if attempt == 0:
            deployment.registry.announce(settings.as_dict()["gates"], by)
        trained = make(given)
        with caller.writing() as tx:
            if _overtaken(caller, tx, given):
                continue
            model_id = deployment.registry.add(trained, by=by)
            caller.record(tx, Event.MODEL_TRAINED, subject=model_id[:40], model=model_id, seed=seed)
        found = described(deployment, model_id)
        return {**found, "lines": [*found["lines"], *_tracked(deployment, trained)]}
    raise Overtaken(
        "Each time a model was learned, a pupil it had learned from was erased or marked meanwhile.",
        hint="Nothing was saved. Train again when that is done.",
    )


def _overtaken(caller: Caller, tx: Transaction, given: Gathered) -> bool:
    """Whether the rows hold somebody who may not be learned from any more, or of a load that was undone."""
    gone = taken_away(tx, given.since)
    now = {one for urn in caller.reader.schools for one in lake_store.loads_standing(tx, urn)}
    return not gone.isdisjoint(given.matrix["pupil_id"]) or not given.loads <= now


def _tracked(deployment: Deployment, trained: Trained) -> list[str]:
    """Write the run where the data team keeps runs, if anywhere; a fault there loses no model."""
    uri = deployment.settings.mlflow_uri
    if not uri:
        return []
    try:
        return [f"Written to MLflow as run {track(trained, uri)}."]
    except Refused as error:
        return [f"{error.message} {error.hint}".strip()]


def _lineage(
    view: LakeView, loads: list[LoadRow], matrix: pd.DataFrame, settings: Config, learned: dict[str, bool]
) -> dict[str, Any]:
    """Where the rows came from: contracts, hashes, how many rows were read and wait to be mended, and the
    indicators that would look different without later terms' records (there should be none)."""
    live = {file.load_id for file in view.files}
    counts = [numbers for load in loads if load.id in live for numbers in load.counts.values()]
    closed = in_order(list(matrix.loc[matrix[settings.outcome.column].notna(), "term"].unique()))
    names = [one.name for one in catalogue()]
    return {
        "contracts": {table: version for load in loads for table, version in load.contracts.items()},
        "data": sorted(file.sha256 for file in view.files),
        "rows": {
            "read": sum(int(one.get("rows", 0)) for one in counts),
            "quarantined": sum(int(one.get("quarantined", 0)) for one in counts),
        },
        "later": not_point_in_time(view, matrix, closed[-1], names, set(learned)) if closed else {},
    }


def _serving(deployment: Deployment) -> tuple[AdditiveModel, dict[str, Any]] | None:
    """The model that serves and its manifest, to judge a candidate beside it."""
    serving = deployment.registry.serving()
    if serving is None:
        return None
    loaded = deployment.registry.load(serving)
    return loaded.model, loaded.manifest


def _settled(caller: Caller, schools: list[SchoolRow]) -> dict[str, bool]:
    """URN → synthetic of the schools that may be learned from together; Refused where they may not."""
    for row in schools:
        check_governance(caller.deployment.home, row.urn, synthetic=row.synthetic)
    learned = {row.urn: row.synthetic for row in schools}
    check_pooling(caller.deployment.home, learned)
    return learned


def described(deployment: Deployment, model_id: str) -> dict[str, Any]:
    """A model's facts and its report as lines for a terminal."""
    manifest, report = deployment.registry.manifest(model_id), deployment.registry.report(model_id)
    return {
        "model_id": model_id,
        "synthetic": manifest["synthetic"],
        "metrics": manifest["metrics"],
        "gates": manifest["gates"],
        "terms": manifest["terms"],
        "report": report,
        "lines": summary_lines(report),
    }


def model_report(home: Path, model_id: str | None = None) -> dict[str, Any]:
    """How a model (default: the newest) did on terms it had not seen, beside the plain rules."""
    with Deployment.open(home) as deployment:
        return described(deployment, model_id or _newest(deployment))


def promote_model(home: Path, model_id: str | None = None, *, by: str, reason: str) -> dict[str, Any]:
    """Let a model (default: the newest) serve. A named person decides; Refused unless its gates passed."""
    with at_machine(home) as caller:
        chosen = model_id or _newest(caller.deployment)
        caller.deployment.registry.promote(chosen, by, reason)
        with caller.writing() as tx:
            caller.record(tx, Event.MODEL_PROMOTED, subject=chosen[:40], model=chosen)
    return {"model_id": chosen, "by": by, "reason": reason}


def rollback_model(home: Path, *, by: str, reason: str) -> dict[str, Any]:
    """Return to the model that served before."""
    with at_machine(home) as caller:
        served = caller.deployment.registry.rollback(by, reason)
        with caller.writing() as tx:
            caller.record(tx, Event.MODEL_ROLLED_BACK, model=served)
    return {"model_id": served, "by": by, "reason": reason}


def export_shap(home: Path, pupil_id: str, term: str | None, path: Path) -> None:
    """Write a pupil's explanation as a shap.Explanation (.pkl) or as shap's own plot (.png)."""
    with at_machine(home) as caller:
        with caller.writing() as tx:
            read = caller.record(tx, Event.EXPORT_MADE, subject=pupil_id)
            row, live = latest_score(caller, read, pupil_id, term)
            read.school, read.detail["term"] = row.school, row.term
        if row.values is None or row.base_log_odds is None:
            raise NotFound("There is not enough information about this pupil, so there is nothing to draw.")
        loaded = caller.deployment.registry.load(live.model_id)
        labels = [one["label"] for one in loaded.manifest["indicators"]]
        values = np.array([row.values], dtype=np.float64)
        drawn = shap_explanation(loaded.model, values, [row.school], labels, [row.base_log_odds])
        if path.suffix == ".png":
            shap_plot(drawn, str(path))
        else:
            save_explanation(drawn, str(path))


def _newest(deployment: Deployment) -> str:
    models = deployment.registry.models()
    if not models:
        raise NotFound("There is no model yet.", hint="Make one with: belong train")
    return str(models[-1]["model_id"])
