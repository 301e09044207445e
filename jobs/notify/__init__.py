"""Webhook bodies: a neutral event becomes the messages that a dialect promises, inside the caller's transaction.

Never sends anything; jobs.delivery does.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from jobs.tools import Tools
from storage.clock import iso
from storage.model import Artifact, Batch, Dialect, Image, Message
from storage.records.batches import next_sequence

IMAGE_EVENTS = ("image.queued", "image.processing", "image.completed", "image.failed", "image.cancelled")
BATCH_EVENTS = ("batch.completed", "batch.failed", "batch.cancelled")


def encode(body: Mapping[str, Any]) -> bytes:
    """The bytes that are stored and signed: compact UTF-8 JSON in the order of the contract."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def stamp(tools: Tools, tx: Connection, batch: Batch) -> dict[str, Any]:
    """What ends every body of one event, whoever it goes to: `sequence`, which grows with each event of the batch
    because deliveries come in no promised order, and `occurred_at`. Ask once per event, when there is a receiver."""
    return numbered(next_sequence(tx, batch.id), iso(tools.clock()))


def numbered(sequence: int, moment: str) -> dict[str, Any]:
    """The same with a given number; 0 is a sample's, which belongs to no batch."""
    return {"sequence": sequence, "occurred_at": moment}


def compose(
    tools: Tools,
    tx: Connection,
    event: str,
    batch: Batch,
    image: Image | None = None,
    artifacts: Sequence[Artifact] = (),
) -> list[Message]:
    """The messages due for `event` (one of IMAGE_EVENTS, BATCH_EVENTS); none where the dialect has no such event.

    `artifacts` are the image's for an image event and the whole batch's for a batch event.
    """
    from jobs.notify import print_shop, shelf, studio

    composers = {
        Dialect.PRINT: print_shop.compose,
        Dialect.STUDIO: studio.compose,
        Dialect.SHELF: shelf.compose,
    }
    return composers[batch.dialect](tools, tx, event, batch, image, artifacts)
