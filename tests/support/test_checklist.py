"""Who must be part of a review, by what is recorded."""

from typing import Any

import pytest

from service.support.checklist import checklist_for, duties

TERM = "2026-summer"


def suspended(on: str, days: float, status: str = "issued") -> dict[str, Any]:
    return {
        "date": on,
        "kind": "suspension",
        "text_key": "suspension",
        "detail": {"sessions": 2 * days, "status": status},
    }


@pytest.mark.parametrize(
    ("provision", "held", "not_held"),
    [
        (None, "a possible need been assessed", "local authority"),
        ("N", "a possible need been assessed", "adjustments tried"),
        ("K", "adjustments tried", "local authority"),
        ("E", "local authority", "been assessed"),
    ],
)
def test_sen_decides_who_is_asked(provision: str | None, held: str, not_held: str) -> None:
    said = " | ".join(checklist_for(provision, [], TERM))
    assert said.startswith("The pupil, in their own words | A parent or carer")
    assert held in said
    assert not_held not in said


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([suspended("2026-05-05", 5)], ()),
        ([suspended("2026-05-05", 5), suspended("2026-06-01", 0.5)], ("More than 5 days",)),
        ([suspended("2026-05-05", 15.5)], ("More than 15 days",)),
        ([suspended("2026-05-05", 15.5, "cancelled")], ()),
        ([suspended("2026-01-12", 15.5)], ()),
        ([suspended("2025-10-06", 30), suspended("2026-05-05", 15)], ("More than 5 days", "45 days")),
        ([suspended("2025-07-07", 45)], ()),
    ],
)
def test_days_of_suspension_bring_duties(events: list[dict[str, Any]], words: tuple[str, ...]) -> None:
    said = duties(events, TERM)
    assert len(said) == len(words)
    assert all(line.startswith(start) for line, start in zip(said, words, strict=True))
