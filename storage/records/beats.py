"""When the sweep last finished a pass, for whoever watches: a row beside the one that readiness writes to.

Never history, and nothing depends on it.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select, update

from storage.records.border_tables import probes
from storage.records.insertion import insert_or_ignore

SWEEP = 2  # the row of `probes`; 1 is readiness's own
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def note_sweep(tx: Connection, now: datetime) -> None:
    """A pass of the sweep ended at `now`."""
    moment = (now - EPOCH) // MILLISECOND
    if not tx.execute(update(probes).where(probes.c.id == SWEEP).values(beat=moment)).rowcount:
        insert_or_ignore(tx, probes, {"id": SWEEP, "beat": moment})


def last_sweep(tx: Connection) -> datetime | None:
    """None when there never was one."""
    moment = tx.scalar(select(probes.c.beat).where(probes.c.id == SWEEP))
    return None if moment is None else EPOCH + moment * MILLISECOND
