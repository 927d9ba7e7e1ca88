"""The documents for those who carry the code on are true: what they name exists, and what they count is so."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY, ARCHITECTURE, CONTRIBUTING = (
    ROOT / "docs" / "glossary.md",
    ROOT / "docs" / "architecture.md",
    ROOT / "CONTRIBUTING.md",
)
A_PATH = re.compile(r"`((?:[\w.<>*-]+/)+[\w.<>*-]*|[A-Z]+\.md|pyproject\.toml|Makefile)`")
A_FUNCTION = re.compile(r"`([\w/]+\.py)::([\w.]+)`")
ASKING = frozenset(["what", "who", "whom", "whose", "how", "where", "which", "when", "why", "whether"])


def paths_in(text: str) -> list[str]:
    """Everything in backticks that is a path; `<room>` and the like stand for any name."""
    return [re.sub(r"<\w+>", "*", path) for path in A_PATH.findall(text)]


@cache
def defined_in(path: Path) -> frozenset[str]:
    """The functions, classes and methods of a module, as `name` and `Class.name`."""
    found = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            methods = (one for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))
            found |= {f"{node.name}.{one.name}" for one in methods}
    return frozenset(found)


def entries() -> list[tuple[str, str]]:
    """(word, module) of every line of the glossary."""
    rows = re.findall(r"^\| (.+?) \| .+? \| (.+?) \|$", GLOSSARY.read_text("utf-8"), re.MULTILINE)
    return [(word, module) for word, module in rows if word != "word"]


def test_every_word_of_the_glossary_stands_once_with_a_module_that_exists() -> None:
    words = entries()
    assert len(words) >= 70
    missing = {word: module for word, module in words if not (ROOT / module.strip("`")).is_file()}
    assert not missing
    assert len({word for word, _ in words}) == len(words)


@pytest.mark.parametrize("page", [GLOSSARY, ARCHITECTURE, CONTRIBUTING], ids=lambda page: page.name)
def test_every_path_that_is_named_exists(page: Path) -> None:
    named = paths_in(page.read_text("utf-8"))
    assert len(named) >= 20
    assert not sorted({path for path in named if not any(ROOT.glob(path.rstrip("/")))})


def test_every_function_of_the_two_ways_exists() -> None:
    named = A_FUNCTION.findall(ARCHITECTURE.read_text("utf-8"))
    assert len(named) >= 30
    assert not [(path, name) for path, name in named if name not in defined_in(ROOT / path)]


def test_the_ways_have_as_many_stops_as_they_say() -> None:
    parts = re.split(r"^## ", ARCHITECTURE.read_text("utf-8"), flags=re.MULTILINE)
    ways = [part for part in parts if part.startswith("Way ")]
    assert len(ways) == 2
    for way in ways:
        numbers = [int(number) for number in re.findall(r"^(\d+)\. `", way, re.MULTILINE)]
        said = re.search(r"^(\d+) stops\.", way, re.MULTILINE)
        assert said is not None
        assert numbers == list(range(1, int(said.group(1)) + 1))


def test_every_room_stands_in_the_architecture() -> None:
    rooms = {f"service/{folder.parent.name}" for folder in (ROOT / "service").glob("*/__init__.py")}
    journeys = {f"pipelines/{folder.parent.name}" for folder in (ROOT / "pipelines").glob("*/__init__.py")}
    named = re.findall(r"^\| `((?:service|pipelines)/\w+)` \|", ARCHITECTURE.read_text("utf-8"), re.MULTILINE)
    assert len(rooms) >= 15
    assert sorted(named) == sorted(rooms | journeys)


def test_docstrings_of_the_lower_floors_begin_with_the_thing_or_a_verb() -> None:
    """A sentence that begins with a "What" or a "How" makes a riddle of its object."""
    asking, read = [], 0
    for path in (file for floor in ("model", "pipelines") for file in (ROOT / floor).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                text, read = ast.get_docstring(node), read + 1
                if text and re.split(r"\W", text, maxsplit=1)[0].lower() in ASKING:
                    asking.append(f"{path.relative_to(ROOT)}: {text.splitlines()[0]}")
    assert read > 1_000
    assert not asking
