"""Whose clock decides: that of the database server, which several machines share, or this machine's where the records
are a file on it. Never changes anything.
"""

from datetime import UTC, datetime

from sqlalchemy import func, select

from storage.clock import Clock, SharedClock, now
from storage.records.database import Database


def clock_of(database: Database) -> Clock:
    """The clock of all who work on this database."""
    return now if database.url.startswith("sqlite") else SharedClock(lambda: server_time(database))


def server_time(database: Database) -> datetime:
    """The server's clock at this moment. Raises Unavailable."""
    with database.read() as tx:
        moment: datetime = tx.execute(select(func.clock_timestamp())).scalar_one()
    return moment.astimezone(UTC)
