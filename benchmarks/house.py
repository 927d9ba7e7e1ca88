"""How the house is cut: imports between rooms and inside them, cycles of folders, how much Python there is.

`python -m benchmarks.house`. Counted from the source alone; nothing of it runs.
"""

import ast
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import grimp
import networkx

ROOT = Path(__file__).resolve().parents[1]
FLOORS = ("data_contracts", "model", "pipelines", "service")
SHARED = {"core", "shell", "app"}
"""What every room stands on, and what puts the rooms together: counted in neither."""
BEFORE = {"cross": 1117, "inside": 442, "cycles": 1}
"""The service before it was cut by noun, counted in the same way with its folders and single files as rooms."""
START = "ef487ea"


def room_of(module: str) -> str:
    """The room of a module of the service, as `support` of `service.support.menu`."""
    return module.split(".")[1] if "." in module else ""


def imports() -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """Imports of one module by another: between two rooms, and inside each room (faces aside)."""
    graph = grimp.build_graph("service", cache_dir=None)
    cross: Counter[tuple[str, str]] = Counter()
    inside: Counter[str] = Counter()
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            ends = (room_of(importer), room_of(imported))
            if SHARED & set(ends) or "" in ends or importer.count(".") < 2:
                continue
            if ends[0] == ends[1]:
                inside[ends[0]] += 1
            else:
                cross[ends] += 1
    return cross, inside


def cycles() -> list[list[str]]:
    """Rooms of the service that import each other, directly or through others."""
    graph = grimp.build_graph("service", cache_dir=None)
    rooms = networkx.DiGraph()
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            if room_of(importer) and room_of(imported) and room_of(importer) != room_of(imported):
                rooms.add_edge(room_of(importer), room_of(imported))
    return [sorted(found) for found in networkx.strongly_connected_components(rooms) if len(found) > 1]


def size(texts: Iterable[str]) -> dict[str, int]:
    """Lines, statements and `fmt: skip` marks of some Python."""
    found = Counter(lines=0, statements=0, skips=0)
    for text in texts:
        found["lines"] += len(text.splitlines())
        found["statements"] += sum(isinstance(node, ast.stmt) for node in ast.walk(ast.parse(text)))
        found["skips"] += text.count("# fmt: skip")
    return dict(found)


def counted(path: str) -> bool:
    """Whether a file is Python of the four floors; the made world is a package on its own."""
    floor = path.startswith(tuple(f"{name}/" for name in FLOORS))
    return floor and path.endswith(".py") and "/synthesise/" not in path


def now() -> dict[str, int]:
    """The size of the four floors as they are."""
    files = (path for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))
    return size(path.read_text("utf-8") for path in files if counted(str(path.relative_to(ROOT))))


def at(commit: str) -> dict[str, int] | None:
    """The size of the four floors at a commit; None where the history is not here."""
    listed = _git("ls-tree", "-r", "--name-only", commit)
    if listed is None:
        return None
    names = [name for name in listed.splitlines() if counted(name)]
    return size(_git("show", f"{commit}:{name}") or "" for name in names)


def _git(*words: str) -> str | None:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


def main() -> int:
    """Print the table of imports, then the measures as one JSON object."""
    cross, inside = imports()
    for (importer, imported), count in sorted(cross.items()):
        print(f"{importer:12} -> {imported:12} {count:4}")
    for room, count in sorted(inside.items()):
        print(f"{room:12} inside          {count:4}")
    across, within = sum(cross.values()), sum(inside.values())
    print(f"{across} imports between rooms, {within} inside them ({across / within:.2f})")
    measures = {
        "imports_across_per_inside": _measure(round(across / within, 3), "<= 0.5", across <= within / 2),
        "folder_cycles": _measure(len(cycles()), "0", not cycles()),
    }
    if "--imports" not in sys.argv:
        today, before = now(), at(START)
        print(f"Python of the four floors: {today}; at {START}: {before}")
        if before is not None:
            fewer = before["lines"] - today["lines"]
            share = 1 - today["statements"] / before["statements"]
            measures["lines_fewer"] = _measure(fewer, ">= 1700", fewer >= 1700)
            measures["statements_fewer_share"] = _measure(round(share, 4), ">= 0.03", share >= 0.03)
        measures["fmt_skip"] = _measure(today["skips"], "<= 120", today["skips"] <= 120)
    print(json.dumps(measures))
    return 0


def _measure(value: float, target: str, met: bool) -> dict[str, object]:
    return {"value": value, "target": target, "met": met}


if __name__ == "__main__":
    sys.exit(main())
