"""The closing check of a whole installation: what must be true once every fault is over and every batch has ended.

Looks into records, store and queue server only, runs the sweep's own collection with the clock moved on, and never
repairs anything else. Call it when nobody submits any more: what a request is just uploading would be collected.
"""

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from rq import Queue
from sqlalchemy import Connection, select

from config import Settings
from jobs.purge import collect_orphans, collect_staging
from jobs.queue import QUEUES, connect
from jobs.tools import Tools, open_tools
from storage.model import Artifact, Batch, Dialect, Image
from storage.names import STAGING
from storage.objects import ObjectMissing
from storage.records import artifacts as artifact_records
from storage.records import batches as batch_records
from storage.records import images as image_records
from storage.records.border_tables import deliveries, uploads
from storage.records.invariants import verify
from storage.records.tables import batches, image_inputs

LATER = timedelta(hours=25)  # than any age at which the sweep collects what nobody owns
ENDINGS = {
    Dialect.PRINT: ("batch.completed", "batch.failed"),
    Dialect.STUDIO: ("job.completed", "job.failed"),
    Dialect.SHELF: ("analysis.completed", "analysis.failed"),  # of each image: the shelf has no event of a batch
}


def check_installation(data_dir: Path, redis_url: str | None = None, **overrides: Any) -> dict[str, int]:
    """Everything that must hold of a quiet installation; AssertionError lists all that does not.

    Checked: a clean ledger; every batch and image final and counted; one archive for each batch that has files; one
    completion event for each receiver that asked; every recorded file there and whole; nothing in the store that no
    record knows, once the sweep has collected. Gives what was found, in numbers. `overrides` are settings by attribute
    (a database elsewhere, another secret); `redis_url` adds what still waits in the queues.
    """
    tools = open_installation(data_dir, redis_url=redis_url or "", **overrides)
    try:
        collected = collect(tools)
        with tools.database.read() as tx:
            faults = [*verify(tx)]
            found = [batch_records.get_batch(tx, str(each)) for each in tx.scalars(select(batches.c.id))]
            for batch in found:
                faults += check_batch(tools, tx, batch)
            faults += check_ownership(tools, tx)
        assert not faults, "\n".join(faults)
        numbers = Counter(batch.state.value for batch in found)
        waiting = queued(tools.settings.redis_url) if redis_url else 0
        return {"batches": len(found), "collected": collected, "queued": waiting, **numbers}
    finally:
        tools.database.dispose()


def open_installation(data_dir: Path, **overrides: Any) -> Tools:
    """The tools of an installation's processes, with the secret that was kept in its folder."""
    kept = data_dir / "secret_key"
    secret = overrides.pop("secret_key", None) or (kept.read_text().strip() if kept.exists() else "s" * 40)
    return open_tools(Settings.from_env({"SECRET_KEY": secret}, secret_key=secret, data_dir=data_dir, **overrides))


def collect(tools: Tools) -> int:
    """The sweep's collection as it runs a day later; how many objects went."""
    later = dataclasses.replace(tools, clock=lambda: tools.clock() + LATER)
    return collect_staging(later) + collect_orphans(later)


def check_batch(tools: Tools, tx: Connection, batch: Batch) -> Iterator[str]:
    images = image_records.list_images(tx, batch.id)
    files = artifact_records.list_artifacts(tx, batch.id)
    if not batch.final:
        yield f"{batch.id} is {batch.state}, {batch.pending} images pending"
        return
    if (len(images), batch.succeeded + batch.failed + batch.cancelled) != (batch.total, batch.total):
        yield f"{batch.id} has {len(images)} images of {batch.total}"
    yield from (f"{image.id} is {image.state}" for image in images if not image.final)
    archives = sum(file.role == "archive" for file in files)
    if archives != any(file.archive_name for file in files):
        yield f"{batch.id} has {archives} archives"
    yield from check_endings(tx, batch, images)
    if batch.purged_at is None:
        yield from check_files(tools, files)


def check_endings(tx: Connection, batch: Batch, images: list[Image]) -> Iterator[str]:
    """One ending for each receiver that heard of it, and one for the address that came with the order."""
    column = deliveries.c
    query = select(column.image_id, column.endpoint_id, column.url).where(
        column.batch_id == batch.id, column.event.in_(ENDINGS[batch.dialect])
    )
    told = Counter((row.image_id, row.endpoint_id, row.url) for row in tx.execute(query))
    yield from (f"{batch.id}: {count} endings of {what}" for what, count in told.items() if count > 1)
    if batch.callback_url:
        subjects = [image.id for image in images] if batch.dialect is Dialect.SHELF else [None]
        missing = [each for each in subjects if (each, None, batch.callback_url) not in told]
        yield from (f"{batch.id}: {batch.callback_url} was not told of {each or 'the end'}" for each in missing)


def check_files(tools: Tools, files: list[Artifact]) -> Iterator[str]:
    for file in files:
        try:
            with tools.objects.read(file.key) as stream:
                found = hashlib.sha256(stream.read()).hexdigest()
        except ObjectMissing:
            found = "nothing"
        if found != file.sha256:
            yield f"{file.batch_id}: {file.key} is {found}, {file.sha256} is recorded"


def check_ownership(tools: Tools, tx: Connection) -> Iterator[str]:
    """Every object in the store is an upload that an image names, a slot still open, or a recorded file."""
    owned = {*tx.scalars(select(image_inputs.c.key)), *tx.scalars(select(uploads.c.key))}
    for batch_id in tx.scalars(select(batches.c.id)):
        owned |= {file.key for file in artifact_records.list_artifacts(tx, batch_id)}
    yield from (f"{stat.key} belongs to nobody" for stat in tools.objects.list("") if stat.key not in owned)


def staged(tools: Tools) -> set[str]:
    """The keys that lie in staging."""
    return {stat.key for stat in tools.objects.list(f"{STAGING}/")}


def queued(redis_url: str) -> int:
    """Jobs that wait in the queues."""
    client = connect(redis_url)
    return sum(len(Queue(name, connection=client)) for name in QUEUES)
