"""What the project knows of a school, and how a synthetic one is told from a real one."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from data_contracts.errors import Refused

MIS_NAMES = ("sims", "arbor", "bromcom", "other")
PHASES = ("primary", "secondary", "all-through", "special", "alternative")
_KEYS = {"urn", "name", "phase", "mis", "synthetic"}


@dataclass(frozen=True)
class School:
    """A school; `urn` is its six-digit number as text, `mis` the system its extracts come from."""

    urn: str
    name: str
    phase: str = "secondary"
    mis: str = "other"
    synthetic: bool = False


def is_synthetic(urn: str) -> bool:
    """Made-up schools, and only they, have a URN that begins with 999."""
    return urn.startswith("999")


def checked_school(school: School) -> School:
    """The school itself; Refused when its number, phase or MIS is not one Belong knows."""
    if not (school.urn.isascii() and school.urn.isdigit() and len(school.urn) == 6):
        raise Refused("A school's URN is six digits.", hint="Look it up on Get Information about Schools.")
    if school.phase not in PHASES:
        raise Refused(f"'{school.phase}' is not a phase.", hint=f"Use one of {', '.join(PHASES)}.")
    if school.mis not in MIS_NAMES:
        raise Refused(f"'{school.mis}' is not a MIS name.", hint=f"Use one of {', '.join(MIS_NAMES)}.")
    if school.synthetic != is_synthetic(school.urn):
        raise Refused(
            "A synthetic school's URN begins with 999, and a real one's never does.",
            hint="Correct urn or synthetic in school.toml.",
        )
    return school


def read_school(path: Path) -> School:
    """The school written in a `school.toml` (urn, name, phase, mis, synthetic), or Refused."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refused(f"{path.name} could not be read as a school's description.") from error
    unknown = set(values) - _KEYS
    if unknown or "urn" not in values or "name" not in values:
        named = ", ".join(sorted(unknown)) or "nothing"
        raise Refused(
            f"{path.name} must give urn and name; it says {named} that is not known.",
            hint="It may hold urn, name, phase, mis and synthetic.",
        )
    urn = str(values["urn"])
    return checked_school(
        School(
            urn=urn,
            name=str(values["name"]),
            phase=str(values.get("phase", "secondary")),
            mis=str(values.get("mis", "other")),
            synthetic=bool(values.get("synthetic", is_synthetic(urn))),
        )
    )
