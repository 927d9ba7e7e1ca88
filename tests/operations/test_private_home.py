"""A home is its owner's alone, however its folder was made and whoever starts what."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from service.core.deployment import Deployment
from service.core.homes import Home
from service.core.private import loose
from service.core.settings import Settings
from service.operations import doctor
from tests.conftest import run_belong


def open_to_others(home: Path) -> list[str]:
    """What anybody else may open, were the folder above open."""
    known = (home, *(home / name for name in ("uploads", "work", "keys", "lake", "registry")))
    own = (home, home / "uploads", home / "work", home / "keys")
    files = [
        path for path in home.rglob("*") if path.is_file() and path.parent in own and path.name != "format"
    ]
    return sorted(str(path.relative_to(home)) for path in (*known, *files) if path.exists() and loose(path))


@pytest.fixture
def lax() -> object:
    """A process of a system whose users' files are open to others."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_init_in_a_folder_that_is_open_makes_it_private(tmp_path: Path, lax: object) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    run_belong("init", "--home", str(home), preexec_fn=lambda: os.umask(0o022))
    assert open_to_others(home) == []
    assert not loose(home / "belong.sqlite")


def test_a_home_that_was_left_open_is_found_and_tightened(tmp_path: Path, lax: object) -> None:
    home = Home.create(tmp_path / "home")
    for path, mode in (
        (home.path, 0o755), (home.path / "belong.sqlite", 0o644), (home.keys / "alias.key", 0o644),
        (home.uploads, 0o755),
    ):  # fmt: skip
        path.chmod(mode)
    found = doctor.doctor(home.path, Settings(home=home.path))
    wrong = {one.name: one.message for one in found if one.state == "wrong"}
    said = [one.message for one in found if one.state == "wrong"]
    assert "the home is open to others" in said
    assert "belong.sqlite is open to others" in said
    assert "uploads/ is open to others" in said
    assert "alias.key" in wrong["keys"]
    run_belong("migrate", "--home", str(home.path))
    assert open_to_others(home.path) == []
    home.path.chmod(0o755)
    with Deployment.open(home.path) as deployment:
        assert open_to_others(home.path) == []
        with deployment.database.writing() as tx:
            tx.connection().exec_driver_sql("create table open_to_whom (x integer)")
        assert open_to_others(home.path) == [], "the log of a database that is being written, too"


@pytest.mark.parametrize("started", ["service.app.cli", "service.app.worker", "service.app.serving"])
def test_every_process_keeps_what_it_makes_to_itself(started: str) -> None:
    """Each of them is begun as far as its first refusal, and then makes a file."""
    code = {
        "service.app.cli": "from service.app.cli.app import main, app\nimport sys\nsys.argv=['belong','pause']\n"
        "try: main()\nexcept SystemExit: pass",
        "service.app.worker": "from service.app.worker import run\nfrom pathlib import Path\n"
        "try: run(Path('/nowhere'))\nexcept Exception: pass",
        "service.app.serving": "from service.app.serving import serve\nfrom pathlib import Path\n"
        "try: serve(Path('/nowhere'), host='127.0.0.1', port=1)\nexcept Exception: pass",
    }[started]
    told = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport os; print('umask', oct(os.umask(0)))"],
        capture_output=True, text=True, check=True, preexec_fn=lambda: os.umask(0o022),
    )  # fmt: skip
    assert "umask 0o77" in told.stdout
