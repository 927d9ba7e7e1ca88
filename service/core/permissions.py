"""Who may do what: every rule stands once, as `check` that raises and `can` that asks. Denied by default."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from data_contracts.errors import BelongError

Via = Literal["session", "token", "command", "job"]
SYSTEM_ADMINISTRATOR = "System administrator (command line)"
"""What whoever may run commands on the machine is called where a person is named."""


class NotSignedIn(BelongError):
    """Nobody has said who they are."""

    http_status = 401


class NotAllowed(BelongError):
    """The reader is known and may not do this."""

    http_status = 403


class SecondFactorDue(NotAllowed):
    """The reader's role needs one-time codes and has not shown one yet: nothing opens before."""

    def __init__(self) -> None:
        super().__init__("Your role needs a second factor first.", hint="Set it up under Your account.")


class NotFound(BelongError):
    """There is no such thing, or none that this reader may know of."""

    http_status = 404


ADMIN, LEAD, PASTORAL, HEAD_OF_YEAR, SENCO, DSL = (
    "admin",
    "inclusion_lead",
    "pastoral",
    "head_of_year",
    "senco",
    "dsl",
)
HEAD, TRUST, DATA, DPO, GOVERNOR = "head", "trust_lead", "data_team", "dpo", "governor"
ROLES = (ADMIN, LEAD, PASTORAL, HEAD_OF_YEAR, SENCO, DSL, HEAD, TRUST, DATA, DPO, GOVERNOR)
CARD_READERS = (LEAD, PASTORAL, HEAD_OF_YEAR, SENCO, DSL)
SECOND_FACTOR = frozenset({ADMIN, DPO})
"""Roles whose local accounts need a one-time code beside the password."""

RULES: dict[str, frozenset[str]] = {
    action: frozenset(roles)
    for action, roles in {
        "self.read": ROLES,
        "self.change": ROLES,
        "schools.read": ROLES,
        "flags.read": (*CARD_READERS, DATA),
        "pupil.read": (*CARD_READERS, DATA),
        "figures.read": (LEAD, DATA),
        "names.read": CARD_READERS,
        "notes.restricted": (LEAD, DSL),
        "pupil.decide": CARD_READERS,
        "pupil.voice": CARD_READERS,
        "menu.edit": (LEAD,),
        "places.read": (LEAD, HEAD, TRUST, DATA, PASTORAL),
        "places.edit": (LEAD,),
        "reviews.due": (*CARD_READERS, HEAD),
        "setting.read": (*CARD_READERS, HEAD, TRUST, DATA, GOVERNOR),
        "setting.change": (LEAD, HEAD),
        "trust.read": (TRUST,),
        "uploads.read": (LEAD, DATA),
        "uploads.create": (LEAD, DATA),
        "uploads.values": (LEAD,),
        "uploads.approve": (LEAD,),
        "suggestions.release": (LEAD, DATA),
        "loads.undo": (LEAD,),
        "mappings.read": (LEAD, DATA, ADMIN),
        "mappings.confirm": (LEAD, DATA, ADMIN),
        "model.read": (*CARD_READERS, HEAD, TRUST, DATA, DPO, GOVERNOR, ADMIN),
        "model.promote": (DATA,),
        "audits.read": (DATA, DPO, GOVERNOR, TRUST, HEAD, LEAD),
        "packs.read": (LEAD, HEAD, GOVERNOR, DPO),
        "exports.create": (LEAD,),
        "schools.manage": (ADMIN,),
        "school.pause": (ADMIN, DPO, HEAD, LEAD),
        "deployment.pause": (ADMIN, DPO),
        "accounts.read": (ADMIN,),
        "accounts.manage": (ADMIN,),
        "invitations.vouch": (LEAD, HEAD, DSL, DPO),
        "audit.read": (DPO,),
        "subject.export": (DPO,),
        "subject.erase": (DPO,),
        "retention.decide": (DPO,),
        "waiting.read": (LEAD, DATA, DPO),
        "subject.mark": (DPO,),
        "requests.manage": (DPO,),
    }.items()
}

PERSONS_ONLY = frozenset({
    "self.change", "accounts.manage", "invitations.vouch", "retention.decide", "suggestions.release",
})  # fmt: skip
"""What decides who may come in and how far they see, and what waits until a person has looked: done by a person who
is signed in, never by a token."""
PUPIL_SIGHT = frozenset({
    "flags.read", "pupil.read", "figures.read", "names.read", "notes.restricted", "pupil.decide", "pupil.voice",
    "reviews.due", "uploads.read", "uploads.values", "exports.create", "audit.read", "requests.manage",
    "subject.export", "subject.erase", "subject.mark",
})  # fmt: skip
"""What tells its reader something about single pupils, by name or without: nobody gains one of these alone."""
SEES_PUPILS = frozenset().union(*(RULES[action] for action in PUPIL_SIGHT))
"""Roles that are told about single pupils."""

REASONS: dict[str, str] = {
    LEAD: "leads inclusion at this school",
    PASTORAL: "is in this school's pastoral team",
    HEAD_OF_YEAR: "leads this pupil's year group",
    SENCO: "coordinates special educational needs at this school",
    DSL: "is responsible for safeguarding at this school",
    DATA: "works in the data team and sees no names",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: an account with one role, the schools it reaches and, where set, its year groups."""

    account_id: str
    user: str
    name: str
    role: str
    schools: frozenset[str]
    year_groups: frozenset[str] | None = None
    via: Via = "session"
    sanctions: bool = False


def can(reader: Reader, action: str, school: str | None = None) -> bool:
    """True where `check` would let this pass."""
    try:
        check(reader, action, school)
    except NotAllowed:
        return False
    return True


def check(reader: Reader, action: str, school: str | None = None) -> None:
    """Raise NotAllowed unless the reader's role has the permission and its scope holds the school.

    A token is refused what only a person may do.
    """
    if reader.role not in RULES[action]:
        raise NotAllowed(
            "Your role does not include this.", hint="Ask your administrator if you need it for your work."
        )
    if action in PERSONS_ONLY and reader.via == "token":
        raise NotAllowed("A token can’t do this.", hint="Sign in with a browser.")
    if school is not None and school not in reader.schools:
        raise NotAllowed("This school is not one of yours.")


def can_pupil(reader: Reader, school: str, nc_year: str | None) -> bool:
    """True where `check_pupil` would let this pass."""
    try:
        check_pupil(reader, school, nc_year)
    except NotFound:
        return False
    return True


def check_pupil(reader: Reader, school: str, nc_year: str | None) -> None:
    """Raise NotFound unless this pupil is one of the reader's own; an outsider isn't told that they exist."""
    outside_years = reader.year_groups is not None and nc_year not in reader.year_groups
    if reader.role not in RULES["pupil.read"] or school not in reader.schools or outside_years:
        raise NotFound("There is no such pupil among yours.")


def why_may_i_see(reader: Reader, school_name: str) -> str:
    """The sentence on a card that says why this reader may see the pupil."""
    years = ""
    if reader.year_groups is not None:
        years = f", for year {', '.join(sorted(reader.year_groups, key=_year_order))}"
    return f"You can see this because your account {REASONS[reader.role]} ({school_name}{years})."


def _year_order(year: str) -> int:
    return int(year) if year.isdigit() else 0


def in_years(reader: Reader, years: Collection[str | None]) -> list[str | None]:
    """Those of the year groups given that this reader may see."""
    return [year for year in years if reader.year_groups is None or year in reader.year_groups]


NOBODY = Reader("nobody", "", "", "none", frozenset())
"""Who has not signed in."""
