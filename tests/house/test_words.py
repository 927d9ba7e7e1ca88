"""What people read says what a UK school says: no foreign word, and never a word that labels a child.

Read are all templates, all texts of the code that are more than a word, what the command line says about itself,
the data contracts' messages and the menu of support.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest
import typer
import yaml

from service.app.cli.app import app
from service.shell.messages import SERVICE, template_texts
from service.support import menu

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("data_contracts", "model", "pipelines", "service")
FOREIGN = {
    "correct": r"mend(s|ed|ing)?",
    "upload": r"hand(s|ed|ing)?( \w+){0,2} in(?! (hand|person))",
    "release": r"hand(s|ed|ing)?( \w+)? over",
    "record, save": r"(write|writes|writing|wrote|written)( it| them| the review)? down",
    "is, are, appears": r"(stands?|stood)(?! out)",
    "again": r"anew",
    "continues": r"(go|goes|went|going) on",
    "simple": r"plain",
    "complete": r"settle[sd]?",
    "synthetic, invented": r"made[- ]up",
    "put into use, in use": r"serves|(let|lets|let to)( \w+){0,3} serve|model that served?|served before",
    "withdraw": r"(take|takes|took|taken)( it| a model| the model)? back",
    "save, store, hold": r"keep(s|ing)?|kept",
    "review date": r"look(s|ed)?( at it)? again",
    "led by": r"who gives it",
    "system administrator": r"whoever( runs)?",
    "approve": r"(say|says|said|saying) yes|your yes",
    "permanently": r"for ever",
    "sorted by name": r"name order",
    "not enough information": r"can[’']t say",
    "ranking, AUC": r"told two pupils apart",
    "key adults": r"who knows them",
}
"""What to say instead -> the words not to say, as a pattern of whole words in any case."""
LABELS = (
    "at risk", "risk score", "exclusion risk", "high-risk", "high risk", "aggressor", "offender", "perpetrator",
    "escalate", "persistent", "defiant", "vulnerable", "abstained",
)  # fmt: skip
"""Never on a screen."""
LAWFUL = (
    "belong serve", "Serve ", "Keeping children safe in education", "--keep-others", "keep existing records",
    "plain language",
)  # fmt: skip
"""Names of commands, of official guidance, and English as schools speak it."""
NO_WORDS_OF_OURS = frozenset(
    ROOT / name
    for name in (
        "data_contracts/codes.py",  # the census's own reasons and statuses
        "data_contracts/reading/spellings.py",
        "pipelines/synthesise/rates.py",  # the names of official statistics
        "pipelines/synthesise/vocabulary.py",  # what the systems of schools write
        "service/app/migrations/versions/0540_account.py",  # what an earlier release stored, to be found by
        "service/setting/measures.py",  # names of the census's reasons, which are said more kindly there
        "service/shell/build.py",  # says what it does to those who build
        "service/shell/translating.py",
    )
)


def found_in(text: str) -> list[str]:
    """The words of a text that should not be there, each with what to say."""
    for lawful in LAWFUL:
        text = text.replace(lawful, " ")
    foreign = [
        f"{match.group()!r} (say: {better})"
        for better, pattern in FOREIGN.items()
        for match in re.finditer(rf"(?<![\w-])(?:{pattern})(?![\w-])", text, re.IGNORECASE)
    ]
    lowered = text.lower()
    return foreign + [f"{label!r}" for label in LABELS if re.search(rf"\b{re.escape(label)}\b", lowered)]


def _docstrings(tree: ast.AST) -> set[int]:
    """The strings that stand alone: what the code says to those who read it."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def _texts(path: Path) -> Iterator[str]:
    """Every text of a module that is more than one word, the parts of an f-string as one."""
    tree = ast.parse(path.read_text("utf-8"))
    apart = _docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            apart.update(id(part) for part in node.values)
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in apart:
            text = node.value
        else:
            continue
        if re.search(r"\w \w", text):
            yield " ".join(text.split())


@cache
def written() -> dict[str, tuple[str, ...]]:
    """File -> its texts."""
    modules = [path for floor in FLOORS for path in sorted((ROOT / floor).rglob("*.py"))]
    read = {path: tuple(_texts(path)) for path in modules if path not in NO_WORDS_OF_OURS}
    for path in sorted(SERVICE.glob("*/templates/*.html")):
        read[path] = template_texts(f"{path.parent.parent.name}/{path.name}")
    for path in sorted((ROOT / "data_contracts" / "contracts").glob("*.yaml")):
        read[path] = tuple(_messages(yaml.safe_load(path.read_text("utf-8"))))
    return {str(path.relative_to(ROOT)): texts for path, texts in read.items() if texts}


def _messages(part: object) -> Iterator[str]:
    """The descriptions and the hints of a contract, which a person reads where a rule is broken."""
    if isinstance(part, dict):
        for name, value in part.items():
            if isinstance(value, str) and (name in ("description", "message") or "any" in part):
                yield value
            yield from _messages(value)
    elif isinstance(part, list):
        for one in part:
            yield from _messages(one)


@pytest.mark.parametrize("path", sorted(written()))
def test_what_people_read_says_what_a_school_says(path: str) -> None:
    wrong = {text: words for text in written()[path] if (words := found_in(text))}
    assert not wrong


def test_the_command_line_says_what_a_school_says() -> None:
    told = list(_helps(typer.main.get_command(app)))
    assert len(told) > 100
    assert not {text: words for text in told if (words := found_in(text))}


def _helps(command: click.Command) -> Iterator[str]:
    """What a command and all below it say about themselves and their options."""
    yield from (text for text in (command.help, command.short_help) if text)
    for one in command.params:
        if help_text := getattr(one, "help", None):
            yield help_text
    for below in getattr(command, "commands", {}).values():
        yield from _helps(below)


def test_the_menu_of_support_says_what_a_school_says() -> None:
    for one in menu.seed():
        assert not found_in(f"{one.name}. {one.lead}. {one.source} {menu.abouts()[one.about]}")


@pytest.mark.parametrize(
    ("text", "how_many"),
    [
        ("Mend the rows and hand them in again.", 2),
        ("What stood before stands again; write it down.", 3),
        ("Correct the rows and upload them again.", 0),
        ("Pupils at risk of exclusion", 1),
        ("The understanding outstanding recommendation", 0),
        ("Keep going: the model serves.", 2),
        ("Approve, and keep existing records", 0),
        ("It is kept for ever.", 2),
    ],
)
def test_the_reader_of_words_reads_them(text: str, how_many: int) -> None:
    assert len(found_in(text)) == how_many
