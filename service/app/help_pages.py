"""Help: what each role does first."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from service.core.callers import Caller
from service.core.permissions import NotSignedIn, can
from service.shell.access import caller_of, cookie_name, public
from service.shell.frames import ROLE_WORDS, frame_for
from service.shell.messages import N_, _
from service.shell.rendering import Page, render

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class HelpPage(Page):
    """Help. `role` is the reader's own, whose part stands first; None where nobody is signed in."""

    template: ClassVar[str] = "app/help.html"
    section: ClassVar[str] = "help"

    role: str | None
    parts: tuple[tuple[str, str], ...]
    may_set_up: bool


PARTS = (
    ("inclusion_lead", N_("For the inclusion lead")),
    ("pastoral", N_("For the pastoral team, heads of year, SENDCo and safeguarding lead")),
    ("head", N_("For the headteacher and trust lead")),
    ("data_team", N_("For the data team")),
    ("dpo", N_("For the data protection officer and governors")),
    ("admin", N_("For the administrator")),
)
SAME_PART = {
    "head_of_year": "pastoral",
    "senco": "pastoral",
    "dsl": "pastoral",
    "trust_lead": "head",
    "governor": "dpo",
}


@router.get("/help")
def read_help(request: Request, anyone: Annotated[Caller, Depends(public())]) -> HTMLResponse:
    """Help for everyone; a signed-in reader's own part stands first."""
    caller = _signed_in(request, anyone)
    role = caller.reader.role if caller else None
    own = SAME_PART.get(role or "", role)
    parts = tuple((key, _(words)) for key, words in sorted(PARTS, key=lambda part: part[0] != own))
    page = HelpPage(
        _("Help"),
        role=_(ROLE_WORDS[role]) if role in ROLE_WORDS else None,
        parts=parts,
        may_set_up=bool(caller and can(caller.reader, "school.pause")),
    )
    return render(page, frame_for(caller, section="help", synthetic=False))


def _signed_in(request: Request, anyone: Caller) -> Caller | None:
    """The caller behind the session cookie, if there is one; help is there without."""
    if cookie_name(anyone.deployment) not in request.cookies:
        return None
    try:
        return caller_of(request)
    except NotSignedIn:
        return None
