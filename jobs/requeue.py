"""Brings the queue back in line with SQL: what was never rung, what RQ lost, what a wiped queue server forgot.

Never settles an image and never touches RQ's registries, whose clean-up would run in the caller.
"""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from jobs.queue import Doorbell, Present, packaging_id, window
from jobs.tools import Tools
from storage.errors import NotFound
from storage.model import Batch, Image
from storage.records import batches as batch_records
from storage.records import images as image_records

logger = logging.getLogger("darkroom.requeue")

IMAGES_AT_ONCE = 2000
BATCHES_AT_ONCE = 200
TAKEN_S = 6.0  # a job taken from its list but not started by now belonged to a worker that died


@dataclass
class Missing:
    """Since when a queued image has been in no list. RQ pops and starts in two steps, so one look proves nothing."""

    clock: Callable[[], float] = time.monotonic
    since: dict[str, float] = field(default_factory=dict)

    def lost(self, image_ids: Iterable[str], present: Present) -> set[str]:
        """Those to push again: missed by an earlier look, or taken from their list TAKEN_S ago; forgets all others."""
        now, lost, still = self.clock(), set(), {}
        for image_id in image_ids:
            if image_id in present.listed:
                continue
            first = self.since.get(image_id)
            patience = TAKEN_S if image_id in present.taken else 0.0
            if first is not None and now - first >= patience:
                lost.add(image_id)
            else:
                still[image_id] = now if first is None else first
        self.since = still
        return lost


def repair_queue(tools: Tools, doorbell: Doorbell, missing: Missing) -> int:
    """One pass over everything that waits; how many jobs were pushed. DoorbellSilent when the server is away."""
    present = doorbell.present()
    now = tools.clock()
    with tools.database.read() as tx:
        waiting = image_records.open_images(tx, now, IMAGES_AT_ONCE)
        due = batch_records.due_for_packaging(tx, now, BATCHES_AT_ONCE)
    pushed = _repair_images(tools, doorbell, missing, present, waiting)
    for batch in due:
        if packaging_id(batch.id) not in present.listed:
            doorbell.ring_packaging(batch.id)
            pushed += 1
    if pushed:
        logger.info("queue repaired", extra={"event": "queue.repaired", "pushed": pushed})
    return pushed


def _repair_images(
    tools: Tools, doorbell: Doorbell, missing: Missing, present: Present, waiting: Sequence[Image]
) -> int:
    by_batch: dict[str, list[Image]] = {}
    for image in waiting:
        by_batch.setdefault(image.batch_id, []).append(image)
    lost = missing.lost([image.id for image in waiting], present)
    pushed = 0
    for batch_id, images in by_batch.items():
        try:
            with tools.database.read() as tx:
                batch = batch_records.get_batch(tx, batch_id)
                open_images = [image for image in image_records.list_images(tx, batch_id) if not image.final]
        except NotFound:
            continue
        doorbell.restore(batch, open_images)
        pushed += _repair_batch(tools, doorbell, batch, images, lost, present)
    return pushed


def _repair_batch(
    tools: Tools, doorbell: Doorbell, batch: Batch, images: Sequence[Image], lost: set[str], present: Present
) -> int:
    """Fill the batch's window with images that were never pushed, and push those that were and got lost."""
    outside = doorbell.unpushed([image.id for image in images])
    gone = [image for image in images if image.id in lost and image.id not in outside]
    if gone:
        doorbell.push(gone)
    on_queue = sum(image.id in present.listed for image in images) + len(gone)
    room = window(tools.settings, batch.pool) - on_queue - _running(tools, batch)
    fed = doorbell.feed(batch.id, room) if outside and room > 0 else []
    return len(gone) + len(fed)


def _running(tools: Tools, batch: Batch) -> int:
    with tools.database.read() as tx:
        return sum(n for state, n in batch_records.counts(tx, batch.id).items() if state == "running")
