"""Who did what to which account or key: an append-only log, written in the same transaction as the deed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from storage.records.border_tables import audit_entries


@dataclass(frozen=True)
class AuditEntry:
    at: datetime
    actor: str  # who: an operator's name, a key's id, "system"
    verb: str  # what: "account.create", "key.revoke" …
    subject: str  # the id of what it was done to
    detail: Mapping[str, Any]


def write(tx: Connection, actor: str, verb: str, subject: str, detail: Mapping[str, Any], now: datetime) -> None:
    """Note one deed. `detail` must never hold a secret."""
    values = {"at": now, "actor": actor, "verb": verb, "subject": subject, "detail": dict(detail)}
    tx.execute(insert(audit_entries).values(values))


def entries(tx: Connection, limit: int) -> list[AuditEntry]:
    """The newest entries first."""
    rows = tx.execute(select(audit_entries).order_by(audit_entries.c.seq.desc()).limit(limit))
    return [AuditEntry(row.at, row.actor, row.verb, row.subject, row.detail) for row in rows]
