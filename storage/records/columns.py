"""Column types that read the same from both databases. Never a naive datetime in, never one out."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String
from sqlalchemy.types import TypeDecorator, TypeEngine


class Moment(TypeDecorator[datetime]):
    """An aware datetime in UTC with microseconds; timestamptz on PostgreSQL, sortable ISO text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime may not be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def identifier() -> TypeEngine[Any]:
    """An id column. Paging compares ids, so PostgreSQL must compare bytes as SQLite does, not by a locale."""
    return String(80).with_variant(String(80, collation="C"), "postgresql")


def serial() -> TypeEngine[Any]:
    """A growing row number; SQLite only counts by itself on INTEGER."""
    return BigInteger().with_variant(Integer(), "sqlite")
