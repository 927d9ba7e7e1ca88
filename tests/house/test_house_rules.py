"""Rules of the house that no linter knows: what may be committed, and how quickly the front door opens."""

import ast
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("data_contracts", "model", "pipelines", "service")
TEXT = {".py", ".toml", ".md", ".yaml", ".yml", ".json", ".html", ".css", ".scss", ".js", ".lock", ".csv", ""}


def committed() -> list[Path]:
    """Files git tracks, or every file where this is not a checkout (an unpacked archive, an image)."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = listed.stdout.splitlines() if listed.returncode == 0 else []
    if not names:
        names = [
            str(p.relative_to(ROOT)) for floor in FLOORS for p in (ROOT / floor).rglob("*") if p.is_file()
        ]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def readable() -> list[tuple[Path, str]]:
    return [
        (path, path.read_text("utf-8", errors="replace"))
        for path in committed()
        if path.suffix in TEXT and path.name != "LICENSE"
    ]


def test_no_registry_host_stands_in_a_committed_file() -> None:
    hosts = re.compile(
        r"index[-]url|\"resolved\"\s*:\s*\"http|https?://\S+\.(?:whl|tgz|tar\.gz)|/simple/?[\"\s]"
    )
    here = Path(__file__).name
    found = [str(p) for p, text in readable() if p.name != here and hosts.search(text)]
    assert not found


def test_every_file_has_a_name_that_says_what_it_is() -> None:
    vague = {"utils.py", "helpers.py", "common.py", "misc.py"}
    assert not [str(p) for p in committed() if p.name in vague]


def test_nothing_of_third_parties_or_built_is_committed() -> None:
    marks = ("node_modules", ".min.js", ".min.css", "static/built", "uv.lock", "poetry.lock")
    assert not [str(p) for p in committed() if any(mark in str(p) for mark in marks)]


def test_every_locked_requirement_has_a_hash() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        wanted = re.findall(r"^[a-z0-9].*==.*?(?=^\S|\Z)", lock.read_text(), flags=re.M | re.S)
        assert wanted, lock
        assert not [block.split()[0] for block in wanted if "--hash=sha256:" not in block], lock


def test_one_module_stands_at_each_heavy_door() -> None:
    doors = {
        "great_expectations": {"data_contracts/expectations.py"},
        "shap": {"model/certify.py"},
    }
    for package, allowed in doors.items():
        pattern = re.compile(rf"^\s*(import|from)\s+{package}\b", re.M)
        at = {
            str(p.relative_to(ROOT))
            for p, text in readable()
            if p.suffix == ".py" and p.relative_to(ROOT).parts[0] in FLOORS and pattern.search(text)
        }
        assert at == allowed, package


def _imported(text: str) -> set[str]:
    """The packages at the root that a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


MAY_NOT_IMPORT = {
    "tests": {"benchmarks"},
    "benchmarks": {"tests"},
    "testbed": {"tests", "benchmarks"},
    **{floor: {"tests", "benchmarks", "testbed"} for floor in FLOORS},
}


@pytest.mark.parametrize("package", MAY_NOT_IMPORT)
def test_tests_and_benchmarks_know_nothing_of_each_other(package: str) -> None:
    modules = [
        (str(p.relative_to(ROOT)), text)
        for p, text in readable()
        if p.suffix == ".py" and p.relative_to(ROOT).parts[0] == package
    ]
    assert modules
    assert not [
        (path, wrong) for path, text in modules if (wrong := _imported(text) & MAY_NOT_IMPORT[package])
    ]


READS_A_PICKLE = {
    ("pickle", "load"), ("pickle", "loads"), ("pickle", "Unpickler"), ("pickle", "_Unpickler"),
    ("pickle", "_load"), ("pickle", "_loads"), ("joblib", "load"), ("joblib", "Memory"),
    ("numpy", "load"), ("np", "load"), ("pandas", "read_pickle"), ("pd", "read_pickle"),
    ("shelve", "open"), ("marshal", "load"), ("marshal", "loads"), ("dill", "load"), ("dill", "loads"),
    ("cloudpickle", "load"), ("cloudpickle", "loads"), ("numpy_pickle", "load"),
}  # fmt: skip


def _pickles_read(text: str) -> set[str]:
    """What reads a pickle in a module: by an attribute, or by a name imported out of its package."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            found |= {f"{owner}.{node.attr}"} if (owner, node.attr) in READS_A_PICKLE else set()
        elif isinstance(node, ast.ImportFrom) and node.module:
            owner = node.module.rpartition(".")[2]
            found |= {f"{owner}.{a.name}" for a in node.names if (owner, a.name) in READS_A_PICKLE}
        elif isinstance(node, ast.Import):
            aliased = {a.name for a in node.names if a.asname and a.name in {"pickle", "joblib", "marshal"}}
            found |= {f"{name} under another name" for name in aliased}
    return found


def test_no_pickle_is_read_but_by_the_reader_that_runs_nothing() -> None:
    reading = {
        str(p.relative_to(ROOT)): found
        for p, text in readable()
        if p.suffix == ".py" and p.relative_to(ROOT).parts[0] in FLOORS and (found := _pickles_read(text))
    }
    assert reading == {"model/format_one.py": {"pickle._Unpickler"}}


def test_help_answers_at_once() -> None:
    code = "import resource, runpy, sys; sys.argv = ['belong', '--help']\n" + (
        "try:\n runpy.run_module('service.app.cli', run_name='__main__')\nexcept SystemExit: pass\n"
        "u = resource.getrusage(resource.RUSAGE_SELF); print(u.ru_utime + u.ru_stime, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "Early warning that leads to support" in done.stdout
    assert float(done.stderr.split()[-1]) < 0.5


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (made,) = out.glob("*.whl")
    return made


def test_the_wheel_carries_contracts_templates_and_assets_and_runs_elsewhere(
    wheel: Path, tmp_path: Path
) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        r"data_contracts/contracts/.+\.yaml$",
        r"data_contracts/codes/.+\.csv$",
        r"service/lists/templates/.+\.html$",
    ):
        assert [n for n in names if re.search(wanted, n)], wanted
    assert [n for n in names if n.startswith("service/shell/static/built/") and n.endswith(".css")]
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r}); import service.app.cli.app as a; print(a.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert str(site) in done.stdout


def test_compose_runs_as_it_should() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    ours = {name: s for name, s in services.items() if "build" in s or s.get("image") == "belong"}
    assert {"web", "worker"} <= ours.keys()
    for name, service in ours.items():
        assert service.get("read_only") is True, name
        assert "ALL" in service.get("cap_drop", []), name
