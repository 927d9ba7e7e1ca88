"""What is asked before any list is published: has the world moved since the model was made?

Whoever computes scores needs a `Watch`, and only `look` makes one: the command line, an upload and an undo ask alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from data_contracts.errors import Held, Refused
from pipelines.indicators import engine
from pipelines.monitor import drift_report
from pipelines.populations import touches_pandemic
from service.core.callers import Caller
from service.core.progress import Progress, tell
from service.records import kept_out, lake_store, records_read
from service.schools import in_order


class Waits(Held):
    """A list that is not published before a person has looked. `seen` are the reasons, a sentence each."""

    def __init__(self, message: str, hint: str, seen: Sequence[str]) -> None:
        super().__init__(message, hint=hint)
        self.seen = tuple(seen)


@dataclass(frozen=True, slots=True)
class Watch:
    """What was seen of a term: the drift report, or why it is scored all the same (`anyway`)."""

    term: str
    report: Mapping[str, Any]
    anyway: str = ""

    @property
    def waiting(self) -> frozenset[str]:
        """The schools whose lists wait for a person."""
        return frozenset() if self.anyway else frozenset(self.report["waiting"])

    def check(self, school: str, term: str) -> None:
        """Raise Waits where the school's list of the term should not be published before a person has looked."""
        if term != self.term:
            raise ValueError(f"looked at {self.term}, asked about {term}")
        if school in self.waiting:
            raise Waits(
                why_waiting(self.report, school),
                "Someone who knows the school and the model looks at it, and trains again or releases them at "
                "Uploads, Waiting for a person; or where Belong runs: "
                f"belong score --term {term} --school {school} --anyway REASON",
                reasons(self.report, school),
            )


def look(caller: Caller, term: str, *, anyway: str = "", progress: Progress | None = None) -> Watch:
    """Watch a term before it is scored. With a reason (`anyway`), or where no model serves, nothing waits."""
    if anyway.strip() or caller.deployment.registry.serving() is None:
        return Watch(term, {"waiting": []}, anyway.strip())
    return Watch(term, watched(caller, term, progress))


def watched(caller: Caller, term: str, progress: Progress | None = None) -> dict[str, Any]:
    """The drift report of a term under the serving model; `waiting` are the schools not to be scored."""
    deployment = caller.deployment
    serving = deployment.registry.serving()
    if serving is None:
        raise Refused("No model is in use, so nothing can be compared.", hint="belong train, belong promote")
    tell(progress, "Looking for drift", 0, 1)
    terms, _ = loaded_terms(caller, term)
    matrix = rows_of(caller, terms[max(terms.index(term) - 3, 0) : terms.index(term) + 1])
    loaded = deployment.registry.load(serving)
    report = drift_report(
        loaded.model, loaded.manifest, matrix[matrix["term"] == term], deployment.config(),
        latest_closed(matrix, loaded.manifest["outcome"]["column"]),
    )  # fmt: skip
    waiting = sorted(set(matrix["school"])) if report["paused"] else report["paused_schools"]
    return {"model_id": serving, **report, "waiting": waiting}


def latest_closed(matrix: pd.DataFrame, column: str) -> pd.DataFrame:
    """The rows of the latest term whose outcome is known; none where there is no such term."""
    known = matrix[matrix[column].notna() & ~matrix["term"].map(touches_pandemic).astype(bool)]
    return matrix[matrix["term"] == in_order(list(known["term"].unique()))[-1]] if len(known) else known


def rows_of(caller: Caller, terms: list[str]) -> pd.DataFrame:
    """The indicator rows of these terms, without pupils who are not to be scored."""
    deployment = caller.deployment
    with caller.reading() as tx:
        view = lake_store.live_view(tx, deployment.lake, caller.reader.schools)
        left_out = kept_out(tx)
    with records_read():
        matrix = engine.build(view, terms)
    return matrix[~matrix["pupil_id"].isin(left_out)]


def loaded_terms(caller: Caller, term: str | None) -> tuple[list[str], str]:
    """Every loaded term in order, and the one asked for (default: the latest)."""
    with caller.reading() as tx:
        loaded = {each for urn in caller.reader.schools for each in lake_store.loaded_terms(tx, urn)}
    terms = in_order(list(loaded))
    if not terms:
        raise Refused("Nothing is loaded yet.", hint="belong load FOLDER --school URN")
    if term is not None and term not in terms:
        raise Refused(f"Nothing is loaded for {term}.", hint=f"Loaded are: {', '.join(terms)}.")
    return terms, term or terms[-1]


def why_waiting(report: Mapping[str, Any], urn: str) -> str:
    return f"Drift in {report['term']}: " + " ".join(reasons(report, urn))


def reasons(report: Mapping[str, Any], urn: str) -> list[str]:
    """What stops a school's list, of the whole deployment or of the school alone."""
    return list(report["stops"] if report["paused"] else report["schools"][urn]["stops"])
