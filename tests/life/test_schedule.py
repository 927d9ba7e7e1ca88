"""Every table of the database and of the lake has its end, or the reason why it has none."""

from pathlib import Path

from data_contracts.contract import TABLES
from pipelines.indicators.source import KEPT
from pipelines.lake import AUDIT_TABLE
from pipelines.lake.schemas import SCHEMAS
from service.core.homes import Home
from service.rights.policy import reasons, schedule
from service.rights.tables import metadata


def test_every_table_of_the_database_stands_in_one_place(tmp_path: Path) -> None:
    kept, why = schedule(Home(tmp_path)), reasons()
    named = [*kept.months_after_term, *kept.months_after_date, *why["goes_with"], *why["until_the_end"]]
    assert sorted(named) == sorted(metadata.tables)


def test_every_table_of_the_lake_has_its_time(tmp_path: Path) -> None:
    kept = schedule(Home(tmp_path))
    assert set(kept.lake_months_after_term) == {*SCHEMAS, *TABLES, *KEPT, AUDIT_TABLE}


def test_every_reason_is_a_sentence_or_another_entry() -> None:
    for section in reasons().values():
        assert all(len(words) > 3 for words in section.values())
