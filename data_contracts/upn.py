"""The unique pupil number: its form, its check letter, and the area that marks synthetic pupils.

A UPN is a check letter and twelve characters: three digits for the local authority, four for the school,
two for the year, three for the serial (a temporary number ends in a letter instead of a digit).
"""

import re

from data_contracts.folding import seen

LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
SYNTHETIC_AREA = "999"  # no local authority has this number, so no real pupil can
FORM = re.compile(rf"[{LETTERS}][0-9]{{11}}[0-9{LETTERS}]")
PATTERN = f"^{FORM.pattern}$"


def normalise(text: str) -> str:
    """A UPN as typed, without spaces and what nobody sees, and in capitals; nothing else is mended."""
    return "".join(seen(text).split()).upper()


def check_letter(body: str) -> str:
    """The letter that belongs before `body`, the twelve characters of positions 2 to 13."""
    values = (LETTERS.index(c) if c in LETTERS else int(c) for c in body)
    return LETTERS[sum(place * value for place, value in enumerate(values, start=2)) % len(LETTERS)]


def has_form(upn: str) -> bool:
    return FORM.fullmatch(upn) is not None


def is_valid(upn: str) -> bool:
    """The form is right and the check letter fits."""
    return has_form(upn) and check_letter(upn[1:]) == upn[0]


def is_temporary(upn: str) -> bool:
    return has_form(upn) and upn[-1] in LETTERS


def is_synthetic(upn: str) -> bool:
    return upn[1:4] == SYNTHETIC_AREA


def make(body: str) -> str:
    """A valid UPN from its twelve characters."""
    return check_letter(body) + body
