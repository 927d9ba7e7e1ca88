"""What people wrote and decided, in a family's copy: supports, decisions, notes, the pupil's own words, requests."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipelines.explanation.words import on
from service.rights.copy_shape import Line, Lines, Part, local_day
from service.rights.request_words import KIND_WORDS, REASON_WORDS
from service.shell.frames import ROLE_WORDS, term_words
from service.support import DECISION_DONE, KNOWN_WORDS, LEANING_WORDS, NEXT_WORDS, WENT_WORDS

Row = Mapping[str, Any]
Written = Mapping[str, Sequence[Row]]

SOMEBODY = "a member of staff"
ASKED = (
    ("helps", "What helps me at school"),
    ("hard", "What is hard"),
    ("adult", "An adult I can talk to"),
    ("know", "What I want people to know"),
)


def supports(written: Written) -> Part:
    """Each support with its reviews."""
    found = sorted(written.get("support", ()), key=lambda row: str(row["starts"]))
    held = {row["id"] for row in found}
    reviews: dict[str, list[Row]] = {}
    for review in sorted(written.get("support_review", ()), key=lambda row: str(row["held_on"])):
        reviews.setdefault(str(review["support_id"]), []).append(review)
    if not found and not reviews:
        return Part("Support", ("No support is recorded.",))
    lines = [line for row in found for line in (_support(row), *map(_review, reviews.get(row["id"], ())))]
    lines += [_review(row) for name, rows in reviews.items() if name not in held for row in rows]
    return Part("Support", (), (Lines("", tuple(lines)),))


def _support(row: Row) -> Line:
    said = [f"{_ended(row['name'])} Led by {_ended(_led(row.get('who')))}"]
    if row.get("aim"):
        said.append(f"Aim: {_ended(row['aim'])}")
    if row.get("ends"):
        said.append(f"It ended on {on(row['ends'])}.")
    else:
        said += [f"Planned until {on(row['until'])}."] if row.get("until") else []
        said += [f"Review date: {on(row['review_on'])}."] if row.get("review_on") else []
    return Line(f"From {on(row['starts'])}", " ".join(said))


def _led(who: str | None) -> str:
    return who if who and "@" not in who else SOMEBODY


def _review(row: Row) -> Line:
    went = WENT_WORDS.get(row["went"], "Reviewed")
    following = NEXT_WORDS.get(row["next_step"], "")
    said = [f"Review of the support: {went[:1].lower()}{went[1:]}."]
    said += [_ended(row["words"])] if row.get("words") else []
    said += [f"Next: {following[:1].lower()}{following[1:]}."] if following else []
    return Line(on(row["held_on"]), " ".join([*said, f"Recorded by {_by(row)}."]))


def decisions(written: Written) -> Part:
    """What people thought of a suggestion and how it was closed."""
    found = [("support_decision", row) for row in written.get("support_decision", ())]
    found += [("support_view", row) for row in written.get("support_view", ())]
    found.sort(key=lambda one: str(one[1]["at"]))
    title = "Decisions and views of staff"
    if not found:
        return Part(title, ("No decision and no view is recorded.",))
    lines = (_decision(row) if table == "support_decision" else _view(row) for table, row in found)
    return Part(title, (), (Lines("", tuple(lines)),))


def _decision(row: Row) -> Line:
    done = DECISION_DONE.get(row["kind"], "A decision")
    said = [f"About the suggestion of the {term_words(row['term'])}: {done[:1].lower()}{done[1:]}."]
    said += [f"Reason given: {_ended(row['why'])}"] if row.get("why") else []
    said += (
        [f"The school’s answer: “{KNOWN_WORDS[row['known']]}.”"] if row.get("known") in KNOWN_WORDS else []
    )
    return Line(local_day(row["at"]), " ".join([*said, f"Decided by {_by(row)}."]))


def _view(row: Row) -> Line:
    leaning = LEANING_WORDS.get(row["leaning"], "")
    said = [f"{_by(row, start=True)} wrote about the list of the {term_words(row['term'])}:"]
    said += [f"“{leaning}.”"] if leaning else []
    said += [_ended(row["words"])] if row.get("words") else []
    return Line(local_day(row["at"]), " ".join(said))


def notes(written: Written) -> Part:
    """Notes that are not restricted, and who knows the pupil. How many are restricted is said."""
    found = sorted(written.get("support_note", ()), key=lambda row: str(row["at"]))
    open_ = [row for row in found if not row.get("restricted")]
    said = [] if open_ else ["No note is printed here."] if found else ["No note is recorded."]
    said += _restricted_words(len(found) - len(open_))
    lines = [Line(local_day(row["at"]), f"{_ended(row['words'])} Written by {_by(row)}.") for row in open_]
    adults = [
        Line("", f"{_by(row, start=True)}: {row['how']}.")
        for row in written.get("known_by", ())
        if row.get("how")
    ]
    parts = [Lines("", tuple(lines))] if lines else []
    parts += [Lines("Key adults", tuple(adults))] if adults else []
    return Part("Notes and key adults", tuple(said), tuple(parts))


def _restricted_words(n: int) -> list[str]:
    if not n:
        return []
    which = "One note is" if n == 1 else f"{n} notes are"
    return [f"{which} restricted: only the writer and a few staff may open it." if n == 1 else
            f"{which} restricted: only the writers and a few staff may open them."]  # fmt: skip


def voice(written: Written) -> Part:
    """The pupil's own words, as they were said; what was taken back is not repeated."""
    found = sorted(written.get("pupil_voice", ()), key=lambda row: str(row["said_on"]))
    spoken = [row for row in found if not row.get("withdrawn_at")]
    lines = tuple(Line(on(row["said_on"]), " ".join(_own_words(row))) for row in spoken)
    back = len(found) - len(spoken)
    said = [] if lines else ["No words of the pupil’s own are recorded."]
    if back:
        times = "once" if back == 1 else f"{back} times"
        said.append(f"The pupil took words back {times}. They are not printed here.")
    return Part("The pupil’s own words", tuple(said), (Lines("", lines),) if lines else ())


def _own_words(row: Row) -> Iterator[str]:
    for name, words in ASKED:
        if row.get(name):
            yield f"{words}: “{_ended(row[name])}”"
    yield f"Recorded by {_by(row)}."
    yield "It was read back to the pupil." if row.get("read_back") else "It was not read back to the pupil."


def requests(written: Written, copies: Sequence[Row]) -> Part:
    """Requests, whether figures were stopped, and earlier copies."""
    dated = sorted(copies, key=lambda row: str(row["made_at"]))
    lines = [_request(row) for row in written.get("data_request", ())]
    lines += [_stopped(row) for row in written.get("do_not_score", ())]
    lines += [_copied(row) for row in dated]
    title = "Requests and earlier copies"
    if not lines:
        return Part(title, ("No request and no earlier copy is recorded.",))
    return Part(title, (), (Lines("", tuple(lines)),))


def _request(row: Row) -> Line:
    said = f"Request: {KIND_WORDS.get(row['kind'], 'other').lower()}. To be answered by {on(row['due_on'])}."
    if row.get("closed_at"):
        said += f" Answered on {local_day(row['closed_at'])}"
        said += f": {_ended(row['outcome'])}" if row.get("outcome") else "."
    else:
        said += " Not answered yet."
    return Line(on(row["received_on"]), said)


def _stopped(row: Row) -> Line:
    reason = REASON_WORDS.get(row["reason"], "")
    said = f"Figures about the pupil were stopped ({reason[:1].lower()}{reason[1:]})."
    return Line(
        local_day(row["at"]),
        said + (f" They were allowed again on {local_day(row['ended_at'])}." if row.get("ended_at") else ""),
    )


def _copied(row: Row) -> Line:
    by = "the system administrator" if row.get("made_by") == "command" else _by(row, "made_by")
    given = row.get("released_at")
    handed = f"It was released on {local_day(given)}." if given else "It was not released."
    return Line(local_day(row["made_at"]), f"A copy like this one was prepared by {by}. {handed}")


def _by(row: Row, stem: str = "by", *, start: bool = False) -> str:
    """Who wrote a row: by name, or where only a sign-in name is known, as staff of a role."""
    name, role = str(row.get(f"{stem}_name") or ""), ROLE_WORDS.get(str(row.get(f"{stem}_role") or ""))
    if name and "@" not in name:
        return name
    said = f"{SOMEBODY} ({role})" if role else SOMEBODY
    return said[:1].upper() + said[1:] if start else said


def _ended(text: str) -> str:
    """Somebody's words with a stop at their end."""
    said = " ".join(str(text).split())
    return said if said.endswith((".", "!", "?", "…")) else f"{said}."
