"""Sealed secrets under a new key: what the key before sealed is opened and sealed anew. Never shows or keeps a secret,
and changes nothing that the present key sealed."""

from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, func, select, update

from storage.records.border_tables import deliveries, endpoints
from storage.records.database import seal, sealer_of, unseal
from storage.records.tables import accounts, batches, images

SEALED: tuple[tuple[Table, str], ...] = (
    (accounts, "webhook_secret"),
    (batches, "callback_secret"),
    (images, "callback_secret"),
    (endpoints, "secret"),
    (endpoints, "previous_secret"),
    (deliveries, "secrets"),
)


def outdated(tx: Connection) -> int:
    """How many secrets are sealed by another key than the present one."""
    queries = [select(func.count()).select_from(table).where(~by_present(tx, table.c[name])) for table, name in SEALED]
    return sum(int(tx.scalar(query) or 0) for query in queries)


def reseal(tx: Connection, limit: int) -> int:
    """Seal up to `limit` secrets anew; how many. Raises SealBroken for one that neither key opens."""
    done = 0
    for table, name in SEALED:
        old = select(table.c.id, table.c[name]).where(~by_present(tx, table.c[name])).limit(limit - done)
        for row in tx.execute(old).all():
            fresh = seal(tx, unseal(tx, row[1]))
            tx.execute(update(table).where(table.c.id == row.id, table.c[name] == row[1]).values({name: fresh}))
            done += 1
        if done >= limit:
            break
    return done


def by_present(tx: Connection, column: Column[Any]) -> ColumnElement[bool]:
    """Nothing there counts as well sealed."""
    mark = f"{sealer_of(tx).key_id}."
    return func.substr(func.coalesce(column, mark), 1, len(mark)) == mark
