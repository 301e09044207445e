"""Verbs about batches: list, inspect, cancel, queue again, try the failed images again, delete the files early."""

from argparse import Namespace, _SubParsersAction
from typing import Any

from jobs.actions import find_action
from jobs.cancel import cancel
from jobs.operator.words import ACTOR, Answer
from jobs.purge import purge_due
from jobs.queue import DoorbellSilent, RqDoorbell, connect
from jobs.submit import submit
from jobs.tools import Tools
from storage.errors import Conflict, Gone
from storage.model import Batch, Dialect, Image, ImageOrder, ImageState, Order
from storage.records import audit, erasure, images
from storage.records.artifacts import list_artifacts
from storage.records.batches import get_batch, list_batches

BATCH_COLUMNS = ("id", "action", "state", "total", "pending", "succeeded", "failed", "credits_charged", "created_at")


def add_verbs(nouns: "_SubParsersAction[Any]") -> None:
    """batches list ACCOUNT DIALECT | show ID | cancel ID | requeue ID | retry ID | purge ID."""
    verbs = nouns.add_parser("batches", help="accepted work").add_subparsers(dest="verb", required=True)
    listing = verbs.add_parser("list")
    listing.add_argument("account")
    listing.add_argument("dialect", choices=[dialect.value for dialect in Dialect])
    listing.add_argument("--state")
    listing.add_argument("--limit", type=int, default=20)
    listing.set_defaults(run=list_recent)
    for verb, run, about in (
        ("show", show_batch, "with its images, their attempts and its files"),
        ("cancel", cancel_batch, "what has not started; its credits return"),
        ("requeue", requeue_batch, "open images to the queue again"),
        ("retry", retry_batch, "a new batch of the failed images, at the account's cost"),
        ("purge", purge_batch, "delete its files and inputs now; the record stays"),
    ):
        parser = verbs.add_parser(verb, help=about)
        parser.add_argument("batch")
        parser.set_defaults(run=run)


def doorbell(tools: Tools) -> RqDoorbell:
    if not tools.settings.redis_url:
        raise DoorbellSilent("REDIS_URL is not set and scripts/serve left none in the data folder")
    client = connect(tools.settings.redis_url)
    return RqDoorbell(client, tools.settings, tools.database)


def list_recent(tools: Tools, words: Namespace) -> Answer:
    filters = {"state": words.state} if words.state else {}
    with tools.database.read() as tx:
        dialect = Dialect(words.dialect)
        found = list_batches(tx, words.account, dialect=dialect, filters=filters, after=None, limit=words.limit)
    return found, BATCH_COLUMNS


def show_batch(tools: Tools, words: Namespace) -> Answer:
    """The batch, every image with its attempts, and every artifact."""
    with tools.database.read() as tx:
        batch = get_batch(tx, words.batch)
        found = [
            {"image": image, "attempts": images.attempts_of(tx, image.id)} for image in images.list_images(tx, batch.id)
        ]
        return {"batch": batch, "images": found, "artifacts": list_artifacts(tx, batch.id)}, ()


def cancel_batch(tools: Tools, words: Namespace) -> Answer:
    with tools.database.write() as tx:
        batch = get_batch(tx, words.batch)
        audit.write(tx, ACTOR, "batches cancel", batch.id, {}, tools.clock())
    return cancel(tools, batch.account_id, batch.id, doorbell(tools)), ()


def requeue_batch(tools: Tools, words: Namespace) -> Answer:
    """Hand the batch's open images to the queue again; harmless when they are there already."""
    with tools.database.write() as tx:
        batch = get_batch(tx, words.batch)
        pending = images.list_images(tx, batch.id)
        audit.write(tx, ACTOR, "batches requeue", batch.id, {}, tools.clock())
    bell = doorbell(tools)
    if batch.pending:
        bell.ring(batch, pending)
    elif not batch.final:
        bell.ring_packaging(batch.id)
    return {"requeued": batch.id, "open_images": batch.pending, "state": batch.state}, ()


def retry_batch(tools: Tools, words: Namespace) -> Answer:
    """The same order for the failed images alone, as a batch of its own. Conflict while it runs or when nothing failed,
    Gone once its inputs are deleted."""
    bell, moment = doorbell(tools), tools.clock()
    with tools.database.read() as tx:
        batch = get_batch(tx, words.batch)
        failed = [image for image in images.list_images(tx, batch.id) if image.state is ImageState.FAILED]
    if not batch.final or not failed:
        raise Conflict("None of its images failed." if batch.final else "The batch is not finished yet.")
    if batch.purged_at is not None or (batch.expires_at is not None and batch.expires_at <= moment):
        raise Gone("Its pictures were deleted at the end of their retention time.")
    made = submit(tools, again(tools, batch, failed), bell).batch
    with tools.database.write() as tx:
        audit.write(tx, ACTOR, "batches retry", batch.id, {"batch": made.id, "images": made.total}, moment)
    return {"retry_of": batch.id, "batch": made.id, "images": made.total, "credits_held": made.credits_held}, ()


def again(tools: Tools, batch: Batch, failed: list[Image]) -> Order:
    action = find_action(batch.dialect, batch.action)
    options = action.parse(batch.options, len(failed))
    return Order(
        account_id=batch.account_id,
        dialect=batch.dialect,
        action=batch.action,
        pool=action.pool,
        images=tuple(ImageOrder(image.sources, image.labels, image.callback_secret) for image in failed),
        quote=action.quote(options.values, len(failed)),
        options=options.values,
        labels={**batch.labels, "retry_of": batch.id},
        callback_url=batch.callback_url,
        callback_secret=batch.callback_secret,
        warnings=options.warnings,
        request_id=batch.request_id,
        dry_run=batch.dry_run,
        charge=batch.credits_held > 0,  # a test key's batch held nothing, and is not charged now either
    )


def purge_batch(tools: Tools, words: Namespace) -> Answer:
    """Ends its retention now and deletes what is due. Conflict while it is open: cancel it first."""
    moment = tools.clock()
    with tools.database.write() as tx:
        batch = get_batch(tx, words.batch)
        if not erasure.expire_batch(tx, batch.id, moment):
            raise Conflict("The batch is not finished; cancel it first.")
        audit.write(tx, ACTOR, "batches purge", batch.id, {}, moment)
    purge_due(tools)
    with tools.database.read() as tx:
        return get_batch(tx, batch.id), ()
