"""What surrounds a page for the person who reads it: where they may go, and whether the data is made up."""

from data_contracts import calendar
from service.callers import Caller
from service.permissions import can
from service.web.rendering import Frame, NavItem

ROLE_WORDS = {
    "admin": "administrator",
    "inclusion_lead": "inclusion lead",
    "pastoral": "pastoral team",
    "head_of_year": "head of year",
    "senco": "SENDCo",
    "dsl": "safeguarding lead",
    "head": "headteacher",
    "trust_lead": "trust lead",
    "data_team": "data team",
    "dpo": "data protection officer",
    "governor": "governor",
}
PLACES = (
    ("term", "/", "This term", "setting.read"),
    ("reviews", "/reviews", "Reviews due", "reviews.due"),
    ("uploads", "/uploads", "Uploads", "uploads.read"),
    ("packs", "/packs", "Meeting packs", "packs.read"),
    ("model", "/model", "The model", "model.read"),
    ("admin", "/admin", "Schools", "school.pause"),
    ("accounts", "/admin/accounts", "Accounts", "accounts.manage"),
)
"""(section, address, words, permission) of every place in the main navigation."""


def frame_for(caller: Caller | None, *, section: str, synthetic: bool) -> Frame:
    """The frame for a signed-in caller, or for anyone where `caller` is None."""
    if caller is None:
        return Frame(synthetic=synthetic)
    reader = caller.reader
    nav = tuple(
        NavItem(address, words, here=key == section)
        for key, address, words, action in PLACES
        if can(reader, action)
    )
    return Frame(
        signed_in_as=reader.name or reader.user,
        role=ROLE_WORDS.get(reader.role, reader.role),
        nav=nav,
        csrf_token=caller.csrf,
        synthetic=synthetic,
    )


def term_words(term_id: str) -> str:
    """`2026-summer` as `summer term 2026`."""
    known = calendar.term(term_id)
    return f"{known.season} term {known.start.year}"
