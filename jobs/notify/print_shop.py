"""The print dialect's job and batch events, and the assets object that its polls share with them.

Never decides who is asked for money or when; it only words what happened (contracts: print §4.2, §8).
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from jobs.links import artifact_url, batch_url, link_seconds
from jobs.notify import encode, stamp
from jobs.tools import Tools
from storage.clock import iso
from storage.ids import new_id
from storage.model import Artifact, Batch, BatchState, Dialect, Image, ImageState, Message, Role
from storage.records import endpoints
from storage.records.images import list_images

WIRE_EVENTS = {
    "image.queued": "job.queued",
    "image.processing": "job.processing",
    "image.completed": "job.completed",
    "image.failed": "job.failed",
    "image.cancelled": "job.failed",
    "batch.completed": "batch.completed",
    "batch.failed": "batch.failed",
    "batch.cancelled": "batch.failed",
}
DEFAULT_EVENTS = ("job.completed", "job.failed", "batch.completed", "batch.failed")
ALL_EVENTS = (*DEFAULT_EVENTS, "job.queued", "job.processing")

JOB_TYPES = {"wallart": "wall_art", "poster": "poster", "clipart": "clipart", "upscale": "upscale"}
IMAGE_STATUS = {
    ImageState.QUEUED: "queued",
    ImageState.RUNNING: "processing",
    ImageState.SUCCEEDED: "completed",
    ImageState.FAILED: "failed",
    ImageState.CANCELLED: "canceled",
}
BATCH_STATUS = {
    BatchState.QUEUED: "queued",
    BatchState.PROCESSING: "processing",
    BatchState.COMPLETED: "completed",
    BatchState.FAILED: "failed",
    BatchState.CANCELLED: "canceled",
}
# neutral fault code → the dialect's documented child error code (print §5)
FAULT_CODES = {
    "image_too_small": "image_too_small",
    "image_too_large": "image_too_large",
    "file_too_large": "image_too_large",
    "source_too_large": "image_too_large",
    "output_too_large": "image_too_large",
    "not_an_image": "image_decode_failed",
    "unsupported_format": "image_decode_failed",
    "corrupt_image": "image_decode_failed",
    "decoder_crashed": "image_decode_failed",
    "source_empty": "image_fetch_failed",
    "timeout": "timeout",
    "deadline_exceeded": "timeout",
}


def fault_code(code: str) -> str:
    """A neutral image fault in the dialect's words."""
    if code in FAULT_CODES:
        return FAULT_CODES[code]
    return "image_fetch_failed" if code.startswith("source_") else "processing_failed"


def error_body(image: Image) -> dict[str, Any] | None:
    """The child's `error`, with our finer code beside the documented one; None while nothing failed."""
    if image.error_code is None or not image.final or image.state is ImageState.SUCCEEDED:
        return None
    return {"code": fault_code(image.error_code), "message": image.error_message, "reason": image.error_code}


def assets(tools: Tools, batch: Batch, artifacts: Sequence[Artifact]) -> dict[str, Any]:
    """The `assets` object: every documented field present, null or [] where there is nothing."""

    def urls(role: Role) -> list[str]:
        found = (artifact_url(tools, artifact, batch) for artifact in artifacts if artifact.role is role)
        return [url for url in found if url]

    def first(role: Role) -> str | None:
        return next(iter(urls(role)), None)

    return {
        "download_urls": urls(Role.PRINT),
        "mockup_urls": urls(Role.MOCKUP),
        "video_url": first(Role.VIDEO),
        "listing_pdf_url": first(Role.LISTING_PDF),
        "customer_pdf_url": first(Role.CUSTOMER_PDF),
        "drive_share_link": None,
        "drive_url": None,
        "preview_urls": urls(Role.PREVIEW),
        "zip_url": first(Role.ARCHIVE),
    }


def credit_cost(batch: Batch, image: Image) -> int:
    """What this child costs: final at completion, 0 for one that failed."""
    return 0 if image.final and image.state is not ImageState.SUCCEEDED else image.price


def job_fields(tools: Tools, batch: Batch, image: Image, artifacts: Sequence[Artifact]) -> dict[str, Any]:
    return {
        "job_id": image.id,
        "job_type": JOB_TYPES[batch.action],
        "status": IMAGE_STATUS[image.state],
        "credit_cost": credit_cost(batch, image),
        "assets": assets(tools, batch, artifacts),
        "batch_id": batch.id,
        "parent_batch_id": batch.id,
        "client_job_id": batch.labels.get("client_job_id"),
        "index": image.index,
        "created_at": iso(image.created_at),
        "completed_at": iso(image.finished_at) if image.finished_at else None,
        "expires_at": iso(batch.expires_at) if batch.expires_at else None,
        "error": error_body(image),
    }


def short_job(batch: Batch, image: Image) -> dict[str, Any]:
    """How one child ended, as a batch event lists it."""
    failed = error_body(image)
    return {
        "job_id": image.id,
        "index": image.index,
        "status": IMAGE_STATUS[image.state],
        "credit_cost": credit_cost(batch, image),
        "error_code": failed["code"] if failed else None,
    }


def batch_fields(tools: Tools, batch: Batch, images: Sequence[Image], artifacts: Sequence[Artifact]) -> dict[str, Any]:
    """A batch event carries archive, counts and how each child ended, never their links: it stays under 20 KB."""
    shared = [artifact for artifact in artifacts if artifact.image_id is None]
    return {
        "job_id": batch.id,
        "job_type": JOB_TYPES[batch.action],
        "status": BATCH_STATUS[batch.state],
        "credit_cost": batch.credits_charged,
        "assets": assets(tools, batch, shared),
        "batch_id": batch.id,
        "parent_batch_id": batch.id,
        "client_job_id": batch.labels.get("client_job_id"),
        "index": None,
        "created_at": iso(batch.created_at),
        "completed_at": iso(batch.completed_at) if batch.completed_at else None,
        "expires_at": iso(batch.expires_at) if batch.expires_at else None,
        "error": None,
        "partial": batch.partial,
        "counts": {"completed": batch.succeeded, "failed": batch.failed, "canceled": batch.cancelled},
        "jobs": [short_job(batch, image) for image in images],
        "results_url": batch_url(tools.settings, batch),
    }


def live_fields(tools: Tools, batch: Batch, image: Image, artifacts: Sequence[Artifact]) -> dict[str, Any]:
    """A job event: the job, when the links in it die, and where fresh ones are had after that."""
    fields = job_fields(tools, batch, image, artifacts)
    if artifacts and fields["expires_at"] is None:
        fields["expires_at"] = iso(tools.clock() + timedelta(seconds=link_seconds(tools, batch)))
    return fields | {"results_url": batch_url(tools.settings, batch)}


def compose(
    tools: Tools, tx: Connection, event: str, batch: Batch, image: Image | None, artifacts: Sequence[Artifact]
) -> list[Message]:
    wire = WIRE_EVENTS[event]
    found = endpoints.for_event(tx, batch.account_id, Dialect.PRINT, wire)
    targets: list[tuple[str, str | None, tuple[str, ...]]] = [(each.url, each.id, ()) for each in found]
    if batch.callback_url and wire in DEFAULT_EVENTS:
        targets.append((batch.callback_url, None, (batch.callback_secret,) if batch.callback_secret else ()))
    if not targets:
        return []
    if image is not None:
        fields = live_fields(tools, batch, image, artifacts)
    else:
        fields = batch_fields(tools, batch, list_images(tx, batch.id), artifacts)
    fields["dry_run"] = batch.dry_run  # a receiver must not sell stand-ins
    ending = stamp(tools, tx, batch)
    return [address(tools, wire, fields, ending, target) for target in targets]


def address(
    tools: Tools,
    wire: str,
    fields: Mapping[str, Any],
    ending: Mapping[str, Any],
    target: tuple[str, str | None, tuple[str, ...]],
) -> Message:
    """One target's copy: the same fields under its own delivery id."""
    url, endpoint_id, secrets = target
    delivery_id = new_id("evt", tools.clock())
    body = encode({**fields, "event": wire, "delivery_id": delivery_id, **ending})
    return Message(Dialect.PRINT, wire, url, body, endpoint_id, secrets, delivery_id)
