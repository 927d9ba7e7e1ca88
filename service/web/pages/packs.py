"""Packs to print for a meeting: the panel's, the governors' (no pupil) and a family's (no figure)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from data_contracts import calendar
from model.additive import SCHOOL
from pipelines.explain import explanation
from service import governance
from service.access import needs
from service.audit import Event
from service.callers import Caller
from service.db import score_store
from service.db.engine import Transaction
from service.db.lake_store import live_timelines
from service.permissions import NotFound, can
from service.reads import FlagLine, FlagPage, SchoolLine, card_for, flags_for, schools_of, terms_of
from service.reads import model_report as report_of
from service.reads.flags import live_publication
from service.reads.schools import as_line, known_school
from service.setting.view import SettingView, setting_view
from service.support import given
from service.support.words import LIST_WORDS
from service.taking import Id, Line, Term, Urn
from service.web.frames import frame_for, term_words
from service.web.messages import _
from service.web.pages.audit_figures import findings
from service.web.pages.list_words import how_often_right
from service.web.pages.pack_counts import TermCounts, term_counts
from service.web.rendering import Page, render

router = APIRouter(include_in_schema=False)
Reads = Annotated[Caller, Depends(needs("packs.read"))]
KEPT_DAYS = 28
REASONS_SHOWN = 3
COMPARES = "_rank_"
"""Indicators that compare a pupil with others; a family reads about its own child alone."""
HEADS = {"changeable": "What school can change", "context": "Context", "history": "History"}


@dataclass(frozen=True)
class PacksPage(Page):
    """Which pack, for which school and term."""

    template: ClassVar[str] = "packs/choose.html"
    section: ClassVar[str] = "packs"

    schools: tuple[tuple[str, str], ...]
    school: str
    terms: tuple[tuple[str, str], ...]
    may_panel: bool


@dataclass(frozen=True)
class Stamp:
    """What every pack carries: what for, for whom, who made it, when, and until when it may be kept."""

    purpose: str
    reader: str
    made_by: str
    made_on: date
    destroy_by: date
    school_name: str
    term_words: str


@dataclass(frozen=True)
class PanelPupil:
    """One pupil of the panel's pack, in words. `reasons` are (heading, sentences)."""

    pupil_id: str
    name: str
    form: str
    new: bool
    reasons: tuple[tuple[str, tuple[str, ...]], ...]
    strengths: tuple[str, ...]
    supports: tuple[str, ...]


@dataclass(frozen=True)
class PanelPage(Page):
    """For the review meeting: both lists in name order, with room for what is decided."""

    template: ClassVar[str] = "packs/panel.html"
    section: ClassVar[str] = "packs"

    stamp: Stamp
    school: str
    lists: tuple[tuple[str, tuple[PanelPupil, ...]], ...]
    unsaid: int
    honest: str


@dataclass(frozen=True)
class GovernorsPage(Page):
    """For governors: what changed in the school, counts, fairness, and questions to ask. No pupil."""

    template: ClassVar[str] = "packs/governors.html"
    section: ClassVar[str] = "packs"

    stamp: Stamp
    counts: TermCounts
    honest: str
    setting: SettingView | None
    before_words: str
    fairness: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FamilyPage(Page):
    """For a family: what is going well, what the records say, what can be asked for. No figure."""

    template: ClassVar[str] = "packs/family.html"
    section: ClassVar[str] = "packs"

    stamp: Stamp
    forename: str
    strengths: tuple[str, ...]
    records: tuple[str, ...]
    supports: tuple[str, ...]
    suggested: bool
    officer: str


@router.get("/packs")
def choose(caller: Reads, school: Line = "") -> HTMLResponse:
    """Choose a pack."""
    with caller.reading() as tx:
        lines = schools_of(caller, tx)
        if not lines:
            raise NotFound("You have no school yet.", hint="Ask your administrator to add one.")
        chosen = next((line for line in lines if line.urn == school), lines[0])
        terms = terms_of(caller, tx, chosen.urn)
    page = PacksPage(
        _("Meeting packs"),
        schools=tuple((line.urn, line.name) for line in lines),
        school=chosen.urn,
        terms=tuple((term, term_words(term)) for term in terms),
        may_panel=can(caller.reader, "names.read", chosen.urn),
    )
    return render(page, frame_for(caller, section="packs", synthetic=chosen.synthetic))


@router.get("/packs/{school}/{term}/panel")
def panel(caller: Annotated[Caller, Depends(needs("names.read"))], school: Urn, term: Term) -> HTMLResponse:
    """The panel's pack."""
    with caller.writing() as tx:
        flags = flags_for(caller, tx, school, term)
        line = _line(tx, school)
        supports = _supports(tx, school)
        explained = _explained(caller, tx, flags)
        praised = {row.pupil_id: going_well(row.events, term) for row in live_timelines(tx, school, term)}
        pupils = [
            _panel_pupil(flag, explained[flag.pupil_id], praised.get(flag.pupil_id, ()), supports)
            for flag in flags.flags
        ]
        caller.record(tx, Event.PACK_PRINTED, school=school, term=term, version="panel")
    kinds = {flag.pupil_id: flag.flag_list for flag in flags.flags}
    page = PanelPage(
        _("Review meeting"),
        stamp=_stamp(
            caller,
            line,
            term,
            _("To decide together which pupils to offer support"),
            _("those who take part in the review meeting"),
        ),
        school=school,
        lists=tuple(
            (words, tuple(pupil for pupil in pupils if kinds[pupil.pupil_id] == name))
            for name, words in LIST_WORDS.items()
        ),
        unsaid=len(flags.abstained),
        honest=how_often_right(report_of(caller, flags.model_id), flags.places),
    )
    return render(page, frame_for(caller, section="packs", synthetic=line.synthetic))


@router.get("/packs/{school}/{term}/governors")
def governors(caller: Reads, school: Urn, term: Term) -> HTMLResponse:
    """The governors' pack."""
    with caller.writing() as tx:
        counts = term_counts(caller, tx, school, term)
        line = _line(tx, school)
        setting = setting_view(caller, tx, school, term) if can(caller.reader, "setting.read") else None
        caller.record(tx, Event.PACK_PRINTED, school=school, term=term, version="governors")
    report = report_of(caller, counts.model_id) if can(caller.reader, "model.read") else {}
    page = GovernorsPage(
        _("Report to governors"),
        stamp=_stamp(
            caller, line, term, _("So that governors can ask how support is going"), _("the governing body")
        ),
        counts=counts,
        honest=how_often_right(report, counts.places),
        setting=setting,
        before_words=term_words(setting.before) if setting and setting.before else "",
        fairness=findings(report.get("audit")) if can(caller.reader, "audits.read") else (),
    )
    return render(page, frame_for(caller, section="packs", synthetic=line.synthetic))


@router.get("/packs/{school}/{term}/family/{pupil_id}")
def family(
    caller: Annotated[Caller, Depends(needs("names.read"))], school: Urn, term: Term, pupil_id: Id
) -> HTMLResponse:
    """A family's pack about their own child."""
    with caller.writing() as tx:
        card = card_for(caller, tx, pupil_id, term)
        if card.facts.school != school or card.explanation is None:
            raise NotFound("There is nothing to say about this pupil for that term.")
        line = _line(tx, school)
        supports = _supports(tx, school).get(pupil_id, ())
        caller.record(tx, Event.PACK_PRINTED, school=school, subject=pupil_id, term=term, version="family")
    home = caller.deployment.home
    officer = "" if line.synthetic else str(governance.of_school(home, school).values.get("dpo", ""))
    page = FamilyPage(
        _("How we want to help"),
        stamp=_stamp(
            caller, line, term, _("To talk with a family about support"), _("the family, and nobody else")
        ),
        forename=card.facts.forename or _("your child"),
        strengths=going_well(card.events, term),
        records=_sentences(_own_records(card.explanation["reasons"]))[:REASONS_SHOWN],
        supports=supports,
        suggested=card.flagged,
        officer=officer,
    )
    return render(page, frame_for(caller, section="packs", synthetic=line.synthetic))


def _explained(caller: Caller, tx: Transaction, flags: FlagPage) -> dict[str, dict[str, Any]]:
    """The explanations of all suggestions, read at once; each is an audited read of its pupil."""
    live = live_publication(tx, flags.school, flags.term)
    manifest = caller.deployment.manifest(live.model_id)
    explained = {}
    for score in score_store.flagged_scores(tx, live, caller.reader.year_groups):
        values = {column.key: getattr(score, column.key) for column in score.__mapper__.columns}
        explained[score.pupil_id] = explanation(manifest, values)
        caller.record(tx, Event.PUPIL_READ, school=flags.school, subject=score.pupil_id, term=flags.term)
    return explained


def _panel_pupil(
    flag: FlagLine,
    explained: Mapping[str, Any],
    praised: tuple[str, ...],
    supports: Mapping[str, tuple[str, ...]],
) -> PanelPupil:
    shown = [one for one in explained["reasons"] if one["indicator"] != SCHOOL][:REASONS_SHOWN]
    reasons = tuple(
        (head, _sentences([one for one in shown if one["kind"] == kind])) for kind, head in HEADS.items()
    )
    return PanelPupil(
        flag.pupil_id,
        f"{flag.forename} {flag.surname}" if flag.surname else flag.pupil_id,
        flag.registration_group or "",
        flag.new,
        tuple((head, sentences) for head, sentences in reasons if sentences),
        praised,
        supports.get(flag.pupil_id, ()),
    )


def going_well(events: list[dict[str, Any]], term: str) -> tuple[str, ...]:
    """What was written down as going well in a term, counted by kind, with the latest day."""
    known = calendar.term(term)
    start, end = known.start.isoformat(), known.end.isoformat()
    good = [one for one in events if one["text_key"] == "positive" and start <= str(one["date"]) <= end]
    kinds = Counter(str(one["detail"].get("type") or "other").replace("_", " ") for one in good)
    if not good:
        return ()
    kinds_said = ", ".join(f"{kind} ({count})" for kind, count in kinds.most_common())
    latest = date.fromisoformat(max(str(one["date"]) for one in good)[:10])
    return (f"Praised this term for {kinds_said}, last on {latest.day} {latest:%B}.",)


def _sentences(reasons: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(str(reason["sentence"]) for reason in reasons)


def _own_records(reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in reasons if one["kind"] != "context" and COMPARES not in one["indicator"]]


def _supports(tx: Transaction, school: str) -> dict[str, tuple[str, ...]]:
    """Supports that go on, by pupil, read at once."""
    found: dict[str, tuple[str, ...]] = {}
    for support in given.going_on(tx, school):
        words = f"{support.name} ({support.who}), since {support.starts.day} {support.starts:%B %Y}"
        found[support.pupil_id] = (*found.get(support.pupil_id, ()), words)
    return found


def _line(tx: Transaction, urn: str) -> SchoolLine:
    return as_line(known_school(tx, urn))


def _stamp(caller: Caller, line: SchoolLine, term: str, purpose: str, reader: str) -> Stamp:
    today = date.today()
    name = caller.reader.name or caller.reader.user
    return Stamp(purpose, reader, name, today, today + timedelta(days=KEPT_DAYS), line.name, term_words(term))
