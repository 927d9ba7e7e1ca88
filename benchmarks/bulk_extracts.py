"""Extracts of a made-up trust written fast: the same bytes for the same school and term, and no world behind.

They are for throughput alone: five tables a term, drawn column by column. Nothing in them means anything.
"""

from pathlib import Path

import numpy as np

from data_contracts import calendar, upn

PUPILS = 1_000
SEED = 20_260
_CODES = np.array(["I", "O", "L", "M", "C", "B", "U", "G", "N", "E"])
_TYPES = ("Disruption", "Lateness", "Fighting", "Uniform", "Good Work", "Effort", "Kindness")


def terms(years: int) -> list[str]:
    """The ids of the last `years` school years' terms before 2026-27, earliest first."""
    return [f"{year}-{season}" for start in range(2026 - years, 2026)
            for year, season in ((start, "autumn"), (start + 1, "spring"), (start + 1, "summer"))]  # fmt: skip


def write_school(folder: Path, number: int, years: int, pupils: int = PUPILS) -> int:
    """Write one school's folder with a sub-folder per term; returns how many marks it holds."""
    urn = f"{999_100 + number}"
    place = folder / urn
    place.mkdir(parents=True, exist_ok=True)
    (place / "school.toml").write_text(
        f'urn = "{urn}"\nname = "Bulk School {number}"\nphase = "secondary"\nmis = "arbor"\nsynthetic = true\n',
        "utf-8",
    )
    return sum(_term(place / term, number, term, pupils) for term in terms(years))


def _upns(number: int, pupils: int) -> np.ndarray:
    return np.array([upn.make(f"999{4000 + number:04d}21{n:03d}") for n in range(pupils)])


def _lines(path: Path, heading: str, *columns: np.ndarray) -> None:
    joined = columns[0]
    for column in columns[1:]:
        joined = np.char.add(np.char.add(joined, ","), column)
    path.write_text("\n".join([heading, *joined.tolist(), ""]), "utf-8")


def _term(folder: Path, number: int, term: str, pupils: int) -> int:
    folder.mkdir(exist_ok=True)
    span = calendar.term(term)
    rng = np.random.default_rng([SEED, number, int(term[:4]), len(term)])
    days = np.array([day.isoformat() for day in calendar.school_days(span.start, span.end)])
    numbers = _upns(number, pupils)
    _pupils(folder / "students.csv", numbers)
    marks = _marks(folder / "attendance-marks.csv", numbers, days, rng)
    _behaviour(folder / "behaviour-incidents.csv", numbers, days, rng)
    _suspensions(folder / "suspensions.csv", numbers, days, rng)
    some = numbers[::6]
    _lines(folder / "sen.csv", "UPN,SEN Status,SEN Need,Rank,Start date",
           some, np.full(len(some), "K,SLCN,1,2023-02-06"))  # fmt: skip
    return marks


def _pupils(path: Path, numbers: np.ndarray) -> None:
    places = np.arange(len(numbers))
    years = 7 + places % 5
    _lines(
        path, "UPN,Legal last name,Legal first name,Date of birth,Legal sex,Year group,Registration form,Start date",
        numbers, np.char.add("Surname", places.astype(str)), np.char.add("Forename", places.astype(str)),
        np.char.add((2019 - years).astype(str), "-01-05"), np.where(places % 2, "M", "F"),
        years.astype(str), np.char.add(years.astype(str), "A"), np.full(len(numbers), "2021-09-03"),
    )  # fmt: skip


def _marks(path: Path, numbers: np.ndarray, days: np.ndarray, rng: np.random.Generator) -> int:
    sessions = np.char.add(np.repeat(days, 2), np.tile([",AM", ",PM"], len(days)))
    usual = np.tile(["/", "\\"], len(days) * len(numbers))
    away = rng.random(len(usual)) < 0.09
    codes = np.where(away, rng.choice(_CODES, len(usual)), usual)
    _lines(path, "UPN,Date,Session,Mark", np.repeat(numbers, len(sessions)),
           np.tile(sessions, len(numbers)), codes)  # fmt: skip
    return len(codes)


def _behaviour(path: Path, numbers: np.ndarray, days: np.ndarray, rng: np.random.Generator) -> None:
    count = 3 * len(numbers)
    when = rng.choice(days, count)
    _lines(
        path, "Incident ID,UPN,Incident Date,Behaviour Type,Location,Lesson,Logged On",
        np.arange(count).astype(str), rng.choice(numbers, count), when, rng.choice(_TYPES, count),
        np.full(count, "Classroom"), rng.choice(["Maths", "English", "Science"], count), when,
    )  # fmt: skip


def _suspensions(path: Path, numbers: np.ndarray, days: np.ndarray, rng: np.random.Generator) -> None:
    chosen = rng.choice(numbers, len(numbers) // 50, replace=False)
    when = rng.choice(days, len(chosen))
    rest = np.full(len(chosen), "2,Issued")
    _lines(path, "UPN,Type,Primary Reason,From,From Session,Sessions Suspended,Status",
           chosen, np.full(len(chosen), "Suspension,Persistent or general disruptive behaviour"),
           when, np.full(len(chosen), "AM"), rest)  # fmt: skip
