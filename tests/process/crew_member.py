"""The main of a test's worker or sweep: the product's own main, with the test action offered as well.

CREW_FLAW makes it flawed on purpose: `lost_pops=0.1` dies right after a tenth of its pops, `deaf` never rings packaging
itself, so that only RQ's own dependency and the sweep are left to start it. CREW_GRACE shortens a stop's patience.
"""

import ctypes
import os
import random
import signal
import sys
import time

from engine_rig import Blot, install_blot

from jobs import image, sweep, worker
from jobs.actions.offer import Work
from storage.errors import ImageFault
from storage.model import Pool


def act(work: Work) -> None:
    """What the options of the batch ask for, in the middle of a run."""
    options = work.options
    time.sleep(random.uniform(0, float(options.get("seconds", 0))))
    time.sleep(float(options.get("exactly", 0)))
    if options.get("segfault"):
        ctypes.string_at(0)
    if options.get("stuck"):
        ctypes.CDLL(None).sleep(120)  # one long call into C: no Python signal handler runs
    if options.get("greedy"):
        bytearray(64 << 30)
    if random.random() < float(options.get("fail", 0)):
        raise ImageFault("no_subject")


def die_after_pops(chance: float) -> None:
    """The window in which a popped job is in nobody's hands."""

    def flawed(kind: type) -> None:
        execute = kind.execute_job

        def execute_job(self: object, job: object, queue: object) -> None:
            if random.SystemRandom().random() < chance:
                os.kill(os.getpid(), signal.SIGKILL)
            execute(self, job, queue)

        kind.execute_job = execute_job

    flawed(worker.ForkingWorker)
    flawed(worker.KeepingWorker)


def ring_no_packaging() -> None:
    ring_after = image.ring_after

    def deaf(doorbell: object, batch_id: str, left: int | None) -> None:
        if left != 0:
            ring_after(doorbell, batch_id, left)

    image.ring_after = deaf
    worker.ring_after = deaf


def main(role: str) -> int:
    install_blot(Blot(pool=Pool.MODELS if role == "models" else Pool.PIXELS, work=act))
    worker.GRACE_S = float(os.environ.get("CREW_GRACE", worker.GRACE_S))
    name, _, value = os.environ.get("CREW_FLAW", "").partition("=")
    if name == "lost_pops":
        die_after_pops(float(value))
    if name == "deaf":
        ring_no_packaging()
    return sweep.main() if role == "sweep" else worker.main([role])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
