"""Who is told what: the one table, line by line, and that no other place decides it."""

import re
from pathlib import Path

import pytest

from pipelines.explanation import Audience, Kind, told

ROOT = Path(__file__).parents[2]
TRUTH = """
              staff figures panel family copy copy_files export governors
headline      yes   yes     yes   yes    yes  yes        yes    no
cluster       yes   yes     yes   yes    yes  yes        yes    no
evidence      yes   yes     no    no     yes  yes        yes    no
due           yes   yes     yes   yes    yes  yes        yes    no
well          yes   yes     yes   yes    yes  yes        yes    no
since         yes   yes     yes   yes    yes  yes        no     no
compared      yes   yes     no    no     no   no         no     no
norm          yes   yes     no    no     no   yes        no     no
rank          no    no      no    no     no   yes        no     no
setting       yes   yes     no    no     no   yes        no     no
contribution  no    yes     no    no     no   yes        no     no
similar       no    yes     no    no     no   yes        no     no
no_figure     yes   yes     yes   no     yes  yes        yes    no
"""
HEAD, *LINES = [line.split() for line in TRUTH.strip().splitlines()]
CASES = [
    (kind, audience, answer == "yes")
    for kind, *answers in LINES
    for audience, answer in zip(HEAD, answers, strict=True)
]


@pytest.mark.parametrize(("kind", "audience", "expected"), CASES)
def test_the_table_holds(kind: str, audience: str, expected: bool) -> None:
    assert told(Kind(kind), Audience(audience)) is expected


def test_the_table_is_whole() -> None:
    assert {kind for kind, _, _ in CASES} == set(Kind)
    assert {audience for _, audience, _ in CASES} == set(Audience)


def test_no_exit_filters_by_a_part_of_a_name_or_a_sentence() -> None:
    """A rule such as `"_rank_" in one["indicator"]` would decide beside the table."""
    odd = re.compile(r"""["'](_rank_|rank|norm|_above_)["']\s+(not\s+)?in\b|COMPARES\s+(not\s+)?in""")
    places = [*(ROOT / "service").rglob("*.py"), *(ROOT / "pipelines" / "explanation").rglob("*.py")]
    assert len(places) > 100
    assert [path.name for path in places if odd.search(path.read_text("utf-8"))] == []
