"""How things stand at this moment: what waits, what runs, what is overdue, what the balances add up to.

Reads only, through indexes on states, and counts nothing that is over and done with but endpoints and accounts.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from storage.records.beats import last_sweep
from storage.records.border_tables import deliveries, endpoints
from storage.records.endpoints import ACTIVE
from storage.records.ledger_checks import LedgerCheck, last
from storage.records.outbox import PENDING, is_due
from storage.records.packaging import OPEN
from storage.records.switches import DRAINED, find
from storage.records.tables import accounts, batches, image_attempts, images
from storage.words import ImageState

QUEUED, RUNNING = str(ImageState.QUEUED), str(ImageState.RUNNING)


@dataclass(frozen=True)
class Queue:
    """Things in one state; `oldest` is the moment since when the first of them is in it."""

    count: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True)
class Present:
    waiting: dict[str, Queue] = field(default_factory=dict)  # by pool; oldest among those that were never begun
    running: dict[str, Queue] = field(default_factory=dict)  # by pool
    expired_leases: int = 0
    open_batches: dict[str, int] = field(default_factory=dict)  # by dialect
    packaging: Queue = Queue()
    undelivered: Queue = Queue()
    due: Queue = Queue()
    endpoints: dict[str, int] = field(default_factory=dict)  # by status
    credits: dict[str, int] = field(default_factory=dict)  # by kind
    swept_at: datetime | None = None
    ledger: LedgerCheck | None = None
    drained: bool = False


def present(tx: Connection, now: datetime) -> Present:
    """All of it; in one transaction."""
    return Present(
        waiting=waiting(tx),
        running=running(tx),
        expired_leases=expired(tx, now),
        open_batches={
            str(dialect): int(count)
            for dialect, count in tx.execute(
                select(batches.c.dialect, func.count()).where(OPEN).group_by(batches.c.dialect)
            )
        },
        packaging=packaging(tx),
        undelivered=undelivered(tx),
        due=due(tx, now),
        endpoints={
            str(status): int(count)
            for status, count in tx.execute(select(endpoints.c.status, func.count()).group_by(endpoints.c.status))
        },
        credits=credits(tx),
        swept_at=last_sweep(tx),
        ledger=last(tx),
        drained=find(tx, DRAINED) is not None,
    )


def waiting(tx: Connection) -> dict[str, Queue]:
    column = images.c
    never_begun = func.min(column.created_at).filter(column.attempts == 0)
    query = select(column.pool, func.count(), never_begun).where(column.state == QUEUED).group_by(column.pool)
    return {str(pool): Queue(int(count), oldest) for pool, count, oldest in tx.execute(query)}


def running(tx: Connection) -> dict[str, Queue]:
    column, attempt = images.c, image_attempts.c
    query = (
        select(column.pool, func.count(), func.min(attempt.started_at))
        .join_from(images, image_attempts, (attempt.image_id == column.id) & (attempt.number == column.attempts))
        .where(column.state == RUNNING)
        .group_by(column.pool)
    )
    return {str(pool): Queue(int(count), oldest) for pool, count, oldest in tx.execute(query)}


def expired(tx: Connection, now: datetime) -> int:
    over = select(func.count()).where(images.c.state == RUNNING, images.c.lease_until <= now)
    return tx.scalar(over) or 0


def packaging(tx: Connection) -> Queue:
    """Batches with every image done; since the last of them was."""
    ended = select(func.max(images.c.finished_at)).where(images.c.batch_id == batches.c.id).scalar_subquery()
    since = select(ended.label("since")).where(OPEN, batches.c.pending == 0).subquery()
    count, oldest = tx.execute(select(func.count(), func.min(since.c.since)).select_from(since)).one()
    return Queue(int(count), oldest)


def undelivered(tx: Connection) -> Queue:
    column = deliveries.c
    count, oldest = tx.execute(select(func.count(), func.min(column.created_at)).where(column.state == PENDING)).one()
    return Queue(int(count), oldest)


def due(tx: Connection, now: datetime) -> Queue:
    """What could be sent now; what waits for a disabled endpoint is not due."""
    column = deliveries.c
    active = select(endpoints.c.id).where(endpoints.c.id == column.endpoint_id, endpoints.c.status == ACTIVE)
    sendable = is_due(now) & or_(column.endpoint_id.is_(None), active.exists())
    count, oldest = tx.execute(select(func.count(), func.min(column.next_at)).where(sendable)).one()
    return Queue(int(count), oldest)


def credits(tx: Connection) -> dict[str, int]:
    column = accounts.c
    kinds = (column.available, column.held, column.spent, column.granted)
    row = tx.execute(select(*(func.sum(kind) for kind in kinds))).one()
    return {kind.name: int(number or 0) for kind, number in zip(kinds, row, strict=True)}
