"""The governance file: what must be complete before a real school's figures may be made."""

import json
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from data_contracts.errors import Refused
from service.core.homes import Home
from service.core.secret_files import write_secret

REQUIRED: dict[str, str] = {
    "controller": "the data controller's name",
    "lawful_basis": "the UK GDPR article 6 basis",
    "schedule_1_condition": "the Data Protection Act 2018 Schedule 1 condition",
    "dpia_reference": "the reference of the data protection impact assessment",
    "dpia_date": "the day the assessment was approved (YYYY-MM-DD)",
    "dpo": "the data protection officer",
    "privacy_notice_date": "the day the privacy notice was given to families (YYYY-MM-DD)",
    "inclusion_lead": "the inclusion lead responsible for its use",
    "review_date": "the review date (YYYY-MM-DD)",
}
DATES = ("dpia_date", "privacy_notice_date", "review_date")


@dataclass(frozen=True, slots=True)
class Governance:
    """One school's section of the file."""

    school: str
    values: dict[str, Any]

    def missing(self, today: date) -> list[str]:
        """What is missing, each as the words of the file's own comment."""
        lacking = [words for key, words in REQUIRED.items() if not str(self.values.get(key, "")).strip()]
        for key in DATES:
            value = self.values.get(key)
            if value and not isinstance(value, date):
                lacking.append(f"{REQUIRED[key]}, written as a TOML date without quotes")
        review = self.values.get("review_date")
        if isinstance(review, date) and review < today:
            lacking.append("a review: the review date has passed")
        return lacking


def read(home: Home) -> dict[str, Any]:
    """The whole file; {} where there is none. Refused for a file that is not TOML."""
    if not home.governance.exists():
        return {}
    try:
        return tomllib.loads(home.governance.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise Refused(f"governance.toml can't be read: {problem}.", hint="Correct the line named.") from None


def of_school(home: Home, school: str) -> Governance:
    """A school's section, empty where there is none."""
    return Governance(school, dict(read(home).get("schools", {}).get(school, {})))


def check_governance(home: Home, school: str, *, synthetic: bool, today: date | None = None) -> None:
    """Refused until a real school's section is complete; synthetic schools need none."""
    if synthetic:
        return
    missing = of_school(home, school).missing(today or date.today())
    if missing:
        raise Refused(
            f"School {school} can't be used yet. Missing in governance.toml: {'; '.join(missing)}.",
            hint=f"Complete [schools.{school}] with your data protection officer: {home.governance}",
        )


def check_pooling(home: Home, schools: dict[str, bool]) -> None:
    """Refused where different controllers' records would be learned from together without an agreement.

    `schools` maps URN to whether the school is synthetic.
    """
    real = [urn for urn, synthetic in schools.items() if not synthetic]
    if real and len(real) < len(schools):
        raise Refused("A model is never trained on synthetic and real schools together.")
    sections = [of_school(home, urn).values for urn in real]
    controllers = {str(section.get("controller", "")).strip() for section in sections}
    agreed = all(str(section.get("pooling_agreement", "")).strip() for section in sections)
    if len(controllers) > 1 and not agreed:
        raise Refused(
            f"These schools have {len(controllers)} controllers, whose records may not be pooled.",
            hint="Record the agreement as pooling_agreement in each school's section of governance.toml.",
        )


def add_school(home: Home, school: str, name: str) -> Path:
    """Write an empty section for a school, to be completed by people; an existing one is left alone.

    A name stands in it as JSON writes it, so no letter of it can end its line. Refused for a file that is no TOML.
    """
    if school in read(home).get("schools", {}):
        return home.governance
    text = home.governance.read_text("utf-8") if home.governance.exists() else _HEAD
    lines = [f"\n[schools.{school}]", f"# {json.dumps(name)}"]
    lines += [f'{key} = ""  # {words}' for key, words in REQUIRED.items()]
    longer = text + "\n".join(lines) + "\n"
    if school not in tomllib.loads(longer)["schools"]:
        raise ValueError(f"the section of school {school} would not be read back")
    write_secret(home.governance, longer)
    return home.governance


_HEAD = """# Data protection checklist: one section per school, to be complete before any figures about pupils.
# Complete it with the data protection officer. Belong refuses a real school until every line is filled in.
"""
