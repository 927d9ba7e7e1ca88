"""In a family's copy: who it is about, what the computer suggested and why, who looked, how long it is kept, rights."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from data_contracts import calendar
from data_contracts.codes import code_set
from pipelines.explanation.words import on, times
from service.core.audit import Event
from service.rights.copy_shape import Line, Lines, Part, local_day, moment_of
from service.rights.copy_written import SOMEBODY
from service.shell.frames import ROLE_WORDS, term_words

Row = Mapping[str, Any]

LOOKED = frozenset({Event.PUPIL_READ, Event.NOTE_READ, Event.PACK_PRINTED})
ACTORS = {
    "command": "The system administrator",
    "worker": "Belong itself",
    "nobody": "Somebody who was not signed in",
}
YES_NO = (("fsm", "free school meals"), ("eal", "English as an additional language"), ("in_care", "in care"))
KEPT: tuple[tuple[str, frozenset[str]], ...] = (
    ("Attendance and behaviour records", frozenset({"attendance", "attendance_summary", "behaviour"})),
    ("Suspensions, moves, SEN and the school roll",
     frozenset({"suspensions", "movements", "sen", "pupils", "roll"})),
    ("The dated list made from these records", frozenset({"timeline"})),
    ("Sex, ethnicity, free school meals, language and care", frozenset({"audit_characteristics"})),
    ("What the computer suggested, its figures, and views of staff on it",
     frozenset({"score", "publication", "support_view"})),
    ("Decisions", frozenset({"support_decision"})),
    ("Supports, their reviews, and notes", frozenset({"support", "support_review", "support_note"})),
    ("The pupil’s own words", frozenset({"pupil_voice"})),
    ("Key adults", frozenset({"known_by"})),
    ("Requests", frozenset({"data_request"})),
    ("Marks that figures are stopped", frozenset({"do_not_score"})),
)  # fmt: skip
"""Kinds of record and the tables that hold them."""
RIGHTS = (
    "Tell the school if anything here is wrong, and ask for it to be corrected.",
    "Ask for your data to be erased, or for its use to be restricted.",
    "Object to figures about you. Then no more are made, and support stays open to you.",
    "Ask a person to review anything the computer suggested. People decide; the computer decides nothing.",
    "Complain to the school, or to the Information Commissioner’s Office (ico.org.uk, 0303 123 1113).",
)


def pupil(body: Row) -> Part:
    """Who the copy is about: name, birth, schools and year groups, and what is held for checks of fairness."""
    roll = sorted(body.get("roll", ()), key=lambda row: calendar.term(row["term"]).start)
    if not roll:
        return Part("Who this is about", ("The school roll is not part of this copy.",))
    newest = roll[-1]
    said = [_born(newest)]
    if newest.get("upn"):
        said.append(f"Unique pupil number: {newest['upn']}.")
    schools = {one["urn"]: one["name"] for one in body.get("about", {}).get("schools", ())}
    lines = tuple(_places(roll, schools))
    about = body.get("records", {}).get("audit_characteristics", ())
    fair = (_characteristics(about[-1]),) if about else ()
    return Part("Who this is about", (" ".join(filter(None, said)), *fair), (Lines("", lines),))


def name_of(body: Row) -> str:
    """The pupil's name on the newest roll; empty where the roll holds none or is left out."""
    roll = sorted(body.get("roll", ()), key=lambda row: calendar.term(row["term"]).start)
    return (
        " ".join(str(roll[-1][part]) for part in ("forename", "surname") if roll[-1].get(part))
        if roll
        else ""
    )


def _born(row: Row) -> str:
    return f"Born on {on(row['dob'])}." if row.get("dob") else "The date of birth is not known."


def _places(roll: Sequence[Row], schools: Mapping[str, str]) -> Iterator[Line]:
    """Runs of terms in one school, year and form."""
    runs: list[list[Row]] = []
    for row in roll:
        if runs and _place(runs[-1][-1]) == _place(row):
            runs[-1].append(row)
        else:
            runs.append([row])
    for run in runs:
        first, last = term_words(run[0]["term"]), term_words(run[-1]["term"])
        when = first if first == last else f"{first} to {last}"
        words = [schools.get(run[0]["school"], f"School {run[0]['school']}"), *_year_and_form(run[0])]
        left = run[-1].get("leaving_date")
        yield Line(
            when[:1].upper() + when[1:], ", ".join(words) + (f"; left on {on(left)}." if left else ".")
        )


def _place(row: Row) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in ("school", "nc_year", "registration_group"))


def _year_and_form(row: Row) -> Iterator[str]:
    if row.get("nc_year"):
        yield "Reception" if row["nc_year"] == "R" else f"Year {row['nc_year']}"
    if row.get("registration_group"):
        yield f"form {row['registration_group']}"


def _characteristics(row: Row) -> str:
    said = []
    for name, codes in (("sex", "sexes"), ("ethnicity", "ethnicities")):
        if row.get(name):
            known = code_set(codes)
            said.append(f"{name}: {known[row[name]].label if row[name] in known else 'other'}")
    said += [
        f"{words}: {'yes' if row[name] else 'no'}" for name, words in YES_NO if row.get(name) is not None
    ]
    return f"Held only to check that Belong is fair to all groups, and not used for suggestions: {'; '.join(said)}."


def computer(figures: Sequence[Row]) -> Part:
    """What was suggested in which term and why, in the sentences that a family is told."""
    title = "What the computer suggested"
    about = (
        "The computer reads the school’s records three times a year. It decides nothing and is often wrong "
        "about single pupils. “This term” is always the term of the list."
    )
    if not figures:
        return Part(title, ("No suggestion and no figure about this pupil is held.",))
    return Part(title, (about,), tuple(_list(one) for one in figures))


def _list(figure: Row) -> Lines:
    made_from = figure.get("stored", {}).get("as_of")
    heading = f"List of the {term_words(figure['term'])}"
    heading += f", from what was known on {on(made_from)}" if made_from else ""
    lines = [Line("", _suggested(figure))]
    told = figure.get("told") or {}
    if figure.get("suggested"):
        lines += [Line(one["label"], " ".join(one["said"])) for one in told.get("themes", ())]
        well = " ".join(said for one in told.get("well", ()) for said in one["said"])
        lines += [Line("Going well", well)] if well else []
    if figure.get("replaced_at"):
        lines.append(Line("", f"This list was replaced or withdrawn on {local_day(figure['replaced_at'])}."))
    return Lines(heading, tuple(lines))


def _suggested(figure: Row) -> str:
    if figure.get("no_figure_because"):
        return str(figure["no_figure_because"])
    if not figure.get("suggested"):
        return "The computer did not suggest a review of support."
    if figure.get("told") and figure["told"]["themes"]:
        return "The computer suggested a review of support. These were its reasons:"
    return "The computer suggested a review of support. What it was made from is in the files."


def who_looked(rows: Sequence[Row]) -> Part:
    """Who opened or changed anything about the pupil, counted by person."""
    if not rows:
        return Part("Who looked", ("The log holds nothing about this pupil.",))
    people: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        people.setdefault((str(row.get("actor") or row.get("who")), _role(row)), []).append(row)
    ordered = sorted(people.items(), key=lambda one: _last(one[1]), reverse=True)
    lines = tuple(
        Line(f"{_actor(own[0])} ({role})" if role else _actor(own[0]), _looked_words(own))
        for (_account, role), own in ordered
    )
    about = "Counted by person, the latest first. Every single line of the log is in the files."
    return Part("Who looked", (about,), (Lines("", lines, dense=len(lines) > 12),))


def _actor(row: Row) -> str:
    who = str(row.get("who") or "")
    if who in ACTORS:
        return ACTORS[who]
    return who if who and "@" not in who else SOMEBODY[:1].upper() + SOMEBODY[1:]


def _role(row: Row) -> str:
    """The role acted in; what acts without an account has none."""
    return "" if str(row.get("who")) in ACTORS else ROLE_WORDS.get(row["role"], "")


def _looked_words(rows: Sequence[Row]) -> str:
    looked = sum(row["what"] in LOOKED for row in rows)
    other = len(rows) - looked
    said = [f"opened the records {times(looked)}"] if looked else []
    said += [f"recorded or prepared something {times(other)}"] if other else []
    days = sorted(moment_of(row["at"]) for row in rows)
    first, last = on(days[0].date()), on(days[-1].date())
    when = f"on {first}" if first == last else f"first on {first}, last on {last}"
    words = " and ".join(said)
    return f"{words[:1].upper()}{words[1:]}, {when}."


def _last(rows: Iterable[Row]) -> datetime:
    return max(moment_of(row["at"]) for row in rows)


def kept_until(rows: Sequence[Row]) -> Part:
    """How long each kind of record is kept, in words."""
    title = "How long this is stored"
    if not rows:
        return Part(title, ("How long things are stored is not part of this copy.",))
    lines = [line for words, tables in KEPT if (line := _kept_line(words, tables, rows))]
    lines.append(Line("The log of who looked", "For as long as the school uses Belong."))
    for name, words in (
        ("raw_upload", "Files as the school uploaded them, sealed"),
        ("copy", "This copy, sealed"),
    ):
        days = next((row.get("days") for row in rows if row["table"] == name), None)
        lines += [Line(words, f"{days} days.")] if days else []
    return Part(title, (), (Lines("", tuple(lines)),))


def _kept_line(words: str, tables: frozenset[str], rows: Sequence[Row]) -> Line | None:
    own = [row for row in rows if row["table"] in tables]
    months = max((row.get("months") or 0 for row in own), default=0)
    until = max((str(row["until"]) for row in own if row.get("until")), default="")
    if not own:
        return None
    if until:
        length = f"{_length(months)} after the end of the term they belong to. " if months else ""
        return Line(words, f"{length}The newest in this copy: until {on(until)}.")
    counted = "answered" if tables == frozenset({"data_request"}) else "written or made"
    return Line(words, f"{_length(months)} after the day they were {counted}.")


def _length(months: int) -> str:
    if months % 12:
        return "1 month" if months == 1 else f"{months} months"
    return "1 year" if months == 12 else f"{months // 12} years"


def rights(body: Row) -> Part:
    """What can be asked for, and of whom."""
    officers = body.get("about", {}).get("officers", ())
    ask = f"Write to the school’s data protection officer: {', '.join(officers)}." if officers else (
        "Write to the school’s data protection officer. You need not give a reason."
    )  # fmt: skip
    return Part("Your rights", (ask,), (Lines("", tuple(Line("", one) for one in RIGHTS)),))
