"""Requests and the acts that answer them in plain words: what will happen, and what can't be undone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipelines.events import NAMED_AS_TAKING_PART, sentence
from service.shell.messages import N_, _
from service.shell.rendering import day

KIND_WORDS = {
    "access": N_("See the data"),
    "rectification": N_("Correct the data"),
    "erasure": N_("Erase the data"),
    "objection": N_("Object to processing"),
    "restriction": N_("Restrict processing"),
    "complaint": N_("Complaint"),
}
REASON_WORDS = {
    "objection": N_("The family or the pupil has objected"),
    "restricted": N_("Processing is restricted"),
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
        N_(
            "From now on, Belong calculates no figures about this pupil, and no model is trained on their records."
        ),
        N_("Their records stay, and they can still receive support."),
        N_("Staff see “not enough information” for this pupil. They are not told why."),
        N_("You can allow figures again at any time."),
    ),
    (N_("Figures that are already published are removed immediately and don’t come back."),),
    asks_reason=True,
)
ALLOW = Act(
    N_("Allow figures about %(called)s again?"),
    N_("Yes, allow figures"),
    (
        N_(
            "From the next time suggestions are published, figures are calculated for this pupil as for all others."
        ),
        N_("Models may be trained on their records again."),
        N_("You can stop figures again at any time."),
    ),
    (N_("Once a model has been trained on a pupil’s records, this can’t be reversed."),),
)
ERASE = Act(
    N_("Erase %(called)s?"),
    N_("Yes, erase this pupil"),
    (
        N_("Everything Belong holds about this pupil is deleted: records, roll entries, figures, notes, views, "
           "support, their own words and copies made for a request."),
        N_("All uploaded files of these schools are deleted too, because they contain the pupil. Data that was loaded "
           "from them for other pupils stays."),
        N_("The log records, by reference only, that a pupil was erased. Requests stay on record without the pupil."),
    ),
    (
        N_("None of this can be undone. If the family may want a copy, release it first."),
        N_("Backups still contain the pupil until they expire. Ask your system administrator to store the file "
           "erased.jsonl safely. Without it, restoring a backup would bring the pupil back."),
        N_("The school’s own system still contains the pupil. Remove them from its next export, or the next upload "
           "will bring them back."),
        N_("A model that was trained on many pupils doesn’t change. It doesn’t contain anyone’s records."),
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
    "figures": N_("Figures, the values behind them and the reasons"),
    "decided": N_("What adults recorded and decided"),
    "copies": N_("Earlier copies"),
    "who_looked": N_("Who looked at the data, and when"),
    "kept_until": N_("How long each part is stored"),
}
WRITTEN_WORDS = {
    "support": N_("Support"),
    "support_review": N_("Review of a support"),
    "support_view": N_("View"),
    "support_decision": N_("Decision"),
    "support_note": N_("Note"),
    "pupil_voice": N_("The pupil’s own words"),
    "known_by": N_("Key adult"),
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


WAITS_WORDS = {
    "clock": N_("Nothing was noted here for more than 60 days before, so the machine’s clock may be wrong."),
    "much": N_("Much more than one term would have gone at once: the clock or the schedule may be wrong."),
}


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
