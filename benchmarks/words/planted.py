"""A fault for every check: what is told is changed so, and the check has to find it."""

from collections.abc import Callable
from copy import deepcopy

from benchmarks.words.gathering import Pupil, Told


def _one(told: Told) -> tuple[Told, Pupil]:
    copy = Told([deepcopy(told.pupils[0]), *told.pupils[1:]], dict(told.panels))
    return copy, copy.pupils[0]


def _hurting(told: Told) -> Told:
    """Homework told as hurting someone."""
    changed, pupil = _one(told)
    pupil.figures["themes"][0]["records"].append(
        {"kind": "behaviour", "type": "homework", "words": "Homework: was recorded as hurting someone."}
    )
    return changed


def _decided(told: Told) -> Told:
    """A family told that somebody looked and decided, with no decision on record."""
    changed, pupil = _one(told)
    pupil.decided, pupil.family = False, pupil.family + " A person at school then looked and decided."
    return changed


def _five_of_57(told: Told) -> Told:
    """A count with one of its records left out."""
    changed, pupil = _one(told)
    theme = next(one for one in pupil.figures["themes"] if one["records"])
    theme["records"] = theme["records"][1:]
    return changed


def _ranked(told: Told) -> Told:
    """A rank told to a family."""
    changed, pupil = _one(told)
    pupil.family += " More incidents were recorded this term than for 97% of the year group."
    return changed


def _two_counts(told: Told) -> Told:
    """Two counts of the same incidents on one card."""
    changed, pupil = _one(told)
    pupil.card += " 901 incidents this term. 902 incidents this term."
    return changed


def _hidden(told: Told) -> Told:
    """The main reason left out."""
    many = next(n for n, one in enumerate(told.pupils) if len(one.panels) > 1)
    changed = Told(list(told.pupils), dict(told.panels))
    changed.pupils[many] = deepcopy(told.pupils[many])
    changed.pupils[many].panels = changed.pupils[many].panels[1:]
    return changed


def _again(told: Told) -> Told:
    """A theme told twice."""
    changed, pupil = _one(told)
    pupil.panels = [pupil.panels[0], pupil.panels[0]]
    return changed


def _bare(told: Told) -> Told:
    """A theme without its picture."""
    changed, pupil = _one(told)
    pupil.panels = [(theme, words, False) for theme, words, _ in pupil.panels]
    return changed


def _old_review(told: Told) -> Told:
    """The review of two years ago."""
    changed, pupil = _one(told)
    pupil.newest_review = "2026-06-01"
    pupil.card += " The review of SEN support was due on 3 June 2024."
    return changed


def _banned(told: Told) -> Told:
    """A word that is never shown."""
    changed, pupil = _one(told)
    pupil.card += " This pupil is at risk."
    return changed


PLANTED: dict[str, Callable[[Told], Told]] = {
    "statements of violence for other types": _hurting,
    "claims of a decision not made": _decided,
    "evidence that doesn't give the value": _five_of_57,
    "comparisons outside their audience": _ranked,
    "contradictions between two statements of one page": _two_counts,
    "largest theme not shown first": _hidden,
    "same theme told twice": _again,
    "themes without now, before and a picture": _bare,
    "the oldest SEN review told instead of the newest": _old_review,
    "banned words": _banned,
}
