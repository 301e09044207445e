"""The wish to end: SIGTERM and Ctrl-C are noted and obeyed after the current step; a second Ctrl-C does not wait."""

import signal
import threading
from types import FrameType

from uploading.exits import Ended


class Ending:
    """`sleep` and `check` raise Ended once a signal has come."""

    def __init__(self) -> None:
        self._wanted = threading.Event()

    def install(self) -> None:
        signal.signal(signal.SIGTERM, self._note)
        signal.signal(signal.SIGINT, self._note)

    def check(self) -> None:
        if self._wanted.is_set():
            raise Ended("Ended as asked; the same command goes on from here.")

    def sleep(self, seconds: float) -> None:
        self._wanted.wait(seconds)
        self.check()

    def _note(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT and self._wanted.is_set():
            raise KeyboardInterrupt
        self._wanted.set()
