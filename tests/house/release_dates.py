"""When each locked dependency was released: `python -m tests.house.release_dates LOCK` writes the dated table.

`make lock` asks it with the lock that the resolver writes in pylock's form (PEP 751), where the package index
says of every file when it was uploaded. A release is as old as its first file.
"""

import csv
import sys
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "requirements-dates.csv"
DATED = "# written by `make lock` on "


class Release(NamedTuple):
    """One version of one package, and the day its first file was uploaded."""

    name: str
    version: str
    released: date


def releases(lock: dict[str, Any]) -> list[Release]:
    """What a pylock says. Raises ValueError for a package of which no file has a date."""
    found = []
    for package in lock["packages"]:
        files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else ())]
        days = [file["upload-time"].date() for file in files if "upload-time" in file]
        if not days:
            raise ValueError(f"The index says of no file of {package['name']} when it was uploaded.")
        found.append(Release(package["name"], package["version"], min(days)))
    return sorted(found)


def written() -> tuple[date, list[Release]]:
    """The day of the table, and what it says."""
    head, *lines = TABLE.read_text("utf-8").splitlines()
    rows = csv.DictReader(lines)
    return date.fromisoformat(head.removeprefix(DATED)), [
        Release(row["name"], row["version"], date.fromisoformat(row["released"])) for row in rows
    ]


def main() -> None:
    """Write the table for the lock named on the command line."""
    found = releases(tomllib.loads(Path(sys.argv[1]).read_text("utf-8")))
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        file.write(f"{DATED}{datetime.now(UTC).date()}\n")
        table = csv.writer(file, lineterminator="\n")
        table.writerow(Release._fields)
        table.writerows(found)
    print(f"wrote {TABLE.name}: {len(found)} releases")


if __name__ == "__main__":
    main()
