"""What becomes of work whose process died: the lease is given back or the crash is recorded, by whoever comes next
(the worker that had forked it, a fresh worker, the sweep).

Never settles anything without the dead holder's own token, so a run that took over meanwhile is never disturbed.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

from jobs import settling
from jobs.job_log import about, know
from jobs.sandbox import fault_of_signal
from jobs.tools import Tools
from jobs.workplace import Abandoned, Note, abandoned, own_notes
from storage.errors import ImageFault, NotFound
from storage.model import Image
from storage.records import batches as batch_records
from storage.records import images as image_records
from storage.records.images import Settled

logger = logging.getLogger("darkroom.losses")
LOST = "The worker was lost."


@dataclass(frozen=True)
class Death:
    """How a process ended: by `signal_number` (0: nobody knows). `blame` False: it was stopped on purpose, and nothing
    is held against what it worked on."""

    signal_number: int = 0
    blame: bool = True


def recover(tools: Tools, root: Path, death: Death, *, pid: int | None = None) -> list[tuple[str, int | None]]:
    """Settle or give back what dead holders left under `root` (those of `pid` only, when given) and remove it.

    Gives (batch id, images of it not final yet or None when one was put back) of all that were concerned.
    """
    concerned = []
    with abandoned(root, pid) as found:
        for entry in found:
            if entry.note is not None:
                name = "batch_id" if entry.note.kind == "packaging" else "image_id"
                with about(**{name: entry.note.subject}):
                    concerned += _recover_one(tools, entry, entry.note, death)
    return concerned


def give_back_own(tools: Tools) -> None:
    """Give back the leases of the images that this very process is working on; it leaves right after."""
    for note in own_notes():
        settling.put_back(tools, note.subject, note.token, "processing_failed", LOST, not_before_s=0)


def _recover_one(tools: Tools, entry: Abandoned, note: Note, death: Death) -> list[tuple[str, int | None]]:
    image: Image | None = None
    try:
        image = None if note.kind == "packaging" else _find(tools, note.subject)
    finally:
        facts = {"kind": note.kind, "signal": death.signal_number, "timed_out": entry.timed_out}
        logger.warning("work was abandoned", extra={"event": "work.abandoned", **facts})
    if note.kind == "packaging":
        with tools.database.write() as tx:
            batch_records.release_packaging(tx, note.subject, note.token)
        return [(note.subject, 0)]
    if image is None:
        return []
    settled = end_attempt(tools, image, note, death, entry.timed_out)
    if settled is not None:
        tell_settled(settled.image)
    return [(image.batch_id, settled.left if settled else None)]


def _find(tools: Tools, image_id: str) -> Image | None:
    try:
        with tools.database.read() as tx:
            image = image_records.get_image(tx, image_id)
    except NotFound:
        return None
    know(account_id=image.account_id, batch_id=image.batch_id, attempt=image.attempts)
    return image


def tell_settled(image: Image) -> None:
    """The line of an image that was ended by somebody else than its worker."""
    facts = {"account_id": image.account_id, "batch_id": image.batch_id, "image_id": image.id}
    ended = {"attempt": image.attempts, "state": image.state.value, "code": image.error_code}
    logger.warning("image settled", extra={"event": "image.settled", **facts, **ended})


def end_attempt(tools: Tools, image: Image, note: Note, death: Death, timed_out: bool) -> Settled | None:
    """Record how the attempt ended whose holder or child died; None when the image may run again."""
    known = timed_out or death.signal_number > 0
    if not death.blame or (not known and image.attempts < settling.TRANSIENT_ATTEMPTS):
        settling.put_back(tools, image.id, note.token, "processing_failed", LOST, not_before_s=0)
        return None
    if not known:
        return settling.fail(tools, image.id, note.token, "processing_failed", LOST)
    fault = fault_of_death(timed_out, death.signal_number)
    if fault.code == "decoder_crashed" and not settling.may_retry(fault, image.attempts):
        _quarantine(tools, note, fault.code)
    return settling.fail_or_retry(tools, image, note.token, fault)


def fault_of_death(timed_out: bool, signal_number: int) -> ImageFault:
    """The coded fault of an image whose process was ended by its own watchdog or by a signal."""
    if timed_out:
        return ImageFault("timeout", cause="the watchdog ended the process")
    return ImageFault(fault_of_signal(signal_number), cause=f"signal {signal_number}")


def _quarantine(tools: Tools, note: Note, code: str) -> None:
    """The same bytes are refused at once for a day (R71)."""
    now = tools.clock()
    with tools.database.write() as tx:
        for sha256 in note.hashes:
            image_records.quarantine(tx, sha256, code, now)


def settle_lost(tools: Tools, image: Image) -> Settled | None:
    """Fail an image whose lease ran out once too often, whose holder left no trace; None while it may run again."""
    if image.attempts < settling.TRANSIENT_ATTEMPTS:
        return None
    return settling.fail(tools, image.id, None, "processing_failed", LOST)
