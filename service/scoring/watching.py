"""Between trainings, from the machine itself: drift, what another model would change, the card, the rule list."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data_contracts.errors import Refused
from pipelines.monitor import compare_lists, drift_lines
from pipelines.report.card import complete
from pipelines.report.page import card_page
from pipelines.rule_list import rule_list
from service.accounts import pause_school
from service.core.audit import Event
from service.core.callers import Caller, at_machine
from service.core.deployment import Deployment
from service.core.permissions import NotFound
from service.core.progress import Progress
from service.records import moment, taken_away
from service.schools import school_store
from service.scoring.watch import loaded_terms, rows_of, watched, why_waiting


def monitor(
    home: Path, term: str | None = None, *, pause: bool = False, progress: Progress | None = None
) -> dict[str, Any]:
    """Drift of a term (default: the latest loaded) under the serving model, and the outcome rate of the latest
    term whose outcome is known. With `pause`, the schools for which scoring should wait are paused.

    Refused where no model serves or nothing is loaded.
    """
    with at_machine(home) as caller:
        report = watched(caller, loaded_terms(caller, term)[1], progress)
        with caller.reading() as tx:
            halted = {row.urn for row in school_store.schools(tx) if row.halted_at is not None}
    for urn in sorted(set(report["waiting"]) - halted) if pause else []:
        pause_school(home, urn, by="monitor", reason=why_waiting(report, urn))
    return {**report, "lines": drift_lines(report)}


def compare_models(home: Path, model_id: str | None = None, term: str | None = None) -> dict[str, Any]:
    """Whose name would enter and leave the lists of a term if a model (default: the newest) served instead.
    Nothing is stored; the read is recorded."""
    with at_machine(home) as caller:
        registry = caller.deployment.registry
        serving, models = registry.serving(), registry.models()
        chosen = model_id or (str(models[-1]["model_id"]) if models else None)
        if serving is None or chosen is None:
            raise NotFound("There are no two models to compare.", hint="belong train")
        term = loaded_terms(caller, term)[1]
        since, rows = _moment(caller), rows_of(caller, [term])
        sizes = rows[rows["scored"]].groupby("school").size()
        places = caller.deployment.config().places_for({str(s): int(n) for s, n in sizes.items()})
        found = compare_lists(
            registry.load(serving), registry.load(chosen), rows[rows["school"].isin(list(places))], places
        )
        with caller.writing() as tx:
            gone = taken_away(tx, since)
            caller.record(tx, Event.EXPORT_MADE, subject=chosen[:40], term=term)
    for way in ("entering", "leaving"):
        found[way] = [one for one in found[way] if one["pupil_id"] not in gone]
    lines = [
        f"{term}: {len(found['entering'])} would enter, {len(found['leaving'])} would leave and "
        f"{found['staying']} would stay "
        f"if {chosen} were in use instead of {serving}."
    ]
    for way in ("entering", "leaving"):
        for one in found[way]:
            why = ", ".join(f"{part['indicator']} {part['change']:+.2f}" for part in one["why"])
            lines.append(f"  {way} {one['school']} {one['pupil_id']}: {why}")
    return {"serving": serving, "model_id": chosen, "term": term, **found, "lines": lines}


def plain_list(home: Path, term: str | None = None, rule: str = "abc") -> dict[str, Any]:
    """A term's list by a plain points rule, for a school that has no model yet; the read is recorded."""
    with at_machine(home) as caller:
        chosen = loaded_terms(caller, term)[1]
        since = _moment(caller)
        found = rule_list(rows_of(caller, [chosen]), caller.deployment.config(), rule)
        with caller.writing() as tx:
            gone = taken_away(tx, since)
            caller.record(tx, Event.EXPORT_MADE, subject=f"rule {rule}"[:40], term=chosen)
    for one in found["schools"]:
        one["pupils"] = [pupil for pupil in one["pupils"] if pupil not in gone]
    return {"term": chosen, "is_a_model": False, **found, "lines": rule_lines(found, chosen)}


def rule_lines(found: Mapping[str, Any], term: str) -> list[str]:
    """The rule and whom it names, for a terminal."""
    lines = [
        f"{term}: made by a simple points rule (no model). {found['label']}.",
        "Points: " + "; ".join(found["points"]) + ".",
    ]
    for one in found["schools"]:
        said = ", ".join(one["pupils"]) or "nobody has enough points, or too many have the same"
        lines.append(f"{one['school']} ({len(one['pupils'])} of {one['places']} places): {said}")
    return lines


def write_card(
    home: Path, path: Path, model_id: str | None = None, answers: Path | None = None
) -> dict[str, Any]:
    """Write a model's card (default: the serving model, else the newest) as one HTML page that prints.

    `answers` is a TOML file of items and texts, for what only the school or trust can say; with it, Refused
    while any item is empty.
    """
    with Deployment.open(home) as deployment:
        registry = deployment.registry
        models = registry.models()
        if not models:
            raise NotFound("There is no model yet.", hint="Make one with: belong train")
        chosen = model_id or registry.serving() or str(models[-1]["model_id"])
        loaded, card = registry.load(chosen), registry.card(chosen)
        if card is None:
            raise NotFound(f"There is no card for {chosen}.", hint="Train again.")
        if answers is not None:
            card = complete(card, read_answers(answers))
        page = card_page(loaded.model, loaded.manifest, registry.report(chosen), card)
    path.write_text(page, encoding="utf-8")
    return {"model_id": chosen, "path": path, "open": card["open"]}


def read_answers(path: Path) -> dict[str, str]:
    """Items of the card and their texts from a TOML file; Refused where it can't be read."""
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refused(
            f"{path.name} can't be read: {error}.", hint='Write one line per item: 17 = "…".'
        ) from None
    return {str(item): str(text) for item, text in found.items()}


def _moment(caller: Caller) -> int:
    with caller.reading() as tx:
        return moment(tx)
