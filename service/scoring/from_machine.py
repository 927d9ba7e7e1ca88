"""Scoring a term, from the machine itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from data_contracts import calendar
from data_contracts.errors import Held, Refused
from pipelines.indicators import engine
from pipelines.indicators.batch import cluster
from pipelines.indicators.engine import Backend
from service.core.audit import Told
from service.core.callers import Caller, at_machine
from service.core.holding import Overtaken
from service.core.permissions import SYSTEM_ADMINISTRATOR, NotFound
from service.core.progress import Progress, tell
from service.records import lake_store, records_read
from service.schools import in_order, school_store
from service.scoring import score_store
from service.scoring.publishing import check_scorable, compute_scores, publish
from service.scoring.score_rows import PublicationRow, ScoreRow
from service.scoring.watch import Watch, look, why_waiting

MOST_TRIES = 3


def score_term(
    home: Path,
    term: str | None = None,
    *,
    schools: Sequence[str] | None = None,
    by: str = SYSTEM_ADMINISTRATOR,
    anyway: str = "",
    workers: int = 1,
    backend: Backend = "loky",
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Score and publish a term: {term, schools: [{school, term, flags, new, abstained}], waiting}.

    Default: the latest loaded term of all schools, those left out that are paused, not settled or `waiting`
    because their figures have drifted. A school named that can't be scored raises its reason (Refused, Held).
    Where the whole deployment has drifted, Held unless `anyway` says why it is scored all the same.
    The indicators of all schools are built at once, by `workers` processes or on the cluster of a Dask scheduler.
    """
    with at_machine(home) as caller:
        if caller.deployment.registry.serving() is None:
            raise Refused(
                "No model is in use yet.", hint="belong train, then belong promote --by NAME --reason ..."
            )
        chosen = term or _latest(caller)
        calendar.term(chosen)
        urns = list(schools) if schools else _schools_with(caller, chosen)
        if not urns:
            raise Refused(f"Nothing is loaded for {chosen}.", hint="Load that term's extracts first.")
        watch = look(caller, chosen, anyway=anyway, progress=progress)
        waiting = _waiting(watch, urns, named=bool(schools))
        urns, by = [urn for urn in urns if urn not in waiting], f"{by}: {anyway}" if anyway.strip() else by
        matrix = _matrix(caller, chosen, urns, workers, backend, scheduler, progress)
        rows = []
        for number, urn in enumerate(urns):
            tell(progress, f"Scoring {urn}, {chosen}", number, len(urns))
            rows.append(_score_one(caller, watch, urn, by, matrix[matrix["school"] == urn]))
        tell(progress, "Scored", len(urns), len(urns))
    return {"term": chosen, "schools": rows, "waiting": waiting}


def _waiting(watch: Watch, urns: Sequence[str], *, named: bool) -> list[str]:
    """The schools whose scoring should wait for a person; Held where all should, or one that was named."""
    waiting = [urn for urn in urns if urn in watch.waiting]
    if waiting and (named or len(waiting) == len(urns)):
        raise Held(
            f"Scoring needs a person's decision. {why_waiting(watch.report, waiting[0])}",
            hint="Read `belong monitor`; then train again, or score with --anyway REASON.",
        )
    return waiting


def _matrix(
    caller: Caller,
    term: str,
    urns: Sequence[str],
    workers: int,
    backend: Backend,
    scheduler: str | None,
    progress: Progress | None,
) -> pd.DataFrame:
    """The indicators of a term of several schools; Refused or Held where one of them can't be scored."""
    with caller.reading() as tx:
        for urn in urns:
            check_scorable(caller, tx, urn)
        view = lake_store.live_view(tx, caller.deployment.lake, caller.reader.schools)
    with records_read(), cluster(backend, scheduler):
        return engine.build(
            view, [term], schools=set(urns), workers=workers, backend=backend, progress=progress
        )


def _score_one(caller: Caller, watch: Watch, urn: str, by: str, matrix: pd.DataFrame) -> dict[str, Any]:
    """Score and publish one school; computed again where its records or the model changed meanwhile."""
    given: pd.DataFrame | None = matrix
    for left in reversed(range(MOST_TRIES)):
        made = compute_scores(caller, watch, urn, watch.term, matrix=given)
        assert made is not None
        try:
            with caller.writing() as tx:
                told = publish(tx, caller, made, by=by)
        except Overtaken:
            if not left:
                raise
            given = None
            continue
        break
    return {
        "school": urn,
        "term": watch.term,
        "flags": told.flags,
        "new": told.new,
        "abstained": told.abstained,
    }


def _latest(caller: Caller) -> str:
    with caller.reading() as tx:
        terms = {term for urn in caller.reader.schools for term in lake_store.loaded_terms(tx, urn)}
    if not terms:
        raise Refused("Nothing is loaded yet.", hint="belong load FOLDER --school URN")
    return in_order(list(terms))[-1]


def _schools_with(caller: Caller, term: str) -> list[str]:
    with caller.reading() as tx:
        return [
            row.urn
            for row in school_store.schools(tx)
            if row.halted_at is None and term in lake_store.loaded_terms(tx, row.urn)
        ]


def latest_score(
    caller: Caller, read: Told, pupil_id: str, term: str | None
) -> tuple[ScoreRow, PublicationRow]:
    """A pupil's latest published score, or that of a term."""
    scores = score_store.score(read, pupil_id, term, caller.reader.schools)
    if not scores:
        raise NotFound(f"Nothing is published about {pupil_id}.", hint="belong score --term TERM")
    return max(scores, key=lambda found: calendar.term(found[0].term).start)
