"""What all rows share: the declarative base, times in UTC, ids that say nothing."""

import secrets
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

from sqlalchemy import JSON, CursorResult, DateTime, MetaData, Result, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC on every database; SQLite keeps none of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without zone rather than guess one."""
        del dialect
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment needs its zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back where the database lost it."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of every row class; their names end in `Row`."""

    no_event: ClassVar[str] = ""
    """Why writing and reading this table leaves no event of its own; "" where it must."""
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012


def new_id(prefix: str) -> str:
    """A random id of 64 bits behind a letter that says what it names."""
    return prefix + secrets.token_hex(8)


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def touched(done: Result[Any]) -> int:
    """How many rows an update or delete met."""
    return cast(CursorResult[Any], done).rowcount
