"""One door to the database: reading and writing transactions with the reader's schools set on them."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, column, create_engine, event, select, table, text
from sqlalchemy.exc import DataError as DataError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from data_contracts.errors import Refused

IMMEDIATE = "belong_immediate"
BUSY_SECONDS = 30
FORBIDDEN, NO_SUCH_ROLE = "42501", "42704"  # of PostgreSQL's own list of SQLSTATE codes
STOCK_MILLISECONDS, STOCK_ROWS = 500, 400

LAST = "written last"
"""Where a transaction that commits keeps what is to be done as the last thing before."""

Transaction = Session
"""What the rooms above this one call an open transaction."""


class Database:
    """The database of a deployment: SQLite (embedded) or PostgreSQL, the same calls for both.

    Every transaction names the schools it may touch; PostgreSQL enforces it by row-level security.
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = url
        self.sqlite = url.startswith("sqlite")
        self.engine = _sqlite_engine(url, pool_size) if self.sqlite else _postgres_engine(url, pool_size)
        self._writer = self.engine.execution_options(**{IMMEDIATE: True})

    @contextmanager
    def reading(self, schools: Collection[str] = ()) -> Iterator[Session]:
        """A transaction that only reads; rolled back at the end."""
        with Session(self.engine, expire_on_commit=False) as tx:
            self._scope(tx, schools)
            yield tx

    @contextmanager
    def writing(self, schools: Collection[str] = ()) -> Iterator[Session]:
        """A transaction that commits when its block ends well, and leaves nothing behind when it doesn't."""
        with Session(self._writer, expire_on_commit=False, info={LAST: []}) as tx:
            self._scope(tx, schools)
            yield tx
            for write in tx.info[LAST]:
                write()
            tx.commit()

    def _scope(self, tx: Session, schools: Collection[str]) -> None:
        if not self.sqlite:
            set_scope(tx, schools)

    def take_stock(self) -> None:
        """Let SQLite see how its tables are filled: without, it walks a school's whole roll to find one pupil.

        PostgreSQL does this by itself. Put off where somebody else is writing just now.
        """
        if not self.sqlite:
            return
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={STOCK_MILLISECONDS}")
            connection.exec_driver_sql(f"PRAGMA analysis_limit={STOCK_ROWS}")
            try:
                connection.exec_driver_sql("ANALYZE")
            except OperationalError:
                return
            finally:
                connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")

    def close(self) -> None:
        """Give every connection back to the operating system."""
        self.engine.dispose()


def in_words(error: BaseException) -> Refused | None:
    """What a person can do about a database that does not answer or does not allow; None for other errors."""
    if not isinstance(error, DBAPIError):
        return None
    state = getattr(error.orig, "sqlstate", None)
    if state == FORBIDDEN:
        hint = "Tables are made by their owner: name it in BELONG_DATABASE_OWNER_URL (or …_FILE) to init or migrate."
        return Refused("The database does not let this role do that.", hint=hint)
    if state == NO_SUCH_ROLE:
        hint = "Make both roles first; docs/operations.md has the statements."
        return Refused("The database does not know the application's role.", hint=hint)
    if isinstance(error, OperationalError):
        hint = (
            "Is it running, and are user, password, host and name in BELONG_DATABASE_URL (or …_FILE) right?"
        )
        return Refused("The database does not answer.", hint=hint)
    return None


def set_scope(tx: Session, schools: Collection[str]) -> None:
    """Tell PostgreSQL, for this transaction only, which schools' rows exist."""
    tx.execute(
        text("select set_config('app.schools', :schools, true)"), {"schools": ",".join(sorted(schools))}
    )


@contextmanager
def widened(tx: Session, schools: Collection[str]) -> Iterator[None]:
    """For one look inside a transaction: other schools than its own, such as whether a pupil objected elsewhere.

    Nothing that is read here may be shown to the reader.
    """
    if tx.get_bind().dialect.name != "postgresql":
        yield
        return
    own = tx.scalar(text("select current_setting('app.schools', true)")) or ""
    set_scope(tx, schools)
    yield
    set_scope(tx, own.split(",") if own else ())


def _postgres_engine(url: str, pool_size: int) -> Engine:
    driver = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return create_engine(
        driver, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True, hide_parameters=True
    )


def _sqlite_engine(url: str, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=40,
        hide_parameters=True,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: Any) -> None:
    """Write-ahead log, full durability, and no transactions begun behind our back."""
    del record
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes its lock at once, so that what it read cannot have changed when it writes."""
    immediate = connection.get_execution_options().get(IMMEDIATE)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def all_urns(tx: Session) -> frozenset[str]:
    """The URN of every school there is. Named by table here: how far a reader sees is asked before any room is."""
    return frozenset(tx.scalars(select(column("urn")).select_from(table("school"))))
