"""Where Alembic begins: the connection comes from the caller, the metadata from the rows."""

from alembic import context

from service.core.engine import Database
from service.rights.tables import metadata

database: Database = context.config.attributes["database"]

with database.engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=metadata, render_as_batch=database.sqlite, compare_type=True
    )
    with context.begin_transaction():
        context.run_migrations()
