"""Which faults of a database pass by themselves."""

import sqlite3

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.errors import Unavailable
from storage.records.database import is_passing, passing_faults


class Spoken(Exception):
    """A driver's error with PostgreSQL's code."""

    def __init__(self, sqlstate: str | None) -> None:
        self.sqlstate = sqlstate


def sqlite_fault(name: str) -> OperationalError:
    fault = sqlite3.OperationalError("x")
    fault.sqlite_errorname = name  # type: ignore[misc]
    return OperationalError("SELECT", {}, fault)


@pytest.mark.parametrize("name", ["SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_FULL", "SQLITE_IOERR_WRITE"])
def test_a_busy_or_full_sqlite_passes(name: str) -> None:
    assert is_passing(sqlite_fault(name))


def test_a_wrong_statement_does_not() -> None:
    assert not is_passing(sqlite_fault("SQLITE_ERROR"))
    assert not is_passing(DBAPIError("SELECT", {}, Spoken("42P01")))
    assert not is_passing(IntegrityError("INSERT", {}, Spoken("23505")))


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "55P03", "57P01", "08006", "53300"])
def test_locks_and_restarts_of_postgresql_pass(sqlstate: str) -> None:
    assert is_passing(DBAPIError("SELECT", {}, Spoken(sqlstate)))


def test_an_exhausted_pool_is_busy_and_other_errors_go_through() -> None:
    with pytest.raises(Unavailable) as caught, passing_faults():
        raise PoolTimeout("full")
    assert (caught.value.code, caught.value.retry_after) == ("database_busy", 2)
    with pytest.raises(KeyError), passing_faults():
        raise KeyError("x")
