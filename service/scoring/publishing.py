"""Scoring a term of one school with the serving model, and publishing what comes out."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import pandas as pd

from data_contracts import calendar
from data_contracts.errors import Held, Refused
from pipelines.indicators import engine
from pipelines.score import score
from service.core.audit import unaudited
from service.core.base import new_id, now
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.governance import check_governance
from service.core.holding import Overtaken
from service.core.progress import Progress, tell
from service.records import kept_out, lake_store, may_have_figures, records_read
from service.schools import known_school, who_resumes
from service.scoring import score_store, telling
from service.scoring.score_commit import commit_scores
from service.scoring.score_rows import PublicationRow
from service.scoring.watch import Watch
from service.scoring.where import where_share
from service.support import menu

UNLISTED = frozenset({"year_group", "other_registration", "special_setting"})
"""Pupils outside every population are not listed as those for whom we can't say."""
FIGURES = ("log_odds", "base_log_odds", "probability", "similar_low", "similar_high",
           "similar_from", "similar_to")  # fmt: skip
COUNTS = ("similar_pupils", "similar_suspended")


@dataclass(frozen=True, slots=True)
class Publication:
    """Scores of one school and term, ready to be published. `base` are the loads they were made from."""

    school: str
    term: str
    model_id: str
    synthetic: bool
    places: int
    rows: list[dict[str, Any]]
    base: frozenset[str]


@dataclass(frozen=True, slots=True)
class Published:
    """How many pupils a publication suggests, how many of them are new, and of how many it can't say."""

    flags: int
    new: int
    abstained: int


def check_scorable(caller: Caller, tx: Transaction, school: str) -> bool:
    """Raise Held for a paused school, Refused for an unsettled one; returns whether it is synthetic."""
    row = known_school(tx, school)
    if row.stopped_at is not None:
        raise Held("The whole deployment is paused and nothing is scored.", hint=who_resumes(row))
    if row.paused_at is not None:
        raise Held(f"School {school} is paused and is not scored.", hint=who_resumes(row))
    check_governance(caller.deployment.home, school, synthetic=row.synthetic)
    return row.synthetic


def compute_scores(
    caller: Caller,
    watch: Watch,
    school: str,
    term: str,
    progress: Progress | None = None,
    matrix: pd.DataFrame | None = None,
) -> Publication | None:
    """Score a school's term; None where no model serves yet. Raises Refused and Held as `check_scorable`, and
    Waits where the watch says that a person should look first.

    `matrix` are the school's indicators of the term where they are there already.
    """
    deployment = caller.deployment
    model_id = deployment.registry.serving()
    watch.check(school, term)
    with caller.reading() as tx:
        synthetic = check_scorable(caller, tx, school)
        view = lake_store.live_view(tx, deployment.lake, caller.reader.schools)
        left_out, base = kept_out(tx), lake_store.loads_standing(tx, school)
        before = score_store.flagged_pupils(tx, school, calendar.previous_term(term).id)
        own = {(year, str(which)): n for (year, which), n in menu.places(tx, school).items()}
        settled = known_school(tx, school).support_places
    if model_id is None:
        return None
    tell(progress, f"Indicators of {school}, {term}", 0, 2)
    if matrix is None:
        with records_read():
            matrix = engine.build(view, [term], schools={school})
    matrix = matrix[~matrix["pupil_id"].isin(left_out) & ~matrix["abstain_reason"].isin(UNLISTED)]
    if matrix.empty:
        raise Refused(f"Nobody of school {school} can be scored in {term}.", hint="Load the term's pupils.")
    loaded = deployment.registry.load(model_id)
    scored = int(matrix["scored"].sum())
    places = deployment.config().places_for({school: scored})
    if settled is not None:
        places[school] = min(settled, scored)
    tell(progress, f"Scores of {school}, {term}", 1, 2)
    made = score(loaded.model, loaded.manifest, matrix, places, before, {school: own})
    mark = bool(loaded.manifest["synthetic"]) or synthetic
    given = len(made.flags) if own else places[school]
    return Publication(school, term, model_id, mark, given, score_rows(made.frame), base)


def publish(
    tx: Transaction, caller: Caller, made: Publication, *, by: str, load_id: str | None = None
) -> Published:
    """Commit a publication in the given transaction; returns what it holds.

    Whoever was erased, left the roll or was marked while it was computed is not in it. Their place stays empty
    until the term is scored again: who comes next is for the model to say, not for what is left over.
    Raises Refused and Held as `check_scorable`, Overtaken where it has to be computed again.
    """
    staying = may_have_figures(tx, made.school)
    check_scorable(caller, tx, made.school)
    manifest = caller.deployment.manifest(made.model_id)
    _check_still_true(caller, tx, made)
    rows = [score for score in made.rows if score["pupil_id"] in staying]
    read = unaudited(tx, "the machine reads what it publishes; the publication is told")
    row = PublicationRow(
        id=new_id("s"),
        school=made.school,
        term=made.term,
        model_id=made.model_id,
        synthetic=made.synthetic,
        places=made.places,
        by=by,
        at=now(),
        load_id=load_id,
        where_share=where_share(manifest, rows),
        year_groups=telling.count_year_groups(read, made.school, made.term, calendar.as_of(made.term)),
        ends_on=telling.end_of_list(made.term),
    )
    told = telling.listed_accounts(read, manifest, row, rows, caller.reader.schools)
    scores = [{**score, "publication_id": row.id, "account": told.get(score["pupil_id"])} for score in rows]
    commit_scores(tx, caller, row, scores)
    flagged = [score for score in rows if score["flagged"]]
    abstained = sum(1 for score in rows if score["abstained"])
    return Published(len(flagged), sum(1 for score in flagged if score["new"]), abstained)


def _check_still_true(caller: Caller, tx: Transaction, made: Publication) -> None:
    """Overtaken where the school's loads or the serving model are others than those the figures came from."""
    if lake_store.loads_standing(tx, made.school) != made.base:
        raise Overtaken("The school's records changed while they were scored.", hint="Score the term again.")
    if caller.deployment.registry.serving() != made.model_id:
        raise Overtaken("Another model was put into use while this was scored.", hint="Score the term again.")


def score_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The frame of a ScoreResult as rows of plain values; NaN is None."""
    return [_plain(record) for record in frame.to_dict("records")]


def _plain(record: dict[Any, Any]) -> dict[str, Any]:
    reason = record["abstained"]
    code = None if reason is None or reason != reason else str(reason)
    figures = {name: _number(record[name], float) for name in FIGURES}
    counts = {name: _number(record[name], int) for name in COUNTS}
    return {
        **figures,
        **counts,
        "pupil_id": record["pupil_id"],
        "school": record["school"],
        "term": record["term"],
        "as_of": pd.Timestamp(record["as_of"]).date(),
        "flagged": bool(record["flagged"]),
        "flag_list": record["flag_list"] if isinstance(record["flag_list"], str) else None,
        "new": bool(record["new"]),
        "abstained": code,
        "similar_short": record["similar_short"] if isinstance(record["similar_short"], str) else None,
        "values": _list(record["values"]),
        "contributions": _list(record["contributions"]),
    }


def _number(value: Any, kind: Callable[[Any], Any]) -> Any:
    return None if value is None or pd.isna(value) else kind(value)


def _list(values: Collection[Any] | float | None) -> list[float | None] | None:
    if values is None or isinstance(values, float):
        return None
    return [None if value is None or pd.isna(value) else float(value) for value in values]
