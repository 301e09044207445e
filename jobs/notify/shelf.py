"""The shelf's two analysis events in its documented envelope. There is no batch event (shelf contract §9).

Never carries products: receivers fetch the analysis by its `generationId`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from jobs.notify import encode, stamp
from jobs.tools import Tools
from storage.clock import iso
from storage.model import Artifact, Batch, Dialect, Image, ImageState, Message
from storage.records import endpoints

WIRE_EVENTS = {
    "image.completed": "analysis.completed",
    "image.failed": "analysis.failed",
    "image.cancelled": "analysis.failed",
}
ALL_EVENTS = ("analysis.completed", "analysis.failed", "task.created", "task.updated", "task.completed", "*")
STATUS = {
    ImageState.QUEUED: "processing",
    ImageState.RUNNING: "processing",
    ImageState.SUCCEEDED: "completed",
    ImageState.FAILED: "failed",
    ImageState.CANCELLED: "failed",
}
LABELS = ("externalId", "metadata", "placeId", "taskId")


def labels(image: Image) -> dict[str, Any]:
    """What the caller gave, echoed; absent when it was never given."""
    return {name: image.labels[name] for name in LABELS if image.labels.get(name) is not None}


def event_data(image: Image) -> dict[str, Any]:
    data: dict[str, Any] = {"generationId": image.id, "status": STATUS[image.state]}
    if image.state is ImageState.SUCCEEDED:
        data["productCount"] = len(image.result.get("products", ()))
    else:
        data["error"] = image.error_message
    data["createdAt"] = iso(image.created_at)
    data["completedAt"] = iso(image.finished_at) if image.finished_at else None
    return data | labels(image)


def envelope(wire: str, data: Mapping[str, Any], ending: Mapping[str, Any], webhook_id: str) -> bytes:
    """One receiver's copy; `ending` is the event's stamp, whose time is the documented `timestamp` too."""
    return encode(
        {
            "event": wire,
            "data": data,
            "timestamp": ending["occurred_at"],
            "webhookId": webhook_id,
            "sequence": ending["sequence"],
        }
    )


def compose(
    tools: Tools, tx: Connection, event: str, batch: Batch, image: Image | None, artifacts: Sequence[Artifact]
) -> list[Message]:
    wire = WIRE_EVENTS.get(event)
    if wire is None or image is None:
        return []
    registered = endpoints.for_event(tx, batch.account_id, Dialect.SHELF, wire)
    if not registered and not batch.callback_url:
        return []
    data, ending = event_data(image), stamp(tools, tx, batch)
    messages = [
        Message(Dialect.SHELF, wire, each.url, envelope(wire, data, ending, each.id), each.id) for each in registered
    ]
    if batch.callback_url:
        body = envelope(wire, data, ending, f"cb_{image.id}")
        secrets = (image.callback_secret,) if image.callback_secret else ()
        messages.append(Message(Dialect.SHELF, wire, batch.callback_url, body, None, secrets))
    return messages
