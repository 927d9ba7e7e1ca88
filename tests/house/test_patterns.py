"""No pattern of the tree takes long over what somebody means harm with: each is found, and timed on 64 kB."""

import ast
import importlib
import re
import time
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice, permutations
from pathlib import Path
from typing import Any

from data_contracts.contract import all_contracts

ROOT = Path(__file__).parents[2]
PACKAGES = ("data_contracts", "pipelines", "model", "service")
CALLS = frozenset({"compile", "match", "fullmatch", "search", "sub", "subn", "findall", "finditer", "split"})
OF_COLUMNS = frozenset(
    {"contains", "match", "fullmatch", "extract", "extractall", "replace", "split", "findall"}
)
SHORT, LONG = 4_000, 64_000
MOST_SECONDS = 0.4
LETTERS = 8
OF_OUR_OWN = frozenset({"data_contracts.expectations", "pipelines.indicators.windows"})
"""Put together from the contracts and the catalogue, never held against what comes in from outside."""

Parser = re._parser  # type: ignore[attr-defined]


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts and path.stem != "__main__":
                name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
                yield name, ast.parse(path.read_text("utf-8"))


ANCHORED = frozenset({"match", "fullmatch"})


def _asked(tree: ast.Module) -> Iterator[tuple[ast.expr, str]]:
    """What stands where a pattern is given (to `re`, to a column of text, to a bounded type), and what for."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        yield from ((word.value, "search") for word in node.keywords if word.arg in ("pattern", "regex"))
        called = node.func
        if isinstance(called, ast.Attribute) and node.args:
            of_re = isinstance(called.value, ast.Name) and called.value.id == "re" and called.attr in CALLS
            of_column = isinstance(called.value, ast.Attribute) and called.value.attr == "str"
            if (of_re and called.attr != "compile") or (of_column and called.attr in OF_COLUMNS):
                yield node.args[0], called.attr
            elif of_re and called.attr == "compile":
                yield node.args[0], "compile"


def _uses(trees: Iterable[ast.Module]) -> dict[str, set[str]]:
    """What is called on each name: `_PATH.split` says that _PATH looks for itself anywhere in a text."""
    uses: dict[str, set[str]] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in CALLS:
                name = getattr(node.value, "id", getattr(node.value, "attr", ""))
                uses.setdefault(name, set()).add(node.attr)
    return uses


def _of_module(names: dict[str, Any]) -> Iterator[tuple[str, re.Pattern[Any]]]:
    for name, value in names.items():
        if isinstance(value, re.Pattern):
            yield name, value
        elif isinstance(value, tuple | list | set | frozenset):
            yield from _of_module({f"{name}[{place}]": each for place, each in enumerate(value)})
        elif isinstance(value, dict) and not name.startswith("__"):
            yield from _of_module({f"{name}[{key!r}]": each for key, each in value.items()})


@cache
def patterns() -> tuple[tuple[str, re.Pattern[Any], bool], ...]:
    """(module, pattern, whether it is held against whole texts only) of all there are."""
    modules = list(_modules())
    uses = _uses(tree for _, tree in modules)
    found: dict[tuple[str, Any, int], tuple[re.Pattern[Any], bool]] = {}

    def keep(name: str, pattern: re.Pattern[Any], anchored: bool) -> None:
        before = found.get((name, pattern.pattern, pattern.flags), (pattern, True))[1]
        found[name, pattern.pattern, pattern.flags] = pattern, anchored and before

    for name, tree in modules:
        wanted = list(_asked(tree))
        if not wanted:
            continue
        module = importlib.import_module(name)
        for known_as, each in _of_module(dict(vars(module))):
            own = _uses([tree])
            asked = own if known_as.startswith("_") else uses  # a private name is another one elsewhere
            how = asked.get(known_as) or own.get(_loop_name(tree, known_as), {"search"})
            keep(name, each, how <= ANCHORED)
        tops = [top for top in tree.body if isinstance(top, ast.FunctionDef | ast.ClassDef)]
        inside = {id(node) for top in tops for node in ast.walk(top)}
        for expression, how in wanted:
            try:
                text = eval(compile(ast.Expression(expression), name, "eval"), vars(module))
            except NameError:
                # A pattern that is put together as the work goes can’t be timed.
                if id(expression) in inside and name not in OF_OUR_OWN:
                    raise AssertionError(f"{name}:{expression.lineno}: name this in the module") from None
                continue
            if isinstance(text, str | bytes) and how != "compile":
                keep(name, re.compile(text), how in ANCHORED)
    for contract in all_contracts():
        for rule in contract.rules:
            if text := rule.parameters.get("pattern"):
                keep(contract.table, re.compile(text), False)
    return tuple((key[0], *each) for key, each in found.items())


def _loop_name(tree: ast.Module, known_as: str) -> str:
    """What the patterns of a tuple are called where they are gone through one by one."""
    whole = known_as.partition("[")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.comprehension) and getattr(node.iter, "id", "") == whole:
            return getattr(node.target, "id", "")
    return ""


def _letters(parsed: Any) -> Iterator[int]:
    """Letters that go on in a pattern: one of each kind it names."""
    for item in parsed:
        if isinstance(item, tuple) and len(item) == 2 and str(item[0]) in ("LITERAL", "NOT_LITERAL"):
            yield item[1]
        elif isinstance(item, tuple) and len(item) == 2 and str(item[0]) == "RANGE":
            yield item[1][0]
        elif str(item) == "CATEGORY_SPACE":
            yield ord(" ")
        elif str(item) == "CATEGORY_DIGIT":
            yield ord("1")
        elif str(item) in ("CATEGORY_WORD", "CATEGORY_NOT_SPACE", "CATEGORY_NOT_DIGIT"):
            yield ord("x")
        elif isinstance(item, tuple | list | Parser.SubPattern):
            yield from _letters(item)


def _words(parsed: Any) -> Iterator[str]:
    """Runs of letters that stand in a pattern as they are."""
    run = ""
    for item in parsed:
        if isinstance(item, tuple) and len(item) == 2 and str(item[0]) == "LITERAL":
            run += chr(item[1])
            continue
        if run:
            yield run
        run = ""
        if isinstance(item, tuple | list | Parser.SubPattern):
            yield from _words(item)
    if run:
        yield run


def hostile(pattern: re.Pattern[Any], length: int) -> Iterator[str | bytes]:
    """Long runs of what the pattern is about, alone and by turns, with an end that fits nothing."""
    parsed = Parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    letters = [*dict.fromkeys(chr(code) for code in _letters(parsed))][:LETTERS]
    letters = [*dict.fromkeys([*letters, "x", " ", "1"])]
    words = [*dict.fromkeys(_words(parsed))][:LETTERS]
    pieces = [*letters, *(a + b for a, b in permutations(letters, 2)), *words, *(f"{w} " for w in words)]
    for piece in dict.fromkeys(pieces):
        run = piece * (length // len(piece))
        texts = (run, f"{run}\x01")
        for begun in (*words[:2], *letters[:4]):
            texts += (f"{begun}{run}\x01",)
        for text in texts:
            yield text.encode("utf-8", "replace") if isinstance(pattern.pattern, bytes) else text


def _seconds(pattern: re.Pattern[Any], text: Any, anchored: bool) -> float:
    begun = time.thread_time()
    pattern.fullmatch(text)
    for _ in () if anchored else pattern.finditer(text):
        pass
    return time.thread_time() - begun


def test_the_walk_finds_what_there_is() -> None:
    found = {name for name, _, _ in patterns()}
    assert {
        "data_contracts.reading.headings",
        "data_contracts.reading.derive",
        "service.shell.access",
    } <= found
    assert len(patterns()) > 60


def test_no_pattern_is_slow_over_hostile_text() -> None:
    slow = []
    for name, pattern, anchored in patterns():
        tried = ((_seconds(pattern, text, anchored), at) for at, text in enumerate(hostile(pattern, SHORT)))
        worst, at = max(tried)
        if worst < MOST_SECONDS / 8:
            worst = _seconds(pattern, next(islice(hostile(pattern, LONG), at, None)), anchored)
        else:
            worst *= LONG / SHORT
        if worst > MOST_SECONDS:
            slow.append(f"{name}: {str(pattern.pattern)[:80]}: {worst:.2f} s and more")
    assert not slow, "\n".join(slow)
