"""The told-to table: which audience is told which kind of statement. No page, pack, file or answer filters
for itself."""

from enum import StrEnum


class Audience(StrEnum):
    """The readers: staff with a card, those who may see figures, a printed panel pack, a family, a person's
    copy (as pages, and the files beside it), an export or a program, governors."""

    staff = "staff"
    figures = "figures"
    panel = "panel"
    family = "family"
    copy = "copy"
    copy_files = "copy_files"
    export = "export"
    governors = "governors"


class Kind(StrEnum):
    """The kinds of statement."""

    headline = "headline"
    """The pupil's own records of a theme: now, last term, the same term last year."""
    cluster = "cluster"
    """Where the pupil's own records lie close together."""
    evidence = "evidence"
    """The dated records that were counted."""
    due = "due"
    """What the school owes: a review that is due."""
    well = "well"
    """What is going well."""
    since = "since"
    """Dated facts that came after the day the list was made from."""
    compared = "compared"
    """How the pupil's records stand beside the year group's, in words."""
    norm = "norm"
    """The mean of the year group, as a number."""
    rank = "rank"
    """How many of the year group have fewer: retired, kept for the sums of models that were trained with it."""
    setting = "setting"
    """The year group and the school: where a child is."""
    contribution = "contribution"
    """How far an input or theme moved the model's figure."""
    similar = "similar"
    """What became of past pupils with a similar figure."""
    no_figure = "no_figure"
    """Why nothing is said about a pupil."""


_A = Audience
_PUPILS = frozenset({_A.staff, _A.figures, _A.panel, _A.family, _A.copy, _A.copy_files, _A.export})

TOLD: dict[Kind, frozenset[Audience]] = {
    Kind.headline: _PUPILS,
    Kind.cluster: _PUPILS,
    Kind.due: _PUPILS,
    Kind.well: _PUPILS,
    Kind.evidence: frozenset({_A.staff, _A.figures, _A.copy, _A.copy_files, _A.export}),
    Kind.since: _PUPILS - {_A.export},
    Kind.compared: frozenset({_A.staff, _A.figures}),
    Kind.norm: frozenset({_A.staff, _A.figures, _A.copy_files}),
    Kind.rank: frozenset({_A.copy_files}),
    Kind.setting: frozenset({_A.staff, _A.figures, _A.copy_files}),
    Kind.contribution: frozenset({_A.figures, _A.copy_files}),
    Kind.similar: frozenset({_A.figures, _A.copy_files}),
    Kind.no_figure: _PUPILS - {_A.family},
}
"""Governors are told nothing about a pupil: they stand in no row."""

COMPARES = frozenset({Kind.compared, Kind.norm, Kind.rank, Kind.setting, Kind.similar})
"""Statements that set a child beside other children or schools."""


def told(kind: Kind, audience: Audience) -> bool:
    """True where an audience is told statements of a kind."""
    return audience in TOLD[kind]
