"""What the last check of the ledger found: one row, written by the sweep and read by who watches. Checks nothing."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from storage.records.border_tables import ledger_checks
from storage.records.insertion import insert_or_ignore

ROW = 1


@dataclass(frozen=True)
class LedgerCheck:
    checked_at: datetime
    violations: int
    duration_ms: int


def note(tx: Connection, check: LedgerCheck) -> None:
    """Keep this check in place of the one before."""
    if not insert_or_ignore(tx, ledger_checks, {"id": ROW, **vars(check)}):
        tx.execute(update(ledger_checks).where(ledger_checks.c.id == ROW).values(vars(check)))


def last(tx: Connection) -> LedgerCheck | None:
    """The last check; None when there was none."""
    row = tx.execute(select(ledger_checks).where(ledger_checks.c.id == ROW)).one_or_none()
    return None if row is None else LedgerCheck(row.checked_at, row.violations, row.duration_ms)
