"""Verbs about batches: list, inspect, cancel, requeue."""

from argparse import Namespace, _SubParsersAction
from typing import Any

from jobs.cancel import cancel
from jobs.operator.words import ACTOR, Answer
from jobs.queue import DoorbellSilent, RqDoorbell, connect
from jobs.tools import Tools
from storage.model import Dialect
from storage.records import audit, images
from storage.records.artifacts import list_artifacts
from storage.records.batches import get_batch, list_batches

BATCH_COLUMNS = ("id", "action", "state", "total", "pending", "succeeded", "failed", "credits_charged", "created_at")


def add_verbs(nouns: "_SubParsersAction[Any]") -> None:
    """batches list ACCOUNT DIALECT | show ID | cancel ID | requeue ID."""
    verbs = nouns.add_parser("batches", help="accepted work").add_subparsers(dest="verb", required=True)
    listing = verbs.add_parser("list")
    listing.add_argument("account")
    listing.add_argument("dialect", choices=[dialect.value for dialect in Dialect])
    listing.add_argument("--state")
    listing.add_argument("--limit", type=int, default=20)
    listing.set_defaults(run=list_recent)
    for verb, run in (("show", show_batch), ("cancel", cancel_batch), ("requeue", requeue_batch)):
        parser = verbs.add_parser(verb)
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
