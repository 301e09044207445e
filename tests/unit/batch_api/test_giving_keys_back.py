"""A key is given back after a refusal; where even that cannot be written, nobody waits for it and it frees itself."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from engine_rig import Clock
from factories import Tenant

from batch_api.idempotency import LOCK_S, Policy, Ticket, claim, held
from jobs.tools import Tools
from storage.errors import Conflict, Unavailable


@contextmanager
def locked(tools: Tools) -> Iterator[None]:
    """Somebody else holds the write lock."""
    other = sqlite3.connect(tools.settings.database.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


def take(tools: Tools, tenant: Tenant) -> Ticket:
    ticket = claim(tools, Policy(), tenant.account.id, "route", "key", "print")
    assert isinstance(ticket, Ticket)
    return ticket


def test_a_refusal_frees_the_key(tools: Tools, tenant: Tenant) -> None:
    with pytest.raises(Unavailable), held(tools, take(tools, tenant)):
        raise Unavailable("Too much work.", code="overloaded")
    take(tools, tenant)


def test_a_locked_database_keeps_the_key_for_a_while_and_nobody_waiting(
    tools: Tools, tenant: Tenant, clock: Clock
) -> None:
    ticket, began = take(tools, tenant), time.monotonic()
    with pytest.raises(Unavailable) as told, locked(tools), held(tools, ticket):
        raise Unavailable("The database is busy.", code="database_busy")
    assert told.value.code == "database_busy" and time.monotonic() - began < 2
    with pytest.raises(Conflict):
        take(tools, tenant)
    clock.forward(LOCK_S + 1)
    take(tools, tenant)
