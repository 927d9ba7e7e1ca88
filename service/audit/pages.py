"""Who saw what: the audit log in everyday words, narrowed by pupil, person, act and day, and as a file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, ClassVar
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse, Response

from data_contracts.downloads import safe_csv
from data_contracts.errors import Refused
from service.accounts import AccountRow, account_store
from service.audit.reading import Asked, audit_events, strangers
from service.audit.sealing import Verified, is_seal, verify
from service.audit.words import ACTOR_WORDS, EVENT_WORDS, PART_WORDS, TERM, VIA_WORDS
from service.core.audit import Event
from service.core.audit.audit_rows import AuditRow
from service.core.callers import Caller
from service.core.clock import SCHOOLS_TIME
from service.core.engine import Transaction
from service.core.permissions import can
from service.core.taking import Sought, is_near
from service.schools import SchoolLine, schools_of
from service.shell.access import needs
from service.shell.frames import ROLE_WORDS, frame_for, term_words
from service.shell.messages import N_, _
from service.shell.rendering import Page, moment, render

router = APIRouter(include_in_schema=False)
Reads = Annotated[Caller, Depends(needs("audit.read"))]
SHOWN = 50
MOST_ROWS = 50_000
PUPIL = re.compile(r"p[0-9a-f]{20}")
ACCOUNT = re.compile(r"[a-z0-9]{1,40}")
SEAL = re.compile(r"[0-9a-f]{12,64}")
HEADS = (N_("When (UK time)"), N_("Who"), N_("Role"), N_("What"), N_("About"), N_("School"), N_("Reference"))
Id = Annotated[str, Query(pattern=r"^([0-9]{1,9})?$")]


@dataclass(frozen=True)
class Filter:
    """What the form sends, as text. `newest` is the event a search began with: what happens meanwhile, such as
    the search itself, then changes neither its further pages nor its file."""

    pupil: Sought = ""
    person: Sought = ""
    act: Sought = ""
    school: Sought = ""
    since: Sought = ""
    until: Sought = ""
    newest: Id = ""
    before: Id = ""

    def query(self, **changed: str) -> str:
        """The same search as the end of an address."""
        return urlencode({name: text for name, text in vars(replace(self, **changed)).items() if text})


@dataclass(frozen=True)
class Line:
    """One event in words. `pupil_id` is set where it is about a pupil whose page the reader may open."""

    at: str
    who: str
    role: str
    what: str
    about: str
    school: str
    reference: str
    pupil_id: str = ""


@dataclass(frozen=True)
class WhoSawPage(Page):
    """A search of the log and what it found."""

    template: ClassVar[str] = "audit/log.html"
    section: ClassVar[str] = "who_saw"

    asked: Filter
    heads: tuple[str, ...]
    lines: tuple[Line, ...] = ()
    older: str = ""
    people: tuple[tuple[str, str], ...] = ()
    acts: tuple[tuple[str, str], ...] = ()
    schools: tuple[tuple[str, str], ...] = ()
    may_find: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SealsPage(Page):
    """Whether the log was changed."""

    template: ClassVar[str] = "audit/seals.html"
    section: ClassVar[str] = "who_saw"

    found: Verified | None = None
    noted: str = ""
    stands: bool | None = None
    errors: Mapping[str, str] = field(default_factory=dict)


@router.get("/who-saw-what")
def search(caller: Reads, sent: Annotated[Filter, Depends()]) -> HTMLResponse:
    """A page of events, newest first."""
    asked, errors = _asked(caller, sent)
    with caller.writing() as tx:
        told = _Words(caller, tx)
        rows = [] if errors else audit_events(caller, tx, asked, before=_before(sent), limit=SHOWN + 1)
    if rows and not sent.newest:
        sent = replace(sent, newest=str(rows[0].id))
    page = WhoSawPage(
        _("Who saw what"),
        asked=sent,
        heads=tuple(_(head) for head in HEADS),
        lines=tuple(told.line(row) for row in rows[:SHOWN]),
        older=str(rows[SHOWN - 1].id) if len(rows) > SHOWN else "",
        people=(("", _("Anyone")), *told.people()),
        acts=(("", _("Anything")), *((str(act), _(words)) for act, words in EVENT_WORDS.items())),
        schools=(("", _("All your schools")), *((one.urn, one.name) for one in told.schools)),
        may_find=told.may_find,
        errors=errors,
    )
    return _rendered(caller, page, told.schools)


@router.get("/who-saw-what.csv")
def download(caller: Reads, sent: Annotated[Filter, Depends()]) -> Response:
    """All that a search finds, for a spreadsheet. Refused where that is too much."""
    asked, errors = _asked(caller, sent)
    if errors:
        raise Refused(" ".join(errors.values()))
    with caller.writing() as tx:
        told = _Words(caller, tx)
        before = _before(replace(sent, before=""))
        rows = audit_events(caller, tx, asked, before=before, limit=MOST_ROWS + 1, kind="csv")
    if len(rows) > MOST_ROWS:
        raise Refused(
            _("This search finds too many events for a spreadsheet."),
            hint=_("Search for fewer days and try again."),
        )
    lines = [told.line(row) for row in rows]
    table = [[_(head) for head in HEADS], *([*vars(line).values()][: len(HEADS)] for line in lines)]
    headers = {"Content-Disposition": 'attachment; filename="who-saw-what.csv"', "Cache-Control": "no-store"}
    return Response(
        safe_csv(table).encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers
    )


@router.get("/who-saw-what/seals")
def check_seals(caller: Reads, check: bool = False, noted: Sought = "") -> HTMLResponse:
    """Check every seal again when asked to, and whether one that was noted down still stands."""
    noted, errors = noted.strip().lower(), {}
    if noted and not SEAL.fullmatch(noted):
        errors["noted"] = _("A seal has 12 to 64 characters: digits and the letters a to f.")
    found = verify(caller.deployment) if check and not errors else None
    with caller.reading() as tx:
        schools = schools_of(caller, tx)
    page = SealsPage(
        _("Has the log been changed?"),
        found=found,
        noted=noted,
        stands=is_seal(caller.deployment, noted) if found and noted else None,
        errors=errors,
    )
    return _rendered(caller, page, schools)


def _rendered(caller: Caller, page: WhoSawPage | SealsPage, schools: list[SchoolLine]) -> HTMLResponse:
    frame = frame_for(caller, section=page.section, synthetic=any(one.synthetic for one in schools))
    return render(page, frame, status=422 if page.errors else 200)


def _asked(caller: Caller, sent: Filter) -> tuple[Asked, dict[str, str]]:
    """What to search for, and what is wrong with what was sent."""
    errors: dict[str, str] = {}
    pupil, days = sent.pupil.strip().lower(), dict[str, datetime | None]()
    if pupil and not PUPIL.fullmatch(pupil):
        errors["pupil"] = _("A reference is the letter p followed by 20 digits or letters from a to f.")
    if sent.person and not ACCOUNT.fullmatch(sent.person):
        errors["person"] = _("Choose a person from the list.")
    if sent.act and sent.act not in set(Event):
        errors["act"] = _("Choose what was done from the list.")
    if sent.school and sent.school not in caller.reader.schools:
        errors["school"] = _("Choose one of your schools.")
    for name, text, more in (("since", sent.since, 0), ("until", sent.until, 1)):
        try:
            day = date.fromisoformat(text) if text else None
            if day is not None and not is_near(day):
                raise ValueError
            day = day + timedelta(more) if day else None
        except ValueError:
            day, errors[name] = None, _("Enter the day as year-month-day, for example 2026-09-14.")
        days[name] = datetime.combine(day, time(), SCHOOLS_TIME) if day else None
    if days["since"] and days["until"] and days["until"] <= days["since"]:
        errors["until"] = _("The last day is before the first.")
    if errors:
        return Asked(), errors
    act = Event(sent.act) if sent.act else None
    return Asked(act, sent.person or None, sent.school or None, pupil or None, **days), {}


def _before(sent: Filter) -> int | None:
    """The event before which to go on."""
    ends = [int(text) + more for text, more in ((sent.newest, 1), (sent.before, 0)) if text]
    return min(ends, default=None)


class _Words:
    """Names of people and schools, looked up once for all lines."""

    def __init__(self, caller: Caller, tx: Transaction) -> None:
        self.schools = schools_of(caller, tx)
        self.may_find = can(caller.reader, "requests.manage")
        self._strangers = strangers(caller, tx)
        self._accounts = {one.id: one for one in account_store.accounts(tx)}
        self._school_names = {one.urn: one.name for one in self.schools}

    def people(self) -> list[tuple[str, str]]:
        """Everyone of the reader's schools to choose from, by name, and those who act without an account."""
        near = [one for one in self._accounts.values() if one.id not in self._strangers]
        named = [(one.id, f"{_name(one)}, {self._role(one.role)}") for one in near]
        return [
            *sorted(named, key=lambda each: each[1].lower()),
            *((k, _(w)) for k, w in ACTOR_WORDS.items()),
        ]

    def line(self, row: AuditRow) -> Line:
        """One event in words."""
        pupil = row.subject if row.subject and PUPIL.fullmatch(row.subject) else ""
        by = [self._role(row.role), _(VIA_WORDS.get(row.via, ""))] if row.actor in self._accounts else []
        return Line(
            at=moment(row.at, zone=True),
            who=self._who(row.actor),
            role=", ".join(part for part in by if part),
            what=_what(row),
            about=_("Pupil %(end)s") % {"end": pupil[-6:]} if pupil else self._about(row),
            school=self._school_names.get(row.school or "", row.school or ""),
            reference=row.subject or "",
            pupil_id=pupil if self.may_find else "",
        )

    def _who(self, actor: str) -> str:
        if actor in self._accounts:
            return _name(self._accounts[actor])
        return _(ACTOR_WORDS[actor]) if actor in ACTOR_WORDS else actor

    def _about(self, row: AuditRow) -> str:
        """The person an event is about, where that is somebody else."""
        person = row.subject or row.detail.get("account")
        return self._who(person) if person in self._accounts and person != row.actor else ""

    @staticmethod
    def _role(role: str) -> str:
        return _(ROLE_WORDS.get(role, role))


def _name(account: AccountRow) -> str:
    return account.name or account.user


def _what(row: AuditRow) -> str:
    """What was done, with the part, the term and the purpose where the event says them."""
    detail: dict[str, Any] = row.detail
    part = PART_WORDS.get(str(detail.get("part") or detail.get("version")))
    more = [_(part)] if part else []
    if TERM.fullmatch(str(detail.get("term"))):
        more.append(term_words(str(detail["term"])))
    if row.purpose:
        more.append(_("for: %(purpose)s") % {"purpose": row.purpose.replace("_", " ")})
    words = _(EVENT_WORDS.get(row.event, row.event))
    return f"{words} ({', '.join(more)})" if more else words
