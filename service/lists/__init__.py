"""A term’s lists of suggestions: as a page, as data, as a file, and by a plain points rule."""

from service.lists.counts import TermCounts, term_counts
from service.lists.flags import FlagLine, FlagPage, flags_for, live_publication
from service.lists.words import how_often_right

__all__ = [
    "FlagLine",
    "FlagPage",
    "TermCounts",
    "flags_for",
    "how_often_right",
    "live_publication",
    "term_counts",
]
