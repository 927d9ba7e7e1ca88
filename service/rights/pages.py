"""Requests about a pupil: find them without a name, release a copy, stop figures, erase; and the deadlines to meet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

from fastapi import APIRouter, Depends, Form, Path
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from data_contracts.errors import BelongError, Refused
from service.core.callers import Caller
from service.core.permissions import NotFound
from service.core.taking import FIRST_DAY, Line, Text
from service.rights import erasing, life_store, marking, requests, unusual
from service.rights.request_words import ACTS, KIND_WORDS, REASON_WORDS, WAITS_WORDS, Act
from service.schools import schools_of
from service.shell.access import checked_form, needs
from service.shell.failures import MessagePage
from service.shell.frames import frame_for
from service.shell.messages import N_, _
from service.shell.rendering import Page, render

router = APIRouter(include_in_schema=False)
PupilPath = Annotated[str, Path(pattern=r"^p[0-9a-f]{20}$")]
RecordPath = Annotated[str, Path(pattern=r"^[a-z][0-9a-f]{16}$")]
Words = Annotated[Text, Form(max_length=2000)]
Short = Annotated[Line, Form(max_length=40)]
Keeps = Annotated[Caller, Depends(needs("requests.manage"))]
Marks = Annotated[Caller, Depends(needs("subject.mark"))]
Erases = Annotated[Caller, Depends(needs("subject.erase"))]
FORM = [Depends(checked_form)]
HERE = "/requests"
PUPIL = HERE + "/pupils/{pupil_id}"


@dataclass(frozen=True)
class Request:
    """A request with its day. `called` names its pupil without a name; None where it names none."""

    id: str
    school: str
    pupil_id: str | None
    called: str | None
    words: str
    received_on: date
    due_on: date
    outcome: str
    closed_at: datetime | None
    overdue: bool
    may_extend: bool


@dataclass(frozen=True)
class RequestsPage(Page):
    """What is open, whose figures are stopped, and the forms to find a pupil and to note what came in."""

    template: ClassVar[str] = "rights/all.html"
    section: ClassVar[str] = "requests"

    requests: tuple[Request, ...]
    everything: bool
    marked: tuple[tuple[str, str, str, str, datetime], ...]
    schools: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str], ...]
    waiting: tuple[datetime, str] | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RequestPage(Page):
    """One request: more time, or how it was answered."""

    template: ClassVar[str] = "rights/one.html"
    section: ClassVar[str] = "requests"

    request: Request
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PupilPage(Page):
    """What can be done for one pupil, who goes without a name here."""

    template: ClassVar[str] = "rights/pupil.html"
    section: ClassVar[str] = "requests"

    pupil_id: str
    schools: tuple[tuple[str, str], ...]
    requests: tuple[Request, ...]
    exports: tuple[tuple[str, datetime, date, datetime | None], ...]
    marked: str
    since: datetime | None
    kinds: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ConfirmPage(Page):
    """What an act will do and what can't be undone, before it is done."""

    template: ClassVar[str] = "rights/confirm.html"
    section: ClassVar[str] = "requests"

    pupil_id: str
    schools: tuple[str, ...]
    act: Act
    address: str
    reasons: tuple[tuple[str, str], ...]
    errors: Mapping[str, str] = field(default_factory=dict)


@router.get(HERE)
def read_requests(caller: Keeps, everything: bool = False) -> HTMLResponse:
    """Open requests, those due soonest first."""
    return _requests_page(caller, everything)


@router.post(HERE, dependencies=FORM)
def note_request(
    caller: Keeps, school: Short = "", kind: Short = "", received_on: Short = "", pupil_id: Short = ""
) -> Response:
    """Note what came in; its page says by when it is due."""
    given = {"school": school, "kind": kind, "received_on": received_on, "pupil_id": pupil_id.strip()}
    try:
        day = date.fromisoformat(received_on)
        if day < FIRST_DAY:
            raise ValueError
        noted = requests.open_request(caller, school, kind, day, given["pupil_id"] or None)
    except ValueError:
        return _requests_page(
            caller, given=given, errors={"received_on": _("Enter the day the request arrived.")}
        )
    except (Refused, NotFound) as error:
        at = "pupil_id" if isinstance(error, NotFound) else "received_on"
        return _requests_page(caller, given=given, errors={at: _said(error)})
    return RedirectResponse(f"{HERE}/{noted['id']}", 303)


@router.post(f"{HERE}/find", dependencies=FORM)
def find(caller: Marks, school: Short = "", identifier: Short = "") -> Response:
    """From what a letter names a pupil by to the pupil's page. Sent as a form, so that no address holds a UPN."""
    given = {"find_school": school, "identifier": identifier}
    try:
        found = marking.pupil_known_as(caller, school, identifier.strip())
    except NotFound as error:
        return _requests_page(caller, given=given, errors={"identifier": _said(error)})
    return RedirectResponse(PUPIL.format(pupil_id=found), 303)


@router.get(f"{HERE}/{{request_id}}")
def read_request(caller: Keeps, request_id: RecordPath) -> HTMLResponse:
    """One request."""
    return _request_page(caller, request_id)


@router.post(f"{HERE}/{{request_id}}/extension", dependencies=FORM)
def extend(caller: Keeps, request_id: RecordPath, why: Words = "") -> Response:
    """Two months more, once."""
    try:
        requests.extend(caller, request_id, why)
    except Refused as error:
        return _request_page(caller, request_id, {"why": _said(error)})
    return RedirectResponse(f"{HERE}/{request_id}", 303)


@router.post(f"{HERE}/{{request_id}}/closing", dependencies=FORM)
def close(caller: Keeps, request_id: RecordPath, outcome: Words = "") -> Response:
    """How it was answered."""
    try:
        requests.close_request(caller, request_id, outcome)
    except Refused as error:
        return _request_page(caller, request_id, {"outcome": _said(error)})
    return RedirectResponse(HERE, 303)


@router.get(PUPIL)
def read_pupil(caller: Keeps, pupil_id: PupilPath) -> HTMLResponse:
    """What can be done for one pupil. Nothing from their records stands here."""
    schools = _schools_of(caller, pupil_id)
    mark = next((one for one in marking.marked(caller) if one["pupil_id"] == pupil_id), None)
    with caller.reading() as tx:
        exports = life_store.exports_of(tx, pupil_id, caller.reader.schools)
    page = PupilPage(
        called(pupil_id),
        pupil_id=pupil_id,
        schools=schools,
        requests=tuple(one for one in _listed(caller, open_only=False) if one.pupil_id == pupil_id),
        exports=tuple(
            (one.id, one.made_at, one.expires_on, one.released_at)
            for one in sorted(exports, key=lambda one: one.made_at, reverse=True)
        ),
        marked=_(REASON_WORDS[mark["reason"]]) if mark else "",
        since=mark["since"] if mark else None,
        kinds=_chosen_from(KIND_WORDS),
    )
    return rendered(caller, page)


@router.get(f"{PUPIL}/{{act}}-figures")
def ask_mark(caller: Marks, pupil_id: PupilPath, act: Literal["stop", "allow"]) -> HTMLResponse:
    """Ask before figures stop, or are made again."""
    return _confirm(caller, pupil_id, f"{act}-figures")


@router.post(f"{PUPIL}/stop-figures", dependencies=FORM)
def stop(caller: Marks, pupil_id: PupilPath, reason: Short = "") -> Response:
    """Keep a pupil out of scoring and training."""
    try:
        marking.mark(caller, pupil_id, reason)
    except Refused as error:
        words = _("Choose a reason.") if not reason else _said(error)
        return _confirm(caller, pupil_id, "stop-figures", {"reason": words})
    return RedirectResponse(PUPIL.format(pupil_id=pupil_id), 303)


@router.post(f"{PUPIL}/allow-figures", dependencies=FORM)
def allow(caller: Marks, pupil_id: PupilPath) -> Response:
    """End the mark."""
    marking.unmark(caller, pupil_id)
    return RedirectResponse(PUPIL.format(pupil_id=pupil_id), 303)


@router.get(f"{PUPIL}/erase")
def ask_erase(caller: Erases, pupil_id: PupilPath) -> HTMLResponse:
    """Ask before a pupil is erased."""
    return _confirm(caller, pupil_id, "erase")


@router.post(f"{PUPIL}/erase", dependencies=FORM)
def erase(caller: Erases, pupil_id: PupilPath, confirm: Short = "") -> Response:
    """Erase a pupil everywhere; the answer says what went."""
    try:
        gone = erasing.erase_confirmed(caller, pupil_id, confirm.strip())
    except Refused as error:
        return _confirm(caller, pupil_id, "erase", {"confirm": _said(error)})
    words = _("%(called)s has been erased. Records deleted: %(rows)s. Files rewritten: %(files)s.")
    counts = {"called": called(pupil_id), "rows": sum(gone["rows"].values()), "files": gone["files"]}
    still = _("Backups and the school’s own system still contain the pupil. Deal with both.")
    page = MessagePage(_("Erased"), words % counts, still, HERE, N_("Back to the requests"))
    return rendered(caller, page)


def _requests_page(
    caller: Caller,
    everything: bool = False,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> HTMLResponse:
    schools = _schools(caller)
    marked = marking.marked(caller)
    page = RequestsPage(
        _("Requests about a pupil"),
        requests=_listed(caller, open_only=not everything),
        everything=everything,
        marked=tuple(
            (
                one["pupil_id"],
                called(one["pupil_id"]),
                schools[one["school"]],
                _(REASON_WORDS[one["reason"]]),
                one["since"],
            )
            for one in marked
        ),
        schools=tuple(schools.items()),
        kinds=_chosen_from(KIND_WORDS),
        waiting=_waiting(caller),
        given=given or {},
        errors=errors or {},
    )
    return rendered(caller, page, status=422 if errors else 200)


def _waiting(caller: Caller) -> tuple[datetime, str] | None:
    """Since when deleting waits for a person, and why; None where it goes by itself."""
    with caller.reading() as tx:
        row = unusual.waiting(tx)
    return None if row is None else (row.at, _(WAITS_WORDS[row.detail.get("why", unusual.MUCH)]))


def _request_page(caller: Caller, request_id: str, errors: Mapping[str, str] | None = None) -> HTMLResponse:
    found = next((one for one in _listed(caller, open_only=False) if one.id == request_id), None)
    if found is None:
        raise NotFound("This request can't be found among yours.")
    page = RequestPage(found.words, request=found, errors=errors or {})
    return rendered(caller, page, status=422 if errors else 200)


def _confirm(
    caller: Caller, pupil_id: str, name: str, errors: Mapping[str, str] | None = None
) -> HTMLResponse:
    act = ACTS[name]
    page = ConfirmPage(
        _(act.title) % {"called": called(pupil_id)},
        pupil_id=pupil_id,
        schools=tuple(words for _urn, words in _schools_of(caller, pupil_id)),
        act=act,
        address=f"{PUPIL.format(pupil_id=pupil_id)}/{name}",
        reasons=_chosen_from(REASON_WORDS) if act.asks_reason else (),
        errors=errors or {},
    )
    return rendered(caller, page, status=422 if errors else 200)


def rendered(caller: Caller, page: Page, status: int = 200) -> HTMLResponse:
    """A page of this room in its frame."""
    with caller.reading() as tx:
        synthetic = any(one.synthetic for one in schools_of(caller, tx))
    return render(page, frame_for(caller, section="requests", synthetic=synthetic), status=status)


def _listed(caller: Caller, *, open_only: bool) -> tuple[Request, ...]:
    schools = _schools(caller)
    return tuple(
        Request(
            id=one["id"],
            school=schools[one["school"]],
            pupil_id=one["pupil_id"],
            called=called(one["pupil_id"]) if one["pupil_id"] else None,
            words=_(KIND_WORDS[one["kind"]]),
            received_on=one["received_on"],
            due_on=one["due_on"],
            outcome=one["outcome"],
            closed_at=one["closed_at"],
            overdue=one["overdue"],
            may_extend=one["state"] == requests.OPEN and one["kind"] != "complaint",
        )
        for one in requests.listed(caller, open_only=open_only)
    )


def _schools(caller: Caller) -> dict[str, str]:
    with caller.reading() as tx:
        return {one.urn: one.name for one in schools_of(caller, tx)}


def _schools_of(caller: Caller, pupil_id: str) -> tuple[tuple[str, str], ...]:
    """The caller's schools a pupil is or was at, by number and name; NotFound where there is none."""
    with caller.reading() as tx:
        urns = life_store.schools_of_pupil(tx, pupil_id, caller.reader.schools)
    if not urns:
        raise NotFound("This pupil can't be found among yours.")
    return tuple((urn, name) for urn, name in _schools(caller).items() if urn in urns)


def called(pupil_id: str) -> str:
    """A pupil without a name: the last of the id."""
    return _("Pupil %(end)s") % {"end": pupil_id[-6:]}


def _chosen_from(words: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((key, _(text)) for key, text in words.items())


def _said(error: BelongError) -> str:
    return f"{error.message} {error.hint}".strip()
