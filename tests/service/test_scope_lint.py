"""House rule as a lint: a query on a table with a `school` column names the school, or says why not."""

import ast
from pathlib import Path

import service
from service.rights.tables import Base

SERVICE = Path(service.__file__).parent
STORES = sorted(path for path in SERVICE.rglob("*.py") if "sqlalchemy" in path.read_text("utf-8"))
QUERIES = {"select", "update", "delete"}
ESCAPE = "scope:"
SCOPED = {
    mapper.class_.__name__
    for mapper in Base.registry.mappers
    if "school" in mapper.columns and mapper.class_.__name__ not in {"AuditRow", "JobRow"}
}


def _unscoped(source: str) -> list[str]:
    """Functions that query a scoped table without naming its school."""
    lines, found = source.splitlines(), []
    for function in [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]:
        text = "\n".join(lines[function.lineno - 1 : function.end_lineno])
        asked = {
            name.id
            for call in ast.walk(function)
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in QUERIES
            for argument in call.args
            for name in ast.walk(argument)
            if isinstance(name, ast.Name)
        }
        if asked & SCOPED and ".school" not in text.replace(".school_", "") and ESCAPE not in text:
            found.append(function.name)
    return found


def test_every_query_about_pupils_names_its_schools() -> None:
    assert len(SCOPED) >= 15
    assert len(STORES) >= 20
    for path in STORES:
        assert _unscoped(path.read_text("utf-8")) == [], path.name


def test_the_lint_sees_a_query_without_scope() -> None:
    bad = "def all_scores(tx):\n    return list(tx.scalars(select(ScoreRow)))\n"
    good = "def own(tx, school):\n    return tx.scalars(select(ScoreRow).where(ScoreRow.school == school))\n"
    assert _unscoped(bad) == ["all_scores"]
    assert _unscoped(good) == []
