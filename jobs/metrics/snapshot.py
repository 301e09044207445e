"""One look at everything: SQL in one transaction, the queue server, the disk. What does not answer is missing from it.

A look is at most a few seconds old, however many ask. Never raises for a part that is away.
"""

import logging
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import redis
from sqlalchemy.exc import SQLAlchemyError

from jobs.metrics.totals import Totals
from jobs.queue import DoorbellSilent
from jobs.queue_gauges import QueueState, read_queues
from jobs.tools import Tools
from storage.errors import ServiceError
from storage.records.present import Present, present
from storage.records.totals import Sums

logger = logging.getLogger("darkroom.metrics")

FRESH_S = 1.0
PATIENCE_S = 4.0  # for a look that another is taking; Prometheus gives up after 10 s
REMEMBER_S = 1.0  # of a look, for counting the past after a start


@dataclass(frozen=True)
class Snapshot:
    """None: the part did not answer."""

    at: datetime
    disk_free: int | None = None
    present: Present | None = None
    totals: dict[str, Sums] | None = None
    complete: bool = False
    schema: str = ""
    queues: QueueState | None = None


@dataclass
class Watch:
    """Takes snapshots, one at a time."""

    tools: Tools
    client: redis.Redis
    clock: Callable[[], float] = time.monotonic
    fresh_s: float = FRESH_S
    _totals: Totals = field(default_factory=Totals)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _last: Snapshot | None = None
    _taken: float = 0.0
    _down: frozenset[str] = frozenset()

    def look(self) -> Snapshot:
        """A snapshot; an older one when somebody else's takes long."""
        if self._lock.acquire(timeout=PATIENCE_S):
            try:
                if self._last is None or self.clock() - self._taken >= self.fresh_s:
                    self._last, self._taken = self._take(), self.clock()
            finally:
                self._lock.release()
        return self._last or Snapshot(self.tools.clock())

    def catch_up(self) -> None:
        """Look until the past is counted, however much there is."""
        while not self.look().complete:
            time.sleep(self.fresh_s)

    def _take(self) -> Snapshot:
        now = self.tools.clock()
        down: dict[str, Exception] = {}
        state: Present | None = None
        sums: dict[str, Sums] | None = None
        schema, complete = "", False
        try:
            schema = self.tools.database.version()
            complete = self._remember(now)
            with self.tools.database.read(snapshot=True) as tx:
                state = present(tx, now)
                sums = self._totals.all(tx) if complete else None
        except (ServiceError, SQLAlchemyError) as fault:
            down["database"] = fault
            state, sums, complete = None, None, False
        queues = self._queues(now, down)
        self._tell(down)
        return Snapshot(now, self._disk(), state, sums, complete, schema, queues)

    def _remember(self, now: datetime) -> bool:
        """Day by day, each in a transaction of its own, as long as a look may take; True when all is counted."""
        until = self.clock() + REMEMBER_S
        while self.clock() < until:
            with self.tools.database.read(snapshot=True) as tx:
                if self._totals.remember(tx, now):
                    return True
        return False

    def _queues(self, now: datetime, down: dict[str, Exception]) -> QueueState | None:
        try:
            return read_queues(self.client, now)
        except DoorbellSilent as fault:
            down["queue"] = fault
            return None

    def _disk(self) -> int | None:
        try:
            return shutil.disk_usage(self.tools.settings.data_dir).free
        except OSError:
            return None

    def _tell(self, down: dict[str, Exception]) -> None:
        """Say what went away and what came back, once."""
        for name, fault in down.items():
            if name not in self._down:
                cause = f"{type(fault).__name__}: {getattr(fault, 'cause', None) or fault}"[:300]
                logger.warning("part away", extra={"event": "metrics.part_away", "part": name, "cause": cause})
        for name in self._down - down.keys():
            logger.info("part back", extra={"event": "metrics.part_back", "part": name})
        self._down = frozenset(down)
