"""The messy corpus in its short form: some of each layout and quirk, every row right or named."""

import pytest

from testbed.messy.judging import judge
from testbed.messy.layouts import layouts
from testbed.messy.quirks import pairs

EVERY = pairs(layouts())
CHOSEN = EVERY[7::31]


def test_the_corpus_is_large_enough_and_its_files_are_distinct() -> None:
    assert len(EVERY) >= 200
    assert len({(layout.name, quirk) for layout, quirk in EVERY}) == len(EVERY)


@pytest.mark.parametrize(("layout", "quirk"), CHOSEN, ids=lambda value: getattr(value, "name", value))
def test_every_row_is_read_right_or_named(layout, quirk) -> None:
    verdict = judge(layout, quirk)
    assert verdict.wrong == ()
    assert verdict.right or verdict.refused or verdict.named
