"""Clusters: found where they are planted, and hardly ever where there are none."""

from datetime import date, timedelta

import numpy as np

from pipelines.explanation.clusters import clusters, first_of_absences, spread_of
from tests.explanation.made import TERM, incident, mark, school_days

LESSONS = ("Maths", "English", "Science", "French", "History", "Art", "Music", "PE")
HOURS = ("08", "09", "10", "11", "13", "14")


def drawn(rng: np.random.Generator, n: int, lessons: tuple[str, ...] = LESSONS) -> list:
    """Incidents whose lesson, hour, day and room are drawn alike for everybody."""
    days = school_days(TERM, 50)
    return [
        incident(
            days[int(rng.integers(len(days)))], i, lesson=str(rng.choice(lessons)),
            time=f"{rng.choice(HOURS)}:15", location=str(rng.choice(("hall", "yard", "room 1", "room 2"))),
        )
        for i in range(n)
    ]  # fmt: skip


def test_a_planted_lesson_is_named() -> None:
    rng = np.random.default_rng(1)
    others = [(drawn(rng, 8), []) for _ in range(100)]
    own = [incident(date(2026, 6, 1) + timedelta(days=n), n, lesson="Maths") for n in range(9)]
    found = clusters(own, [], spread_of([*others, (own, [])]))
    assert [(one.kind, one.place, one.count, one.of) for one in found if one.kind == "lesson"] == [
        ("lesson", "Maths", 9, 9)
    ]


def test_without_clusters_at_most_one_card_in_a_hundred_names_one() -> None:
    rng = np.random.default_rng(7)
    named = cards = 0
    for _ in range(12):
        year = [drawn(rng, int(rng.integers(5, 30))) for _ in range(100)]
        spread = spread_of((own, []) for own in year)
        named += sum(bool(clusters(own, [], spread)) for own in year)
        cards += len(year)
    assert named / cards <= 0.01


def test_fewer_than_five_records_name_no_place() -> None:
    own = [incident(date(2026, 6, 1), n, lesson="Maths") for n in range(4)]
    everyone = {"incidents.lesson": {"Maths": 4, "English": 900}}
    assert clusters(own, [], everyone) == []


def test_a_day_or_a_week_at_home_is_one_absence() -> None:
    days = school_days(TERM, 12)
    away = {days[0], *days[5:10]}
    marks = [mark(day, half, "I" if day in away else "/") for day in days for half in ("AM", "PM")]
    marks += [mark(days[11] + timedelta(days=7), half, "E") for half in ("AM", "PM")]
    assert [one.on for one in first_of_absences(marks)] == [days[0], days[5]]
