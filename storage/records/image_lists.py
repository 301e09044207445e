"""Reading images: one, a batch's, an account's, those the sweep must look at; their attempts; and the quarantine of
bytes that crashed a decoder. Changes nothing but the quarantine."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, func, or_, select, update

from storage.errors import NotFound
from storage.model import Dialect, Image, ImageState
from storage.records.insertion import insert_or_ignore
from storage.records.rows import image_of
from storage.records.selection import label_is, state_is
from storage.records.tables import image_attempts, images
from storage.records.tables import quarantine as quarantine_table

QUARANTINE = timedelta(hours=24)
LABELS = ("externalId", "placeId", "taskId")


@dataclass(frozen=True)
class ImageAttempt:
    """One try at an image: "running", "succeeded", "failed", "retry", "lost" (its lease ran out), "cancelled"."""

    number: int
    started_at: datetime
    finished_at: datetime | None
    outcome: str
    code: str | None
    message: str | None


def get_image(tx: Connection, image_id: str, account_id: str | None = None) -> Image:
    """Raises NotFound, also for another account's."""
    query = select(images).where(images.c.id == image_id)
    if account_id is not None:
        query = query.where(images.c.account_id == account_id)
    row = tx.execute(query).one_or_none()
    if row is None:
        raise NotFound("There is no such image.")
    return image_of(tx, row)


def list_images(tx: Connection, batch_id: str) -> list[Image]:
    """All images of the batch in index order."""
    query = select(images).where(images.c.batch_id == batch_id).order_by(images.c.position)
    return [image_of(tx, row) for row in tx.execute(query)]


def list_images_of_account(
    tx: Connection,
    account_id: str,
    *,
    dialect: Dialect | None,
    filters: Mapping[str, Any],
    after: str | None,
    limit: int,
) -> list[Image]:
    """Newest first, those before image `after`.

    `filters`: state (one or several), externalId, placeId, taskId, batchId, metadata.<key> (text), from (inclusive)
    and to (exclusive; aware datetimes of creation). Raises ValueError for any other name, NotFound when `after` is
    not an image of this account.
    """
    column = images.c
    query = select(images).where(column.account_id == account_id)
    if dialect is not None:
        query = query.where(column.dialect == str(dialect))
    for name, value in filters.items():
        query = query.where(image_filter(name, value))
    if after is not None:
        query = query.where(column.id < get_image(tx, after, account_id).id)
    return [image_of(tx, row) for row in tx.execute(query.order_by(column.id.desc()).limit(limit))]


def image_filter(name: str, value: Any) -> ColumnElement[bool]:
    """One filter of `list_images_of_account` as a condition."""
    column = images.c
    if name == "state":
        return state_is(column.state, value)
    if name in ("batchId", "from", "to"):
        bounds: dict[str, ColumnElement[bool]] = {
            "batchId": column.batch_id == value,
            "from": column.created_at >= value,
            "to": column.created_at < value,
        }
        return bounds[name]
    if name in LABELS:
        return label_is(column.labels, (name,), value)
    head, _, key = name.partition(".")
    if head == "metadata" and key:
        return label_is(column.labels, (head, key), value)
    raise ValueError(f"no such filter: {name}")


def queued_and_due(now: datetime) -> ColumnElement[bool]:
    """Waiting for a worker, with no back-off left."""
    column = images.c
    due = or_(column.not_before.is_(None), column.not_before <= now)
    return (column.state == str(ImageState.QUEUED)) & due


def feedable(tx: Connection, batch_id: str, now: datetime, limit: int) -> list[Image]:
    """Images of the batch that may be put on the queue now, in index order."""
    query = select(images).where(images.c.batch_id == batch_id, queued_and_due(now))
    return [image_of(tx, row) for row in tx.execute(query.order_by(images.c.position).limit(limit))]


def open_images(tx: Connection, now: datetime, limit: int) -> list[Image]:
    """Queued and due images of the whole installation, one of each account in turn, so that a limit cuts fairly."""
    column = images.c
    turn = func.row_number().over(partition_by=column.account_id, order_by=(column.batch_id, column.position))
    ranked = select(column.id, turn.label("turn")).where(queued_and_due(now)).subquery()
    query = select(images).join(ranked, ranked.c.id == column.id).order_by(ranked.c.turn, column.id).limit(limit)
    return [image_of(tx, row) for row in tx.execute(query)]


def expired_leases(tx: Connection, now: datetime, limit: int) -> list[Image]:
    """Running images whose worker stopped renewing, longest dead first."""
    column = images.c
    query = select(images).where(column.state == str(ImageState.RUNNING), column.lease_until <= now)
    return [image_of(tx, row) for row in tx.execute(query.order_by(column.lease_until).limit(limit))]


def queued_count(tx: Connection, account_id: str | None = None) -> int:
    """How many images wait for a worker, of one account or of all; bounds what may still be submitted."""
    query = select(func.count()).select_from(images).where(images.c.state == str(ImageState.QUEUED))
    if account_id is not None:
        query = query.where(images.c.account_id == account_id)
    return int(tx.scalar(query) or 0)


def unfinished_count(tx: Connection) -> int:
    """How many images of the whole installation are not final yet."""
    waiting = images.c.state.in_([str(ImageState.QUEUED), str(ImageState.RUNNING)])
    return int(tx.scalar(select(func.count()).select_from(images).where(waiting)) or 0)


def attempts_of(tx: Connection, image_id: str) -> list[ImageAttempt]:
    """All tries at an image, first to last."""
    column = image_attempts.c
    query = select(image_attempts).where(column.image_id == image_id).order_by(column.number)
    return [
        ImageAttempt(row.number, row.started_at, row.finished_at, row.outcome, row.code, row.message)
        for row in tx.execute(query)
    ]


def quarantine(tx: Connection, sha256: str, code: str, now: datetime) -> None:
    """Refuse these bytes with this code for the next 24 hours."""
    values = {"code": code, "created_at": now}
    here: Column[Any] = quarantine_table.c.sha256
    if not insert_or_ignore(tx, quarantine_table, {"sha256": sha256, **values}):
        tx.execute(update(quarantine_table).where(here == sha256).values(values))


def quarantined(tx: Connection, sha256: str, now: datetime) -> str | None:
    """The code these bytes are refused with, None when they are not."""
    column = quarantine_table.c
    query = select(column.code).where(column.sha256 == sha256, column.created_at > now - QUARANTINE)
    code: str | None = tx.scalar(query)
    return code
