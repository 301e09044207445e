"""Deletes what has outlived its time: expired batches' files, uploads nobody used, objects of dead attempts, old rows.

Never deletes a row that money, the audit or a customer's history depends on, and never an object that a batch which is
not purged yet still refers to. Every step may be cut off anywhere and done again.
"""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import groupby

from sqlalchemy import Connection

from jobs.tools import Tools
from storage import names
from storage.errors import NotFound
from storage.model import Batch
from storage.objects import ObjectStat
from storage.records import artifacts as artifact_records
from storage.records import batches as batch_records
from storage.records import idempotency, outbox, uploads
from storage.records import images as image_records

logger = logging.getLogger("darkroom.purge")

BATCHES_AT_ONCE = 50
PURGE_S = 20.0  # for one pass; leases and queue are looked at in between
STAGING_AGE = timedelta(hours=24)
UNKNOWN_AGE = timedelta(hours=24)  # an object whose batch we do not know: the transaction may still be under way
LOSER_AGE = timedelta(hours=1)  # an object beside a finished batch's artifacts: left by an attempt that lost
DELIVERIES_AGE = timedelta(days=30)


def purge_batches(tools: Tools) -> int:
    """Delete the files of batches whose retention is over, their inputs too; how many batches."""
    now = tools.clock()
    with tools.database.read() as tx:
        due = batch_records.due_for_purge(tx, now, BATCHES_AT_ONCE)
    for batch in due:
        for prefix in (names.output_prefix(batch.id), f"{names.ARCHIVES}/{batch.id}/"):
            for stat in [*tools.objects.list(prefix)]:
                tools.objects.delete(stat.key)
        keys = _input_keys(tools, batch)
        with tools.database.write() as tx:
            batch_records.mark_purged(tx, batch.id, now)
            free = [key for key in keys if not uploads.staging_referenced(tx, key)]
        for key in free:
            tools.objects.delete(key)
        whose = {"account_id": batch.account_id, "batch_id": batch.id, "request_id": batch.request_id}
        logger.info("batch purged", extra={"event": "batch.purged", **whose})
    return len(due)


def purge_due(tools: Tools, *, seconds: float = PURGE_S, clock: Callable[[], float] = time.monotonic) -> int:
    """Bite after bite until nothing is due, or the other steps of a sweep have waited long enough; how many batches."""
    began, purged = clock(), purge_batches(tools)
    bite = purged
    while bite and clock() - began < seconds:
        bite = purge_batches(tools)
        purged += bite
    return purged


def collect_staging(tools: Tools) -> int:
    """Delete uploads older than a day that no living batch refers to; how many objects."""
    now = tools.clock()
    with tools.database.read() as tx:
        slots = uploads.stale(tx, now)
        unused = [slot for slot in slots if not uploads.staging_referenced(tx, slot.key)]
    for slot in unused:
        tools.objects.delete(slot.key)
    # A submission that named a slot may be repeated for a day, and must find the slot to be recognised.
    done = {slot.id for slot in (*unused, *(slot for slot in slots if slot.expires_at <= now - STAGING_AGE))}
    with tools.database.write() as tx:
        for slot_id in done:
            uploads.delete_upload(tx, slot_id)
    old = [stat for stat in tools.objects.list(f"{names.STAGING}/") if stat.modified <= now - STAGING_AGE]
    with tools.database.read() as tx:
        unused_keys = [stat.key for stat in old if not uploads.staging_referenced(tx, stat.key)]
    for key in unused_keys:
        tools.objects.delete(key)
    return len(unused) + len(unused_keys)


def tidy_rows(tools: Tools) -> None:
    """Replies past their idempotency window and deliveries long ended; unfinished writes of dead processes."""
    now = tools.clock()
    with tools.database.write() as tx:
        idempotency.purge(tx, now)
        outbox.purge(tx, now - DELIVERIES_AGE)
    tools.objects.tidy(int(STAGING_AGE.total_seconds()))


def collect_orphans(tools: Tools) -> int:
    """Delete objects that no record knows: what attempts stored that lost their lease or died; how many."""
    removed = 0
    for root in (names.OUTPUTS, names.ARCHIVES):
        for batch_id, stats in groupby(tools.objects.list(f"{root}/"), key=lambda stat: stat.key.split("/")[1]):
            for key in _orphans(tools, batch_id, [*stats]):
                tools.objects.delete(key)
                removed += 1
    if removed:
        logger.info("orphans removed", extra={"event": "objects.orphans_removed", "objects": removed})
    return removed


def _orphans(tools: Tools, batch_id: str, stats: list[ObjectStat]) -> Iterator[str]:
    now = tools.clock()
    with tools.database.read() as tx:
        batch = _find_batch(tx, batch_id)
        known = {artifact.key for artifact in artifact_records.list_artifacts(tx, batch_id)} if batch else set()
    if batch is not None and not batch.final:
        return
    oldest = now - (LOSER_AGE if batch is not None else UNKNOWN_AGE)
    for stat in stats:
        if stat.key not in known and stat.modified <= oldest:
            yield stat.key


def _find_batch(tx: Connection, batch_id: str) -> Batch | None:
    try:
        return batch_records.get_batch(tx, batch_id)
    except NotFound:
        return None


def _input_keys(tools: Tools, batch: Batch) -> list[str]:
    """Uploaded sources of the batch's images."""
    with tools.database.read() as tx:
        images = image_records.list_images(tx, batch.id)
    return sorted({source.key for image in images for source in image.sources if source.key})
