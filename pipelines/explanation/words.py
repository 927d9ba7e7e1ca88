"""Every sentence that is said about a child, whole, for none, one, many and not known. Nothing is glued together.

A statement is a code with arguments; it is kept so, and its sentence is made when it is shown.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

Arguments = Mapping[str, Any]
TIMES = ("not", "once", "twice")
SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
PROVISIONS = {
    "N": "No special educational needs are recorded",
    "K": "SEN support",
    "E": "Education, health and care plan",
}


def say(code: str, arguments: Arguments, today: date) -> str:
    """The sentence of a code on the day it is shown. KeyError for a code that is not one of ours."""
    return SENTENCES[code](arguments, today)


def count(n: int, one: str, many: str = "") -> str:
    """`1 incident`, `9 incidents`."""
    return f"{n} {one if n == 1 else many or one + 's'}"


def times(n: int) -> str:
    """`once`, `twice`, `3 times`."""
    return TIMES[n] if 0 < n < len(TIMES) else f"{n} times"


def on(day: date | str) -> str:
    """`3 July 2026`."""
    known = date.fromisoformat(day[:10]) if isinstance(day, str) else day
    return f"{known.day} {known:%B} {known.year}"


def percent(share: float) -> str:
    """`84%`; what is nearly all or nothing keeps a decimal, so that 99.6 is not told as full."""
    told = f"{100 * share:.0f}"
    if (told == "100" and share < 1) or (told == "0" and share > 0):
        told = f"{100 * share:.1f}"
        told = {"100.0": "99.9", "0.0": "0.1"}.get(told, told)
    return f"{told}%"


def _then(before: int | None, none: str, some: Callable[[int], str]) -> str:
    if before is None:
        return "; last term is not known"
    return f", {none if before == 0 else some(before)} last term"


def _attendance(a: Arguments, _today: date) -> str:
    if a["now"] is None:
        return "Attendance this term is not known."
    before = a["last_term"]
    return f"Attendance {percent(a['now'])} this term" + (
        "; last term is not known." if before is None else f", {percent(before)} last term."
    )


def _lateness(a: Arguments, _today: date) -> str:
    now = a["now"]
    if now is None:
        return "Lateness this term is not known."
    if now == 0 == a["last_term"]:
        return "Not late this term or last term."
    said = "Not late this term" if now == 0 else f"Late {times(now)} this term"
    return said + _then(a["last_term"], "not late", times) + "."


def _behaviour(a: Arguments, _today: date) -> str:
    now = a["now"]
    if now is None:
        return "Behaviour this term is not known."
    if now == 0 == a["last_term"]:
        return "No incidents this term or last term."
    said = "No incidents this term" if now == 0 else f"{count(now, 'incident')} this term"
    return said + _then(a["last_term"], "none", str) + "."


def _time_out(a: Arguments, _today: date) -> str:
    now = a["now"]
    if now is None:
        return "Time out of lessons this term is not known."
    said = (
        "Not taken out of lessons this term" if now == 0 else f"Taken out of lessons {times(now)} this term"
    )
    return said + _then(a["last_term"], "not at all", times) + "."


def _part_time(a: Arguments, _today: date) -> str:
    now, before = a["now"], a["last_term"]
    return f"{count(now, 'session')} this term off school on a part-time timetable" + (
        "." if before is None else f", {'none' if before == 0 else before} last term."
    )


def _elsewhere(a: Arguments, _today: date) -> str:
    return f"Taught somewhere else for {count(a['now'], 'session')} this term."


def _suspensions(a: Arguments, _today: date) -> str:
    now, sessions = a["now"], a.get("sessions") or 0
    if now is None:
        return "Suspensions this term are not known."
    if now == 0 == a["last_term"]:
        return "Not suspended this term or last term."
    said = "Not suspended this term" if now == 0 else f"Suspended {times(now)} this term"
    if now and sessions:
        said += f" ({count(sessions, 'session')})"
    return said + _then(a["last_term"], "not suspended", times) + "."


def _last_suspension(a: Arguments, _today: date) -> str:
    return f"The last suspension began on {on(a['on'])}."


def _year_ago(a: Arguments, _today: date) -> str:
    value = a["value"]
    told = percent(value) if a["share"] else "none" if value == 0 else f"{value:g}"
    return f"In the same term last year: {told}."


def _sen(a: Arguments, _today: date) -> str:
    provision = PROVISIONS.get(a["provision"], "SEN provision is recorded")
    since = f" since {on(a['since'])}" if a.get("since") and a["provision"] in ("K", "E") else ""
    before = a.get("year_ago")
    if before is None or before == a["provision"]:
        return f"{provision}{since}."
    was = {"N": "none was recorded", "K": "it was SEN support", "E": "it was a plan"}.get(before, "")
    return f"{provision}{since}; a year before, {was}." if was else f"{provision}{since}."


def _review(a: Arguments, today: date) -> str:
    what = "The review of the plan" if a["provision"] == "E" else "The review of SEN support"
    due = date.fromisoformat(str(a["on"])[:10])
    if due == today:
        return f"{what} is due today."
    return f"{what} {'was' if due < today else 'is'} due on {on(due)}."


def _no_review(_a: Arguments, _today: date) -> str:
    return "No date for the next SEN review is recorded."


def _no_need(_a: Arguments, _today: date) -> str:
    return "SEN support is recorded without an assessed need."


def _joined(a: Arguments, _today: date) -> str:
    return f"Joined this school on {on(a['on'])}."


def _schools(a: Arguments, _today: date) -> str:
    n = a["schools"]
    if n == 0:
        return "No other school is in the records we hold."
    return f"Was at {'one other school' if n == 1 else f'{n} other schools'} before, in the records we hold."


def _cluster(a: Arguments, _today: date) -> str:
    k, n, kind, place = a["count"], a["of"], a["kind"], a["place"]
    every = k == n
    how_many = f"All {n}" if every else f"{k} of the {n}"
    if a["theme"] == "attendance":
        return f"{how_many} absences began on a {place}."
    where = {
        "lesson": f"in {place}",
        "hour": f"between {place} and {int(str(place)[:2]) + 1:02d}:00" if kind == "hour" else "",
        "weekday": f"on a {place}",
        "location": f"in one place: {place}",
    }[kind]
    return f"{how_many} incidents were {where}."


def _most(a: Arguments, _today: date) -> str:
    upto = a["upto"]
    told = "none" if upto == 0 else "none or one" if upto == 1 else f"{upto} or fewer"
    return f"Most pupils in {a['year']} have {told}."


def _most_attend(a: Arguments, _today: date) -> str:
    return f"Most pupils in {a['year']} have {percent(a['least'])} or more."


def _fewer(a: Arguments, _today: date) -> str:
    now, before = a["now"], a["last_term"]
    if a["theme"] == "time_out":
        was = f"{times(before)} last term"
        if now == 0:
            return f"Not taken out of lessons this term; it was {was}."
        return f"Taken out of lessons less often: {times(now)} this term, {was}."
    what = {"behaviour": "incidents", "lateness": "late marks", "suspensions": "suspensions"}[a["theme"]]
    if now == 0:
        return f"No {what} this term; there {'was' if before == 1 else 'were'} {before} last term."
    return f"Fewer {what} than last term: {now}, down from {before}."


def _attends_more(a: Arguments, _today: date) -> str:
    return f"Attendance is up: {percent(a['now'])} this term, {percent(a['last_term'])} last term."


def _attends(a: Arguments, _today: date) -> str:
    return f"At school for {percent(a['now'])} of sessions this term."


def _every_session(_a: Arguments, _today: date) -> str:
    return "At school for every session this term, as far as marks are held."


def _full_weeks(a: Arguments, _today: date) -> str:
    n, of = a["weeks"], a["of"]
    if n == of:
        return f"At school for every session in the last {SMALL[of]} weeks."
    return f"At school for every session in {SMALL[n]} of the last {SMALL[of]} weeks."


def _praised(a: Arguments, _today: date) -> str:
    where = f" in {a['lesson']}" if a.get("lesson") else ""
    last = f"on {on(a['on'])}{where}"
    return (
        f"Praised {times(a['now'])} this term, {last}."
        if a["now"] == 1
        else (f"Praised {times(a['now'])} this term, last {last}.")
    )


def _review_better(a: Arguments, _today: date) -> str:
    return f"{a['support']}: going better, by the review of {on(a['on'])}."


def _since_suspended(a: Arguments, _today: date) -> str:
    return f"No suspension since the one that began on {on(a['on'])}."


WINDOWS = {
    "half_term": "this half-term",
    "year": "this school year",
    "last_year": "last school year",
    "ever": "in all the records we hold",
}


def _over(a: Arguments, _today: date) -> str:
    n, when = a["value"], WINDOWS[a["window"]]
    if a["theme"] == "attendance":
        return f"Attendance {percent(n)} {when}."
    none, some = {
        "lateness": ("Not late", f"Late {times(n)}"),
        "behaviour": ("No incidents", count(n, "incident")),
        "time_out": ("Not taken out of lessons", f"Taken out of lessons {times(n)}"),
        "suspensions": ("Not suspended", f"Suspended {times(n)}"),
    }[a["theme"]]
    return f"{none if n == 0 else some} {when}."


def _indicator(a: Arguments, _today: date) -> str:
    return str(a["sentence"])


SENTENCES: dict[str, Callable[[Arguments, date], str]] = {
    "attendance": _attendance,
    "lateness": _lateness,
    "behaviour": _behaviour,
    "time_out": _time_out,
    "part_time": _part_time,
    "elsewhere": _elsewhere,
    "suspensions": _suspensions,
    "last_suspension": _last_suspension,
    "year_ago": _year_ago,
    "sen": _sen,
    "sen_review": _review,
    "sen_no_review": _no_review,
    "sen_no_need": _no_need,
    "joined": _joined,
    "earlier_schools": _schools,
    "cluster": _cluster,
    "most": _most,
    "most_attend": _most_attend,
    "fewer": _fewer,
    "attends_more": _attends_more,
    "attends": _attends,
    "every_session": _every_session,
    "full_weeks": _full_weeks,
    "praised": _praised,
    "review_better": _review_better,
    "since_suspended": _since_suspended,
    "over": _over,
    "indicator": _indicator,
}
