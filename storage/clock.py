"""Time: one clock, always UTC and aware. Never a naive datetime, never the local zone."""

import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from storage.errors import Unavailable

Clock = Callable[[], datetime]

ASK_EVERY_S = 20.0
ASK_AGAIN_S = 2.0  # after a question that was not answered
DOUBTFUL_S = 1.0  # an answer that took longer says too little about now


def now() -> datetime:
    """The present moment, aware, UTC, whole microseconds."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """RFC 3339 in UTC with whole seconds and `Z`, the spelling of all three dialects."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"  # strftime cuts early years


class SharedClock:
    """The time of a server that all machines ask, carried on by this machine's monotonic clock between questions: so
    machines whose clocks differ agree on leases and deadlines.

    Never raises: without an answer it carries on, and before the first one it is this machine's own clock. A forked
    child carries on what its parent knew and asks nobody, because the connection is its parent's.
    """

    def __init__(self, ask: Callable[[], datetime], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._monotonic = monotonic
        self._pid = os.getpid()
        self._asking = threading.Lock()
        self._ask_at = float("-inf")
        self._known: tuple[datetime, float] | None = None

    def __call__(self) -> datetime:
        if self._monotonic() >= self._ask_at and os.getpid() == self._pid:
            self._learn()
        if self._known is None:
            return now()
        told, then = self._known
        return told + timedelta(seconds=self._monotonic() - then)

    def _learn(self) -> None:
        """Ask once; whoever comes meanwhile goes on with what is known."""
        if not self._asking.acquire(blocking=self._known is None):
            return
        try:
            began = self._monotonic()
            if began < self._ask_at:
                return
            self._ask_at = began + ASK_AGAIN_S
            told = self._ask()
            took = self._monotonic() - began
            if took <= DOUBTFUL_S or self._known is None:
                self._known = (told, began + took / 2)
                self._ask_at = began + took + ASK_EVERY_S
        except Unavailable:
            self._ask_at = self._monotonic() + ASK_AGAIN_S
        finally:
            self._asking.release()
