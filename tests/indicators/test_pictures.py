"""Every indicator has a drawn picture, and the engine sees in it what is written there."""

from pathlib import Path

import pandas as pd
import pytest

from pipelines.indicators import catalogue, engine, manual
from pipelines.indicators.manual import pictures
from tests.indicators.drawn import Drawing, read
from tests.indicators.lakes import write_lake

NAMES = [indicator.name for indicator in catalogue()]


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Drawing], pd.DataFrame]:
    """All pictures hung in one lake, a school for each, and the matrix of it."""
    drawings = {
        name: read(pictures()[name], f"{999001 + number}", 100 * number) for number, name in enumerate(NAMES)
    }
    world = {key: rows for drawing in drawings.values() for key, rows in drawing.world.items()}
    view = write_lake(tmp_path_factory.mktemp("gallery"), world)
    return drawings, engine.build(view, sorted({drawing.term for drawing in drawings.values()}))


def test_every_indicator_is_drawn_and_nothing_else() -> None:
    assert sorted(pictures()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_picture(name: str, gallery: tuple[dict[str, Drawing], pd.DataFrame]) -> None:
    drawings, matrix = gallery
    drawing = drawings[name]
    rows = matrix[matrix["term"] == drawing.term].set_index("pupil_id")
    seen = {
        pupil: None if pd.isna(rows.loc[pupil, name]) else round(float(rows.loc[pupil, name]), 1)
        for pupil in drawing.expected
    }
    assert seen == drawing.expected


def test_the_manual_in_docs_is_the_printed_one() -> None:
    page = Path(__file__).parents[2] / "docs" / "indicators.md"
    assert page.read_text(encoding="utf-8") == manual.printed()
