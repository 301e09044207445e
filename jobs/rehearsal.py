"""What a forking worker does once before its first fork, so that its children find it done: imports, compiled SQL.

Every child would otherwise pay some 80 ms for each image. The records part is a real run of one image's statements in
a transaction that is always rolled back: nothing of it is ever visible or kept.
"""

import gc
import io
import logging

from sqlalchemy import Connection

from jobs import settling
from jobs.limits import libc, tidy_heap
from jobs.tools import Tools
from storage.errors import ServiceError
from storage.model import Artifact, Dialect, ImageOrder, Order, Pool, Quote, Role, Source
from storage.records import accounts, artifacts, batches, images

logger = logging.getLogger("darkroom.rehearsal")
NAME = "rehearsal"


class Curtain(Exception):
    """Ends the rehearsal's transaction without a trace."""


def rehearse(tools: Tools, pool: Pool) -> None:
    """Import what images of `pool` need and compile their statements. A database that is away is no reason to stop."""
    import cv2
    import PIL.Image
    import PIL.ImageCms  # noqa: F401  imported at the first profile otherwise

    from jobs.imaging.codec import STUDIO_FORMATS, DecodeLimits, decode

    PIL.Image.init()
    libc()
    cv2.setNumThreads(cv2.getNumberOfCPUs())
    decode(_tiny_picture(), DecodeLimits(formats=STUDIO_FORMATS))
    try:
        with tools.database.write() as tx:
            _act(tools, tx, pool)
            raise Curtain
    except Curtain:
        pass
    except ServiceError:
        logger.warning("rehearsal skipped: the database is away", extra={"event": "rehearsal.skipped"})
    finally:
        tools.database.dispose()
        gc.collect()
        tidy_heap()
        gc.freeze()  # what is here now stays in pages that parent and children share


def _act(tools: Tools, tx: Connection, pool: Pool) -> None:
    now, lease_s = tools.clock(), tools.settings.lease_seconds
    account = accounts.create_account(tx, name=NAME, actor=NAME, now=now)
    source = Source("upload", NAME, key=f"staging/{NAME}", bytes=1, sha256="0" * 64, crc32=0)
    image_orders = (ImageOrder((source,)), ImageOrder((source,)), ImageOrder((source,)))
    order = Order(
        account.id,
        Dialect.PRINT,
        "upscale",
        pool,
        image_orders,
        Quote(per_image=1, per_batch=1),
        callback_url="https://rehearsal.invalid/",
    )
    batch = batches.create_batch(tx, order, now=now, deadline_s=60)
    for number, image in enumerate(images.list_images(tx, batch.id)):
        images.feedable(tx, batch.id, now, 4)
        claimed = images.claim_image(tx, image.id, now, lease_s)
        images.quarantined(tx, "0" * 64, now)
        if claimed is None:
            continue
        token = claimed[1].token
        images.renew_lease(tx, image.id, token, now, lease_s)
        if number == 2:
            images.retry_later(tx, image.id, token, code="timeout", message=NAME, not_before=now, now=now)
            images.settle_failure(tx, image.id, None, code="timeout", message=NAME, now=now)
            continue
        made = [_artifact(tools, batch.id, image.id)]
        settled = images.settle_success(tx, image.id, token, result={}, artifacts=made, now=now)
        if settled is not None:
            settling.tell_image(tools, tx, "image.completed", settled.batch, settled.image, made)
    lease = batches.claim_packaging(tx, batch.id, now, lease_s)
    artifacts.list_artifacts(tx, batch.id)
    if lease is not None:
        batches.renew_packaging(tx, batch.id, lease.token, now, lease_s)
        done = batches.finish_batch(tx, batch.id, lease.token, [], now=now, expires_at=now)
        if done is not None:
            settling.tell_batch(tools, tx, "batch.completed", done)


def _artifact(tools: Tools, batch_id: str, image_id: str) -> Artifact:
    return Artifact(
        id=f"art_{image_id}",
        batch_id=batch_id,
        image_id=image_id,
        role=Role.PRINT,
        position=0,
        filename=NAME,
        archive_name="",
        key=f"out/{batch_id}/{image_id}/{NAME}",
        content_type="image/png",
        bytes=1,
        sha256="0" * 64,
        crc32=0,
        width=None,
        height=None,
        dpi=None,
        facts={},
        created_at=tools.clock(),
    )


def _tiny_picture() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (2, 2)).save(out, "PNG")
    return out.getvalue()
