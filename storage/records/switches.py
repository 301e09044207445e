"""Switches that an operator throws for the whole installation, by name: a row is there while one is on. Never
throws one by itself."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from storage.records.border_tables import switches
from storage.records.insertion import insert_or_ignore

DRAINED = "drained"  # no new work is taken; what was accepted goes on, reads are served


@dataclass(frozen=True)
class Switch:
    name: str
    since: datetime
    reason: str


def turn_on(tx: Connection, name: str, reason: str, now: datetime) -> bool:
    """False when it was on already; the first reason stays."""
    return insert_or_ignore(tx, switches, {"name": name, "since": now, "reason": reason})


def turn_off(tx: Connection, name: str) -> bool:
    """False when it was off already."""
    return tx.execute(delete(switches).where(switches.c.name == name)).rowcount > 0


def find(tx: Connection, name: str) -> Switch | None:
    """The switch while it is on."""
    row = tx.execute(select(switches).where(switches.c.name == name)).one_or_none()
    return None if row is None else Switch(row.name, row.since, row.reason)
