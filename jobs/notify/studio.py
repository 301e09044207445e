"""The studio's one event, completion, and the result body that the POST reply and the poll share with it.

Exactly the documented keys first, then additions (studio contract §5, §6, §8). Never one event per image.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from jobs.links import batch_url, output_url
from jobs.notify import encode, stamp
from jobs.tools import Tools
from storage.clock import iso
from storage.model import Artifact, Batch, BatchState, Dialect, Image, ImageState, Message, Role
from storage.records import accounts
from storage.records.images import list_images

STATUS = {
    BatchState.QUEUED: "queued",
    BatchState.PROCESSING: "processing",
    BatchState.COMPLETED: "completed",
    BatchState.FAILED: "failed",
    BatchState.CANCELLED: "failed",
}
RESULT_ROLES = (Role.CUTOUT, Role.PANEL, Role.PRINT)


def fault_code(code: str) -> str:
    """A neutral image fault in the dialect's two documented-by-us families, or as it is."""
    if code.startswith("source_"):
        return "image_fetch_failed"
    if code in ("not_an_image", "unsupported_format", "corrupt_image", "image_too_large", "image_too_small"):
        return "invalid_image"
    return code


def outputs(
    artifacts: Sequence[Artifact], images: Sequence[Image], roles: tuple[Role, ...] = RESULT_ROLES
) -> list[Artifact]:
    """The files of these roles in input order; images that failed leave no hole."""
    order = {image.id: image.index for image in images}
    found = [artifact for artifact in artifacts if artifact.image_id in order and artifact.role in roles]
    return sorted(found, key=lambda artifact: (order[str(artifact.image_id)], artifact.position))


def errors(images: Sequence[Image]) -> list[dict[str, Any]]:
    return [
        {
            "index": image.index,
            "input": image.sources[0].filename,
            "code": fault_code(image.error_code or "processing_failed"),
            "reason": image.error_code,
            "message": image.error_message,
        }
        for image in images
        if image.final and image.state is not ImageState.SUCCEEDED
    ]


def metadata(batch: Batch, images: Sequence[Image]) -> dict[str, Any]:
    """`resolution` and `aspect_ratio` are the effective ones: what the first result says, else what was asked."""
    facts: Mapping[str, Any] = next((image.result for image in images if image.state is ImageState.SUCCEEDED), {})
    duration = batch.completed_at - batch.created_at if batch.completed_at else None
    body = {
        "resolution": batch.options.get("resolution"),
        "aspect_ratio": facts.get("aspect_ratio", batch.options.get("aspect_ratio")),
        "processing_time_ms": max(0, int(duration.total_seconds() * 1000)) if duration is not None else None,
        "width": facts.get("width"),
        "height": facts.get("height"),
        "engine": facts.get("engine"),
        "credits_used": batch.credits_charged,
    }
    if batch.options.get("platform"):
        body["platform"] = batch.options["platform"]
    return body


def warnings(batch: Batch, images: Sequence[Image]) -> list[str]:
    """The request's warnings, then those of the images, each once."""
    texts = [*batch.warnings, *(text for image in images for text in image.result.get("warnings", ()))]
    return list(dict.fromkeys(texts))


def urls_of(tools: Tools, batch: Batch, files: Sequence[Artifact]) -> list[str]:
    """Their addresses; none before the job is final, none after its files are gone."""
    if not batch.final:
        return []
    return [url for url in (output_url(tools, artifact, batch) for artifact in files) if url]


def file_facts(
    tools: Tools, batch: Batch, images: Sequence[Image], artifacts: Sequence[Artifact]
) -> list[dict[str, Any]]:
    """Every result and mask with what a receiver needs to check it; `index` is the input it was made of."""
    if not batch.final:
        return []
    index = {image.id: image.index for image in images}
    return [
        {
            "index": index[str(artifact.image_id)],
            "kind": artifact.role.value,
            "url": output_url(tools, artifact, batch),
            "filename": artifact.filename,
            "bytes": artifact.bytes,
            "sha256": artifact.sha256,
            "width": artifact.width,
            "height": artifact.height,
        }
        for artifact in outputs(artifacts, images, (*RESULT_ROLES, Role.MASK))
    ]


def result_body(tools: Tools, batch: Batch, images: Sequence[Image], artifacts: Sequence[Artifact]) -> dict[str, Any]:
    """The body of the POST reply and of every poll."""
    urls = urls_of(tools, batch, outputs(artifacts, images))
    done = batch.succeeded + batch.failed + batch.cancelled
    failures = errors(images)
    return {
        "success": batch.state not in (BatchState.FAILED, BatchState.CANCELLED),
        "job_id": batch.id,
        "status": STATUS[batch.state],
        "action": batch.action,
        "output_url": urls[0] if urls else None,
        "output_urls": urls,
        "mask_urls": urls_of(tools, batch, outputs(artifacts, images, (Role.MASK,))),
        "files": file_facts(tools, batch, images, artifacts),
        "metadata": metadata(batch, images),
        "status_url": batch_url(tools.settings, batch),
        "credits_used": batch.credits_charged if batch.final else batch.credits_held,
        "created_at": iso(batch.created_at),
        "completed_at": iso(batch.completed_at) if batch.completed_at else None,
        "expires_at": iso(batch.expires_at) if batch.expires_at else None,
        "progress": round(100 * done / batch.total) if batch.total else 100,
        "completed_count": batch.succeeded,
        "failed_count": batch.failed + batch.cancelled,
        "total_count": batch.total,
        "client_ref": batch.labels.get("client_ref"),
        "error": failures[0]["message"] if batch.final and not batch.succeeded and failures else None,
        "errors": failures,
        "warnings": warnings(batch, images),
    }


def compose(
    tools: Tools, tx: Connection, event: str, batch: Batch, image: Image | None, artifacts: Sequence[Artifact]
) -> list[Message]:
    if image is not None or not batch.callback_url:
        return []
    body = result_body(tools, batch, list_images(tx, batch.id), artifacts)
    first = {key: body[key] for key in ("job_id", "status", "action", "output_urls", "metadata")}
    added = {key: body[key] for key in ("output_url", "error", "errors", "warnings", "client_ref")}
    secret = accounts.get_account(tx, batch.account_id).webhook_secret
    wire = "job.completed" if body["status"] == "completed" else "job.failed"
    secrets = (secret,) if secret else ()
    told = encode(first | added | stamp(tools, tx, batch))
    return [Message(Dialect.STUDIO, wire, batch.callback_url, told, None, secrets)]
