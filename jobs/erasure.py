"""Erases accounts that were asked to be: cancels what is open, deletes the files, then blanks the records.

A running image may take until its next renewal to be cut, so an erasure may need several passes; each may be cut off
anywhere and done again. Never changes a balance but by the releases of what is cancelled.
"""

import logging

from jobs.cancel import cancel
from jobs.purge import purge_due
from jobs.queue import Doorbell
from jobs.tools import Tools
from storage.records import erasure

logger = logging.getLogger("darkroom.erasure")


def erase_accounts(tools: Tools, doorbell: Doorbell) -> int:
    """Go as far as is possible now with every account that is to be erased; how many are done."""
    with tools.database.read() as tx:
        wanted = erasure.requested(tx)
    return sum(erase_account(tools, doorbell, account_id) for account_id in wanted)


def erase_account(tools: Tools, doorbell: Doorbell, account_id: str) -> bool:
    """True once nothing of the account is left but its ledger and its numbers."""
    with tools.database.read() as tx:
        still_open = erasure.open_batches(tx, account_id)
    for batch_id in still_open:
        cancel(tools, account_id, batch_id, doorbell)
    now = tools.clock()
    with tools.database.write() as tx:
        erasure.expire_batches(tx, account_id, now)
    purge_due(tools)
    with tools.database.read() as tx:
        left, slots = erasure.unpurged(tx, account_id), erasure.upload_keys(tx, account_id)
    for key in slots:
        tools.objects.delete(key)
    if left:
        logger.info("erasure waits", extra={"event": "account.erasing", "account_id": account_id, "batches": left})
        return False
    with tools.database.write() as tx:
        erasure.blank(tx, account_id, now)
    logger.info("account erased", extra={"event": "account.erased", "account_id": account_id})
    return True
