"""The figures published for England: into a home, and what stands there."""

from datetime import date
from pathlib import Path
from typing import Any

from service.core.homes import Home
from service.setting import reading_figures


def load_figures(home: Path, file: Path, today: date | None = None) -> dict[str, Any]:
    """Read a data set of the Department for Education into a home: {file, loaded, figures}."""
    return reading_figures.load_figures(Home.open(home).path, file, today or date.today())


def show_figures(home: Path) -> list[dict[str, str]]:
    """Every published figure that stands in a home."""
    return reading_figures.show_figures(Home.open(home).path)
