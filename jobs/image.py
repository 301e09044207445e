"""One image, from lease to settled: claim, have it made, settle, ring for the next.

The only place with a broad except: whatever an action throws ends as one coded fault of one image. Never charges for
anything but a settled success, and never lets one bad image touch another.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from config import Settings
from jobs import settling
from jobs.actions.offer import Engines
from jobs.failpoints import reach
from jobs.heartbeat import Heartbeat
from jobs.horse import HorseDied, Ride, ride
from jobs.job_log import about
from jobs.limits import peak_rss_mb
from jobs.losses import Death, end_attempt
from jobs.making import Attempt, Fenced, cause_of, make, result_of
from jobs.outage import fail_or_wait
from jobs.process import Equipment, equipment
from jobs.publishing import Made, Publisher, discard_attempt
from jobs.queue import PAYLOAD_VERSION, Doorbell, DoorbellSilent
from jobs.sandbox import as_image_fault
from jobs.sources import refuse_quarantined
from jobs.stable import Stable
from jobs.tools import Tools
from jobs.workplace import NOBODY, Workplace, open_workplace
from storage.errors import NotFound, ServiceError
from storage.records import batches as batch_records
from storage.records import images as image_records
from storage.records.images import Settled

logger = logging.getLogger("darkroom.image")


@dataclass(frozen=True)
class Ran:
    """What a run left behind: `left` images of the batch are not final; `died` when its child did."""

    batch_id: str
    left: int
    settled: Settled | None
    died: HorseDied | None = None


@dataclass(frozen=True)
class OwnDesk:
    """The Desk of work in this very process."""

    tools: Tools
    attempt: Attempt
    beat: Heartbeat
    place: Workplace

    def check(self) -> None:
        self.attempt.check(self.beat.lost)

    def vet(self, hashes: list[str]) -> None:
        vet(self.tools, self.place, hashes)

    def begin(self) -> None:
        return None


def process_image(image_id: str, v: int = PAYLOAD_VERSION) -> None:
    """The queue's entry point. An unknown payload version is left for a newer worker: the sweep rings again.

    Raises HorseDied when the image's child crashed or was killed, after that was recorded: RQ's register of failures
    then shows it.
    """
    if v != PAYLOAD_VERSION:
        logger.warning("payload of another version", extra={"event": "image.unknown_version", "image_id": image_id})
        return
    held = equipment()
    ran = run_image(held.tools, image_id, held.engines, held.stable)
    if ran is not None:
        ring_on(held, ran)
        if ran.died is not None:
            raise ran.died


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


def run_image(tools: Tools, image_id: str, engines: Engines, stable: Stable | None = None) -> Ran | None:
    """Work on one image if its lease can be had, in a child when there is a `stable` for it, else in this process.

    None: somebody else has it, or it is final.
    """
    claimed = settling.claim(tools, image_id)
    if claimed is None:
        logger.info("nothing to do", extra={"event": "image.not_claimed", "image_id": image_id})
        return _elsewhere(tools, image_id)
    image, batch, token = claimed
    attempt = Attempt(image, batch, token, time.monotonic() + tools.settings.image_seconds)
    began = time.monotonic()
    with about(**attempt.naming):
        logger.info("image started", extra={"event": "image.started"})
        reach(tools.settings.failpoints, "image.claimed")
        settled, died = _attempt(tools, attempt, engines, stable)
        _log(attempt, settled, began)
    return _elsewhere(tools, image_id, died) if settled is None else Ran(batch.id, settled.left, settled, died)


def _elsewhere(tools: Tools, image_id: str, died: HorseDied | None = None) -> Ran | None:
    """For an image that this run did not settle: what is left of its batch; None when there is nothing to ring for."""
    with tools.database.read() as tx:
        try:
            batch = batch_records.get_batch(tx, image_records.get_image(tx, image_id).batch_id)
        except NotFound:
            return None
    return None if batch.final else Ran(batch.id, batch.pending, None, died)


def _attempt(
    tools: Tools, attempt: Attempt, engines: Engines, stable: Stable | None
) -> tuple[Settled | None, HorseDied | None]:
    image, token = attempt.image, attempt.token
    settled: Settled | None = None
    done = False
    with open_workplace(scratch_root(tools.settings), "image", image.id, token, parent=NOBODY) as place:
        try:
            made = _made(tools, attempt, engines, place, stable)
            reach(tools.settings.failpoints, "image.before_settle")
            settled = settling.succeed(tools, image.id, token, made.result, made.artifacts)
            done = settled is not None
            reach(tools.settings.failpoints, "image.after_settle")
            if not done:
                attempt.facts["code"] = "fenced"
            return settled, None
        except Fenced:
            attempt.facts["code"] = "fenced"
            # Void when somebody else has the image; when its batch was cancelled, this ends it.
            settling.put_back(tools, image.id, token, "cancelled", "The work was stopped.", not_before_s=0)
            return None, None
        except HorseDied as died:
            attempt.facts |= {"code": "child_died", "cause": str(died)}
            death = Death(died.signal_number, blame=stable is None or not stable.cut)
            return end_attempt(tools, image, place.note, death, died.timed_out), died
        except ServiceError:
            # The database is away: the finished files are removed, and the lease runs out by itself.
            raise
        except Exception as error:  # noqa: BLE001  an action may throw anything; the customer is told one coded fault
            fault = as_image_fault(error)
            attempt.facts |= {"code": fault.code, "cause": cause_of(fault, error)}
            return fail_or_wait(tools, image, token, fault), None
        finally:
            if not done:
                discard_attempt(tools, image.batch_id, image.id, token)


def _made(tools: Tools, attempt: Attempt, engines: Engines, place: Workplace, stable: Stable | None) -> Made:
    """The image's files and facts. Raises Fenced, HorseDied, ImageFault, in this process whatever an action throws."""
    renew = _renewal(tools, attempt)
    lease_s = tools.settings.lease_seconds
    if stable is not None:
        return ride(Ride(tools, attempt, place.path, place.watchdog, renew, _vetting(tools, place)), stable)
    with Heartbeat(renew, every_s=lease_s / 4, life_s=lease_s, clock=time.monotonic) as beat:
        desk = OwnDesk(tools, attempt, beat, place)
        publisher = Publisher(tools, attempt.image.batch_id, attempt.image.id, attempt.token, desk.check)
        outcome = make(tools, attempt, engines, place.path, place.watchdog, publisher, desk)
        return Made(result_of(outcome), publisher.artifacts)


def _renewal(tools: Tools, attempt: Attempt) -> Callable[[], bool]:
    def renew() -> bool:
        with tools.database.write(durable=False) as tx:
            return image_records.renew_lease(
                tx, attempt.image.id, attempt.token, tools.clock(), tools.settings.lease_seconds
            )

    return renew


def _vetting(tools: Tools, place: Workplace) -> Callable[[list[str]], None]:
    return lambda hashes: vet(tools, place, hashes)


def vet(tools: Tools, place: Workplace, hashes: list[str]) -> None:
    """Refuse bytes that crashed a worker before; note the others, so that they can be told if they crash this one."""
    refuse_quarantined(tools, hashes)
    place.note.hashes = hashes
    place.write_note()


def scratch_root(settings: Settings) -> Path:
    """Where every piece of work has its folder; on the local store's disk, so that files are moved, not copied."""
    return settings.data_dir / "work"


def _log(attempt: Attempt, settled: Settled | None, began: float) -> None:
    logger.info(
        "image %s", "settled" if settled else "not settled",
        extra={
            "event": "image.settled" if settled else "image.left",
            **attempt.naming,
            "state": settled.image.state.value if settled else "",
            "duration_ms": _ms(began),
            "rss_peak_mb": peak_rss_mb(),
            **attempt.facts,
        },
    )  # fmt: skip


def _ms(began: float) -> int:
    return int((time.monotonic() - began) * 1000)
