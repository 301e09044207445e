"""THE path of a submission, for every dialect and script: one transaction, then the doorbell.

Either everything is recorded (batch, images, hold, the reply under its idempotency key, messages) or nothing is. Never
raises for a silent queue server: what is committed is accepted, and the sweep rings again.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from jobs import settling
from jobs.capacity import check_disk, check_queues
from jobs.failpoints import reach
from jobs.queue import Doorbell, DoorbellSilent
from jobs.tools import Tools
from storage.model import Batch, Image, Order
from storage.records import batches as batch_records
from storage.records import idempotency
from storage.records import images as image_records

logger = logging.getLogger("darkroom.submit")


@dataclass(frozen=True)
class StoredReply:
    """A dialect's answer, kept so that the same request is answered with the same bytes again."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class IdempotencyTicket:
    """A claim of storage.records.idempotency in state "new"."""

    claim_id: str


@dataclass(frozen=True)
class Submitted:
    """What was accepted; `reply` is what the dialect rendered inside the transaction."""

    batch: Batch
    images: list[Image] = field(default_factory=list)
    reply: StoredReply | None = None


def submit(
    tools: Tools,
    order: Order,
    doorbell: Doorbell,
    *,
    idempotency: IdempotencyTicket | None = None,
    reply: Callable[[Batch, list[Image]], StoredReply] | None = None,
    also: Callable[[Connection, list[Image]], None] | None = None,
) -> Submitted:
    """Record `order` and ring. InsufficientCredits, RateLimited("queue_full"), Unavailable: nothing was recorded.

    With a ticket, `reply` is needed: it is rendered and stored in the same transaction, and so is what `also` records.
    """
    if idempotency is not None and reply is None:
        raise ValueError("a ticket needs the reply that is stored under it")
    check_disk(tools)
    submitted = _record(tools, order, idempotency, reply, also)
    reach(tools.settings.failpoints, "submit.after_commit")
    try:
        doorbell.ring(submitted.batch, submitted.images)
    except DoorbellSilent as silent:
        logger.warning(
            "queue server silent: %s", silent, extra={"event": "queue.silent", "batch_id": submitted.batch.id}
        )
    reach(tools.settings.failpoints, "submit.after_ring")
    logger.info(
        "batch accepted",
        extra={
            "event": "batch.accepted",
            "request_id": order.request_id,
            "account_id": order.account_id,
            "batch_id": submitted.batch.id,
            "dialect": order.dialect.value,
            "action": order.action,
            "images": len(submitted.images),
        },
    )
    return submitted


def _record(
    tools: Tools,
    order: Order,
    ticket: IdempotencyTicket | None,
    reply: Callable[[Batch, list[Image]], StoredReply] | None,
    also: Callable[[Connection, list[Image]], None] | None,
) -> Submitted:
    now = tools.clock()
    with tools.database.write() as tx:
        check_queues(tools, tx, order.account_id, order.dialect, len(order.images))
        batch = batch_records.create_batch(tx, order, now=now, deadline_s=tools.settings.batch_deadline_hours * 3600)
        images = image_records.list_images(tx, batch.id)
        for image in images:
            settling.tell_image(tools, tx, "image.queued", batch, image)
        rendered = reply(batch, images) if reply is not None else None
        if ticket is not None and rendered is not None:
            idempotency.store(
                tx, ticket.claim_id, status=rendered.status, headers=dict(rendered.headers), body=rendered.body, now=now
            )
        if also is not None:
            also(tx, images)
        reach(tools.settings.failpoints, "submit.before_commit")
    return Submitted(batch, images, rendered)
