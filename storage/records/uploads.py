"""Direct-upload slots, and the question whether a staged object is still needed by a batch. Never touches an object."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from storage.errors import NotFound
from storage.ids import new_id
from storage.model import Upload
from storage.names import staging_key
from storage.records.border_tables import uploads
from storage.records.rows import AnyRow
from storage.records.tables import image_inputs


def create_upload(
    tx: Connection, account_id: str, *, filename: str, max_bytes: int, now: datetime, ttl_s: int = 3600
) -> Upload:
    """A new slot under its own staging key; the filename is kept, never part of the key."""
    upload_id = new_id("upl", now)
    values = {
        "id": upload_id,
        "account_id": account_id,
        "key": staging_key(upload_id),
        "filename": filename,
        "max_bytes": max_bytes,
        "created_at": now,
        "expires_at": now + timedelta(seconds=ttl_s),
    }
    return upload_of(tx.execute(insert(uploads).values(values).returning(uploads)).one())


def get_upload(tx: Connection, account_id: str, upload_id: str) -> Upload:
    """Raises NotFound, also for another account's. An expired slot is found until it is deleted."""
    column = uploads.c
    query = select(uploads).where(column.id == upload_id, column.account_id == account_id)
    row = tx.execute(query).one_or_none()
    if row is None:
        raise NotFound("There is no such upload.")
    return upload_of(row)


def stale(tx: Connection, now: datetime) -> list[Upload]:
    """Slots whose time has passed, oldest first. Their objects may be needed: ask `staging_referenced`."""
    query = select(uploads).where(uploads.c.expires_at <= now).order_by(uploads.c.expires_at)
    return [upload_of(row) for row in tx.execute(query)]


def delete_upload(tx: Connection, upload_id: str) -> None:
    """Forget a slot; again is a no-op. The object is the caller's."""
    tx.execute(delete(uploads).where(uploads.c.id == upload_id))


def staging_referenced(tx: Connection, key: str) -> bool:
    """Whether an image of a batch that is not purged yet refers to this staged object. Open slots do not count."""
    return tx.scalar(select(image_inputs.c.key).where(image_inputs.c.key == key).limit(1)) is not None


def upload_of(row: AnyRow) -> Upload:
    return Upload(
        id=row.id,
        account_id=row.account_id,
        key=row.key,
        filename=row.filename,
        max_bytes=row.max_bytes,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
