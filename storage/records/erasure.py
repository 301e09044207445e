"""Accounts on their way out: asked for, emptied, blanked. What a person or a customer of theirs could be known by goes;
the ledger and the numbers of batches and images stay. Never touches an object, and never a ledger or an audit row."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, delete, select, update

from storage.model import FINAL_BATCH_STATES
from storage.records.accounts import change
from storage.records.border_tables import deliveries, delivery_attempts, endpoints, idempotency_keys, uploads
from storage.records.tables import accounts, api_keys, artifacts, batches, image_attempts, images

FINAL = [str(state) for state in FINAL_BATCH_STATES]
ERASED_NAME = "(erased)"


def request(tx: Connection, account_id: str, now: datetime) -> None:
    """No key or session of the account works from now on. Again is a no-op. Raises NotFound."""
    change(tx, account_id, {"suspended_at": now})
    column, key = accounts.c, api_keys.c
    fresh = update(accounts).where(column.id == account_id, column.erase_requested_at.is_(None))
    tx.execute(fresh.values(erase_requested_at=now))
    tx.execute(update(api_keys).where(key.account_id == account_id, key.revoked_at.is_(None)).values(revoked_at=now))


def requested(tx: Connection) -> list[str]:
    """Accounts that are to be erased and are not yet, oldest wish first."""
    column = accounts.c
    wish = select(column.id).where(column.erase_requested_at.is_not(None), column.erased_at.is_(None))
    return list(tx.scalars(wish.order_by(column.erase_requested_at)))


def open_batches(tx: Connection, account_id: str) -> list[str]:
    """Those that are not final."""
    column = batches.c
    return list(tx.scalars(select(column.id).where(column.account_id == account_id, column.state.not_in(FINAL))))


def expire_batches(tx: Connection, account_id: str, now: datetime) -> None:
    """The retention of the account's final batches is over now: their files are due to be deleted."""
    column = batches.c
    kept = update(batches).where(column.account_id == account_id, column.state.in_(FINAL), column.purged_at.is_(None))
    tx.execute(kept.where(column.expires_at > now).values(expires_at=now))


def expire_batch(tx: Connection, batch_id: str, now: datetime) -> bool:
    """The same for one batch; False when it is not final."""
    column = batches.c
    final = update(batches).where(column.id == batch_id, column.state.in_(FINAL), column.purged_at.is_(None))
    tx.execute(final.where(column.expires_at > now).values(expires_at=now))
    return tx.scalar(select(column.id).where(column.id == batch_id, column.state.in_(FINAL))) is not None


def unpurged(tx: Connection, account_id: str) -> int:
    """How many batches still have files, or may have."""
    column = batches.c
    return len(list(tx.scalars(select(column.id).where(column.account_id == account_id, column.purged_at.is_(None)))))


def upload_keys(tx: Connection, account_id: str) -> list[str]:
    """The objects of the account's upload slots."""
    return list(tx.scalars(select(uploads.c.key).where(uploads.c.account_id == account_id)))


def blank(tx: Connection, account_id: str, now: datetime) -> None:
    """Take every personal field away; the last step, when no file is left. Again is a no-op."""
    mine = select(batches.c.id).where(batches.c.account_id == account_id)
    pictures = select(images.c.id).where(images.c.account_id == account_id)
    sent = select(deliveries.c.id).where(deliveries.c.account_id == account_id)
    tx.execute(delete(delivery_attempts).where(delivery_attempts.c.delivery_id.in_(sent)))
    tx.execute(delete(artifacts).where(artifacts.c.batch_id.in_(mine)))
    tx.execute(update(image_attempts).where(image_attempts.c.image_id.in_(pictures)).values(message=None))
    owned: tuple[Table, ...] = (deliveries, endpoints, uploads, idempotency_keys, api_keys)
    for table in owned:
        tx.execute(delete(table).where(table.c.account_id == account_id))
    nothing: dict[str, Any] = {"labels": {}, "callback_secret": None}
    work: dict[str, Any] = {**nothing, "options": {}, "callback_url": None, "warnings": [], "request_id": ""}
    tx.execute(update(batches).where(batches.c.account_id == account_id).values(work))
    picture: dict[str, Any] = {**nothing, "sources": [], "result": {}, "error_message": None}
    tx.execute(update(images).where(images.c.account_id == account_id).values(picture))
    gone = f"gone_{account_id.rpartition('_')[2]}"  # unique, and no longer than the column
    change(tx, account_id, {"name": ERASED_NAME, "merchant_id": gone, "webhook_secret": None, "erased_at": now})
