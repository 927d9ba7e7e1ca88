"""How the service is cut: a room is entered by its face, imports the rooms named here, and keeps SQL in its place."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import service
from service.rights.tables import ROWS

SERVICE = Path(service.__file__).parent
SHARED = {"core", "shell"}
MAY_IMPORT = {
    "records": set(),
    "schools": {"records"},
    "accounts": {"schools"},
    "support": {"records", "schools"},
    "scoring": {"accounts", "records", "schools", "support"},
    "setting": {"records", "schools", "scoring"},
    "models": {"accounts", "records", "schools", "scoring"},
    "lists": {"records", "schools", "scoring", "setting", "support"},
    "pupils": {"accounts", "records", "schools", "scoring", "support"},
    "packs": {"accounts", "lists", "models", "pupils", "records", "schools", "scoring", "setting", "support"},
    "uploads": {"accounts", "records", "schools", "scoring", "setting"},
    "rights": {"accounts", "pupils", "records", "schools", "scoring", "setting", "support", "uploads"},
    "audit": {"accounts", "schools"},
    "operations": {
        "accounts", "audit", "models", "records", "rights", "schools", "scoring", "setting", "uploads",
    },
}  # fmt: skip
"""Room -> the rooms it may import, beside `core` and `shell`. A new pair is a decision: it is written down here."""
SPEAKS_SQL = {"base.py", "engine.py", "holding.py", "migrate.py", "recorded.py"}
"""Modules of `core` that may know SQLAlchemy; in the rooms it is known to rows and stores only."""


def _sources(*rooms: str) -> Iterator[tuple[str, Path, ast.Module]]:
    """(room, path, tree) of each module of some rooms, or of all."""
    for path in sorted(SERVICE.rglob("*.py")):
        parts = path.relative_to(SERVICE).parts
        if len(parts) > 1 and "versions" not in parts and (not rooms or parts[0] in rooms):
            yield parts[0], path, ast.parse(path.read_text("utf-8"))


def _imports(tree: ast.Module) -> Iterator[tuple[str, list[str], str]]:
    """(room, names, module) of each import from the service in a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("service."):
            yield str(node.module).split(".")[1], [one.name for one in node.names], str(node.module)


def _offered(room: str) -> set[str]:
    tree = ast.parse((SERVICE / room / "__init__.py").read_text("utf-8"))
    lists = [
        n.value for n in tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "__all__"
    ]
    return {str(ast.literal_eval(one)) for each in lists if isinstance(each, ast.List) for one in each.elts}


def _round_the_face(room: str, tree: ast.Module) -> list[str]:
    """What a module takes of another room that the room's face doesn't offer."""
    found = []
    for other, names, module in _imports(tree):
        if other in SHARED or other == room:
            continue
        if module != f"service.{other}":
            found.append(module)
        found += [f"{other}: {name}" for name in names if name not in _offered(other)]
    return found


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_the_rooms_it_may_and_by_their_faces(room: str) -> None:
    modules = list(_sources(room))
    assert modules
    for _, path, tree in modules:
        assert _round_the_face(room, tree) == [], path.name
        used = {other for other, _, _ in _imports(tree)} - SHARED - {room}
        assert used <= MAY_IMPORT[room], path.name


def test_core_and_shell_import_no_room() -> None:
    for room, path, tree in _sources(*SHARED):
        allowed = {"core"} if room == "core" else SHARED
        assert {other for other, _, _ in _imports(tree)} <= allowed, path


def test_every_folder_is_a_room_that_is_named_here() -> None:
    assert {room for room, _, _ in _sources()} == {*MAY_IMPORT, *SHARED, "app"}


def test_a_face_offers_nothing_that_no_other_room_takes() -> None:
    taken = defaultdict(set)
    for room, _, tree in _sources():
        for other, names, module in _imports(tree):
            if other != room and module == f"service.{other}":
                taken[other] |= set(names)
    unused = {room: _offered(room) - taken[room] for room in MAY_IMPORT}
    assert {room: names for room, names in unused.items() if names} == {}


def test_a_step_round_a_face_is_seen() -> None:
    tree = ast.parse("from service.support.support_rows import NoteRow\nfrom service.lists import pages\n")
    assert _round_the_face("packs", tree) == [
        "service.support.support_rows", "support: NoteRow", "lists: pages",
    ]  # fmt: skip


def test_sql_stands_in_rows_and_stores() -> None:
    speaking = {
        f"{room}/{path.name}"
        for room, path, tree in _sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom | ast.Import)
        and "sqlalchemy" in ast.unparse(node)
        and not path.stem.endswith(("_rows", "_store"))
    }
    assert speaking == {f"core/{name}" for name in SPEAKS_SQL}


def test_the_tables_are_those_of_every_rooms_rows() -> None:
    there = {f"service.{'.'.join(p.relative_to(SERVICE).with_suffix('').parts)}" for _, p, _ in _sources()}
    assert {each.__name__ for each in ROWS} == {name for name in there if name.endswith("_rows")}
