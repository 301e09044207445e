"""A process beside the worker that forks a child for each image and does nothing else.

A worker that forked for itself would pay for it twice: the kernel copies its page tables, and both sides then copy
what they write to, some 3000 pages (20 ms) of SQL, RQ and Redis for each image. This process holds the imports and
touches next to nothing. It leaves when its worker does, has no connections, and never looks at a picture.
"""

import array
import logging
import os
import random
import signal
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NoReturn

logger = logging.getLogger("darkroom.stable")
WORD = struct.Struct("<cq")
PID, STATUS = b"p", b"s"


class StableGone(Exception):
    """The process that forks is not there any more."""


@dataclass
class Stable:
    """Forks children that run `work(their end of a socket)`, one at a time. `cut`: work was broken off on purpose."""

    work: Callable[[socket.socket], None]
    cut: bool = False
    child: int = 0
    _control: socket.socket | None = field(default=None, repr=False)
    _keeper: int = 0

    def open(self) -> None:
        """Start the process; best before this one has threads or connections."""
        ours, theirs = socket.socketpair()
        self._keeper = os.fork()
        if self._keeper == 0:
            ours.close()
            _keep(theirs, self.work)
        theirs.close()
        self._control = ours

    def lend(self, end: socket.socket) -> socket.socket:
        """Have a child forked that gets `end`, closed here; gives the socket on which its death is told."""
        if self._control is None:
            self.open()
        assert self._control is not None
        with end:
            try:
                self._control.sendmsg(
                    [b"!"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [end.fileno()]))]
                )
                self.child = self.told(PID)
            except OSError as gone:
                self.forget()
                raise StableGone from gone
        if self.cut:
            self.kill()
        return self._control

    def told(self, what: bytes = STATUS) -> int:
        """What the process says next: the child's pid, then its wait status. StableGone when it says anything else."""
        held = b""
        while len(held) < WORD.size:
            piece = self._control.recv(WORD.size - len(held)) if self._control is not None else b""
            if not piece:
                break
            held += piece
        if len(held) < WORD.size or held[:1] != what:
            self.forget()
            raise StableGone
        return int(WORD.unpack(held)[1])

    def kill(self) -> None:
        """End the child and what it started."""
        child = self.child
        if child > 1:
            for end in (os.kill, os.killpg):
                with suppress(ProcessLookupError, PermissionError):
                    end(child, signal.SIGKILL)

    def cut_short(self) -> None:
        """Kill the child, if there is one, blaming nothing on it; and any child to come. Safe in any thread."""
        self.cut = True
        self.kill()

    def forget(self) -> None:
        """The process is of no use any more: it is ended, and the next image starts another."""
        self.kill()
        self.child = 0
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._keeper:
            with suppress(ProcessLookupError):
                os.kill(self._keeper, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(self._keeper, 0)
            self._keeper = 0


def _keep(control: socket.socket, work: Callable[[socket.socket], None]) -> NoReturn:
    """Until the worker is gone. Every line here runs once per image on pages of its own: keep it short."""
    code = 1
    try:
        os.setpgid(0, 0)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # it leaves with its worker, whose children may end their work
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        while True:
            said, [*ends], _, _ = socket.recv_fds(control, 1, 1)
            if not said:
                break
            child = os.fork()
            if child == 0:
                control.close()
                _be_child(ends[0], work)
            os.close(ends[0])
            control.sendall(WORD.pack(PID, child))
            control.sendall(WORD.pack(STATUS, os.waitpid(child, 0)[1]))
        code = 0
    except (BrokenPipeError, ConnectionResetError):
        code = 0
    finally:
        os._exit(code)


def _be_child(descriptor: int, work: Callable[[socket.socket], None]) -> NoReturn:
    code = 1
    try:
        os.setpgid(0, 0)
        random.seed()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with socket.socket(fileno=descriptor) as end:
            work(end)
        code = 0
    except Exception:  # noqa: BLE001  the worker sees that it said nothing; the operator wants to know why
        logger.exception("the image's child failed", extra={"event": "horse.failed"})
    finally:
        os._exit(code)
