"""The ledger checked while the service runs: every hour, in one snapshot that no writer waits for. What it finds is an
error in the log each, and a count in SQL where metrics read it. Repairs nothing and stops nothing."""

import logging
import time
from datetime import timedelta

from jobs.tools import Tools
from storage.records import ledger, ledger_checks
from storage.records.ledger_checks import LedgerCheck

logger = logging.getLogger("darkroom.bookkeeping")

EVERY = timedelta(hours=1)
SHARE = 100  # a check that takes long is made less often: at most one hundredth of the time
TOLD = 20  # violations with a line of their own; the rest are counted


def check_ledger(tools: Tools) -> LedgerCheck | None:
    """Check when it is time; None when it is not yet."""
    with tools.database.read() as tx:
        before = ledger_checks.last(tx)
    if before is not None and not due(tools, before):
        return None
    began = time.monotonic()
    with tools.database.read(snapshot=True) as tx:
        found = ledger.verify(tx)
    check = LedgerCheck(tools.clock(), len(found), int((time.monotonic() - began) * 1000))
    with tools.database.write() as tx:
        ledger_checks.note(tx, check)
    for violation in found[:TOLD]:
        logger.error("ledger violated: %s", violation, extra={"event": "ledger.violation", "violation": violation})
    facts = {"event": "ledger.checked", "violations": check.violations, "duration_ms": check.duration_ms}
    logger.log(logging.ERROR if found else logging.INFO, "ledger checked", extra=facts)
    return check


def due(tools: Tools, before: LedgerCheck) -> bool:
    """Whether the last check is old enough; one from the future was made before the clock was put right."""
    age = tools.clock() - before.checked_at
    return age < timedelta() or age >= max(EVERY, SHARE * timedelta(milliseconds=before.duration_ms))
