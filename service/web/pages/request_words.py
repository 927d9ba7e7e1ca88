"""Requests and the acts that answer them in plain words: what will happen, and what can't be undone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipelines.events import NAMED_AS_TAKING_PART, sentence
from service.web.messages import N_, _
from service.web.rendering import day

KIND_WORDS = {
    "access": N_("See the data"),
    "rectification": N_("Correct the data"),
    "erasure": N_("Erase the data"),
    "objection": N_("Object to figures"),
    "restriction": N_("Restrict the use of the data"),
    "complaint": N_("Complaint"),
}
REASON_WORDS = {
    "objection": N_("The family or the pupil objects"),
    "restricted": N_("The use of the data is restricted"),
    "other": N_("Another reason"),
}


@dataclass(frozen=True)
class Act:
    """Something done for one pupil. `title` holds `%(called)s`; `lasting` is what can't be undone."""

    title: str
    button: str
    will: tuple[str, ...]
    lasting: tuple[str, ...]
    asks_reason: bool = False
    asks_twice: bool = False


STOP = Act(
    N_("Stop figures about %(called)s?"),
    N_("Yes, stop figures"),
    (
        N_("From now on no figure about this pupil is made, and no model learns from their records."),
        N_("Their records stay, and support stays open to them."),
        N_("Staff read that nothing can be said about this pupil. They are not told why."),
        N_("You can let figures be made again at any time."),
    ),
    (N_("Figures that were already published are taken away at once and do not come back."),),
    asks_reason=True,
)
ALLOW = Act(
    N_("Let figures about %(called)s be made again?"),
    N_("Yes, let them be made"),
    (
        N_(
            "From the next time suggestions are published, a figure is made for this pupil like for all others."
        ),
        N_("Models may learn from their records again."),
        N_("You can stop figures again at any time."),
    ),
    (N_("Once a model has learned from a pupil’s records, that can’t be taken out of it."),),
)
ERASE = Act(
    N_("Erase %(called)s?"),
    N_("Yes, erase this pupil"),
    (
        N_("All that Belong keeps about this pupil goes: records, roll, figures, notes, views, supports, their own "
           "words and copies made for a request."),
        N_("All uploaded files of these schools are deleted too, as the pupil stands in them. What was loaded from "
           "them for other pupils stays."),
        N_("The log keeps that a pupil was erased, by reference alone. Requests stay noted without the pupil."),
    ),
    (
        N_("Nothing of this can be undone. If the family may want a copy, hand it over first."),
        N_("Backups still hold the pupil until they end. Ask whoever runs the machine to keep the file erased.jsonl "
           "safe. Without it, a backup that is brought back would bring the pupil back."),
        N_("The school’s own system still holds the pupil. Take them out of its next export, or the next upload "
           "brings them back."),
        N_("A model that learned from many pupils is not changed. It holds no record of anyone."),
    ),
    asks_twice=True,
)  # fmt: skip
ACTS = {"stop-figures": STOP, "allow-figures": ALLOW, "erase": ERASE}

SECTION_WORDS = {
    "about": N_("About this copy"),
    "identifiers": N_("Scrambled identifiers"),
    "roll": N_("Entries on the roll"),
    "records": N_("School records as uploaded: attendance, behaviour, suspensions, SEN"),
    "timeline": N_("Dated events made from the school records"),
    "superseded": N_("Earlier versions of the school records, replaced by a later upload"),
    "figures": N_("Figures, what they were made from, and the reasons"),
    "decided": N_("What adults wrote and decided"),
    "copies": N_("Earlier copies"),
    "who_looked": N_("Who looked, and when"),
    "kept_until": N_("Until when each part is kept"),
}
WRITTEN_WORDS = {
    "support": N_("Support"),
    "support_review": N_("Review of a support"),
    "support_view": N_("View"),
    "support_decision": N_("Decision"),
    "support_note": N_("Note"),
    "pupil_voice": N_("The pupil’s own words"),
    "known_by": N_("Known by"),
    "data_request": N_("Request"),
    "do_not_score": N_("Figures stopped"),
}
BESIDE = ("target", "witness")
TEXTS = ("name", "who", "aim", "how", "words", "why", "helps", "hard", "adult", "know", "outcome")


def withholdable(body: dict[str, Any]) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """(name, words) of the sections of a copy, and (id, words) of what adults wrote in it."""
    sections = tuple(
        (name, f"{_(SECTION_WORDS[name])} ({_counted(body[name])})")
        for name in SECTION_WORDS
        if name in body and name != "about"
    )
    return sections, tuple(_written(body.get("decided", {})))


def _counted(section: Any) -> int:
    if isinstance(section, dict):
        return sum(_counted(rows) for rows in section.values())
    return len(section)


def _written(decided: dict[str, list[dict[str, Any]]]) -> Iterator[tuple[str, str]]:
    """Entries with words in them: only words can tell about somebody else."""
    for table, rows in decided.items():
        for row in rows:
            text = " · ".join(str(row[name]) for name in TEXTS if row.get(name))
            by = ", ".join(
                part for part in (row.get("by_name"), day(row["at"]) if "at" in row else "") if part
            )
            if text and "id" in row:
                kind = _("Restricted note") if row.get("restricted") else _(WRITTEN_WORDS.get(table, table))
                yield (
                    str(row["id"]),
                    f"{kind}: {text}{f' ({by})' if by else ''}",
                )


def incidents_with_others(body: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """(id, words) of behaviour records that others may have been part of, the newest first."""
    found = {
        str(one["id"]): f"{day(one['date'])}: {sentence(one['text_key'], one['detail'])}"
        for one in reversed(body.get("timeline", ()))
        if one["kind"] == "behaviour" and "id" in one and _with_others(one)
    }
    return tuple(found.items())


def _with_others(event: dict[str, Any]) -> bool:
    detail = event["detail"]
    return detail.get("role") in BESIDE or detail.get("type") in NAMED_AS_TAKING_PART
