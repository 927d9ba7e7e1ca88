"""What surrounds a page for the person who reads it: where they may go, and whether the data is synthetic."""

from data_contracts import calendar
from data_contracts.errors import Refused
from service.core.callers import Caller
from service.core.permissions import can
from service.core.secrets import masked
from service.shell.messages import N_, _
from service.shell.rendering import Frame, NavItem

ROLE_WORDS = {
    "admin": N_("administrator"),
    "inclusion_lead": N_("inclusion lead"),
    "pastoral": N_("pastoral team"),
    "head_of_year": N_("head of year"),
    "senco": N_("SENDCo"),
    "dsl": N_("safeguarding lead"),
    "head": N_("headteacher"),
    "trust_lead": N_("trust lead"),
    "data_team": N_("data team"),
    "dpo": N_("data protection officer"),
    "governor": N_("governor"),
}
PLACES = (
    ("term", "/", N_("This term"), "setting.read"),
    ("trust", "/trust", N_("The trust"), "trust.read"),
    ("reviews", "/reviews", N_("Reviews due"), "reviews.due"),
    ("uploads", "/uploads", N_("Uploads"), "uploads.read"),
    ("who_saw", "/who-saw-what", N_("Who saw what"), "audit.read"),
    ("requests", "/requests", N_("Requests about a pupil"), "requests.manage"),
    ("waiting", "/waiting", N_("Waiting for a person"), "retention.decide"),
    ("packs", "/packs", N_("Meeting packs"), "packs.read"),
    ("model", "/model", N_("The model"), "model.read"),
    ("setup", "/set-up", N_("Set-up"), "schools.manage"),
    ("admin", "/admin", N_("Schools"), "school.pause"),
    ("accounts", "/admin/accounts", N_("Accounts"), "accounts.manage"),
)
"""(section, address, words, permission) of every place in the main navigation."""


SEASON_WORDS = {
    "autumn": N_("autumn term %(year)s"),
    "spring": N_("spring term %(year)s"),
    "summer": N_("summer term %(year)s"),
}


def frame_for(caller: Caller | None, *, section: str, synthetic: bool) -> Frame:
    """The frame for a signed-in caller, or for anyone where `caller` is None."""
    if caller is None:
        return Frame(synthetic=synthetic)
    reader = caller.reader
    nav = tuple(
        NavItem(address, _(words), here=key == section)
        for key, address, words, action in PLACES
        if can(reader, action) and not caller.second_factor_due
    )
    return Frame(
        signed_in_as=reader.name or reader.user,
        role=_(ROLE_WORDS.get(reader.role, reader.role)),
        nav=nav,
        csrf_token=masked(caller.csrf),
        synthetic=synthetic,
    )


def term_words(term_id: str) -> str:
    """`2026-summer` as `summer term 2026`; as it stands where the calendar knows no such term."""
    try:
        known = calendar.term(term_id)
    except Refused:  # kept before such terms were refused
        return term_id
    return _(SEASON_WORDS[known.season]) % {"year": known.start.year}
