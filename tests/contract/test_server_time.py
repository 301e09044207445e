"""Whose clock decides: PostgreSQL's own, whatever a machine believes; this machine's where the records are its file."""

from datetime import timedelta

from storage.clock import SharedClock, now
from storage.records.database import Database
from storage.records.server_time import clock_of, server_time


def test_the_clock_of_a_database(database: Database) -> None:
    clock = clock_of(database)
    if database.url.startswith("sqlite"):
        assert clock is now
        return
    assert isinstance(clock, SharedClock)
    assert abs(clock() - server_time(database)) < timedelta(seconds=2)
    assert clock().utcoffset() == timedelta(0)


def test_it_moves_inside_a_transaction(database: Database) -> None:
    clock = clock_of(database)
    with database.write():
        first = clock()
        assert clock() > first
