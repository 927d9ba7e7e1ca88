"""Every form of a cell in every layout: read the same in each."""

from benchmarks.measures import Measure, at_most, note
from testbed.messy.cells import cases, read


def measures(*, quick: bool, loud: bool) -> dict[str, Measure]:
    """How many cells are read otherwise in one layout than in the next."""
    every = cases()[:: 5 if quick else 1]
    wrong = [(*case, got) for case in every if (got := read(*case[:3])) != case[3]]
    if loud:
        for kind, layout, text, meaning, got in wrong:
            print(f"read otherwise: {kind} {text!r} in {layout}: {got}, not {meaning}")
    return {"cells: forms x layouts": note(len(every)), "cells: read otherwise": at_most(len(wrong), 0)}
