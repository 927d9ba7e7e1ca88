"""The model for everyone who may ask how it works: what it is, how it did, its whole table, its audits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from model.indicator import Indicator
from service.accounts import Names
from service.core.callers import Caller
from service.core.permissions import can
from service.core.taking import Line
from service.models.audit_figures import AuditTable, findings, group_tables, label_tables
from service.models.model_figures import (
    FAMILY_WORDS,
    LEAST_EFFECT,
    SMALL,
    RuleLine,
    Shape,
    gate_lines,
    labels_of,
    ranking,
    rule_lines,
    shapes,
    span,
)
from service.models.reading import model_report, served_model
from service.schools import schools_of
from service.shell.access import needs, public
from service.shell.calibration_chart import CalibrationChart, calibration
from service.shell.frames import frame_for
from service.shell.messages import N_, _
from service.shell.rendering import Page, render

router = APIRouter(include_in_schema=False)
Reads = Annotated[Caller, Depends(needs("model.read"))]
EVENT_WORDS = {
    "announced": N_("Tests set before training"),
    "added": N_("Trained and tested"),
    "promoted": N_("Put into use"),
    "rolled_back": N_("Withdrawn"),
    "converted": N_("Saved in a new file format, unchanged"),
}


@dataclass(frozen=True)
class NoModelPage(Page):
    """There is no model that serves yet."""

    template: ClassVar[str] = "models/none.html"
    section: ClassVar[str] = "model"

    may_train: bool
    may_set_up: bool
    rule_school: str


@dataclass(frozen=True)
class ModelPage(Page):
    """What the model is and how it did on a term it had not seen."""

    template: ClassVar[str] = "models/overview.html"
    section: ClassVar[str] = "model"

    model_id: str
    outcome: str
    learned: str
    set_on: str
    tested: str
    pupils: int
    events: str
    flags: int
    right: int
    ranking: str
    everyone: tuple[RuleLine, ...]
    fresh: tuple[RuleLine, ...]
    lists: tuple[RuleLine, ...]
    calibration: CalibrationChart
    gates: tuple[tuple[str, str, str, str], ...]
    schools: tuple[tuple[str, str, str], ...]
    may_audit: bool
    may_train: bool


@dataclass(frozen=True)
class TablePage(Page):
    """The whole model, one family of indicators at a time."""

    template: ClassVar[str] = "models/table.html"
    section: ClassVar[str] = "model"

    model_id: str
    family: str
    families: tuple[tuple[str, str, int], ...]
    shapes: tuple[Shape, ...]
    flat: tuple[str, ...]
    base: str
    offsets: tuple[tuple[str, str], ...]
    may_audit: bool
    may_train: bool


@dataclass(frozen=True)
class HistoryPage(Page):
    """Who let which model serve, when and why."""

    template: ClassVar[str] = "models/history.html"
    section: ClassVar[str] = "model"

    events: tuple[dict[str, Any], ...]
    serving: str | None
    may_audit: bool
    may_train: bool


@dataclass(frozen=True)
class AuditsPage(Page):
    """How the model treats groups of pupils, with how sure we can be."""

    template: ClassVar[str] = "models/audits.html"
    section: ClassVar[str] = "model"

    findings: tuple[tuple[str, str], ...]
    groups: tuple[AuditTable, ...]
    labels: tuple[AuditTable, ...]
    model_id: str
    may_train: bool


@dataclass(frozen=True)
class PublicModelPage(Page):
    """How the model works, for families and anyone else: no number that could point at a pupil or school."""

    template: ClassVar[str] = "models/public.html"
    section: ClassVar[str] = "about"

    outcome: str | None
    learned: str
    right_in_ten: int | None
    families: tuple[tuple[str, tuple[str, ...]], ...]


@router.get("/model")
def read_model(caller: Reads) -> HTMLResponse:
    """The serving model's report in words."""
    if caller.deployment.registry.serving() is None:
        with caller.reading() as tx:
            schools = [line.urn for line in schools_of(caller, tx)]
        page = NoModelPage(
            _("No model is in use yet"),
            may_train=can(caller.reader, "model.promote"),
            may_set_up=can(caller.reader, "school.pause"),
            rule_school=schools[0] if schools and can(caller.reader, "names.read") else "",
        )
        return render(page, frame_for(caller, section="model", synthetic=False))
    manifest = served_model(caller)
    return render(_overview(caller, manifest), _frame(caller, manifest))


@router.get("/model/table")
def read_table(caller: Reads, family: Line = "attendance") -> HTMLResponse:
    """The printed table of one family of indicators."""
    manifest = served_model(caller)
    model = caller.deployment.registry.load(manifest["model_id"]).model
    indicators = [Indicator.from_dict(one) for one in manifest["indicators"]]
    chosen = family if family in FAMILY_WORDS else "attendance"
    families = {one.name: one.family for one in indicators}
    every = shapes(model, indicators)
    mine = [shape for shape in every if families[shape.name] == chosen]
    with caller.reading() as tx:
        own = {line.urn: line.name for line in schools_of(caller, tx)}
    page = TablePage(
        "The model’s table",
        model_id=manifest["model_id"],
        family=FAMILY_WORDS[chosen],
        families=tuple(
            (key, words, sum(1 for each in families.values() if each == key))
            for key, words in FAMILY_WORDS.items()
        ),
        shapes=tuple(shape for shape in mine if shape.reach >= LEAST_EFFECT),
        flat=tuple(shape.label for shape in mine if shape.reach < LEAST_EFFECT),
        base=f"{model.base_log_odds:+.2f}",
        offsets=tuple(
            (own[urn], f"{value:+.2f}") for urn, value in sorted(model.offsets.items()) if urn in own
        ),
        may_audit=can(caller.reader, "audits.read"),
        may_train=can(caller.reader, "model.promote"),
    )
    return render(page, _frame(caller, manifest))


@router.get("/model/history")
def read_history(caller: Reads) -> HTMLResponse:
    """Every model trained, and each decision to put one into use."""
    registry = caller.deployment.registry
    events = registry.events()
    with caller.reading() as tx:
        names = Names(tx)
    lines = tuple(
        {
            "at": event["at"],
            "what": EVENT_WORDS.get(event["event"], event["event"]),
            "model_id": event["model_id"] or "–",
            "by": names.of(event["by"]),
            "reason": event["reason"],
            "forced": event.get("forced", ""),
        }
        for event in reversed(events)
    )
    page = HistoryPage(
        _("History of models"),
        events=lines,
        serving=registry.serving(),
        may_audit=can(caller.reader, "audits.read"),
        may_train=can(caller.reader, "model.promote"),
    )
    synthetic = any(event.get("synthetic") for event in events)
    return render(page, frame_for(caller, section="model", synthetic=synthetic))


@router.get("/audits")
def read_audits(caller: Annotated[Caller, Depends(needs("audits.read"))]) -> HTMLResponse:
    """The group and label audits of the serving model."""
    manifest = served_model(caller)
    report = model_report(caller, manifest["model_id"])
    page = AuditsPage(
        "Is the model fair?",
        findings=findings(report.get("audit")),
        groups=group_tables(report.get("audit")),
        labels=label_tables(report.get("label_audit")),
        model_id=manifest["model_id"],
        may_train=can(caller.reader, "model.promote"),
    )
    return render(page, _frame(caller, manifest))


@router.get("/about-the-model")
def read_public(caller: Annotated[Caller, Depends(public())]) -> HTMLResponse:
    """How the model works, open to everyone."""
    registry = caller.deployment.registry
    serving = registry.serving()
    if serving is None:
        page = PublicModelPage(
            "How the model works", outcome=None, learned="", right_in_ten=None, families=()
        )
        return render(page, frame_for(None, section="about", synthetic=False))
    manifest, report = caller.deployment.manifest(serving), registry.report(serving)
    list_of = report["test"]["list"]["model"]
    enough = list_of["flags"] >= SMALL
    page = PublicModelPage(
        "How the model works",
        outcome=_lower(manifest["config"]["outcome"]["name"]),
        learned=span(report["terms"]["train"]),
        right_in_ten=round(10 * list_of["right"] / list_of["flags"]) if enough else None,
        families=_families(manifest),
    )
    return render(page, frame_for(None, section="about", synthetic=bool(manifest["synthetic"])))


def _overview(caller: Caller, manifest: Mapping[str, Any]) -> ModelPage:
    report = model_report(caller, manifest["model_id"])
    test, terms, labels = report["test"], report["terms"], labels_of(manifest)
    list_of = test["list"]["model"]
    return ModelPage(
        "The model",
        model_id=manifest["model_id"],
        outcome=_lower(manifest["config"]["outcome"]["name"]),
        learned=span(terms["train"]),
        set_on=span(terms["calibrate"]),
        tested=span(terms["test"]),
        pupils=int(test["all"]["rows"]),
        events=str(test["all"]["events"]),
        flags=round(list_of["flags"]),
        right=round(list_of["right"]),
        ranking=ranking(test["all"]["model"]["auc"]),
        everyone=rule_lines(test["all"], labels),
        fresh=rule_lines(test["no_earlier_suspension"], labels),
        lists=rule_lines(test["list"], labels),
        calibration=calibration(test["calibration"]["curve"]),
        gates=gate_lines(report["gates"]),
        schools=_own_schools(caller, test.get("schools", [])),
        may_audit=can(caller.reader, "audits.read"),
        may_train=can(caller.reader, "model.promote"),
    )


def _own_schools(caller: Caller, schools: list[dict[str, Any]]) -> tuple[tuple[str, str, str], ...]:
    """(school, expected, happened) of the reader's own schools; small numbers are not shown."""
    with caller.reading() as tx:
        own = {line.urn: line.name for line in schools_of(caller, tx)}
    return tuple(
        (
            own[one["school"]],
            f"{one['expected']:.0f}" if one["expected"] >= SMALL else f"fewer than {SMALL}",
            f"{one['events']:.0f}" if one["events"] >= SMALL else f"fewer than {SMALL}",
        )
        for one in schools
        if one["school"] in own
    )


def _families(manifest: Mapping[str, Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (words, tuple(one["label"] for one in manifest["indicators"] if one["family"] == key))
        for key, words in FAMILY_WORDS.items()
    )


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def _frame(caller: Caller, manifest: Mapping[str, Any]) -> Any:
    return frame_for(caller, section="model", synthetic=bool(manifest["synthetic"]))
