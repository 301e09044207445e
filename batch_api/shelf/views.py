"""Analyses, batches and usage as the shelf spells them: documented fields as documented, additions beside them.

Never mints a link to somebody else's picture: `imageUrl` is echoed as it was given.
"""

from collections.abc import Sequence
from typing import Any

from jobs.notify.shelf import STATUS, labels
from storage.clock import iso
from storage.model import Batch, Image, ImageState

ADDED = ("image", "imageQuality", "texts")


def analysis_head(image: Image) -> dict[str, Any]:
    """What every mention of an analysis holds."""
    return {
        "id": image.id,
        "status": STATUS[image.state],
        "imageUrl": image.sources[0].url,
        "createdAt": iso(image.created_at),
        **labels(image),
    }


def submitted(image: Image, batch: Batch | None = None) -> dict[str, Any]:
    """One analysis in a submit reply, with a place for its callback secret: callback_secrets.py fills it at the end.

    `batch` is given where the analysis was submitted alone; what was ignored is then said here.
    """
    shown = analysis_head(image)
    if image.callback_secret:
        shown["callbackSecret"] = None
    return shown | noticed(batch)


def noticed(batch: Batch | None) -> dict[str, Any]:
    """`warnings`, only where there are any."""
    return {"warnings": list(batch.warnings)} if batch and batch.warnings else {}


def batch_submitted(batch: Batch | None, images: Sequence[Image]) -> dict[str, Any]:
    """Reference shape in `data`, the guide's keys beside it: one answer serves clients of either page.

    Without a batch, all images were known by their keys: `batchId` is that of the batch they share, or null.
    """
    analyses = [submitted(image) for image in images]
    homes = {image.batch_id for image in images}
    shared = homes.pop() if len(homes) == 1 else None
    batch_id, status = (batch.id if batch else shared), progress(images)
    data = {
        "batchId": batch_id,
        "status": status,
        "analyses": analyses,
        "creditsConsumed": batch.credits_held if batch else 0,
        "createdAt": iso(batch.created_at if batch else min(image.created_at for image in images)),
        **noticed(batch),
    }
    return {"data": data, "batchId": batch_id, "status": status, "analyses": analyses}


def progress(images: Sequence[Image]) -> str:
    """`processing` while all run, `partial` once one has ended, `completed` when all have, however they ended."""
    running = sum(not image.final for image in images)
    return "completed" if running == 0 else "processing" if running == len(images) else "partial"


def batch_status(batch: Batch, images: Sequence[Image]) -> dict[str, Any]:
    """A batch and its analyses, with counters; secrets are never repeated."""
    running, status = sum(not image.final for image in images), progress(images)
    completed = sum(image.state is ImageState.SUCCEEDED for image in images)
    analyses = [
        analysis_head(image) | {"completedAt": iso(image.finished_at) if image.finished_at else None}
        for image in images
    ]
    data = {
        "batchId": batch.id,
        "status": status,
        "total": len(images),
        "processing": running,
        "completed": completed,
        "failed": len(images) - running - completed,
        "analyses": analyses,
        "createdAt": iso(batch.created_at),
    }
    return {"data": data, "batchId": batch.id, "status": status, "analyses": analyses}


def runs(image: Image) -> dict[str, Any]:
    """One image is one run."""
    return {
        "totalRuns": 1,
        "completedRuns": int(image.state is ImageState.SUCCEEDED),
        "failedRuns": int(image.final and image.state is not ImageState.SUCCEEDED),
    }


def analysis_item(image: Image) -> dict[str, Any]:
    """An item of the list: no products."""
    head = analysis_head(image)
    return head | runs(image) | {"completedAt": iso(image.finished_at) if image.finished_at else None}


def analysis(image: Image) -> dict[str, Any]:
    """One analysis whole. `products` is empty until it is done."""
    products = list(image.result.get("products", ())) if image.state is ImageState.SUCCEEDED else []
    body = analysis_item(image) | {"products": products, "productCount": len(products), "batchId": image.batch_id}
    if image.state is ImageState.SUCCEEDED:
        body |= {name: image.result[name] for name in ADDED if name in image.result}
        body["warnings"] = list(image.result.get("warnings", ()))
    elif image.final:
        body["error"] = image.error_message
        body["errorCode"] = image.error_code
    return body
