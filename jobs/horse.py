"""One image in a child of its own, while this process keeps its lease and its deadline.

The child (jobs/horse_work.py) says what it made as JSON, never pickles. A child whose lease is lost or whose time is up
is killed, wherever it is. Never settles anything.
"""

import base64
import logging
import os
import pickle
import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.making import Attempt, Fenced
from jobs.publishing import Made
from jobs.stable import Stable, StableGone
from jobs.tools import Tools
from jobs.wire import Wire, fault_of, made_of, tell_fault
from storage.errors import ImageFault, ServiceError

logger = logging.getLogger("darkroom.horse")
FACTS = frozenset(
    {"sha256", "fetch_ms", "format", "width", "height", "mode", "estimate_mb", "rss_peak_mb", "code", "cause"}
)
SLACK_S = 2.0  # the child's own watchdog comes first; this is for a child that was stopped
PATIENCE_S = 60.0


class HorseDied(Exception):
    """The child ended without a word: by `signal_number` (0: it left by itself), or because its time was up."""

    def __init__(self, signal_number: int, timed_out: bool) -> None:
        super().__init__(f"the image's child ended by signal {signal_number}" + (", out of time" if timed_out else ""))
        self.signal_number = signal_number
        self.timed_out = timed_out


@dataclass(frozen=True)
class Ride:
    """What a child is to do, and the two things that are done for it here: renewing its lease, vetting its sources."""

    tools: Tools
    attempt: Attempt
    folder: Path
    watchdog: Path
    renew: Callable[[], bool]
    vet: Callable[[list[str]], None]


@dataclass
class End:
    """How a child left."""

    lost: bool = False  # its lease was
    late: bool = False
    said: dict[str, Any] | None = None
    signal_number: int = 0


def ride(work: Ride, stable: Stable) -> Made:
    """Run the attempt in a child. Raises Fenced, HorseDied, or the child's fault as ImageFault."""
    ours, theirs = socket.socketpair()
    with ours:
        control = _lend(stable, theirs)
        try:
            order = (work.attempt, work.folder, work.watchdog)
            wire = Wire(ours)
            wire.say({"order": base64.b64encode(pickle.dumps(order)).decode()})
            end = _attend(work, wire, stable, control)
        except BrokenPipeError:
            end = End(signal_number=_status(stable))
        finally:
            if stable.child:
                stable.kill()
                _status(stable)
    return _made(work, end)


def _lend(stable: Stable, theirs: socket.socket) -> socket.socket:
    try:
        return stable.lend(theirs)
    except StableGone:
        raise HorseDied(0, False) from None


def _made(work: Ride, end: End) -> Made:
    image, said = work.attempt.image, end.said
    if end.lost:
        raise Fenced(image.id)
    if said is None or end.signal_number:
        raise HorseDied(end.signal_number, end.late or _written(work.watchdog))
    facts = said.get("facts")
    work.attempt.facts |= {name: facts[name] for name in FACTS & facts.keys()} if isinstance(facts, dict) else {}
    if "fenced" in said:
        raise Fenced(image.id)
    if "fault" in said:
        raise fault_of(said["fault"])
    return made_of(said, image.batch_id, image.id, work.attempt.token)


def _attend(work: Ride, wire: Wire, stable: Stable, control: socket.socket) -> End:
    """Until the child is gone."""
    lease, end = _Lease(work), End()
    poller = select.poll()
    poller.register(wire.fileno(), select.POLLIN)
    poller.register(control.fileno(), select.POLLIN)
    limit_s, ends_at = work.tools.settings.image_seconds, work.attempt.ends_at + SLACK_S
    while True:
        now = time.monotonic()
        wait_s = max(0.0, min(lease.due_at, ends_at, now + PATIENCE_S) - now)
        ready = {number for number, _ in poller.poll(wait_s * 1000 + 1)}
        gone = control.fileno() in ready
        for message in wire.messages():
            if "hashes" in message:
                wire.say(_vetted(work, message["hashes"]))
                ends_at = float("inf")  # it waits for memory now
            elif "ends_at" in message:
                ends_at = min(float(message["ends_at"]), time.monotonic() + limit_s) + SLACK_S
            else:
                end.said = message
        if gone:
            end.signal_number = _status(stable)
            return end
        if wire.ended and wire.fileno() in ready:
            poller.unregister(wire.fileno())
        end.late = end.late or time.monotonic() > ends_at
        end.lost = end.lost or not lease.kept()
        if end.late or end.lost:
            stable.kill()
            ends_at = lease.due_at = float("inf")


def _status(stable: Stable) -> int:
    """The signal that ended the child, 0 for none; waits for its end."""
    try:
        status = stable.told()
    except StableGone:
        return 0
    finally:
        stable.child = 0
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


class _Lease:
    """Renewed in time; lost when that is refused, or has not succeeded for the life of a lease."""

    def __init__(self, work: Ride) -> None:
        self._renew = work.renew
        self._life_s = work.tools.settings.lease_seconds
        self._renewed_at = time.monotonic()
        self.due_at = self._renewed_at + self._life_s / 4

    def kept(self) -> bool:
        """False once it is lost; renews it when that is due."""
        now = time.monotonic()
        if now < self.due_at:
            return True
        self.due_at = now + self._life_s / 4
        try:
            if not self._renew():
                return False
            self._renewed_at = now
        except ServiceError:
            logger.warning("lease not renewed", exc_info=True, extra={"event": "lease.renewal_failed"})
        return time.monotonic() - self._renewed_at <= self._life_s


def _vetted(work: Ride, hashes: object) -> dict[str, Any]:
    try:
        work.vet([str(sha256) for sha256 in hashes] if isinstance(hashes, list) else [])
    except ImageFault as fault:
        return {"fault": tell_fault(fault)}
    return {}


def _written(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0
