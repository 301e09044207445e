"""Registered webhook receivers: their events, their secrets (sealed, shown once), and when they are given up on.
Deleting or disabling one never loses the log of what was sent to it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from storage.errors import Conflict, Invalid, NotFound
from storage.ids import new_id
from storage.model import Dialect, Endpoint
from storage.records.accounts import new_webhook_secret
from storage.records.border_tables import deliveries, endpoints
from storage.records.database import seal, unseal
from storage.records.rows import AnyRow

ACTIVE, DISABLED, ANY_EVENT = "active", "disabled", "*"
GIVE_UP_AFTER = timedelta(days=5)
GIVE_UP_FAILURES = 5
CHANGEABLE = ("url", "events", "description", "status")


def create_endpoint(
    tx: Connection,
    account_id: str,
    dialect: Dialect,
    url: str,
    events: Sequence[str],
    description: str,
    now: datetime,
) -> tuple[Endpoint, str]:
    """A new active receiver and its secret, which is shown this once."""
    secret = new_webhook_secret()
    values = {
        "id": new_id("wh", now),
        "account_id": account_id,
        "dialect": str(dialect),
        "url": url,
        "events": list(events),
        "description": description,
        "status": ACTIVE,
        "secret": seal(tx, secret),
        "created_at": now,
        "failures": 0,
    }
    row = tx.execute(insert(endpoints).values(values).returning(endpoints)).one()
    return endpoint_of(tx, row), secret


def list_endpoints(tx: Connection, account_id: str, dialect: Dialect | None = None) -> list[Endpoint]:
    """The account's receivers, newest first."""
    column = endpoints.c
    query = select(endpoints).where(column.account_id == account_id)
    if dialect is not None:
        query = query.where(column.dialect == str(dialect))
    return [endpoint_of(tx, row) for row in tx.execute(query.order_by(column.id.desc()))]


def get_endpoint(tx: Connection, account_id: str, endpoint_id: str) -> Endpoint:
    """Raises NotFound, also for another account's."""
    return endpoint_of(tx, find(tx, account_id, endpoint_id, lock=False))


def update_endpoint(tx: Connection, account_id: str, endpoint_id: str, **fields: Any) -> Endpoint:
    """Change url, events, description or status. Active again means a clean slate: pending deliveries go on.

    Raises NotFound; Invalid for another status; TypeError for another field.
    """
    unknown = sorted(set(fields) - set(CHANGEABLE))
    if unknown:
        raise TypeError(f"an endpoint has no changeable {', '.join(unknown)}")
    if fields.get("status", ACTIVE) not in (ACTIVE, DISABLED):
        raise Invalid("The status is active or disabled.", field="status", reason="not_allowed")
    find(tx, account_id, endpoint_id)
    values = dict(fields)
    if "events" in values:
        values["events"] = list(values["events"])
    if values.get("status") == ACTIVE:
        values |= {"disabled_reason": None, "disabled_at": None, "failing_since": None, "failures": 0}
    if values:
        tx.execute(update(endpoints).where(endpoints.c.id == endpoint_id).values(values))
    return get_endpoint(tx, account_id, endpoint_id)


def delete_endpoint(tx: Connection, account_id: str, endpoint_id: str) -> None:
    """Remove it; what was still to be sent to it fails. Raises NotFound."""
    find(tx, account_id, endpoint_id)
    column = deliveries.c
    unsent = update(deliveries).where(column.endpoint_id == endpoint_id, column.state == "pending")
    tx.execute(unsent.values(state="failed", next_at=None, lease_token=None, lease_until=None))
    tx.execute(delete(endpoints).where(endpoints.c.id == endpoint_id))


def rotate_secret(
    tx: Connection, account_id: str, endpoint_id: str, now: datetime, *, grace_s: int = 86400, force: bool = False
) -> str:
    """A new secret; the one before signs along for `grace_s` (0: a leak, it stops at once).

    Raises Conflict("rotation_in_progress") while an earlier rotation is in grace, unless forced: it would drop the
    secret that receivers still verify with. Raises NotFound.
    """
    row = find(tx, account_id, endpoint_id)
    if row.previous_until is not None and row.previous_until > now and not force:
        wait = int((row.previous_until - now).total_seconds()) + 1
        raise Conflict("The last rotation is still in its grace time.", code="rotation_in_progress", retry_after=wait)
    secret = new_webhook_secret()
    values = {
        "secret": seal(tx, secret),
        "previous_secret": row.secret if grace_s > 0 else None,
        "previous_until": now + timedelta(seconds=grace_s) if grace_s > 0 else None,
    }
    tx.execute(update(endpoints).where(endpoints.c.id == endpoint_id).values(values))
    return secret


def note_outcome(tx: Connection, endpoint_id: str, ok: bool, now: datetime) -> bool:
    """Note a delivery's outcome. True when this one disabled the endpoint: nothing but failures for 5 days, 5 at
    least. A success clears the record."""
    row = tx.execute(select(endpoints).where(endpoints.c.id == endpoint_id).with_for_update()).one_or_none()
    if row is None or (ok and row.failing_since is None):
        return False
    since = None if ok else row.failing_since or now
    failures = 0 if ok else row.failures + 1
    values = {"failing_since": since, "failures": failures}
    tx.execute(update(endpoints).where(endpoints.c.id == endpoint_id).values(values))
    given_up = since is not None and now - since >= GIVE_UP_AFTER and failures >= GIVE_UP_FAILURES
    if given_up and row.status == ACTIVE:
        disable(tx, endpoint_id, "failing", now)
        return True
    return False


def disable(tx: Connection, endpoint_id: str, reason: str, now: datetime) -> None:
    """Stop sending; pending deliveries wait until it is active again. Again keeps the first reason."""
    column = endpoints.c
    active = update(endpoints).where(column.id == endpoint_id, column.status == ACTIVE)
    tx.execute(active.values(status=DISABLED, disabled_reason=reason, disabled_at=now))


def for_event(tx: Connection, account_id: str, dialect: Dialect, event: str) -> list[Endpoint]:
    """Active receivers of the dialect that asked for this event or for all."""
    found = reversed(list_endpoints(tx, account_id, dialect))
    return [each for each in found if each.status == ACTIVE and (event in each.events or ANY_EVENT in each.events)]


def find(tx: Connection, account_id: str, endpoint_id: str, *, lock: bool = True) -> AnyRow:
    """The row, locked for change unless it is only to be read. Raises NotFound."""
    column = endpoints.c
    query = select(endpoints).where(column.id == endpoint_id, column.account_id == account_id)
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound("There is no such webhook endpoint.")
    return row


def secrets_of(tx: Connection, row: AnyRow, now: datetime | None = None) -> tuple[str, ...]:
    """Newest first; with `now`, a previous secret only while it is in grace."""
    graced = row.previous_secret is not None and (now is None or row.previous_until > now)
    sealed = [row.secret, *([row.previous_secret] if graced else [])]
    return tuple(opened for each in sealed if (opened := unseal(tx, each)) is not None)


def endpoint_of(tx: Connection, row: AnyRow) -> Endpoint:
    return Endpoint(
        id=row.id,
        account_id=row.account_id,
        dialect=Dialect(row.dialect),
        url=row.url,
        events=tuple(row.events),
        description=row.description,
        status=row.status,
        secrets=secrets_of(tx, row),
        created_at=row.created_at,
        disabled_reason=row.disabled_reason,
        failing_since=row.failing_since,
    )
