"""Bring a database to a revision of its schema, and say at which one it stands."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from service.core.engine import Database
from service.core.settings import Settings

FOLDER = Path(__file__).parent.parent / "app" / "migrations"


def configuration(database: Database) -> Config:
    """Alembic's configuration for one database; there is no ini file to forget."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["database"] = database
    return config


def upgrade(settings: Settings, revision: str = "head") -> None:
    """Upgrade as the schema's owner, then let the application's own role use what is there."""
    database = Database(settings.owner_url or settings.url)
    try:
        command.upgrade(configuration(database), revision)
        if settings.owner_url:
            _grant(database, settings.url)
    finally:
        database.close()


def downgrade(settings: Settings, revision: str) -> None:
    """Go back to an earlier revision (`base` takes every table away)."""
    database = Database(settings.owner_url or settings.url)
    try:
        command.downgrade(configuration(database), revision)
    finally:
        database.close()


def current(database: Database) -> str | None:
    """The revision the database stands at."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The newest revision this release knows."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return ScriptDirectory.from_config(config).get_current_head()


def knows(revision: str) -> bool:
    """Whether this release knows a revision; one of a newer release it does not."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return any(script.revision == revision for script in ScriptDirectory.from_config(config).walk_revisions())


def _grant(database: Database, application_url: str) -> None:
    """The application may use rows but own nothing, and may only add to the audit log."""
    role = application_url.split("://", 1)[1].split("@")[0].split(":")[0]
    quoted = '"' + role.replace('"', '""') + '"'
    with database.writing() as tx:
        for statement in (
            f"grant usage on schema public to {quoted}",
            f"grant select, insert, update, delete on all tables in schema public to {quoted}",
            f"grant usage, select on all sequences in schema public to {quoted}",
            f"revoke update, delete on audit, audit_seal from {quoted}",
        ):
            tx.execute(text(statement))
