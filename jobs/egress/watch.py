"""Sockets that keep a promise about time and bytes: every single read and write is bounded by one deadline.

A time-out per read does not bound a download: a server that drips one byte per second never trips it. Here each read
may wait only as long as the whole exchange still has, on a monotonic clock. Never opens a connection by itself.
"""

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["refused", "unreachable", "tls", "timeout", "too_large", "cut", "encoding", "bad_answer"]
Clock = Callable[[], float]


class EgressFault(Exception):
    """An exchange that failed. `kind` is the class of the failure; `detail` is for the operator's log, never for a
    customer, because it may tell what answered inside the network."""

    def __init__(self, kind: Kind, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind: Kind = kind
        self.detail = detail


@dataclass(frozen=True)
class Limits:
    """Caps of one exchange. Seconds and bytes. `min_rate` (bytes per second, 0: none) is the least average speed of a
    body once it has been flowing for `grace_seconds`. `header_bytes` bounds everything before the body."""

    total_seconds: float = 30.0
    connect_seconds: float = 5.0
    max_bytes: int = 20 * 1024 * 1024
    header_bytes: int = 64 * 1024
    min_rate: int = 10 * 1024
    grace_seconds: float = 5.0


class Watch:
    """Counts the bytes of one exchange and says how long the next read may wait."""

    # One buffered read may take this much of the body along with the last header.
    _READ_AHEAD = 8 * 1024
    # Chunk framing of an honest server; one that sends a chunk per byte runs into the cap.
    _FRAMING = 64 * 1024

    def __init__(self, limits: Limits, clock: Clock, deadline: float) -> None:
        self.limits = limits
        self.clock = clock
        self.deadline = deadline
        self.received = 0
        self._before_body = 0
        self._body_started: float | None = None

    def hurry(self, seconds: float) -> None:
        """Brings the deadline nearer: to `seconds` from now, unless it is nearer already."""
        self.deadline = min(self.deadline, self.clock() + seconds)

    def begin_body(self) -> None:
        """The headers are in: from now on the cap on the body and the least speed hold."""
        self._body_started = self.clock()
        self._before_body = self.received

    def patience(self) -> float:
        """Seconds that the next read may wait. Raises EgressFault("timeout") when there are none left."""
        now = self.clock()
        until = self.deadline
        if self._body_started is not None and self.limits.min_rate > 0:
            flowed = self.received - self._before_body
            until = min(until, self._body_started + max(self.limits.grace_seconds, flowed / self.limits.min_rate))
        if now >= until:
            raise EgressFault("timeout", "too slow" if until < self.deadline else "deadline passed")
        return until - now

    def saw(self, count: int) -> None:
        """Adds received bytes. Raises EgressFault: "bad_answer" for endless headers, "too_large" for an endless body,
        also one that hides its length in chunk framing."""
        self.received += count
        if self._body_started is None:
            if self.received > self.limits.header_bytes + self._READ_AHEAD:
                raise EgressFault("bad_answer", "headers too large")
        elif self.received - self._before_body > self.limits.max_bytes * 17 // 16 + self._FRAMING:
            raise EgressFault("too_large", f"{self.received} bytes received")


class WatchedSocket(socket.socket):
    """A plain TCP socket under a watch."""

    watch: Watch

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        return _receive(self, super().recv_into, args, kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(self.watch.patience())
        try:
            super().sendall(*args, **kwargs)
        except TimeoutError as fault:
            raise EgressFault("timeout", "request not taken") from fault


class WatchedTlsSocket(ssl.SSLSocket):
    """The same under TLS; its watch is hung on after the handshake, which the plain socket's time-out bounds."""

    watch: Watch

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        return _receive(self, super().recv_into, args, kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        # ssl bounds each record by the time-out, and a request is at most a few records.
        self.settimeout(self.watch.patience())
        try:
            super().sendall(*args, **kwargs)
        except TimeoutError as fault:
            raise EgressFault("timeout", "request not taken") from fault


def _receive(
    sock: WatchedSocket | WatchedTlsSocket,
    read: Callable[..., int],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> int:
    sock.settimeout(sock.watch.patience())
    try:
        count = read(*args, **kwargs)
    except TimeoutError:
        # The clock says whether it was the deadline or the speed; a clock that lags the kernel's is still a time-out.
        sock.watch.patience()
        raise EgressFault("timeout", "no byte in time") from None
    sock.watch.saw(count)
    return count
