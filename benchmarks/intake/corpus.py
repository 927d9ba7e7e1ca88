"""A corpus of messy extracts whose truth is known, every file judged: no row may be silently wrong."""

from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from benchmarks.measures import Measure, at_least, at_most, measured, note
from testbed.messy.judging import Verdict, judge
from testbed.messy.layouts import layouts
from testbed.messy.quirks import pairs

_WORKERS = 2


def _judged(places: Iterable[int]) -> list[Verdict]:
    every = pairs(layouts())
    return [judge(*every[place]) for place in places]


def _all(places: list[int]) -> list[Verdict]:
    """In a few processes that each import Great Expectations once and keep it for all their files."""
    parts = [places[n::_WORKERS] for n in range(_WORKERS)]
    with ProcessPoolExecutor(_WORKERS, mp_context=get_context("spawn")) as pool:
        return [verdict for part in pool.map(_judged, parts) for verdict in part]


def chosen(*, quick: bool) -> list[int]:
    """Places in `pairs(layouts())`; the quick form takes every eleventh, so that each layout and quirk comes up."""
    return list(range(len(pairs(layouts()))))[:: 11 if quick else 1]


def measures(*, quick: bool, loud: bool) -> dict[str, Measure]:
    with measured() as cost:
        verdicts = _all(chosen(quick=quick))
    wrong = [verdict for verdict in verdicts if verdict.wrong]
    if loud:
        for verdict in wrong:
            print(f"silently wrong: {verdict.name}: {verdict.wrong[0]} ({len(verdict.wrong)} in all)")
    whole = sum(1 for v in verdicts if not v.named and not v.wrong and not v.refused)
    return {
        "corpus: messy files": at_least(len(verdicts), 60 if quick else 200),
        "corpus: rows silently wrong": at_most(sum(len(verdict.wrong) for verdict in verdicts), 0),
        "corpus: files with a row silently wrong": at_most(len(wrong), 0),
        "corpus: files read whole": note(whole),
        "corpus: files read in part, the rest named": note(
            sum(1 for v in verdicts if v.named and not v.refused)
        ),
        "corpus: files refused in a sentence": note(sum(1 for v in verdicts if v.refused)),
        "corpus: rows read right": note(sum(verdict.right for verdict in verdicts)),
        "corpus: rows named as problems": note(sum(verdict.named for verdict in verdicts)),
        "corpus: cpu s a file": note(cost.cpu / len(verdicts)),
        "corpus: wall s in all": note(cost.wall),
    }
