"""The menu of support: every line that Belong brings says how well it was tested and where that stands."""

from collections.abc import Iterator
from importlib.resources import files
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from sqlalchemy import select, text

from service.core.engine import Database
from service.core.migrate import downgrade, upgrade
from service.core.settings import Settings
from service.rights.tables import metadata
from service.support import menu
from service.support.words import Strength
from testbed.seeds import OWN, Seeded
from tests.postgres import OwnDatabase, postgres, postgres_server
from tests.service.conftest import fresh, template
from tests.web.test_admin_pages import someone

__all__ = ["fresh", "postgres", "postgres_server", "template"]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """A deployment's settings on one kind of database, nothing in it yet."""
    if request.param == "sqlite":
        yield Settings(home=tmp_path)
    else:
        own: OwnDatabase = request.getfixturevalue("postgres")
        yield Settings(home=tmp_path, database_url=own.url, owner_url=own.owner_url)


def test_every_line_has_a_strength_and_a_source_and_names_no_sanction() -> None:
    for one in menu.seed():
        assert one.source.endswith("."), one
        assert not any(sanction in one.name.lower() for sanction in menu.NOT_OFFERED), one
        if "EEF" in one.source:
            assert "attainment, not suspension" in one.source, one
        if one.strength is not Strength.practice:
            assert any(sign in one.source for sign in ("trial", "NICE", "EEF", "Clearinghouse")), one
    assert {one.strength for one in menu.seed()} == set(Strength)
    assert len({one.name for one in menu.seed()}) == len(menu.seed())


def test_the_menus_page_says_how_well_a_support_was_tested(fresh: Seeded) -> None:
    browser = someone(fresh, "inclusion_lead")
    page = browser.get(f"/places/{OWN}")
    assert "Functional behaviour assessment and plan" in page
    assert "What Works Clearinghouse 2016" in page
    assert "Some evidence" in page
    browser.post(
        f"/places/{OWN}/menu", name="Allotment club", about="rising absence", lead="Mentor", capacity="6"
    )
    edited = browser.get(f"/places/{OWN}")
    assert "What Works Clearinghouse 2016" in edited
    assert "Your school’s own: not assessed" in edited
    with fresh.deployment.database.reading({OWN}) as tx:
        own = {one.name: one for one in menu.menu(tx, OWN)}
    assert own["Allotment club"].strength == ""
    assert own["Reading comprehension strategies"].strength == "strong"


def test_a_stored_menu_of_the_previous_release_gets_names_and_strengths(settings: Settings) -> None:
    upgrade(settings)
    downgrade(settings, "0400_audit")
    database = Database(settings.owner_url or settings.url)
    with database.writing({OWN}) as tx:
        for number, name in enumerate(
            ("Look at what each behaviour is for, and plan from it", "Allotment club")
        ):
            line = {"id": f"m{number}", "school": OWN, "about": "rising absence", "name": name, "lead": "Mentor",
                    "retired": False, "by_account": "a", "by_name": "A",
                    "at": "2026-07-03 10:00:00.000000"}  # fmt: skip
            names = ", ".join(f'"{key}"' for key in line)
            tx.execute(
                text(f"insert into support_menu ({names}) values ({', '.join(':' + k for k in line)})"), line
            )
    upgrade(settings)
    with database.reading({OWN}) as tx:
        table = metadata.tables["support_menu"]
        found = {row.name: row for row in tx.execute(select(table))}
    database.close()
    assert set(found) == {"Functional behaviour assessment and plan", "Allotment club"}
    assert found["Functional behaviour assessment and plan"].strength == "some"
    assert found["Functional behaviour assessment and plan"].source.startswith("What Works Clearinghouse")
    assert (found["Allotment club"].strength, found["Allotment club"].source) == ("", "")


def test_what_the_migration_brought_is_what_a_new_school_begins_with() -> None:
    path = Path(str(files("service.app"))) / "migrations" / "versions" / "0570_menu.py"
    spec = spec_from_file_location("menu_of_0570", path)
    assert spec is not None
    assert spec.loader is not None
    migration = module_from_spec(spec)
    spec.loader.exec_module(migration)
    brought = [(name, strength, source) for _before, name, strength, source in migration.LINES]
    assert brought == [(one.name, one.strength, one.source) for one in menu.seed()]
