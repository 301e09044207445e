"""A thread that keeps one lease alive while its holder works, and says when the lease is gone.

Never works on the image itself and never raises into its holder: the holder asks `lost` between its steps.
"""

import logging
import threading
from collections.abc import Callable
from contextvars import copy_context
from types import TracebackType

logger = logging.getLogger("darkroom.heartbeat")


class Heartbeat:
    """`renew()` → False means fenced off. Called every `every_s` seconds; gives up after `life_s` without success.

    Used as a context manager; after an exit no renewal is under way.
    """

    def __init__(self, renew: Callable[[], bool], *, every_s: float, life_s: float, clock: Callable[[], float]) -> None:
        self._renew = renew
        self._every_s = every_s
        self._life_s = life_s
        self._clock = clock
        self._renewed_at = clock()
        self._stop = threading.Event()
        self._lost = threading.Event()
        self._thread = threading.Thread(target=copy_context().run, args=(self._run,), name="heartbeat", daemon=True)

    @property
    def lost(self) -> bool:
        """True once a renewal was refused, or none has succeeded for the life of a lease."""
        return self._lost.is_set() or self._clock() - self._renewed_at > self._life_s

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=self._life_s)

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            began = self._clock()
            try:
                held = self._renew()
            except Exception:  # noqa: BLE001  a database that is away for a moment must not end the thread
                logger.warning("lease not renewed", exc_info=True, extra={"event": "lease.renewal_failed"})
                continue
            if not held:
                self._lost.set()
                return
            self._renewed_at = began
