"""`python -m jobs.sweep`: the reconciler. Every few seconds it compares SQL with the world and repairs the difference.

Every step is idempotent and may run twice at once; a lock keeps it to one at a time where there are several. Works
without the queue server as far as it can: leases, deadlines and files do not need it.
"""

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from config import ConfigError, Settings
from jobs import settling
from jobs.bookkeeping import check_ledger
from jobs.erasure import erase_accounts
from jobs.failpoints import reach
from jobs.image import ring_after, scratch_root
from jobs.job_log import open_log
from jobs.losses import Death, recover, settle_lost, tell_settled
from jobs.purge import collect_orphans, collect_staging, purge_due, tidy_rows
from jobs.queue import Doorbell, DoorbellSilent, RqDoorbell, connect
from jobs.requeue import Missing, repair_queue
from jobs.sweep_lock import sole_sweeper
from jobs.tools import Tools, open_tools
from storage.errors import ServiceError
from storage.model import Image
from storage.objects import ObjectStoreDown
from storage.records import batches as batch_records
from storage.records import images as image_records
from storage.records.beats import note_sweep

logger = logging.getLogger("darkroom.sweep")

LEASES_AT_ONCE = 500
MINUTE, HOUR = 60.0, 3600.0


@dataclass
class Sweeper:
    """What one sweep remembers between passes: nothing that it could not do without."""

    tools: Tools
    doorbell: Doorbell
    clock: Callable[[], float] = time.monotonic
    missing: Missing = field(default_factory=Missing)
    done_at: dict[str, float] = field(default_factory=dict)

    def every(self, name: str, seconds: float) -> bool:
        """True when the step `name` was not done in the last `seconds`."""
        now = self.clock()
        if now - self.done_at.get(name, -seconds) < seconds:
            return False
        self.done_at[name] = now
        return True


def sweep_once(sweeper: Sweeper) -> None:
    """One pass. A step that fails is logged and tried again in the next; it never keeps the others from running."""
    tools, doorbell = sweeper.tools, sweeper.doorbell
    steps: list[tuple[str, float, Callable[[], object]]] = [
        ("dead_processes", 0, lambda: account_for_dead(tools, doorbell)),
        ("deadlines", 0, lambda: fail_overdue(tools, doorbell)),
        ("leases", 0, lambda: take_over_leases(tools, doorbell)),
        ("queue", 0, lambda: repair_queue(tools, doorbell, sweeper.missing)),
        ("purge", MINUTE, lambda: purge_due(tools)),
        ("erasure", MINUTE, lambda: erase_accounts(tools, doorbell)),
        ("staging", 10 * MINUTE, lambda: collect_staging(tools)),
        ("rows", 10 * MINUTE, lambda: tidy_rows(tools)),
        ("orphans", HOUR, lambda: collect_orphans(tools)),
        ("ledger", MINUTE, lambda: check_ledger(tools)),
    ]
    for name, seconds, step in steps:
        if not sweeper.every(name, seconds):
            continue
        try:
            reach(tools.settings.failpoints, "sweep.step")
            step()
        except (ServiceError, DoorbellSilent, ObjectStoreDown) as fault:
            logger.warning("step failed: %s", fault, extra={"event": "sweep.step_failed", "step": name})
        except Exception:  # noqa: BLE001  a bug in one step must not stop the repair of everything else
            logger.exception("step crashed", extra={"event": "sweep.step_crashed", "step": name})


def account_for_dead(tools: Tools, doorbell: Doorbell) -> None:
    """Work whose process on this machine is gone, and whose parent is too."""
    for batch_id, left in recover(tools, scratch_root(tools.settings), Death()):
        ring_after(doorbell, batch_id, left)


def fail_overdue(tools: Tools, doorbell: Doorbell) -> None:
    """Images of batches past their deadline fail and their credits return (R50)."""
    while True:
        now = tools.clock()
        with tools.database.write() as tx:
            failed = batch_records.expire_deadlines(tx, now)
            batches = {i: batch_records.get_batch(tx, i) for i in {image.batch_id for image in failed}}
            for image in failed:
                settling.tell_image(tools, tx, "image.failed", batches[image.batch_id], image)
        for image in failed:
            tell_settled(image)
        for batch in batches.values():
            ring_after(doorbell, batch.id, batch.pending)
        if not failed:
            return


def take_over_leases(tools: Tools, doorbell: Doorbell) -> None:
    """Images whose holder stopped renewing: run again, or failed when that happened too often."""
    with tools.database.read() as tx:
        expired = image_records.expired_leases(tx, tools.clock(), LEASES_AT_ONCE)
    again: list[Image] = []
    for image in expired:
        facts = {"account_id": image.account_id, "batch_id": image.batch_id, "image_id": image.id}
        logger.warning("lease ran out", extra={"event": "lease.expired", **facts, "attempt": image.attempts})
        settled = settle_lost(tools, image)
        if settled is None:
            again.append(image)
        else:
            tell_settled(settled.image)
            ring_after(doorbell, settled.batch.id, settled.left)
    if again:
        listed = doorbell.present().listed  # a job that waits in its list already is not put there at every pass
        doorbell.push([image for image in again if image.id not in listed])


def run(tools: Tools, doorbell: Doorbell, stop: threading.Event) -> None:
    """Pass after pass, SWEEP_SECONDS apart, until `stop`; passes by while another sweep holds the lock."""
    sweeper = Sweeper(tools, doorbell)
    while not stop.is_set():
        try:
            with sole_sweeper(tools) as alone:
                if alone:
                    sweep_once(sweeper)
                    with tools.database.write(durable=False) as tx:
                        note_sweep(tx, tools.clock())
        except ServiceError as fault:
            logger.warning("database away: %s", fault, extra={"event": "sweep.database_away"})
        stop.wait(tools.settings.sweep_seconds)


def main() -> int:
    """Until SIGTERM or Ctrl-C."""
    try:
        settings = Settings.from_env()
    except ConfigError as fault:
        print(fault, file=sys.stderr)
        return 2
    open_log(settings.log_level, settings.log_format)
    tools = open_tools(settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run(tools, RqDoorbell(connect(settings.redis_url), settings, tools.database), stop)
    return 0


if __name__ == "__main__":
    sys.exit(main())
