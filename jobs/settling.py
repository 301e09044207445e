"""How an attempt ends: one transaction that records the outcome, moves the credits, counts the batch and writes the
messages; only with a live lease. And the rule for another attempt.

Never touches the queue or the object store, so that it can be called from a worker, its parent and the sweep alike.
"""

import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection

from jobs import notify
from jobs.tools import Tools
from storage.errors import ImageFault, NotFound, Unavailable
from storage.model import Artifact, Batch, Image, ImageState
from storage.records import artifacts as artifact_records
from storage.records import batches as batch_records
from storage.records import images as image_records
from storage.records import outbox
from storage.records.images import Settled

logger = logging.getLogger("darkroom.settling")

TRANSIENT_ATTEMPTS = 3
POISON_ATTEMPTS = 2  # crashes, limits and faults nobody foresaw: once more, then never again
POISON = frozenset({"resource_limit_exceeded", "decoder_crashed", "timeout", "processing_failed"})
BACKOFF_S = (2.0, 60.0)
DATABASE_TRIES = 4
WORDING_FAULTS = (LookupError, TypeError, ValueError, AttributeError)

Result = TypeVar("Result")


def succeed(
    tools: Tools, image_id: str, token: str, result: Mapping[str, Any], artifacts: Sequence[Artifact]
) -> Settled | None:
    """Settle as succeeded. None: the lease was lost, and somebody else's attempt counts."""

    def settle() -> Settled | None:
        now = tools.clock()
        with tools.database.write() as tx:
            settled = image_records.settle_success(tx, image_id, token, result=result, artifacts=artifacts, now=now)
            if settled is not None:
                _tell(tools, tx, "image.completed", settled, artifacts)
            return settled

    return persist(settle)


def fail(tools: Tools, image_id: str, token: str | None, code: str, message: str) -> Settled | None:
    """Settle as failed for good. `token` None is the sweep's, for an image that nobody holds."""

    def settle() -> Settled | None:
        now = tools.clock()
        with tools.database.write() as tx:
            settled = image_records.settle_failure(tx, image_id, token, code=code, message=message, now=now)
            if settled is not None:
                _tell(tools, tx, "image.failed", settled, ())
            return settled

    return persist(settle)


def fail_or_retry(tools: Tools, image: Image, token: str, fault: ImageFault) -> Settled | None:
    """Another attempt after a pause when that may help, otherwise failed for good.

    None: put back, or the lease was lost.
    """
    if not may_retry(fault, image.attempts):
        return fail(tools, image.id, token, fault.code, fault.public)
    pause = backoff_s(image.attempts)
    put_back(tools, image.id, token, fault.code, fault.public, not_before_s=pause)
    logger.info("put back", extra={"event": "image.retry", "code": fault.code, "pause_ms": int(pause * 1000)})
    return None


def put_back(tools: Tools, image_id: str, token: str, code: str, message: str, *, not_before_s: float) -> bool:
    """Give the lease back so that the image can be claimed again in `not_before_s` seconds. False: it was lost."""

    def give() -> bool:
        now = tools.clock()
        not_before = now + timedelta(seconds=not_before_s)
        with tools.database.write() as tx:
            given = image_records.retry_later(
                tx, image_id, token, code=code, message=message, not_before=not_before, now=now
            )
            if not given:
                _tell_if_cancelled(tools, tx, image_id, now)
            return given

    return persist(give)


def may_retry(fault: ImageFault, attempts: int) -> bool:
    """Whether attempt number `attempts`, which ended with `fault`, may be followed by another."""
    if not fault.retryable:
        return False
    return attempts < (POISON_ATTEMPTS if fault.code in POISON else TRANSIENT_ATTEMPTS)


def backoff_s(attempts: int) -> float:
    """Seconds before the next attempt: 2, 8, 32 … up to 60, each spread by a quarter so that a herd disperses."""
    least, most = BACKOFF_S
    return max(least, min(most, least * 4.0 ** (attempts - 1) * random.uniform(1.0, 1.25)))


def persist(write: Callable[[], Result]) -> Result:
    """`write()`, again after a pause while the database is busy: finished work must not be lost to a lock."""
    for remaining in reversed(range(DATABASE_TRIES)):
        try:
            return write()
        except Unavailable:
            if not remaining:
                raise
            time.sleep(random.uniform(0.2, 1.0))
    raise AssertionError("unreachable")


def tell_batch(tools: Tools, tx: Connection, event: str, batch: Batch) -> None:
    """Write the messages of a batch event into the caller's transaction."""
    files = artifact_records.list_artifacts(tx, batch.id)
    _add_messages(tools, tx, event, batch, None, files)


def tell_image(
    tools: Tools, tx: Connection, event: str, batch: Batch, image: Image, artifacts: Sequence[Artifact] = ()
) -> None:
    """Write the messages of an image event into the caller's transaction."""
    _add_messages(tools, tx, event, batch, image, artifacts)


def _add_messages(
    tools: Tools, tx: Connection, event: str, batch: Batch, image: Image | None, artifacts: Sequence[Artifact]
) -> None:
    try:
        messages = notify.compose(tools, tx, event, batch, image, artifacts)
    except WORDING_FAULTS:
        # A message that cannot be worded must not keep finished work from being settled, or credits held for ever.
        logger.exception("message not worded", extra={"event": "notify.failed", "batch_id": batch.id, "told": event})
        return
    if messages:
        image_id = image.id if image else None
        outbox.add_messages(tx, batch.account_id, messages, batch_id=batch.id, image_id=image_id, now=tools.clock())


def _tell_if_cancelled(tools: Tools, tx: Connection, image_id: str, now: datetime) -> None:
    """After a call that was refused: when it was because it cancelled the image just now, say so."""
    try:
        image = image_records.get_image(tx, image_id)
    except NotFound:
        return
    if image.state is ImageState.CANCELLED and image.finished_at == now:
        tell_image(tools, tx, "image.cancelled", batch_records.get_batch(tx, image.batch_id), image)


def _tell(tools: Tools, tx: Connection, event: str, settled: Settled, artifacts: Sequence[Artifact]) -> None:
    tell_image(tools, tx, event, settled.batch, settled.image, artifacts)


def claim(tools: Tools, image_id: str) -> tuple[Image, Batch, str] | None:
    """Take the lease of an image: (image, batch, token), or None when it is not to be had."""

    def take() -> tuple[Image, Batch, str] | None:
        now = tools.clock()
        with tools.database.write(durable=False) as tx:
            claimed = image_records.claim_image(tx, image_id, now, tools.settings.lease_seconds)
            if claimed is None:
                _tell_if_cancelled(tools, tx, image_id, now)
                return None
            image, lease = claimed
            batch = batch_records.get_batch(tx, image.batch_id)
            if image.attempts == 1:
                tell_image(tools, tx, "image.processing", batch, image)
            return image, batch, lease.token

    return persist(take)
