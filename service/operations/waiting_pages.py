"""What waits until a person has looked: deleting that looks wrong, and suggestions after an upload."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from data_contracts.errors import Held, Refused
from service.accounts import Names
from service.core.callers import Caller
from service.core.permissions import NotAllowed, can
from service.core.taking import Id, Text
from service.operations.waiting_words import kept_words
from service.rights import WAITS_WORDS, AnotherWaits, HeldBack, confirming
from service.schools import schools_of
from service.shell.access import checked_form, needs
from service.shell.frames import frame_for, term_words
from service.shell.messages import _
from service.shell.rendering import Page, render
from service.uploads import releasing

router = APIRouter(include_in_schema=False)
Reads = Annotated[Caller, Depends(needs("waiting.read"))]
Decides = Annotated[Caller, Depends(needs("retention.decide"))]
Releases = Annotated[Caller, Depends(needs("suggestions.release"))]
Seen = Annotated[int, Form(ge=0, le=2**31 - 1)]
FORM = [Depends(checked_form)]
HERE = "/waiting"


@dataclass(frozen=True)
class Run:
    """Deleting that was held back: why, what would go in words, and who refused it."""

    id: int
    since: datetime
    why: str
    gone: tuple[tuple[str, int], ...]
    refused_at: datetime | None
    refused_by: str


@dataclass(frozen=True)
class Waiting:
    """The suggestions of one upload, the reasons why they wait, and whether this reader may release them."""

    upload_id: str
    school: str
    term: str
    by: str
    since: datetime
    seen: tuple[str, ...]
    may_release: bool


@dataclass(frozen=True)
class WaitingPage(Page):
    """All of it, what the reader may decide with a form."""

    template: ClassVar[str] = "operations/waiting.html"
    section: ClassVar[str] = "waiting"

    run: Run | None
    may_decide: bool
    reaches_all: bool
    lists: tuple[Waiting, ...]
    reasons: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@router.get(HERE)
def read_waiting(caller: Reads) -> HTMLResponse:
    """What waits at the reader's schools."""
    return _page(caller)


@router.post(f"{HERE}/retention/confirm", dependencies=FORM)
def confirm(caller: Decides, seen: Seen = 0) -> Response:
    """Let go what was held back and shown."""
    try:
        confirming.confirm(caller, seen)
    except (AnotherWaits, Held) as error:
        return _page(caller, {"retention": f"{error.message}"}, status=412)
    except NotAllowed as error:
        return _page(caller, {"retention": f"{error.message} {error.hint}"}, status=403)
    return RedirectResponse(HERE, 303)


@router.post(f"{HERE}/retention/refuse", dependencies=FORM)
def refuse(caller: Decides, seen: Seen = 0) -> Response:
    """Say that it must not go."""
    try:
        confirming.refuse(caller, seen)
    except AnotherWaits as error:
        return _page(caller, {"retention": f"{error.message} {error.hint}"}, status=412)
    except NotAllowed as error:
        return _page(caller, {"retention": f"{error.message} {error.hint}"}, status=403)
    return RedirectResponse(HERE, 303)


@router.post(f"{HERE}/suggestions/{{upload_id}}", dependencies=FORM)
def release(caller: Releases, upload_id: Id, reason: Annotated[Text, Form(max_length=500)] = "") -> Response:
    """Publish suggestions that wait, with a reason."""
    try:
        releasing.release(caller, upload_id, reason)
    except Refused as error:
        at = f"reason-{upload_id}"
        return _page(caller, {at: f"{error.message} {error.hint}".strip()}, {upload_id: reason})
    return RedirectResponse(f"/uploads/{upload_id}", 303)


def _page(
    caller: Caller,
    errors: Mapping[str, str] | None = None,
    reasons: Mapping[str, str] | None = None,
    *,
    status: int = 422,
) -> HTMLResponse:
    decides = can(caller.reader, "retention.decide")
    run = confirming.held_back(caller) if decides else None
    with caller.reading() as tx:
        schools = {line.urn: line for line in schools_of(caller, tx)}
        names = Names(tx)
        lists = tuple(
            Waiting(
                one.upload_id, schools[one.school].name, term_words(one.term), one.by, one.since, one.seen,
                can(caller.reader, "suggestions.release", one.school),
            )
            for one in releasing.waiting(caller, tx)
        )  # fmt: skip
        refused_by = names.of(run.refused_by) if run and run.refused_by else ""
    page = WaitingPage(
        _("Waiting for a person"),
        run=_run(run, refused_by) if run else None,
        may_decide=decides,
        reaches_all=caller.reader.schools >= caller.deployment.all_urns(),
        lists=lists,
        reasons=reasons or {},
        errors=errors or {},
    )
    synthetic = any(line.synthetic for line in schools.values())
    frame = frame_for(caller, section="waiting", synthetic=synthetic)
    return render(page, frame, status=status if errors else 200)


def _run(run: HeldBack, refused_by: str) -> Run:
    gone = tuple((_(kept_words(name)), count) for name, count in run.gone.items())
    return Run(run.id, run.since, _(WAITS_WORDS[run.why]), gone, run.refused_at, refused_by)
