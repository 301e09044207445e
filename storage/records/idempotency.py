"""Idempotency keys: who claims one first does the work; the reply is stored in the transaction that did it.

A claim is scoped to account and route, not to the API key. It is made and committed before the work, so that a rival
sees it; a claim whose holder died is taken over once its lock ran out, and the dead one's late `store` then fails.
Only replies worth repeating are stored; everything else is released. Never a secret in a stored reply: the caller
redacts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from storage.errors import Conflict
from storage.ids import new_id
from storage.records.border_tables import idempotency_keys
from storage.records.insertion import insert_or_ignore
from storage.records.rows import AnyRow

IN_PROGRESS = "A request with this idempotency key is still being worked on."


@dataclass(frozen=True)
class Claim:
    """`state` is "new" (do the work, then `store` or `release` under `id`), "in_progress" (try again soon), "replay"
    (the stored reply is below) or "mismatch" (another request used this key; its stored reply is below)."""

    id: str
    state: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    expires_at: datetime | None = None  # when the key is forgotten; of stored replies only


def claim(
    tx: Connection, account_id: str, route: str, key: str, fingerprint: str, *, now: datetime, lock_s: int = 120
) -> Claim:
    """Claim a key for a request, or learn what became of the earlier one."""
    fresh = {
        "id": new_id("idm", now),
        "fingerprint": fingerprint,
        "created_at": now,
        "locked_until": now + timedelta(seconds=lock_s),
        "expires_at": None,
        "status": None,
        "headers": None,
        "body": None,
    }
    if insert_or_ignore(tx, idempotency_keys, {"account_id": account_id, "route": route, "key": key, **fresh}):
        return Claim(id=str(fresh["id"]), state="new")
    column = idempotency_keys.c
    here = (column.account_id == account_id) & (column.route == route) & (column.key == key)
    row = tx.execute(select(idempotency_keys).where(here).with_for_update()).one_or_none()
    if row is None:  # released between the two statements; the next try will find the key free
        return Claim(id="", state="in_progress")
    if free_again(row, now):
        tx.execute(update(idempotency_keys).where(column.id == row.id).values(fresh))
        return Claim(id=str(fresh["id"]), state="new")
    return judge(row, fingerprint)


def free_again(row: AnyRow, now: datetime) -> bool:
    """Whether the reply has expired, or the holder died before it stored one."""
    return bool(row.locked_until <= now) if row.expires_at is None else bool(row.expires_at <= now)


def judge(row: AnyRow, fingerprint: str) -> Claim:
    """What a row that is still in force means for a request with this fingerprint."""
    if row.expires_at is None:
        return Claim(id=row.id, state="in_progress")
    state = "replay" if row.fingerprint == fingerprint else "mismatch"
    return Claim(row.id, state, row.status, row.headers or {}, bytes(row.body or b""), row.expires_at)


def store(
    tx: Connection,
    claim_id: str,
    *,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    ttl_s: int = 86400,
) -> None:
    """Keep the reply for `ttl_s` from now; call it in the transaction that did the work.

    Raises Conflict("idempotency_in_progress") when the claim was taken over meanwhile: roll everything back, the
    other one does the work.
    """
    column = idempotency_keys.c
    values = {
        "status": status,
        "headers": dict(headers),
        "body": body,
        "expires_at": now + timedelta(seconds=ttl_s),
    }
    mine = update(idempotency_keys).where(column.id == claim_id, column.expires_at.is_(None))
    if tx.execute(mine.values(values)).rowcount == 0:
        raise Conflict(IN_PROGRESS, code="idempotency_in_progress", retry_after=1)


def release(tx: Connection, claim_id: str) -> None:
    """Free the key after a refusal, so that a corrected request may use it. A stored reply stays."""
    column = idempotency_keys.c
    tx.execute(delete(idempotency_keys).where(column.id == claim_id, column.expires_at.is_(None)))


def purge(tx: Connection, now: datetime) -> int:
    """Forget replies that expired and claims whose holders died; how many."""
    column = idempotency_keys.c
    stored, abandoned = column.expires_at <= now, column.expires_at.is_(None) & (column.locked_until <= now)
    return tx.execute(delete(idempotency_keys).where(stored | abandoned)).rowcount
