"""Inserting a row that somebody else may insert at the same moment: the unique constraint decides who was first.

Never overwrites the row that was there.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_or_ignore(tx: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """True when this call made the row. PostgreSQL waits for a rival's transaction to end before it answers."""
    # Asked by RETURNING: the drivers' row counts after INSERT are not to be relied on.
    made = table.primary_key.columns.values()[0]
    if tx.dialect.name == "postgresql":
        found = tx.execute(postgresql.insert(table).values(values).on_conflict_do_nothing().returning(made))
    else:
        found = tx.execute(sqlite.insert(table).values(values).on_conflict_do_nothing().returning(made))
    return found.first() is not None
