"""Every way to a published list goes through the same guards; a new one can't be forgotten.

Found by reading the source: who calls what publishes, and what each needs in its hands to do so.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import service

ROOM = Path(service.__file__).parent
WAYS = {
    # what is called: the only functions that may call it
    "score_store.publish": {"scoring.score_commit.commit_scores"},
    "commit_scores": {"scoring.publishing.publish"},
    "publish": {"app.steps.publish_step", "app.steps.rescore", "scoring.from_machine._score_one"},
    "Publication": {"scoring.publishing.compute_scores"},
    "PublicationRow": {"scoring.publishing.publish"},
    "Watch": {"scoring.watch.look"},
}
"""`compute_scores` makes a Publication only from a Watch, a Watch comes only from `look`, and only `publish`,
which reads roll, marks, pause, governance, loads and model again, hands one on to be committed."""


def _calls() -> Iterator[tuple[str, str]]:
    """(what is called, the function that calls it) in all of the service."""
    for path in sorted(ROOM.rglob("*.py")):
        module = ".".join(path.relative_to(ROOM).with_suffix("").parts)
        tree = ast.parse(path.read_text("utf-8"))
        for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
            for call in [node for node in ast.walk(function) if isinstance(node, ast.Call)]:
                yield ast.unparse(call.func), f"{module}.{function.name}"


def _callers(name: str) -> set[str]:
    return {by for called, by in _calls() if called == name}


def test_nobody_else_publishes() -> None:
    assert {name: _callers(name) for name in WAYS} == WAYS


def test_nobody_reaches_round_by_another_name() -> None:
    """Imported under another name, or called through its module, it would not be seen above."""
    hidden = {"publish", "commit_scores", "Publication", "Watch", "PublicationRow"}
    for path in sorted(ROOM.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                renamed = [one.name for one in node.names if one.name in hidden and one.asname]
                assert not renamed, f"{path.name} renames {renamed}"
    dotted = {called for called, _ in _calls() if called.split(".")[-1] in hidden and "." in called}
    assert dotted == {"score_store.publish"}


def test_publishing_asks_every_guard_again() -> None:
    tree = ast.parse((ROOM / "scoring" / "publishing.py").read_text("utf-8"))
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    asked = {ast.unparse(call.func) for call in ast.walk(functions["publish"]) if isinstance(call, ast.Call)}
    assert {"may_have_figures", "check_scorable", "_check_still_true"} <= asked
    steps = [ast.unparse(step) for step in functions["compute_scores"].body]
    assert "watch.check(school, term)" in steps, "unconditionally"
