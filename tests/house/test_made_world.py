"""The made world stands apart: what the image leaves out is missed by the demo alone, which says so."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("data_contracts", "model", "pipelines", "service")
EVERY_MODULE = """
import importlib, pkgutil, sys
alone = ("service.app.migrations", "service.app.cli.__main__")  # alembic's own; runs the command line
for floor in sys.argv[1:]:
    for found in pkgutil.walk_packages([floor], f"{floor}."):
        if not found.name.startswith(alone):
            importlib.import_module(found.name)
print(len(sys.modules), "pipelines.synthesise" in sys.modules)
"""


def left_out() -> list[str]:
    """Paths that `.dockerignore` takes out again of the floors it lets in."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    return [line for line in lines if line.startswith(tuple(f"{floor}/" for floor in FLOORS))]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The floors as the image's build sees them."""
    root = tmp_path_factory.mktemp("image")
    away = {str(ROOT / path) for path in left_out()}

    def hidden(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if name == "__pycache__" or f"{folder}/{name}" in away]

    for floor in re.findall(r"^COPY (\w+) \1$", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.M):
        shutil.copytree(ROOT / floor, root / floor, ignore=hidden)
    return root


def in_image(image: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run Python where only the image's code can be imported."""
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(image), "GX_ANALYTICS_ENABLED": "false"}
    return subprocess.run(
        [sys.executable, "-P", *arguments], cwd=image, env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip


def test_the_image_leaves_the_made_world_out_and_only_that(image: Path) -> None:
    assert "pipelines/synthesise" in left_out()
    assert {path.name for path in image.iterdir()} == set(FLOORS)
    assert {path.name for path in (ROOT / "pipelines").iterdir()} - {"__pycache__"} == {
        path.name for path in (image / "pipelines").iterdir()
    } | {"synthesise"}


@pytest.mark.parametrize("command", [("demo", "--home"), ("synthesise",)])
def test_what_needs_the_made_world_says_so_in_a_sentence(
    image: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    done = in_image(image, "-m", "service.app.cli", *command, str(tmp_path / "new"))
    assert (done.returncode, done.stdout) == (11, "")
    assert done.stderr.splitlines() == [
        "belong: This installation is for real use and leaves out the part that makes synthetic trusts.",
        "        To see the demo, run `make run` in a copy of Belong's source; to begin here: belong init",
    ]
    assert not (tmp_path / "new").exists()


def test_nothing_else_misses_it(image: Path) -> None:
    done = in_image(image, "-c", EVERY_MODULE, *FLOORS)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "False"
