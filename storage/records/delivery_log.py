"""The log of deliveries: reading it, sending something again, forgetting what is old. Tenants see only their own."""

import json
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select, update

from storage.errors import NotFound
from storage.model import Attempt, Delivery, Dialect
from storage.records.border_tables import deliveries, delivery_attempts
from storage.records.database import unseal
from storage.records.endpoints import find
from storage.records.rows import AnyRow


def get_delivery(tx: Connection, delivery_id: str, account_id: str | None = None) -> Delivery:
    """Raises NotFound, also for another account's."""
    query = select(deliveries).where(deliveries.c.id == delivery_id)
    if account_id is not None:
        query = query.where(deliveries.c.account_id == account_id)
    row = tx.execute(query).one_or_none()
    if row is None:
        raise NotFound("There is no such delivery.")
    return delivery_of(tx, row)


def list_deliveries(
    tx: Connection,
    account_id: str,
    *,
    endpoint_id: str | None = None,
    state: str | None = None,
    after: str | None = None,
    limit: int,
) -> list[Delivery]:
    """Newest first, those before delivery `after`. Raises NotFound when `after` is not one of this account's."""
    column = deliveries.c
    query = select(deliveries).where(column.account_id == account_id)
    if endpoint_id is not None:
        query = query.where(column.endpoint_id == endpoint_id)
    if state is not None:
        query = query.where(column.state == state)
    if after is not None:
        query = query.where(column.id < get_delivery(tx, after, account_id).id)
    return [delivery_of(tx, row) for row in tx.execute(query.order_by(column.id.desc()).limit(limit))]


def attempts_of(tx: Connection, delivery_id: str) -> list[Attempt]:
    """Every attempt, first to last."""
    column = delivery_attempts.c
    query = select(delivery_attempts).where(column.delivery_id == delivery_id).order_by(column.number)
    return [
        Attempt(row.delivery_id, row.number, row.at, row.duration_ms, row.status, row.error, row.response)
        for row in tx.execute(query)
    ]


def redeliver(tx: Connection, account_id: str, delivery_id: str, now: datetime) -> Delivery:
    """Send it again now, whatever became of it: same id, same bytes. One that is being sent is left alone.

    Raises NotFound.
    """
    get_delivery(tx, delivery_id, account_id)
    column = deliveries.c
    idle = or_(column.lease_until.is_(None), column.lease_until <= now)
    again = update(deliveries).where(column.id == delivery_id, idle)
    tx.execute(again.values(state="pending", next_at=now, lease_token=None, lease_until=None))
    return get_delivery(tx, delivery_id, account_id)


def replay_since(tx: Connection, account_id: str, endpoint_id: str, since: datetime, now: datetime) -> int:
    """Send now what an endpoint has not received since then: what failed for good, and what waits for a later try; how
    many. What was delivered, is due anyway or is being sent is left alone, so asking twice sends nothing twice.

    Raises NotFound for another account's endpoint.
    """
    find(tx, account_id, endpoint_id)
    column = deliveries.c
    idle = or_(column.lease_until.is_(None), column.lease_until <= now)
    waits = (column.state == "pending") & (column.next_at > now) & idle
    missed = update(deliveries).where(
        column.endpoint_id == endpoint_id, or_(column.state == "failed", waits), column.created_at >= since
    )
    return tx.execute(missed.values(state="pending", next_at=now, lease_token=None, lease_until=None)).rowcount


def purge(tx: Connection, before: datetime) -> int:
    """Forget deliveries created before then that are not pending, with their attempts; how many."""
    column = deliveries.c
    old = select(column.id).where(column.state != "pending", column.created_at < before)
    tx.execute(delete(delivery_attempts).where(delivery_attempts.c.delivery_id.in_(old)))
    return tx.execute(delete(deliveries).where(column.state != "pending", column.created_at < before)).rowcount


def delivery_of(
    tx: Connection, row: AnyRow, *, url: str | None = None, secrets: tuple[str, ...] | None = None
) -> Delivery:
    """The noun; `url` and `secrets` replace the stored ones when an endpoint has newer."""
    stored = json.loads(unseal(tx, row.secrets) or "[]")
    return Delivery(
        id=row.id,
        account_id=row.account_id,
        batch_id=row.batch_id,
        image_id=row.image_id,
        endpoint_id=row.endpoint_id,
        dialect=Dialect(row.dialect),
        event=row.event,
        url=url or row.url,
        body=bytes(row.body),
        secrets=tuple(stored) if secrets is None else secrets,
        state=row.state,
        attempts=row.attempts,
        created_at=row.created_at,
        next_at=row.next_at,
        token=row.lease_token,
    )
