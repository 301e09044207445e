"""Batches, jobs, accounts and the rest as the print dialect shows them (print contract §4.2). Links are minted at each
call; nothing here reads a request."""

from collections.abc import Mapping, Sequence
from typing import Any

from jobs.links import artifact_url, batch_url
from jobs.notify.print_shop import BATCH_STATUS, IMAGE_STATUS, JOB_TYPES, job_fields
from jobs.tools import Tools
from storage.clock import iso
from storage.model import (
    ApiKey,
    Artifact,
    Attempt,
    Balance,
    Batch,
    Delivery,
    Endpoint,
    Image,
    ImageState,
    LedgerEntry,
    Role,
)

POLL_SECONDS = 5


def accepted(tools: Tools, batch: Batch, images: Sequence[Image], remaining: int) -> dict[str, Any]:
    """The reply to a submission."""
    return {
        **head(tools, batch),
        "jobs": [short_job(batch, image) for image in images],
        "credit_cost": batch.credits_held,
        "credits_remaining": remaining,
    }


def head(tools: Tools, batch: Batch) -> dict[str, Any]:
    """What every view of a batch begins with."""
    return {
        "batch_id": batch.id,
        "id": batch.id,
        "client_job_id": batch.labels.get("client_job_id"),
        "job_type": JOB_TYPES[batch.action],
        "status": BATCH_STATUS[batch.state],
        "total": batch.total,
        "status_url": batch_url(tools.settings, batch),
        "created_at": iso(batch.created_at),
        "dry_run": batch.dry_run,
        "retry_of": batch.labels.get("retry_of"),
        "warnings": list(batch.warnings),
    }


def short_job(batch: Batch, image: Image) -> dict[str, Any]:
    return {
        "job_id": image.id,
        "id": image.id,
        "parent_batch_id": batch.id,
        "index": image.index,
        "filename": image.sources[0].filename,
        "status": IMAGE_STATUS[image.state],
    }


def summary(tools: Tools, batch: Batch) -> dict[str, Any]:
    """A batch without its jobs, as in lists: counts, progress, cost, dates."""
    cost = batch.credits_charged if batch.final else batch.credits_held
    return {
        **head(tools, batch),
        "partial": batch.partial,
        "progress": round((batch.total - batch.pending) / batch.total, 4) if batch.total else 1.0,
        "credit_cost": cost,
        "expires_at": iso(batch.expires_at) if batch.expires_at else None,
        "completed_at": iso(batch.completed_at) if batch.completed_at else None,
        "poll_after_seconds": None if batch.final else POLL_SECONDS,
    }


def full(tools: Tools, batch: Batch, images: Sequence[Image], artifacts: Sequence[Artifact]) -> dict[str, Any]:
    """The poll: counts, archive, and every job with its links and files."""
    own = [artifact for artifact in artifacts if artifact.image_id is None]
    archive = next((artifact for artifact in own if artifact.role is Role.ARCHIVE), None)
    link = artifact_url(tools, archive, batch) if archive and batch.final else None
    by_image: dict[str | None, list[Artifact]] = {}
    for artifact in artifacts:
        by_image.setdefault(artifact.image_id, []).append(artifact)
    return {
        **summary(tools, batch),
        "counts": counts(images),
        "zip_url": link,
        "download_url": link,
        "zip_size_bytes": archive.bytes if archive else 0,
        "files": [file(tools, batch, artifact) for artifact in own if artifact.role is not Role.ARCHIVE],
        "jobs": [job(tools, batch, image, by_image.get(image.id, [])) for image in images],
    }


def counts(images: Sequence[Image]) -> dict[str, int]:
    found = {"queued": 0, "processing": 0, "completed": 0, "failed": 0, "canceled": 0}
    for image in images:
        found[IMAGE_STATUS[image.state]] += 1
    return found


def job(tools: Tools, batch: Batch, image: Image, artifacts: Sequence[Artifact]) -> dict[str, Any]:
    """One child, with the assets object that its webhook carries and every file in detail."""
    return {
        **short_job(batch, image),
        **job_fields(tools, batch, image, artifacts),
        "files": [file(tools, batch, artifact) for artifact in artifacts],
        "attempts": image.attempts,
        "started_at": iso(image.started_at) if image.started_at else None,
        "warnings": list(image.result.get("warnings", ())) if image.state is ImageState.SUCCEEDED else [],
    }


def file(tools: Tools, batch: Batch, artifact: Artifact) -> dict[str, Any]:
    facts = artifact.facts
    return {
        "file_id": artifact.id,
        "kind": artifact.role.value,
        "ratio": facts.get("ratio"),
        "filename": artifact.filename,
        "width": artifact.width,
        "height": artifact.height,
        "dpi": artifact.dpi,
        "format": facts.get("format") or artifact.content_type.rpartition("/")[2],
        "bytes": artifact.bytes,
        "sha256": artifact.sha256,
        "method": facts.get("method"),
        "url": artifact_url(tools, artifact, batch),
    }


def credits(balance: Balance) -> dict[str, Any]:
    return {
        "credits": balance.available,
        "available": balance.available,
        "held": balance.held,
        "spent": balance.spent,
        "granted": balance.granted,
    }


def transaction(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "transaction_id": entry.id,
        "id": entry.id,
        "type": entry.kind.value,
        "amount": entry.amount,
        "batch_id": entry.batch_id,
        "reference": entry.ref,
        "reason": entry.reason,
        "balance_after": entry.available_after,
        "held_after": entry.held_after,
        "created_at": iso(entry.created_at),
    }


def key(found: ApiKey) -> dict[str, Any]:
    """A key without the key."""
    return {
        "key_id": found.id,
        "id": found.id,
        "name": found.name,
        "role": found.role,
        "hint": found.hint,
        "created_at": iso(found.created_at),
        "last_used_at": iso(found.last_used_at) if found.last_used_at else None,
        "expires_at": iso(found.expires_at) if found.expires_at else None,
        "revoked_at": iso(found.revoked_at) if found.revoked_at else None,
    }


def webhook(found: Endpoint) -> dict[str, Any]:
    """A receiver without its secret."""
    return {
        "webhook_id": found.id,
        "id": found.id,
        "url": found.url,
        "events": list(found.events),
        "description": found.description,
        "status": found.status,
        "disabled_reason": found.disabled_reason,
        "failing_since": iso(found.failing_since) if found.failing_since else None,
        "created_at": iso(found.created_at),
    }


def delivery(found: Delivery, attempts: Sequence[Attempt] = ()) -> dict[str, Any]:
    return {
        "delivery_id": found.id,
        "id": found.id,
        "event": found.event,
        "batch_id": found.batch_id,
        "job_id": found.image_id,
        "state": found.state,
        "attempt_count": found.attempts,
        "next_attempt_at": iso(found.next_at) if found.next_at else None,
        "created_at": iso(found.created_at),
        "attempts": [attempt(each) for each in attempts],
    }


def attempt(found: Attempt) -> Mapping[str, Any]:
    return {
        "number": found.number,
        "at": iso(found.at),
        "duration_ms": found.duration_ms,
        "status": found.status,
        "error": found.error,
        "response": found.response,
    }
