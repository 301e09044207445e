"""One image, from lease to settled: claim, fetch, verify, admit, run the action, store, settle, ring for the next.

The only place with a broad except: whatever an action throws ends as one coded fault of one image. Never charges for
anything but a settled success, and never lets one bad image touch another.
"""

import faulthandler
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config import Settings
from jobs import settling
from jobs.actions import find_action
from jobs.actions.offer import Action, Engines, Outcome, Work
from jobs.admission import admitted, estimate_bytes
from jobs.failpoints import reach
from jobs.heartbeat import Heartbeat
from jobs.limits import MIB, ProcessLimits, limit_this_process, peak_rss_mb
from jobs.process import Equipment, equipment
from jobs.publishing import Publisher
from jobs.queue import PAYLOAD_VERSION, Doorbell, DoorbellSilent
from jobs.sandbox import as_image_fault, mark_limited, probe_safely
from jobs.sources import Fetched, fetch_sources, refuse_quarantined
from jobs.tools import Tools
from jobs.workplace import Workplace, open_workplace
from storage.errors import ImageFault, NotFound, ServiceError
from storage.model import Batch, Image
from storage.records import batches as batch_records
from storage.records import images as image_records
from storage.records.images import Settled

logger = logging.getLogger("darkroom.image")
MAX_HORSE_FILE = 4096 * MIB
HORSE_FILES = 256


class Fenced(Exception):
    """The lease is gone: another attempt, a cancel or a deadline decides about this image now."""


@dataclass
class Attempt:
    """One run of one image: who it is, what is known so far for the log, and how long it may take."""

    image: Image
    batch: Batch
    token: str
    ends_at: float  # monotonic seconds; moved when the wait for memory is over
    facts: dict[str, Any] = field(default_factory=dict)

    def check(self, beat: Heartbeat) -> None:
        """Raise Fenced when the lease is gone, ImageFault("timeout") past the limit."""
        if beat.lost:
            raise Fenced(self.image.id)
        if time.monotonic() > self.ends_at:
            raise ImageFault("timeout", cause="the image exceeded its wall clock")


@dataclass(frozen=True)
class Ran:
    """What a run left behind: `left` images of the batch are not final."""

    batch_id: str
    left: int
    settled: Settled | None


def process_image(image_id: str, v: int = PAYLOAD_VERSION) -> None:
    """The queue's entry point. An unknown payload version is left for a newer worker: the sweep rings again."""
    if v != PAYLOAD_VERSION:
        logger.warning("payload of another version", extra={"event": "image.unknown_version", "image_id": image_id})
        return
    held = equipment()
    if held.forks:
        limit_horse(held.tools.settings)
    ran = run_image(held.tools, image_id, held.engines)
    if ran is not None:
        ring_on(held, ran)


def ring_on(held: Equipment, ran: Ran) -> None:
    """Feed the batch's next image, and packaging when nothing is left; silence is the sweep's business."""
    reach(held.tools.settings.failpoints, "image.before_ring")
    ring_after(held.doorbell, ran.batch_id, ran.left)


def ring_after(doorbell: Doorbell, batch_id: str, left: int | None) -> None:
    """`left` images of the batch are not final yet; None: unknown, the image was put back."""
    try:
        if left == 0:
            doorbell.ring_packaging(batch_id)
        else:
            doorbell.feed(batch_id)
    except DoorbellSilent as silent:
        logger.warning("queue server silent: %s", silent, extra={"event": "queue.silent", "batch_id": batch_id})


def limit_horse(settings: Settings) -> None:
    """Kernel limits of a forked image, for the rest of its life (R69)."""
    limit_this_process(
        ProcessLimits(
            memory_bytes=settings.image_memory_mb * MIB,
            cpu_seconds=4 * settings.image_seconds + 30,  # of all threads together
            file_bytes=MAX_HORSE_FILE,
            open_files=HORSE_FILES,
        )
    )
    mark_limited()


def run_image(tools: Tools, image_id: str, engines: Engines) -> Ran | None:
    """Work on one image if its lease can be had. None: somebody else has it, or it is final."""
    claimed = settling.claim(tools, image_id)
    if claimed is None:
        logger.info("nothing to do", extra={"event": "image.not_claimed", "image_id": image_id})
        return _elsewhere(tools, image_id)
    image, batch, token = claimed
    attempt = Attempt(image, batch, token, time.monotonic() + tools.settings.image_seconds)
    began = time.monotonic()
    settled = _attempt(tools, attempt, engines)
    _log(attempt, settled, began)
    return _elsewhere(tools, image_id) if settled is None else Ran(batch.id, settled.left, settled)


def _elsewhere(tools: Tools, image_id: str) -> Ran | None:
    """For an image that this run did not settle: what is left of its batch; None when there is nothing to ring for."""
    with tools.database.read() as tx:
        try:
            batch = batch_records.get_batch(tx, image_records.get_image(tx, image_id).batch_id)
        except NotFound:
            return None
    return None if batch.final else Ran(batch.id, batch.pending, None)


def _attempt(tools: Tools, attempt: Attempt, engines: Engines) -> Settled | None:
    image, token = attempt.image, attempt.token
    with (
        open_workplace(scratch_root(tools.settings), "image", image.id, token) as place,
        _beating(tools, image.id, token) as beat,
    ):

        def check() -> None:
            attempt.check(beat)

        publisher = Publisher(tools, image.batch_id, image.id, token, check)
        try:
            outcome = _make(tools, attempt, engines, place, publisher, check)
            check()
            reach(tools.settings.failpoints, "image.before_settle")
            result = {**outcome.facts, "warnings": [*outcome.warnings]} if outcome.warnings else dict(outcome.facts)
            settled = settling.succeed(tools, image.id, token, result, publisher.artifacts)
            reach(tools.settings.failpoints, "image.after_settle")
        except Fenced:
            attempt.facts["code"] = "fenced"
            publisher.discard()
            # Void when somebody else has the image; when its batch was cancelled, this ends it.
            settling.put_back(tools, image.id, token, "cancelled", "The work was stopped.", not_before_s=0)
            return None
        except ServiceError:
            # The database is away: the finished files are kept out of sight, and the lease runs out by itself.
            publisher.discard()
            raise
        except Exception as error:  # noqa: BLE001  an action may throw anything; the customer is told one coded fault
            fault = as_image_fault(error)
            attempt.facts |= {"code": fault.code, "cause": _cause(fault, error)}
            publisher.discard()
            return settling.fail_or_retry(tools, image, token, fault)
        if settled is None:
            attempt.facts["code"] = "fenced"
            publisher.discard()
        return settled


def _make(
    tools: Tools, attempt: Attempt, engines: Engines, place: Workplace, publisher: Publisher, check: Callable[[], None]
) -> Outcome:
    action = find_action(attempt.batch.dialect, attempt.batch.action)
    max_bytes = min(tools.settings.max_file_bytes, action.limits.max_bytes)
    began = time.monotonic()
    fetched = fetch_sources(tools, attempt.image, max_bytes, place.path, check)
    attempt.facts |= {"sha256": [source.sha256 for source in fetched], "fetch_ms": _ms(began)}
    refuse_quarantined(tools, fetched)
    place.note.hashes = [source.sha256 for source in fetched]
    place.write_note()
    pixels = _probe(tools, attempt, action, fetched, place.path)
    need = estimate_bytes(max(pixels, getattr(action, "peak_pixels", 0)))
    with admitted(tools.settings.data_dir / "admission", need, tools.settings.memory_budget_mb * MIB, check) as waited:
        attempt.ends_at += waited
        work = Work(
            image=attempt.image,
            batch=attempt.batch,
            sources=tuple(source.path for source in fetched),
            options=attempt.batch.options,
            limits=action.limits,
            scratch=place.path,
            engines=engines,
            check=check,
            store=publisher.store,
        )
        with _watched(place.watchdog, attempt.ends_at - time.monotonic() + 1):
            reach(tools.settings.failpoints, "image.run")
            return action.run(work)


def _probe(tools: Tools, attempt: Attempt, action: Action, fetched: list[Fetched], folder: Path) -> int:
    """Headers of all sources under the action's limits; their pixels together."""
    from jobs.imaging.codec import DecodeLimits

    limits = DecodeLimits(
        formats=frozenset(action.limits.formats),
        max_bytes=min(action.limits.max_bytes, tools.settings.max_file_bytes),
        max_pixels=min(action.limits.max_pixels, tools.settings.max_pixels_mp * 1_000_000),
        max_side=action.limits.max_side,
        min_side=action.limits.min_side,
    )
    headers = [probe_safely(source.path, limits, folder) for source in fetched]
    if headers:
        first = headers[0]
        attempt.facts |= {"format": first.format, "width": first.width, "height": first.height, "mode": first.mode}
    return sum(header.width * header.height for header in headers)


@contextmanager
def _beating(tools: Tools, image_id: str, token: str) -> Iterator[Heartbeat]:
    seconds = tools.settings.lease_seconds

    def renew() -> bool:
        with tools.database.write(durable=False) as tx:
            return image_records.renew_lease(tx, image_id, token, tools.clock(), seconds)

    with Heartbeat(renew, every_s=seconds / 4, life_s=seconds, clock=time.monotonic) as beat:
        yield beat


@contextmanager
def _watched(trace: Path, seconds: float) -> Iterator[None]:
    """Ends the process after `seconds`, inside C code too; the stack is left in `trace` for whoever comes next."""
    with trace.open("w") as file:
        faulthandler.dump_traceback_later(seconds, exit=True, file=file)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
    trace.unlink(missing_ok=True)


def scratch_root(settings: Settings) -> Path:
    """Where every piece of work has its folder; on the local store's disk, so that files are moved, not copied."""
    return settings.data_dir / "work"


def _log(attempt: Attempt, settled: Settled | None, began: float) -> None:
    image = attempt.image
    logger.info(
        "image %s", "settled" if settled else "not settled",
        extra={
            "event": "image.settled" if settled else "image.left",
            "request_id": attempt.batch.request_id,
            "account_id": image.account_id,
            "batch_id": image.batch_id,
            "image_id": image.id,
            "attempt": image.attempts,
            "state": settled.image.state.value if settled else "",
            "duration_ms": _ms(began),
            "rss_peak_mb": peak_rss_mb(),
            **attempt.facts,
        },
    )  # fmt: skip


def _cause(fault: ImageFault, error: Exception) -> str:
    """For the operator's log: kinds of errors, never a message that may carry a name or an address."""
    inner = fault.cause if fault.cause is not None else error
    return inner[:200] if isinstance(inner, str) else type(inner).__name__


def _ms(began: float) -> int:
    return int((time.monotonic() - began) * 1000)
