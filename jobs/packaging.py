"""A batch's end: files of the whole batch, the manifest, the streamed ZIP, and the one transaction that makes it final.

Whatever the queue does, a batch is claimed and finished once, in SQL. Never holds a file in memory, and makes the same
bytes when it is run again: sorted names, fixed times, facts from SQL only.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from jobs import settling
from jobs.actions import find_action
from jobs.actions.offer import Gathering
from jobs.archive import ArchiveEntry, ArchiveMismatch, write_archive
from jobs.failpoints import reach
from jobs.heartbeat import Heartbeat
from jobs.image import scratch_root
from jobs.job_log import about, know
from jobs.layout import entry_paths, manifest, manifest_entries
from jobs.links import expires_at
from jobs.making import Fenced
from jobs.process import equipment
from jobs.publishing import Publisher, discard_under
from jobs.queue import PAYLOAD_VERSION
from jobs.tools import Tools
from jobs.workplace import open_workplace
from storage import names
from storage.ids import new_id
from storage.model import Artifact, Batch, Image, Role
from storage.objects import ObjectMissing, ObjectStoreDown, Stored
from storage.records import artifacts as artifact_records
from storage.records import batches as batch_records
from storage.records import images as image_records

logger = logging.getLogger("darkroom.packaging")
ZIP = "application/zip"
RETRY_S = (2.0, 60.0)
LOST = (ArchiveMismatch, ObjectMissing)
LOST_AFTER = timedelta(minutes=10)


def package(batch_id: str, v: int = PAYLOAD_VERSION) -> None:
    """The queue's entry point. An unknown payload version is left for a newer worker: the sweep rings again."""
    if v != PAYLOAD_VERSION:
        logger.warning("payload of another version", extra={"event": "packaging.unknown_version"})
        return
    run_packaging(equipment().tools, batch_id)


def run_packaging(tools: Tools, batch_id: str) -> Batch | None:
    """Package a batch if that is due and nobody else is at it. None: not due, claimed by another, or put back."""
    began = time.monotonic()
    seconds = tools.settings.lease_seconds
    with tools.database.write(durable=False) as tx:
        lease = batch_records.claim_packaging(tx, batch_id, tools.clock(), seconds)
    if lease is None:
        return None
    reach(tools.settings.failpoints, "packaging.claimed")
    with (
        about(batch_id=batch_id),
        open_workplace(scratch_root(tools.settings), "packaging", batch_id, lease.token) as place,
        _beating(tools, batch_id, lease.token) as check,
    ):
        publisher = Publisher(tools, batch_id, None, lease.token, check)
        archive_key = names.archive_key(batch_id, lease.token)
        try:
            finished = _package(tools, batch_id, lease.token, publisher, archive_key, place.path, check)
        except BaseException:
            _withdraw(tools, batch_id, lease.token)
            raise
        if finished is None:
            _discard(tools, batch_id, lease.token)
        _log(batch_id, finished, began)
        return finished


def _package(
    tools: Tools,
    batch_id: str,
    token: str,
    publisher: Publisher,
    archive_key: str,
    folder: Path,
    check: Callable[[], None],
) -> Batch | None:
    batch, images, artifacts = _read(tools, batch_id)
    gathering = Gathering(
        batch=batch,
        images=images,
        artifacts=artifacts,
        open=lambda artifact: tools.objects.read(artifact.key),
        scratch=folder,
        store=publisher.store,
    )
    try:
        if batch.succeeded:
            for produced in find_action(batch.dialect, batch.action).finish(gathering):
                publisher.store(produced)
        made = [*publisher.artifacts]
        archive = _write_archive(tools, batch, images, [*artifacts, *made], archive_key, check)
        made += [archive] if archive is not None else []
    except Exception as fault:
        if isinstance(fault, Fenced) or not is_hopeless(fault, batch, images, tools.clock()):
            raise
        # No further try will do better, and credits must not be held for ever: the files stay available one by one.
        logger.exception("finished without an archive", extra={"event": "batch.unpacked", "batch_id": batch_id})
        made = []
    check()
    reach(tools.settings.failpoints, "packaging.before_finish")
    finished = _finish(tools, batch, token, made)
    reach(tools.settings.failpoints, "packaging.after_finish")
    return finished


def is_hopeless(fault: Exception, batch: Batch, images: Sequence[Image], now: datetime) -> bool:
    """Whether to finish without an archive: past the deadline, or when a stored file has been gone or another one for
    ten minutes, which is longer than a store may show an old state."""
    ended = max((image.finished_at for image in images if image.finished_at), default=now)
    return now >= batch.deadline_at or (isinstance(fault, LOST) and now - ended >= LOST_AFTER)


def _read(tools: Tools, batch_id: str) -> tuple[Batch, list[Image], list[Artifact]]:
    with tools.database.read() as tx:
        batch = batch_records.get_batch(tx, batch_id)
        images = image_records.list_images(tx, batch_id)
        artifacts = artifact_records.list_artifacts(tx, batch_id)
    know(account_id=batch.account_id, request_id=batch.request_id)
    return batch, images, artifacts


def _write_archive(
    tools: Tools,
    batch: Batch,
    images: Sequence[Image],
    artifacts: Sequence[Artifact],
    key: str,
    check: Callable[[], None],
) -> Artifact | None:
    """The ZIP as an artifact; None when no file belongs in it."""
    places = entry_paths(batch, images, artifacts)
    if not places:
        return None
    told = manifest(batch, images, artifacts, places)
    texts = manifest_entries(told)
    packed = [artifact for artifact in artifacts if artifact.id in places]
    entries = [*texts, *(_entry(tools, artifact, places[artifact.id], check) for artifact in packed)]
    entries.sort(key=lambda entry: entry.name)
    with tools.objects.writer(key, content_type=ZIP) as out:
        write_archive(out, entries)
    stored = out.stored
    if tools.objects.stat(key).bytes != stored.bytes:
        raise ObjectStoreDown(f"{key} is shorter than what was written")
    return _archive_artifact(batch, stored, len(artifacts), len(entries), tools.clock())


def _archive_artifact(batch: Batch, stored: Stored, position: int, entries: int, now: datetime) -> Artifact:
    return Artifact(
        id=new_id("art", now),
        batch_id=batch.id,
        image_id=None,
        role=Role.ARCHIVE,
        position=position,
        filename=f"{batch.id}.zip",
        archive_name="",
        key=stored.key,
        content_type=ZIP,
        bytes=stored.bytes,
        sha256=stored.sha256,
        crc32=stored.crc32,
        width=None,
        height=None,
        dpi=None,
        facts={"entries": entries},
        created_at=now,
    )


def _entry(tools: Tools, artifact: Artifact, name: str, check: Callable[[], None]) -> ArchiveEntry:
    @contextmanager
    def opened() -> Iterator[Any]:
        check()
        reach(tools.settings.failpoints, "packaging.in_archive")
        with tools.objects.read(artifact.key) as stream:
            yield stream

    return ArchiveEntry(name, artifact.bytes, artifact.crc32, opened)


def _finish(tools: Tools, batch: Batch, token: str, made: Sequence[Artifact]) -> Batch | None:
    def finish() -> Batch | None:
        now = tools.clock()
        with tools.database.write() as tx:
            done = batch_records.finish_batch(
                tx, batch.id, token, made, now=now, expires_at=expires_at(tools.settings, batch.dialect, now)
            )
            if done is not None:
                settling.tell_batch(tools, tx, f"batch.{done.state.value}", done)
            return done

    return settling.persist(finish)


@contextmanager
def _beating(tools: Tools, batch_id: str, token: str) -> Iterator[Callable[[], None]]:
    """Keeps the lease; gives the check that raises Fenced when it is gone."""
    seconds = tools.settings.lease_seconds

    def renew() -> bool:
        with tools.database.write(durable=False) as tx:
            return batch_records.renew_packaging(tx, batch_id, token, tools.clock(), seconds)

    with Heartbeat(renew, every_s=seconds / 4, life_s=seconds, clock=time.monotonic) as beat:

        def check() -> None:
            if beat.lost:
                raise Fenced(batch_id)

        yield check


def _discard(tools: Tools, batch_id: str, token: str) -> None:
    files = names.batch_artifact_key(batch_id, token, 0, "bin").rpartition("/")[0] + "/"
    discard_under(tools, batch_id, files, names.archive_key(batch_id, token))


def _withdraw(tools: Tools, batch_id: str, token: str) -> None:
    """After a fault: remove what was stored, and let the sweep ring again after a pause instead of after the lease."""
    _discard(tools, batch_id, token)
    now = tools.clock()
    with tools.database.write() as tx:
        ended = [image.finished_at for image in image_records.list_images(tx, batch_id) if image.finished_at]
        pause = retry_pause_s((now - max(ended, default=now)).total_seconds())
        batch_records.renew_packaging(tx, batch_id, token, now, pause)


def retry_pause_s(overdue_s: float) -> float:
    """Seconds before the next try at a batch whose last image ended `overdue_s` ago: as long again, from 2 up to 60."""
    least, most = RETRY_S
    return min(most, max(least, overdue_s))


def _log(batch_id: str, finished: Batch | None, began: float) -> None:
    logger.info(
        "batch packaged" if finished else "packaging lost its lease",
        extra={
            "event": "batch.packaged" if finished else "packaging.fenced",
            "batch_id": batch_id,
            "state": finished.state.value if finished else "",
            "duration_ms": int((time.monotonic() - began) * 1000),
        },
    )
