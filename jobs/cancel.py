"""Cancelling a batch: what has not started is cancelled and its credits return; what runs is cut at its next renewal.

Never makes the batch final: packaging does, as for every other batch.
"""

import logging

from jobs import settling
from jobs.queue import Doorbell, DoorbellSilent
from jobs.tools import Tools
from storage.model import Batch, ImageState
from storage.records import batches as batch_records
from storage.records import images as image_records

logger = logging.getLogger("darkroom.cancel")


def cancel(tools: Tools, account_id: str, batch_id: str, doorbell: Doorbell) -> Batch:
    """The batch after the call; again, or on a finished batch, changes nothing. NotFound for another account's."""
    now = tools.clock()
    with tools.database.write() as tx:
        batch_records.get_batch(tx, batch_id, account_id)
        before = {image.id for image in image_records.list_images(tx, batch_id) if not image.final}
        batch = batch_records.cancel_batch(tx, account_id, batch_id, now)
        for image in image_records.list_images(tx, batch_id):
            if image.id in before and image.state is ImageState.CANCELLED:
                settling.tell_image(tools, tx, "image.cancelled", batch, image)
    whose = {"account_id": account_id, "batch_id": batch_id}
    if batch.pending == 0 and not batch.final:
        try:
            doorbell.ring_packaging(batch_id)
        except DoorbellSilent as silent:
            logger.warning("queue server silent: %s", silent, extra={"event": "queue.silent", **whose})
    logger.info("batch cancelled", extra={"event": "batch.cancel_requested", **whose})
    return batch
