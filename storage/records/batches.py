"""Batches: submitting, reading, cancelling, and ending what is past its deadline. Packaging, which makes a batch final,
is in packaging.py and offered here too. Never enqueues anything: a queue is told by the caller, after the commit."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, true, update

from storage.errors import IMAGE_FAULTS, NotFound
from storage.ids import new_id
from storage.model import Batch, BatchState, Dialect, Image, ImageState, Order
from storage.records import ledger
from storage.records.database import seal
from storage.records.packaging import (
    OPEN_STATES,
    claim_packaging,
    due_for_packaging,
    due_for_purge,
    finish_batch,
    mark_purged,
    release_packaging,
    renew_packaging,
)
from storage.records.rows import batch_of, image_of, quote_json, source_json
from storage.records.selection import label_is, state_is
from storage.records.settlement import cancel_images, end_images, lock_batch, no_live_lease
from storage.records.tables import batches, image_inputs, images

# dialect → (prefix of a batch's id, prefix of an image's id)
PREFIXES = {Dialect.PRINT: ("bat", "job"), Dialect.STUDIO: ("job", "img"), Dialect.SHELF: ("batch", "an")}
DEADLINES_AT_ONCE = 5  # batches per call; keeps the write transaction short


def create_batch(tx: Connection, order: Order, *, now: datetime, deadline_s: int) -> Batch:
    """Batch, images and the hold of the whole price, or InsufficientCredits and nothing at all.

    With order.charge False nothing is held and every image is priced 0. Raises NotFound for an unknown account.
    """
    if not order.images:
        raise ValueError("an order has at least one image")
    dialect = Dialect(order.dialect)
    batch_id = new_id(PREFIXES[dialect][0], now)
    account = ledger.lock_account(tx, order.account_id)
    held = order.quote.total(len(order.images)) if order.charge else 0
    ledger.hold(tx, order.account_id, held, batch_id=batch_id, now=now)
    tx.execute(insert(batches).values(batch_row(order, batch_id, account.plan, held, now, deadline_s, tx)))
    add_images(tx, order, batch_id, now)
    return get_batch(tx, batch_id)


def batch_row(
    order: Order, batch_id: str, plan: str, held: int, now: datetime, deadline_s: int, tx: Connection
) -> dict[str, Any]:
    """The insertable row: everything in force at submit is copied into it."""
    return {
        "id": batch_id,
        "account_id": order.account_id,
        "dialect": str(order.dialect),
        "action": order.action,
        "pool": str(order.pool),
        "plan": plan,
        "state": str(BatchState.QUEUED),
        "total": len(order.images),
        "pending": len(order.images),
        "succeeded": 0,
        "failed": 0,
        "cancelled": 0,
        "options": dict(order.options),
        "labels": dict(order.labels),
        "quote": quote_json(order.quote),
        "charge": order.charge,
        "credits_held": held,
        "credits_open": held,
        "credits_charged": 0,
        "callback_url": order.callback_url,
        "callback_secret": seal(tx, order.callback_secret),
        "warnings": list(order.warnings),
        "request_id": order.request_id,
        "dry_run": order.dry_run,
        "created_at": now,
        "deadline_at": now + timedelta(seconds=deadline_s),
    }


def add_images(tx: Connection, order: Order, batch_id: str, now: datetime) -> None:
    """One row per image, ids in the order of the images, and a note of every staged object they need."""
    ids = sorted(new_id(PREFIXES[Dialect(order.dialect)][1], now) for _ in order.images)
    rows, inputs = [], []
    for position, (image_id, image) in enumerate(zip(ids, order.images, strict=True)):
        rows.append(
            {
                "id": image_id,
                "batch_id": batch_id,
                "account_id": order.account_id,
                "dialect": str(order.dialect),
                "position": position,
                "state": str(ImageState.QUEUED),
                "pool": str(order.pool),
                "sources": [source_json(source) for source in image.sources],
                "labels": dict(image.labels),
                "price": order.quote.per_image if order.charge else 0,
                "attempts": 0,
                "callback_secret": seal(tx, image.callback_secret),
                "created_at": now,
                "result": {},
            }
        )
        keys = {source.key for source in image.sources if source.key}
        inputs += [{"image_id": image_id, "key": key, "batch_id": batch_id} for key in sorted(keys)]
    tx.execute(insert(images), rows)
    if inputs:
        tx.execute(insert(image_inputs), inputs)


def get_batch(tx: Connection, batch_id: str, account_id: str | None = None) -> Batch:
    """Raises NotFound, also for another account's."""
    query = select(batches).where(batches.c.id == batch_id)
    if account_id is not None:
        query = query.where(batches.c.account_id == account_id)
    row = tx.execute(query).one_or_none()
    if row is None:
        raise NotFound("There is no such batch.")
    return batch_of(tx, row)


def list_batches(
    tx: Connection,
    account_id: str,
    *,
    dialect: Dialect | None,
    filters: Mapping[str, Any],
    after: str | None,
    limit: int,
) -> list[Batch]:
    """Newest first, those before batch `after`. `filters`: "state" (one or several), any other name is a label's.

    Raises NotFound when `after` is not a batch of this account.
    """
    column = batches.c
    query = select(batches).where(column.account_id == account_id)
    if dialect is not None:
        query = query.where(column.dialect == str(dialect))
    for name, value in filters.items():
        wanted = state_is(column.state, value) if name == "state" else label_is(column.labels, (name,), value)
        query = query.where(wanted)
    if after is not None:
        query = query.where(column.id < get_batch(tx, after, account_id).id)
    return [batch_of(tx, row) for row in tx.execute(query.order_by(column.id.desc()).limit(limit))]


def counts(tx: Connection, batch_id: str) -> dict[ImageState, int]:
    """How many images are in each state; every state is named."""
    query = select(images.c.state, func.count()).where(images.c.batch_id == batch_id).group_by(images.c.state)
    found = {state: int(number) for state, number in tx.execute(query)}
    return {state: found.get(state, 0) for state in ImageState}


def next_sequence(tx: Connection, batch_id: str) -> int:
    """The number of the batch's next event: 1, 2, 3 …, counted in the caller's transaction, which therefore holds the
    batch's row until it ends. A transaction that is rolled back uses no number up. Raises NotFound."""
    column = batches.c
    counted = update(batches).where(column.id == batch_id).values(event_sequence=column.event_sequence + 1)
    number = tx.scalar(counted.returning(column.event_sequence))
    if number is None:
        raise NotFound("There is no such batch.")
    return int(number)


def cancel_batch(tx: Connection, account_id: str, batch_id: str, now: datetime) -> Batch:
    """Cancel what has not started and give its credits back; the batch is final once it is packaged.

    Images under a live lease finish, or are cut at their next renewal. A batch whose images are all done is left as
    it is. Again is a no-op. Raises NotFound.
    """
    row = lock_batch(tx, batch_id)
    if row is None or row.account_id != account_id:
        raise NotFound("There is no such batch.")
    if row.state not in OPEN_STATES or row.pending == 0:
        return batch_of(tx, row)
    if row.cancel_requested_at is None:
        tx.execute(update(batches).where(batches.c.id == batch_id).values(cancel_requested_at=now))
    cancel_images(tx, row, no_live_lease(now), now)
    return get_batch(tx, batch_id)


def expire_deadlines(tx: Connection, now: datetime) -> list[Image]:
    """Fail every unfinished image of batches past their deadline, running ones too: their tokens are void.

    A few batches per call; call again until nothing comes back. Batches that others hold are left for later.
    """
    column = batches.c
    query = (
        select(batches)
        .where(column.state.in_(OPEN_STATES), column.deadline_at <= now, column.pending > 0)
        .order_by(column.deadline_at)
        .limit(DEADLINES_AT_ONCE)
        .with_for_update(key_share=True, skip_locked=True)
    )
    code, failed = "deadline_exceeded", []
    for row in tx.execute(query).all():
        ended, _ = end_images(tx, row, true(), ImageState.FAILED, now, code=code, message=IMAGE_FAULTS[code][1])
        failed += [image_of(tx, image) for image in ended]
    return failed


__all__ = [
    "cancel_batch",
    "claim_packaging",
    "counts",
    "create_batch",
    "due_for_packaging",
    "due_for_purge",
    "expire_deadlines",
    "finish_batch",
    "get_batch",
    "list_batches",
    "mark_purged",
    "next_sequence",
    "release_packaging",
    "renew_packaging",
]
