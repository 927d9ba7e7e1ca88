"""docs/security.md claims nothing that isn't there: its tests and files exist, and no chapter is left out."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "security.md"


def names_of(path: Path) -> set[str]:
    """The tests that a module defines."""
    body = ast.parse(path.read_text("utf-8")).body
    return {node.name for node in body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def missing(text: str) -> list[str]:
    """What a text names in `code` and is not there: tests, and files by their path."""
    found = []
    for told in re.findall(r"`([^`\n]+)`", text):
        path, _, test = told.partition("::")
        if not re.fullmatch(r"[\w./-]+\.(py|md|toml|csv|yaml|lock)|\.npmrc", path):
            continue
        if not (ROOT / path).is_file() or (test and test not in names_of(ROOT / path)):
            found.append(told)
    return found


def test_what_the_page_names_is_there() -> None:
    text = PAGE.read_text("utf-8")
    assert missing(text) == []
    assert len(re.findall(r"`tests/[\w/]+\.py::test_\w+`", text)) >= 60
    assert text.count("::test_") == len(re.findall(r"`tests/[\w/]+\.py::test_\w+`", text)), (
        "a name is broken off"
    )
    assert missing("`tests/house/test_supply.py::test_no` and `docs/none.md`") == [
        "tests/house/test_supply.py::test_no",
        "docs/none.md",
    ]


def test_every_chapter_of_the_standard_says_where_it_is_tested_and_what_is_not_met() -> None:
    text = PAGE.read_text("utf-8")
    chapters = dict(re.findall(r"^### V(\d+) .*?\n(.*?)(?=^##|\Z)", text, flags=re.M | re.S))
    assert list(chapters) == [str(number) for number in range(1, 15)]
    for number, said in chapters.items():
        assert "::test_" in said, f"V{number} names no test"
        assert "**Not met:**" in said, f"V{number} says nothing of what is not met"
