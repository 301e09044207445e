"""What an image's child does, under the kernel's limits: fetch, decode, run the action, store files, say what it made.

Never touches the database or the queue, and leaves nothing in the store when its worker is gone.
"""

import base64
import pickle
import select
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from config import Settings
from jobs.actions.offer import Engines
from jobs.job_log import about
from jobs.limits import MIB, ProcessLimits, limit_this_process, peak_rss_mb
from jobs.making import Attempt, Fenced, cause_of, make, result_of
from jobs.publishing import Made, Publisher
from jobs.sandbox import as_image_fault, mark_limited
from jobs.tools import Tools
from jobs.wire import Wire, fault_of, tell_fault, tell_made

MAX_FILE = 4096 * MIB
OPEN_FILES = 256


@dataclass(frozen=True)
class ChildsDesk:
    """The Desk of a child: its worker has the lease, and kills it when that is gone."""

    attempt: Attempt
    wire: Wire
    end: socket.socket

    def check(self) -> None:
        """Fenced when the worker is gone, whose lease nobody keeps any more."""
        listening = select.poll()
        listening.register(self.end, 0)
        self.attempt.check(lost=bool(listening.poll(0)))

    def vet(self, hashes: list[str]) -> None:
        self.wire.say({"hashes": hashes})
        answer = self.wire.hear()
        if answer is None:
            raise Fenced(self.attempt.image.id)
        if "fault" in answer:
            raise fault_of(answer["fault"])

    def begin(self) -> None:
        self.wire.say({"ends_at": self.attempt.ends_at})


def work_for(tools: Tools, engines: Engines, end: socket.socket) -> None:
    """Take one order from `end`, do it, and say there what became of it."""
    limit_horse(tools.settings)
    wire = Wire(end)
    order = wire.hear()
    if order is None:
        return
    attempt, folder, watchdog = pickle.loads(base64.b64decode(order["order"]))  # noqa: S301  our own worker's
    with about(**attempt.naming):
        _do(tools, engines, attempt, folder, watchdog, ChildsDesk(attempt, wire, end))


def _do(tools: Tools, engines: Engines, attempt: Attempt, folder: Path, watchdog: Path, desk: ChildsDesk) -> None:
    image = attempt.image
    publisher = Publisher(tools, image.batch_id, image.id, attempt.token, desk.check)
    try:
        outcome = make(tools, attempt, engines, folder, watchdog, publisher, desk)
        attempt.facts["rss_peak_mb"] = peak_rss_mb()
        desk.wire.say({"facts": attempt.facts, **tell_made(Made(result_of(outcome), publisher.artifacts))})
    except (Fenced, BrokenPipeError):  # nobody is there who would record it
        publisher.discard()
        with suppress(OSError):
            desk.wire.say({"fenced": True, "facts": attempt.facts})
    except Exception as error:  # noqa: BLE001  whatever it was, the worker is told its code
        fault = as_image_fault(error)
        attempt.facts |= {"rss_peak_mb": peak_rss_mb(), "code": fault.code, "cause": cause_of(fault, error)}
        desk.wire.say({"fault": tell_fault(fault), "facts": attempt.facts})


def limit_horse(settings: Settings) -> None:
    """Kernel limits of an image's child, for the rest of its life (R69)."""
    limit_this_process(
        ProcessLimits(
            memory_bytes=settings.image_memory_mb * MIB,
            cpu_seconds=4 * settings.image_seconds + 30,  # of all threads together
            file_bytes=MAX_FILE,
            open_files=OPEN_FILES,
        )
    )
    mark_limited()
