"""The webhook outbox: written in the transaction that made an event true, emptied under leases, kept as the log.

At-least-once: a delivery stays pending until an attempt under a live lease says otherwise. A lane is one receiver; at
most `per_lane` deliveries of a lane are out at once, so that a receiver that never answers delays nobody else. The
log is read in delivery_log.py and offered here too. Never sends anything.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Connection, Subquery, func, insert, or_, select, text, update

from storage.ids import new_id
from storage.model import Attempt, Delivery, Message
from storage.records.border_tables import deliveries, delivery_attempts, endpoints
from storage.records.database import seal
from storage.records.delivery_log import (
    attempts_of,
    delivery_of,
    get_delivery,
    list_deliveries,
    purge,
    redeliver,
    replay_since,
)
from storage.records.endpoints import ACTIVE, secrets_of
from storage.records.leases import new_lease
from storage.records.rows import AnyRow
from storage.records.tables import batches

CLAIM_LOCK = 7234002  # PostgreSQL advisory lock: lanes are counted and claimed by one at a time
PENDING, DELIVERED, FAILED = "pending", "delivered", "failed"


def add_messages(
    tx: Connection,
    account_id: str,
    messages: Sequence[Message],
    *,
    batch_id: str | None,
    image_id: str | None,
    now: datetime,
) -> list[str]:
    """Put messages into the outbox, due now; the event ids, which receivers dedupe by (a message may bring its own,
    when its body names it)."""
    fresh = iter(sorted(new_id("evt", now) for _ in messages))
    ids = [message.id or next(fresh) for message in messages]
    rows = [
        {
            "id": event_id,
            "account_id": account_id,
            "batch_id": batch_id,
            "image_id": image_id,
            "endpoint_id": message.endpoint_id,
            "lane": lane_of(account_id, message),
            "dialect": str(message.dialect),
            "event": message.event,
            "url": message.url,
            "body": message.body,
            "secrets": seal(tx, json.dumps(message.secrets)) if message.secrets else None,
            "state": PENDING,
            "attempts": 0,
            "created_at": now,
            "next_at": now,
        }
        for event_id, message in zip(ids, messages, strict=True)
    ]
    if rows:
        tx.execute(insert(deliveries), rows)
    return ids


def lane_of(account_id: str, message: Message) -> str:
    """The receiver: an endpoint, or the host of an account's callbacks."""
    if message.endpoint_id is not None:
        return message.endpoint_id
    return f"{account_id} {urlsplit(message.url).netloc.lower()}"[:255]


def claim_due(
    tx: Connection,
    now: datetime,
    *,
    limit: int,
    lease_s: float,
    per_lane: int = 2,
    per_account: int = 3,
    among: Sequence[str] | None = None,
) -> list[Delivery]:
    """Up to `limit` due deliveries, leased; accounts in turn, those with the fewest out and the longest due first.
    Those of disabled endpoints wait.

    At most `per_lane` of a lane and `per_account` of an account are out at once, so that an account with many receivers
    that never answer delays nobody else. An endpoint's present url and secrets are used, a callback's own otherwise.
    `among` are ids that `due_ids` gave: with them the write lock is held for a moment, however long the outbox is.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": CLAIM_LOCK})
    chosen = due_ids(tx, now, limit=limit, per_lane=per_lane, per_account=per_account, among=among)
    claimed = []
    rows = lock_free(tx, chosen, now)
    requests = requests_of(tx, rows)
    for row in rows:
        lease = new_lease(now, lease_s)
        values = {"lease_token": lease.token, "lease_until": lease.until}
        taken = tx.execute(update(deliveries).where(deliveries.c.id == row.id).values(values).returning(deliveries))
        claimed.append(replace(as_claimed(tx, taken.one(), now), request_id=requests.get(row.batch_id)))
    return claimed


def requests_of(tx: Connection, rows: Sequence[AnyRow]) -> dict[str, str]:
    """The ids of the requests that submitted these deliveries' batches, by batch."""
    wanted = {row.batch_id for row in rows if row.batch_id}
    if not wanted:
        return {}
    found = tx.execute(select(batches.c.id, batches.c.request_id).where(batches.c.id.in_(wanted)))
    return {str(batch_id): str(request_id) for batch_id, request_id in found}


def is_due(now: datetime) -> ColumnElement[bool]:
    column = deliveries.c
    free = or_(column.lease_until.is_(None), column.lease_until <= now)
    return (column.state == PENDING) & (column.next_at <= now) & free


def due_ids(
    tx: Connection, now: datetime, *, limit: int, per_lane: int, per_account: int, among: Sequence[str] | None = None
) -> list[str]:
    """What may be claimed, in its order: due, free, of an endpoint that is active, within the allowances of lane and
    account. Reads only; a transaction for reading will do."""
    column = deliveries.c
    open_endpoint = select(endpoints.c.id).where(endpoints.c.id == column.endpoint_id, endpoints.c.status == ACTIVE)
    sendable = is_due(now) & or_(column.endpoint_id.is_(None), open_endpoint.exists())
    if among is not None:
        sendable &= column.id.in_(among)
    turn = func.row_number().over(partition_by=column.lane, order_by=(column.next_at, column.id))
    first = select(column.id, column.lane, column.account_id, column.next_at, turn.label("turn")).where(sendable)
    ranked, lanes, accounts = first.subquery(), out_by(column.lane, now), out_by(column.account_id, now)
    of_account = (ranked.c.turn, ranked.c.next_at, ranked.c.id)
    seat = func.row_number().over(partition_by=ranked.c.account_id, order_by=of_account)
    allowed = ranked.c.turn + func.coalesce(lanes.c.out, 0) <= per_lane
    second = select(ranked, seat.label("seat")).outerjoin(lanes, lanes.c.of == ranked.c.lane).where(allowed)
    seated = second.subquery()
    query = select(seated.c.id).outerjoin(accounts, accounts.c.of == seated.c.account_id)
    would_be_out = seated.c.seat + func.coalesce(accounts.c.out, 0)
    query = query.where(would_be_out <= per_account)
    return list(tx.scalars(query.order_by(would_be_out, seated.c.next_at, seated.c.id).limit(limit)))


def lock_free(tx: Connection, ids: Sequence[str], now: datetime) -> list[AnyRow]:
    """The rows of `ids` that are still due, in that order, locked; those that another holds are left out."""
    locked = select(deliveries).where(deliveries.c.id.in_(ids), is_due(now)).with_for_update(skip_locked=True)
    rows = {row.id: row for row in tx.execute(locked)}
    return [rows[each] for each in ids if each in rows]


def out_by(group: ColumnElement[str], now: datetime) -> Subquery:
    """How many deliveries are out per lane or account: columns `of` and `out`."""
    column = deliveries.c
    leased = (column.state == PENDING) & (column.lease_until > now)
    return select(group.label("of"), func.count().label("out")).where(leased).group_by(group).subquery()


def as_claimed(tx: Connection, row: AnyRow, now: datetime) -> Delivery:
    """The delivery as it is to be sent now."""
    if row.endpoint_id is None:
        return delivery_of(tx, row)
    endpoint = tx.execute(select(endpoints).where(endpoints.c.id == row.endpoint_id)).one()
    return delivery_of(tx, row, url=endpoint.url, secrets=secrets_of(tx, endpoint, now))


def record_attempt(tx: Connection, attempt: Attempt, token: str, *, delivered: bool, next_at: datetime | None) -> bool:
    """Log an attempt and end its lease: delivered, or tried again at `next_at`, or (None) failed for good.

    False, with nothing written, when the token is stale. `attempt.number` is set by the log: attempts so far plus 1.
    """
    column = deliveries.c
    state = DELIVERED if delivered else (PENDING if next_at is not None else FAILED)
    values = {
        "state": state,
        "attempts": column.attempts + 1,
        "next_at": next_at if state == PENDING else None,
        "lease_token": None,
        "lease_until": None,
    }
    mine = update(deliveries).where(column.id == attempt.delivery_id, column.lease_token == token)
    number = tx.scalar(mine.values(values).returning(column.attempts))
    if number is None:
        return False
    tx.execute(insert(delivery_attempts).values({**vars(attempt), "number": number}))
    return True


def give_back(tx: Connection, delivery_id: str, token: str) -> None:
    """End a lease without an attempt, at shutdown say; the delivery is due as before."""
    column = deliveries.c
    mine = update(deliveries).where(column.id == delivery_id, column.lease_token == token)
    tx.execute(mine.values(lease_token=None, lease_until=None))


__all__ = [
    "add_messages",
    "attempts_of",
    "claim_due",
    "due_ids",
    "get_delivery",
    "give_back",
    "list_deliveries",
    "purge",
    "record_attempt",
    "redeliver",
    "replay_since",
]
