"""Packs to print for a meeting: the panel's, the governors' (no pupil) and a family's (no figure)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from pipelines.explanation import Account, Audience, told
from service.accounts import account_store
from service.core import clock, governance
from service.core.audit import Event, Told
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.permissions import NotFound, can
from service.core.taking import Id, Line, Term, Urn
from service.lists import (
    FlagLine,
    FlagPage,
    TermCounts,
    flags_for,
    how_often_right,
    live_publication,
    term_counts,
)
from service.models import findings
from service.models import model_report as report_of
from service.pupils import card_for, card_parts
from service.records import in_own_years
from service.schools import SchoolLine, as_line, known_school, schools_of
from service.scoring import published_terms, score_store, telling
from service.setting import SettingView, setting_view
from service.shell.access import needs
from service.shell.frames import frame_for, term_words
from service.shell.messages import _
from service.shell.rendering import Page, render
from service.support import LIST_WORDS, Decided, Decision, decisions, record_of
from service.support import supports as supports_in_place

router = APIRouter(include_in_schema=False)
Reads = Annotated[Caller, Depends(needs("packs.read"))]
KEPT_DAYS = 28


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
    """One pupil of the panel's pack, in words. `reasons` are (theme, sentences)."""

    pupil_id: str
    name: str
    form: str
    new: bool
    reasons: tuple[tuple[str, str], ...]
    strengths: tuple[str, ...]
    supports: tuple[str, ...]
    decided: str


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
    looked: str
    officer: str


@router.get("/packs")
def choose(caller: Reads, school: Line = "") -> HTMLResponse:
    """Choose a pack."""
    with caller.reading() as tx:
        lines = schools_of(caller, tx)
        if not lines:
            raise NotFound("You have no school yet.", hint="Ask your administrator to add one.")
        chosen = next((line for line in lines if line.urn == school), lines[0])
        terms = published_terms(caller, tx, chosen.urn)
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
        supports = _supports(flags.read, school)
        accounts = _accounts(caller, flags)
        answers = decisions.latest(flags.read, school, [term])
        pupils = [
            _panel_pupil(flag, accounts[flag.pupil_id], supports, answers.get((flag.pupil_id, term)))
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
        if card.facts.school != school or card.account is None or card.as_of is None:
            raise NotFound("There is nothing to say about this pupil for that term.")
        line = _line(tx, school)
        written = record_of(card.read, caller.reader, school, pupil_id, term)
        looked = _looked(tx, written.decisions.get(term))
        supports = _supports(card.read, school).get(pupil_id, ())
        caller.record(tx, Event.PACK_PRINTED, school=school, subject=pupil_id, term=term, version="family")
    home = caller.deployment.home
    officer = "" if line.synthetic else str(governance.of_school(home, school).values.get("dpo", ""))
    today = clock.today()
    told_ = [reason.story.told_to(Audience.family) for reason in card.account.reasons]
    page = FamilyPage(
        _("How we want to help"),
        stamp=_stamp(
            caller, line, term, _("To talk with a family about support"), _("the family, and nobody else")
        ),
        forename=card.facts.forename or _("your child"),
        strengths=tuple(
            one.sentence(today)
            for one in [*card.account.well, *card_parts.reviewed_better(written.supports)]
            if told(one.kind, Audience.family)
        ),
        records=tuple(" ".join(one.sentence(today) for one in said) for said in told_ if said),
        supports=supports,
        suggested=card.flagged,
        looked=looked,
        officer=officer,
    )
    return render(page, frame_for(caller, section="packs", synthetic=line.synthetic))


def who_looked(decision: Decided | None, role: str = "") -> str:
    """In which role somebody looked at the suggestion, when, and what was decided; only what is recorded."""
    if decision is None:
        return "Nobody at school has looked at this suggestion yet."
    when = f"{decision.at.day} {decision.at:%B %Y}"
    who = FAMILY_ROLE.get(role, "A member of staff")
    return f"{who} looked at it on {when} and decided {FAMILY_DECISION[decision.kind]}"


FAMILY_ROLE = {
    "inclusion_lead": "The inclusion lead",
    "pastoral": "A member of the pastoral team",
    "head_of_year": "The head of year",
    "senco": "The SENDCo",
    "dsl": "The safeguarding lead",
}


FAMILY_DECISION = {
    Decision.support: "to start support.",
    Decision.already: "to continue the support there is now.",
    Decision.not_now: "to start no further support for now.",
    Decision.data_wrong: "that some records are wrong and need correcting.",
}


def _looked(tx: Transaction, decision: Decided | None) -> str:
    """Who looked, by role: a family meets people, and reads here what they are at school."""
    roles = {one.id: one.role for one in account_store.accounts(tx)} if decision else {}
    return who_looked(decision, roles.get(decision.by_account, "") if decision else "")


def _accounts(caller: Caller, flags: FlagPage) -> dict[str, Account]:
    """What is told of all suggestions, read at once; each is an audited read of its pupil."""
    tx = flags.read.tx
    live = live_publication(tx, flags.school, flags.term)
    found = score_store.flagged_scores(flags.read, live)
    own = in_own_years(caller, tx, [score.pupil_id for score in found])
    scores = [score for score in found if score.pupil_id in own]
    for score in scores:
        caller.record(tx, Event.PUPIL_READ, school=flags.school, subject=score.pupil_id, term=flags.term)
    manifest = caller.deployment.manifest(live.model_id)
    return telling.accounts_of(flags.read, manifest, live, scores, caller.reader.schools)


def _panel_pupil(
    flag: FlagLine, account: Account, supports: Mapping[str, tuple[str, ...]], decision: Decided | None
) -> PanelPupil:
    today = clock.today()
    reasons = (
        (one.story.label, " ".join(said.sentence(today) for said in one.story.told_to(Audience.panel)))
        for one in account.reasons
    )
    well = (one.sentence(today) for one in account.well if told(one.kind, Audience.panel))
    return PanelPupil(
        flag.pupil_id,
        f"{flag.forename} {flag.surname}" if flag.surname else flag.pupil_id,
        flag.registration_group or "",
        flag.new,
        tuple((label, sentences) for label, sentences in reasons if sentences),
        tuple(well),
        supports.get(flag.pupil_id, ()),
        f"{decision.done_words} ({decision.by}, {decision.at.day} {decision.at:%B %Y})" if decision else "",
    )


def _supports(read: Told, school: str) -> dict[str, tuple[str, ...]]:
    """Supports that go on, by pupil, read at once."""
    found: dict[str, tuple[str, ...]] = {}
    for support in supports_in_place.going_on(read, school):
        words = f"{support.name} ({support.who}), since {support.starts.day} {support.starts:%B %Y}"
        found[support.pupil_id] = (*found.get(support.pupil_id, ()), words)
    return found


def _line(tx: Transaction, urn: str) -> SchoolLine:
    return as_line(known_school(tx, urn))


def _stamp(caller: Caller, line: SchoolLine, term: str, purpose: str, reader: str) -> Stamp:
    today = clock.today()
    name = caller.reader.name or caller.reader.user
    return Stamp(purpose, reader, name, today, today + timedelta(days=KEPT_DAYS), line.name, term_words(term))
