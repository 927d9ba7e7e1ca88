"""What the computer made of a pupil's records: every figure kept, those of replaced lists too, and its reasons."""

from collections.abc import Mapping
from typing import Any

from data_contracts.errors import Refused
from pipelines.explanation import Audience
from service.core.audit import Told
from service.core.callers import Caller
from service.pupils import explanation_of
from service.rights import life_store
from service.scoring import PublicationRow, ScoreRow, no_figure_words

OURS = frozenset({"id", "publication_id", "pupil_id"})


def figures_of(caller: Caller, read: Told, pupil_id: str) -> list[dict[str, Any]]:
    """Every figure by term, oldest first: values and inputs with their weights, whether or not the list has
    ended, was replaced or withdrawn, or the school is paused."""
    scores = life_store.scores_of_pupil(read, pupil_id, caller.reader.schools)
    return [_figure(caller, read, row, publication) for row, publication in scores]


def _figure(caller: Caller, read: Told, row: ScoreRow, publication: PublicationRow) -> dict[str, Any]:
    stored = {column.key: getattr(row, column.key) for column in row.__mapper__.columns}
    figure: dict[str, Any] = {
        "term": row.term,
        "school": row.school,
        "suggested": row.flagged,
        "model": publication.model_id,
        "published_at": publication.at,
        "replaced_at": publication.retired_at,
        "stored": {name: value for name, value in stored.items() if name not in OURS},
    }
    if row.abstained is not None or row.values is None:
        return {**figure, "no_figure_because": no_figure_words(row.abstained)}
    try:
        manifest = caller.deployment.manifest(publication.model_id)
    except Refused as gone:  # its values stay the pupil's own, with or without the model
        return {**figure, "not_explained_because": gone.message}
    return {
        **figure,
        "used": _by_label(manifest, row.values),
        "weights": _by_label(manifest, row.contributions or (), "The school as a whole"),
        "told": _told(caller, read, row, publication),
        "explanation": explanation_of(
            caller, read, row, publication, everything=True, audience=Audience.copy_files
        ),
    }


def _by_label(manifest: Mapping[str, Any], values: Any, *more: str) -> dict[str, Any]:
    names = [*(indicator["label"] for indicator in manifest["indicators"]), *more]
    return dict(zip(names, values, strict=False))


def _told(
    caller: Caller, read: Told, row: ScoreRow, publication: PublicationRow
) -> dict[str, list[dict[str, Any]]]:
    """What is told in the pages of a copy: each theme's sentences, and what is going well."""
    body = explanation_of(caller, read, row, publication, everything=False, audience=Audience.copy)
    return {
        "themes": [
            {"label": one["label"], "said": [said["sentence"] for said in one["said"]]}
            for one in body["themes"]
            if one["said"]
        ],
        "well": [{"said": [one["sentence"]]} for one in body["well"]],
    }
