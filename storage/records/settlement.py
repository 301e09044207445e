"""Ending images: state, attempt, money and counters in one transaction, each image at most once.

The order of locks on PostgreSQL is batch, image, account; everybody keeps it, so nobody deadlocks. Whoever ends an
image holds its batch's row, so the number of images left is exact and only one ending sees 0.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from storage.errors import IMAGE_FAULTS
from storage.model import EntryKind, ImageState
from storage.records import ledger
from storage.records.rows import AnyRow
from storage.records.tables import batches, image_attempts, images

COUNTERS = {
    ImageState.SUCCEEDED: "succeeded",
    ImageState.FAILED: "failed",
    ImageState.CANCELLED: "cancelled",
}


def lock_batch(tx: Connection, batch_id: str) -> AnyRow | None:
    """The batch's row, locked until the end of the transaction; None when there is none."""
    query = select(batches).where(batches.c.id == batch_id).with_for_update(key_share=True)
    return tx.execute(query).one_or_none()


def lock_batch_of(tx: Connection, image_id: str) -> AnyRow | None:
    """The locked row of an image's batch; None when there is no such image."""
    its_batch = select(images.c.batch_id).where(images.c.id == image_id).scalar_subquery()
    query = select(batches).where(batches.c.id == its_batch).with_for_update(key_share=True)
    return tx.execute(query).one_or_none()


def no_live_lease(now: datetime) -> ColumnElement[bool]:
    """Images that nobody is working on: queued, or running under a lease that ran out."""
    queued = images.c.state == str(ImageState.QUEUED)
    return queued | ((images.c.state == str(ImageState.RUNNING)) & (images.c.lease_until <= now))


def end_images(
    tx: Connection,
    batch: AnyRow,
    which: ColumnElement[bool],
    state: ImageState,
    now: datetime,
    *,
    code: str | None = None,
    message: str | None = None,
    result: dict[str, Any] | None = None,
) -> tuple[list[AnyRow], AnyRow]:
    """End those images of the locked batch that satisfy `which`: (their rows in index order, the batch's row).

    Success captures an image's price, every other end releases it. Images that are final already are never touched.
    """
    values: dict[str, Any] = {
        "state": str(state),
        "finished_at": now,
        "lease_token": None,
        "lease_until": None,
        "not_before": None,
        "error_code": code,
        "error_message": message,
    }
    if result is not None:
        values["result"] = result
    unfinished = images.c.state.in_([str(ImageState.QUEUED), str(ImageState.RUNNING)])
    where = (images.c.batch_id == batch.id, unfinished, which)
    ended = list(tx.execute(update(images).where(*where).values(values).returning(images)))
    if not ended:
        return [], batch
    ended.sort(key=lambda row: row.position)
    end_attempts(tx, [row.id for row in ended], str(state), code, message, now)
    return ended, count_and_pay(tx, batch, ended, state, now)


def count_and_pay(tx: Connection, batch: AnyRow, ended: Sequence[AnyRow], state: ImageState, now: datetime) -> AnyRow:
    """Move counters and money of images that were just ended; the batch's new row."""
    kind = EntryKind.CAPTURE if state == ImageState.SUCCEEDED else EntryKind.RELEASE
    postings = [ledger.Posting(kind, row.price, row.id, batch.id) for row in ended if row.price]
    if postings:
        ledger.post(tx, batch.account_id, postings, now)
    amount = sum(row.price for row in ended)
    column, counter = batches.c, COUNTERS[state]
    values = {
        "pending": column.pending - len(ended),
        counter: column[counter] + len(ended),
        "credits_open": column.credits_open - amount,
        "credits_charged": column.credits_charged + (amount if kind == EntryKind.CAPTURE else 0),
    }
    return tx.execute(update(batches).where(column.id == batch.id).values(values).returning(batches)).one()


def cancel_images(tx: Connection, batch: AnyRow, which: ColumnElement[bool], now: datetime) -> AnyRow:
    """Cancel those images of the locked batch; the batch's row."""
    message = IMAGE_FAULTS["cancelled"][1]
    return end_images(tx, batch, which, ImageState.CANCELLED, now, code="cancelled", message=message)[1]


def end_attempts(
    tx: Connection, image_ids: Sequence[str], outcome: str, code: str | None, message: str | None, now: datetime
) -> None:
    """Close the attempts that are still running on these images."""
    column = image_attempts.c
    values = {"outcome": outcome, "code": code, "message": message, "finished_at": now}
    tx.execute(
        update(image_attempts)
        .where(column.image_id.in_(list(image_ids)), column.outcome == str(ImageState.RUNNING))
        .values(values)
    )
