"""Packaging: who may do it, and the one compare-and-set that makes a batch final. Also which batches have outlived
their files. Never touches an object; files are written and deleted by the caller."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, or_, select, update

from storage.model import Artifact, Batch, BatchState, EntryKind, Lease, Quote
from storage.records import ledger
from storage.records.artifacts import add_artifacts
from storage.records.leases import new_lease
from storage.records.prices import batch_price
from storage.records.rows import AnyRow, batch_of
from storage.records.settlement import lock_batch
from storage.records.tables import batches, image_inputs

OPEN_STATES = (str(BatchState.QUEUED), str(BatchState.PROCESSING))
OPEN = batches.c.state.in_(OPEN_STATES)


def due_for_packaging(tx: Connection, now: datetime, limit: int) -> list[Batch]:
    """Batches with every image done that nobody is packaging, longest waiting first."""
    column = batches.c
    free = or_(column.lease_until.is_(None), column.lease_until <= now)
    query = select(batches).where(OPEN, column.pending == 0, free).order_by(column.id).limit(limit)
    return [batch_of(tx, row) for row in tx.execute(query)]


def claim_packaging(tx: Connection, batch_id: str, now: datetime, lease_s: float) -> Lease | None:
    """The right to package, or None: images are pending, the batch is final, or somebody else is at it."""
    column = batches.c
    lease = new_lease(now, lease_s)
    free = or_(column.lease_until.is_(None), column.lease_until <= now)
    claim = update(batches).where(column.id == batch_id, OPEN, column.pending == 0, free)
    won = tx.execute(claim.values(lease_token=lease.token, lease_until=lease.until)).rowcount == 1
    return lease if won else None


def renew_packaging(tx: Connection, batch_id: str, token: str, now: datetime, lease_s: float) -> bool:
    """Extend the lease; False when it was lost."""
    column = batches.c
    mine = update(batches).where(column.id == batch_id, OPEN, column.lease_token == token)
    return tx.execute(mine.values(lease_until=now + timedelta(seconds=lease_s))).rowcount == 1


def release_packaging(tx: Connection, batch_id: str, token: str) -> None:
    """Give the right back after a fault, so that the next one need not wait for the lease to run out."""
    column = batches.c
    mine = update(batches).where(column.id == batch_id, OPEN, column.lease_token == token)
    tx.execute(mine.values(lease_token=None, lease_until=None))


def finish_batch(
    tx: Connection,
    batch_id: str,
    token: str,
    artifacts: Sequence[Artifact],
    *,
    now: datetime,
    expires_at: datetime,
) -> Batch | None:
    """Make the batch final, once: its files, its price, the rest of its hold. None when the token is stale.

    The batch part of the price is asked again for the number that succeeded (0 when none did) and never exceeds what
    was held. Cancelled beats completed beats failed.
    """
    row = lock_batch(tx, batch_id)
    if row is None or row.state not in OPEN_STATES or row.lease_token != token or row.pending:
        return None
    charged = resolve_batch_part(tx, row, now)
    add_artifacts(tx, artifacts)
    values = {
        "state": str(final_state(row)),
        "completed_at": now,
        "expires_at": expires_at,
        "lease_token": None,
        "lease_until": None,
        "credits_open": 0,
        "credits_charged": row.credits_charged + charged,
    }
    done = tx.execute(update(batches).where(batches.c.id == batch_id).values(values).returning(batches)).one()
    return batch_of(tx, done)


def final_state(row: AnyRow) -> BatchState:
    if row.cancel_requested_at is not None:
        return BatchState.CANCELLED
    return BatchState.COMPLETED if row.succeeded else BatchState.FAILED


def resolve_batch_part(tx: Connection, row: AnyRow, now: datetime) -> int:
    """Capture the batch part of the price and release what is left of the hold; how much was captured."""
    due: int = min(row.credits_open, batch_price(Quote(**row.quote), row.succeeded) if row.charge else 0)
    parts = (
        ledger.Posting(EntryKind.CAPTURE, due, f"{row.id}:batch", row.id),
        ledger.Posting(EntryKind.RELEASE, row.credits_open - due, f"{row.id}:rest", row.id),
    )
    postings = [part for part in parts if part.amount]
    if postings:
        ledger.post(tx, row.account_id, postings, now)
    return due


def due_for_purge(tx: Connection, now: datetime, limit: int) -> list[Batch]:
    """Final batches whose files have outlived their retention and are not deleted yet, oldest first."""
    column = batches.c
    query = select(batches).where(column.purged_at.is_(None), column.expires_at <= now)
    return [batch_of(tx, row) for row in tx.execute(query.order_by(column.expires_at).limit(limit))]


def mark_purged(tx: Connection, batch_id: str, now: datetime) -> None:
    """Note that the files are gone; the batch's staged inputs are free to be collected. Again is a no-op."""
    column = batches.c
    tx.execute(update(batches).where(column.id == batch_id, column.purged_at.is_(None)).values(purged_at=now))
    tx.execute(delete(image_inputs).where(image_inputs.c.batch_id == batch_id))
