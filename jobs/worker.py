"""`python -m jobs.worker pixels|models|packaging`: one process, one queue.

pixels forks for each image and packaging for each batch, so that a bomb, a leak or a crash ends with its child; models
keeps its networks in memory and is replaced after MODEL_JOBS jobs. The fork of an image is ours, not RQ's: lease, money
and queue stay in the parent, where they are warm. Never more than one queue: with two, RQ's pop can lose a job.
"""

import contextlib
import logging
import os
import re
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from redis.exceptions import ResponseError
from rq import Queue, SimpleWorker, Worker
from rq.intermediate_queue import IntermediateQueue
from rq.serializers import JSONSerializer

from config import ConfigError, Settings
from jobs.engines import LoadedEngines
from jobs.horse_work import work_for
from jobs.image import ring_after, scratch_root
from jobs.job_log import open_log
from jobs.losses import Death, give_back_own, recover
from jobs.process import Equipment, equip
from jobs.queue import PACKAGING, QUEUES, RqDoorbell, connect
from jobs.rehearsal import rehearse
from jobs.stable import Stable
from jobs.tools import open_tools
from storage.errors import ServiceError
from storage.model import Pool

logger = logging.getLogger("darkroom.worker")

GRACE_S = 25  # after SIGTERM; then the lease is given back and another worker begins anew
MAINTENANCE_S = 30
MONITORING_S = 5
WORKER_TTL_S = 60
EX_TEMPFAIL = 75
UNREADABLE = (ValueError, TypeError, KeyError, ResponseError)  # what RQ raises for a job's hash that is none
JOB_ID = re.compile(rb"[A-Za-z0-9_-]+")


class Leaving:
    """What a warm stop was asked for, and what happens when the job at hand outlasts the grace."""

    def __init__(self) -> None:
        self.asked = False
        self.cut = False

    def ask(self, cut: Callable[[], None]) -> None:
        """Remember the wish; call `cut` from a thread when the grace is over."""
        self.asked = True

        def late() -> None:
            self.cut = True
            cut()

        timer = threading.Timer(GRACE_S, late)
        timer.daemon = True
        timer.start()


def intervals(options: dict[str, Any]) -> dict[str, Any]:
    """Ours instead of RQ's defaults, which notice a dead worker after 811 s."""
    ours = {
        "maintenance_interval": MAINTENANCE_S,
        "job_monitoring_interval": MONITORING_S,
        "worker_ttl": WORKER_TTL_S,
        "serializer": JSONSerializer,
        "queue_class": SoundQueue,
        "log_job_description": False,
    }
    return {**ours, **options}


class SoundQueue(Queue):  # type: ignore[misc]
    """RQ's queue, which drops what is no job: with RQ's own, an id or a job that cannot be read ends the worker that
    takes it, and the next one that tidies up. An image whose job was spoiled is pushed anew by the sweep."""

    @classmethod
    def lmove(cls, connection: Any, queue_key: str, timeout: int | None) -> Any:
        while True:
            found = super().lmove(connection, queue_key, timeout)
            if found is None or JOB_ID.fullmatch(found[1]):
                return found
            cls.drop(connection, queue_key, found[1], "not the id of a job")

    @classmethod
    def _fetch_dequeued_job(cls, connection: Any, queue_key: str, job_id: str, **more: Any) -> Any:
        try:
            return super()._fetch_dequeued_job(connection, queue_key, job_id, **more)
        except UNREADABLE as fault:
            return cls.drop(connection, queue_key, job_id, str(fault))

    @staticmethod
    def drop(connection: Any, queue_key: str, found: bytes | str, cause: str) -> None:
        connection.lrem(IntermediateQueue.get_intermediate_queue_key(queue_key), 0, found)
        logger.warning(
            "junk in a queue was dropped",
            extra={"event": "queue.junk", "queue": queue_key, "found": str(found)[:100], "cause": cause[:200]},
        )


class ForkingWorker(Worker):  # type: ignore[misc]
    """RQ forks per job: packaging. `held` is what this process works with."""

    max_connection_wait_time = 2.0

    def __init__(self, *args: Any, held: Equipment | None = None, **options: Any) -> None:
        super().__init__(*args, **intervals(options))
        self.held = held
        self.leaving = Leaving()

    def handle_warm_shutdown_request(self) -> None:
        """SIGTERM: the child goes on for GRACE_S, then it is killed and its lease given back."""
        super().handle_warm_shutdown_request()
        self.leaving.ask(self.cut_short)

    def cut_short(self) -> None:
        """Kill the child if there is one: without one, RQ's own method would kill this process's whole group."""
        if self.horse_pid:
            self.kill_horse()

    def handle_work_horse_killed(self, job: Any, retpid: int, ret_val: int, rusage: Any) -> None:
        """The child died without a word: record why, so that the next attempt begins at once or never."""
        super().handle_work_horse_killed(job, retpid, ret_val, rusage)
        if self.held is not None:
            number = os.WTERMSIG(ret_val) if os.WIFSIGNALED(ret_val) else 0
            account_for(self.held, Death(number, blame=not self.leaving.cut), pid=retpid)


class KeepingWorker(SimpleWorker):  # type: ignore[misc]
    """Works in this process, which keeps its networks. RQ's own heartbeat is blind here; the image's lease has one."""

    max_connection_wait_time = 2.0
    recycled = True  # its memory only grows

    def __init__(self, *args: Any, held: Equipment | None = None, **options: Any) -> None:
        super().__init__(*args, **intervals(options))
        self.held = held
        self.leaving = Leaving()

    def handle_warm_shutdown_request(self) -> None:
        """SIGTERM: the image at hand may take GRACE_S more, then its lease is given back and the process leaves."""
        super().handle_warm_shutdown_request()
        self.leaving.ask(self.leave_now)

    def leave_now(self) -> None:
        """The grace is over; called from a thread."""
        if self.held is not None:
            with contextlib.suppress(ServiceError):
                give_back_own(self.held.tools)
        os._exit(0)


class HorseWorker(KeepingWorker):
    """Keeps the records and forks for each image by itself (jobs/horse.py)."""

    recycled = False

    def leave_now(self) -> None:
        """The grace is over: the child is killed, its image given back, and then the process leaves as it was asked."""
        if self.held is not None and self.held.stable is not None:
            self.held.stable.cut_short()


KINDS: dict[str, type[ForkingWorker | KeepingWorker]] = {
    Pool.PIXELS.value: HorseWorker,
    Pool.MODELS.value: KeepingWorker,
    PACKAGING: ForkingWorker,
}


def account_for(held: Equipment, death: Death, *, pid: int | None = None) -> None:
    """Settle or give back what dead processes left, and ring for it. Connections are not kept open across forks."""
    try:
        for batch_id, left in recover(held.tools, scratch_root(held.tools.settings), death, pid=pid):
            ring_after(held.doorbell, batch_id, left)
    except ServiceError:
        logger.warning("loss not recorded; the lease will run out", exc_info=True, extra={"event": "loss.unrecorded"})
    finally:
        if held.forks:
            held.tools.database.dispose()


def make_worker(pool: str, settings: Settings) -> ForkingWorker | KeepingWorker:
    """A worker on the one queue `pool`, its process equipped. Imports imaging; opens nothing that a fork must not."""
    tools = open_tools(settings)
    tools.clock()  # what is forked from here carries on what was learnt now
    tools.database.dispose()
    doorbell = RqDoorbell(connect(settings.redis_url), settings, tools.database)
    engines = LoadedEngines(settings)
    stable = Stable(partial(work_for, tools, engines)) if pool == Pool.PIXELS else None
    held = Equipment(tools, engines, doorbell, forks=pool == PACKAGING, stable=stable)
    equip(held)
    if pool != Pool.MODELS:
        rehearse(tools, Pool.PIXELS)
    if stable is not None:
        stable.open()
    kind = KINDS[pool]
    # Its own connection: RQ waits on it for most of a minute, far longer than the doorbell may.
    return kind([pool], connection=connect(settings.redis_url), held=held)


def run_worker(worker: ForkingWorker | KeepingWorker, settings: Settings) -> int:
    """Work until told to leave; the exit code says whether it was told (0) or the queue server went away (75)."""
    max_jobs = settings.model_jobs if isinstance(worker, KeepingWorker) and worker.recycled else None
    if worker.held is not None:
        account_for(worker.held, Death())
    worker.work(logging_level="DEBUG" if settings.log_level == "DEBUG" else "WARNING", max_jobs=max_jobs)
    done = worker.successful_job_count + worker.failed_job_count
    recycled = max_jobs is not None and done >= max_jobs
    return 0 if worker.leaving.asked or recycled else EX_TEMPFAIL


def main(argv: list[str]) -> int:
    """One queue name; a list is refused (R109)."""
    if len(argv) != 1 or argv[0] not in QUEUES:
        print(f"usage: python -m jobs.worker {'|'.join(QUEUES)}  (exactly one)", file=sys.stderr)
        return 2
    try:
        settings = Settings.from_env()
    except ConfigError as fault:
        print(fault, file=sys.stderr)
        return 2
    open_log(settings.log_level, settings.log_format)
    return run_worker(make_worker(argv[0], settings), settings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
