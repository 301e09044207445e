"""Images at work: claiming by compare-and-set with a lease, settling exactly once, trying again later. Reading, lists
and the quarantine are in image_lists.py and offered here too. Never enqueues, never touches a picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, literal, or_, select, update

from storage.model import Artifact, Batch, BatchState, Image, ImageState, Lease
from storage.records.artifacts import add_artifacts
from storage.records.image_lists import (
    ImageAttempt,
    attempts_of,
    expired_leases,
    feedable,
    get_image,
    list_images,
    list_images_of_account,
    open_images,
    quarantine,
    quarantined,
    queued_count,
)
from storage.records.leases import new_lease
from storage.records.rows import AnyRow, batch_of, image_of
from storage.records.settlement import cancel_images, end_attempts, end_images, lock_batch_of, no_live_lease
from storage.records.tables import batches, image_attempts, images

RUNNING, QUEUED = str(ImageState.RUNNING), str(ImageState.QUEUED)


@dataclass(frozen=True)
class Settled:
    """What an ending changed. `left` is the number of unfinished images; exactly one settle of a batch sees 0, and
    then packaging is due."""

    image: Image
    batch: Batch
    left: int


def claim_image(tx: Connection, image_id: str, now: datetime, lease_s: float) -> tuple[Image, Lease] | None:
    """Take an image that is queued and due, or whose lease ran out; counts as an attempt and starts the batch.

    None when somebody else has it, it is final, waits for its back-off, or is past its deadline. An image of a
    cancelled batch is cancelled here instead of being given out.
    """
    batch = lock_batch_of(tx, image_id)
    if batch is None or batch.deadline_at <= now:
        return None
    if batch.cancel_requested_at is not None:
        cancel_images(tx, batch, (images.c.id == image_id) & no_live_lease(now), now)
        return None
    column, lease = images.c, new_lease(now, lease_s)
    due = or_(column.not_before.is_(None), column.not_before <= now)
    free = or_((column.state == QUEUED) & due, (column.state == RUNNING) & (column.lease_until <= now))
    values = {
        "state": RUNNING,
        "attempts": column.attempts + 1,
        "lease_token": lease.token,
        "lease_until": lease.until,
        "not_before": None,
        "started_at": func.coalesce(column.started_at, literal(now, column.started_at.type)),
    }
    row = tx.execute(update(images).where(column.id == image_id, free).values(values).returning(images)).one_or_none()
    if row is None:
        return None
    begin_attempt(tx, batch, row, now)
    return image_of(tx, row), lease


def begin_attempt(tx: Connection, batch: AnyRow, row: AnyRow, now: datetime) -> None:
    """Note the attempt (an unfinished one before it was lost), and the start of the batch."""
    if row.attempts > 1:
        end_attempts(tx, [row.id], "lost", "lease_expired", "The worker stopped answering.", now)
    values = {"image_id": row.id, "number": row.attempts, "started_at": now, "outcome": RUNNING}
    tx.execute(insert(image_attempts).values(values))
    if batch.state == BatchState.QUEUED:
        started = {"state": str(BatchState.PROCESSING), "started_at": now}
        tx.execute(update(batches).where(batches.c.id == batch.id).values(started))


def renew_lease(tx: Connection, image_id: str, token: str, now: datetime, lease_s: float) -> bool:
    """Extend the lease; False when it was lost, the image was ended, or the batch was cancelled: stop working."""
    column = images.c
    cancelled = select(batches.c.id).where(batches.c.id == column.batch_id, batches.c.cancel_requested_at.is_not(None))
    mine = update(images).where(column.id == image_id, held_by(token), ~cancelled.exists())
    return tx.execute(mine.values(lease_until=now + timedelta(seconds=lease_s))).rowcount == 1


def held_by(token: str) -> ColumnElement[bool]:
    """The fence: running under this very lease."""
    return (images.c.state == RUNNING) & (images.c.lease_token == token)


def settle_success(
    tx: Connection,
    image_id: str,
    token: str,
    *,
    result: Mapping[str, Any],
    artifacts: Sequence[Artifact],
    now: datetime,
) -> Settled | None:
    """The image is done: its files and facts become true and its price is captured. None when the token is stale."""
    settled = settle(tx, image_id, held_by(token), ImageState.SUCCEEDED, now, result=dict(result))
    if settled is not None:
        add_artifacts(tx, artifacts)
    return settled


def settle_failure(
    tx: Connection, image_id: str, token: str | None, *, code: str, message: str, now: datetime
) -> Settled | None:
    """The image failed for good and its price is released; with code "cancelled" it counts as cancelled.

    Token None is for the sweep and only ends an image without a live lease. None when the token is stale.
    """
    which = no_live_lease(now) if token is None else held_by(token)
    state = ImageState.CANCELLED if code == "cancelled" else ImageState.FAILED
    return settle(tx, image_id, which, state, now, code=code, message=message)


def settle(
    tx: Connection, image_id: str, which: ColumnElement[bool], state: ImageState, now: datetime, **outcome: Any
) -> Settled | None:
    """End one image under its batch's lock, if `which` still holds."""
    batch = lock_batch_of(tx, image_id)
    if batch is None:
        return None
    ended, after = end_images(tx, batch, (images.c.id == image_id) & which, state, now, **outcome)
    if not ended:
        return None
    return Settled(image=image_of(tx, ended[0]), batch=batch_of(tx, after), left=after.pending)


def retry_later(
    tx: Connection, image_id: str, token: str, *, code: str, message: str, not_before: datetime, now: datetime
) -> bool:
    """Back to the queue until `not_before`; the fault is kept with the attempt. False when the token is stale, or
    when the batch was cancelled, in which case the image is cancelled now."""
    batch = lock_batch_of(tx, image_id)
    if batch is None:
        return False
    mine = (images.c.id == image_id) & held_by(token)
    if batch.cancel_requested_at is not None:
        cancel_images(tx, batch, mine, now)
        return False
    values = {"state": QUEUED, "lease_token": None, "lease_until": None, "not_before": not_before}
    if tx.execute(update(images).where(mine).values(values)).rowcount == 0:
        return False
    end_attempts(tx, [image_id], "retry", code, message, now)
    return True


__all__ = [
    "ImageAttempt",
    "Settled",
    "attempts_of",
    "claim_image",
    "expired_leases",
    "feedable",
    "get_image",
    "list_images",
    "list_images_of_account",
    "open_images",
    "quarantine",
    "quarantined",
    "queued_count",
    "renew_lease",
    "retry_later",
    "settle_failure",
    "settle_success",
]
