"""The main of a test's worker or sweep: the product's own main, with the test action offered as well.

CREW_ARMED is a folder: a file in it, named after a seam, holds what the first process that comes there does, once.
CREW_FLAW makes it flawed on purpose: `lost_pops=0.1` dies right after a tenth of its pops, `deaf` never rings packaging
itself, so that only RQ's own dependency and the sweep are left to start it. CREW_GRACE shortens a stop's patience.
"""

import ctypes
import json
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

from armed import Armed
from engine_rig import Blot, install_blot

from jobs import delivery, failpoints, image, sweep, worker
from jobs.actions.offer import Work
from storage.errors import ImageFault
from storage.model import Pool


def act(work: Work) -> None:
    """What the options of the batch ask for, in the middle of a run."""
    options = work.options
    mark(work, "begun")
    pause = threading.Event().wait  # libfaketime breaks time.sleep
    pause(random.uniform(0, float(options.get("seconds", 0))))
    pause(float(options.get("exactly", 0)))
    if options.get("segfault"):
        ctypes.string_at(0)
    if options.get("stopped"):
        os.kill(os.getpid(), signal.SIGSTOP)
    if options.get("stuck"):
        ctypes.CDLL(None).sleep(120)  # one long call into C: no Python signal handler runs
    if options.get("greedy"):
        bytearray(64 << 30)
    if random.random() < float(options.get("fail", 0)):
        raise ImageFault("no_subject")
    mark(work, "ended")


def mark(work: Work, what: str) -> None:
    """A line in DATA_DIR/marks: who works on what, since and until when."""
    if not work.options.get("marked"):
        return
    facts = {"image": work.image.id, "what": what, "at": time.monotonic(), "pid": os.getpid()}
    with (Path(os.environ["DATA_DIR"]) / "marks").open("a") as file:
        file.write(json.dumps(facts) + "\n")


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
    delivery.LEASE_S = float(os.environ.get("CREW_DELIVERY_LEASE", delivery.LEASE_S))
    if "CREW_ARMED" in os.environ:
        armed = Armed(Path(os.environ["CREW_ARMED"]))
        failpoints.read_rules = lambda text: armed
    name, _, value = os.environ.get("CREW_FLAW", "").partition("=")
    if name == "lost_pops":
        die_after_pops(float(value))
    if name == "deaf":
        ring_no_packaging()
    mains = {"sweep": sweep.main, "delivery": delivery.main}
    return mains[role]() if role in mains else worker.main([role])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
