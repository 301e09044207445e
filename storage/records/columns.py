"""Column types that read the same from both databases. Never a naive datetime in, never one out."""

import json
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


def to_json(value: Any) -> str:
    """JSON as it is stored: real characters, because SQLite compares a key's spelling and not its meaning.

    Text with half a surrogate pair cannot be written so and is escaped. NaN is refused: PostgreSQL has none.
    """
    plain = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if plain.isascii() or not any("\ud800" <= character <= "\udfff" for character in plain):
        return plain
    return json.dumps(value, allow_nan=False)
