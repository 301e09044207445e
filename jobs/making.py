"""What happens to one image between its lease and its settling: fetch, vet, probe, wait for memory, run the action.

Knows neither database nor queue; whoever holds the lease is asked through a `Desk`, from the same process or from a
child of it. Never settles anything.
"""

import faulthandler
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from jobs.actions import find_action
from jobs.actions.appetite import Sizes, pixels
from jobs.actions.offer import Action, Engines, Outcome, Work
from jobs.admission import admitted, estimate_bytes
from jobs.failpoints import reach
from jobs.limits import MIB
from jobs.publishing import Publisher
from jobs.sandbox import probe_safely
from jobs.sources import Fetched, fetch_sources
from jobs.tools import Tools
from storage.errors import ImageFault
from storage.model import Batch, Image


class Fenced(Exception):
    """The lease is gone: another attempt, a cancel or a deadline decides about this image now."""


@dataclass
class Attempt:
    """One run of one image: who it is, what is known so far for the log, and how long it may take."""

    image: Image
    batch: Batch
    token: str
    ends_at: float  # monotonic seconds; moved when the wait for memory is over
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def naming(self) -> dict[str, Any]:
        """What every line about it says."""
        return {
            "request_id": self.batch.request_id,
            "account_id": self.image.account_id,
            "batch_id": self.batch.id,
            "image_id": self.image.id,
            "attempt": self.image.attempts,
        }

    def check(self, lost: bool) -> None:
        """Raise Fenced when the lease is `lost`, ImageFault("timeout") past the limit."""
        if lost:
            raise Fenced(self.image.id)
        if time.monotonic() > self.ends_at:
            raise ImageFault("timeout", cause="the image exceeded its wall clock")


class Desk(Protocol):
    """Who holds the lease."""

    def check(self) -> None:
        """Raises Fenced when the lease is gone, ImageFault("timeout") past the limit."""

    def vet(self, hashes: list[str]) -> None:
        """Takes note of the sources' SHA-256. ImageFault when bytes like these crashed a worker before."""

    def begin(self) -> None:
        """The wait for memory is over: from now on the attempt's `ends_at` counts."""


def make(
    tools: Tools, attempt: Attempt, engines: Engines, folder: Path, watchdog: Path, publisher: Publisher, desk: Desk
) -> Outcome:
    """Make and store the files of one image, working in `folder`. Raises Fenced, ImageFault, whatever an action may."""
    action = find_action(attempt.batch.dialect, attempt.batch.action)
    max_bytes = min(tools.settings.max_file_bytes, action.limits.max_bytes)
    began = time.monotonic()
    fetched = fetch_sources(tools, attempt.image, max_bytes, folder, desk.check)
    hashes = [source.sha256 for source in fetched]
    attempt.facts |= {"sha256": hashes, "fetch_ms": int((time.monotonic() - began) * 1000)}
    desk.vet(hashes)
    need = _need(action, attempt.batch.options, _probe(tools, attempt, action, fetched, folder))
    attempt.facts["estimate_mb"] = need // MIB
    budget = tools.settings.memory_budget_mb * MIB
    with admitted(tools.settings.data_dir / "admission", need, budget, desk.check) as waited:
        attempt.ends_at += waited
        desk.begin()
        work = Work(
            image=attempt.image,
            batch=attempt.batch,
            sources=tuple(source.path for source in fetched),
            options=attempt.batch.options,
            limits=action.limits,
            scratch=folder,
            engines=engines,
            check=desk.check,
            store=publisher.store,
        )
        with _watched(watchdog, attempt.ends_at - time.monotonic() + 1):
            reach(tools.settings.failpoints, "image.run")
            outcome = action.run(work)
    reach(tools.settings.failpoints, "image.stored")
    desk.check()
    return outcome


def result_of(outcome: Outcome) -> dict[str, Any]:
    """What is recorded of an outcome."""
    return {**outcome.facts, "warnings": [*outcome.warnings]} if outcome.warnings else dict(outcome.facts)


def cause_of(fault: ImageFault, error: BaseException) -> str:
    """For the operator's log: kinds of errors, never a message that may carry a name or an address."""
    inner = fault.cause if fault.cause is not None else error
    return inner[:200] if isinstance(inner, str) else type(inner).__name__


def _probe(tools: Tools, attempt: Attempt, action: Action, fetched: Sequence[Fetched], folder: Path) -> Sizes:
    """Width and height of all sources by their headers, read under the action's limits."""
    from jobs.imaging.codec import DecodeLimits

    limits = DecodeLimits(
        formats=frozenset(action.limits.formats),
        max_bytes=min(action.limits.max_bytes, tools.settings.max_file_bytes),
        max_pixels=min(action.limits.max_pixels, tools.settings.max_pixels_mp * 1_000_000),
        max_side=action.limits.max_side,
        min_side=action.limits.min_side,
    )
    headers = [probe_safely(source.path, limits, folder) for source in fetched]
    if headers:
        first = headers[0]
        attempt.facts |= {"format": first.format, "width": first.width, "height": first.height, "mode": first.mode}
    return [(header.width, header.height) for header in headers]


def _need(action: Action, options: Mapping[str, Any], sizes: Sizes) -> int:
    """Bytes that the work is expected to take at its peak."""
    appetite = getattr(action, "memory_bytes", None)
    if appetite is None or not sizes:
        return estimate_bytes(pixels(sizes))
    return int(appetite(options, sizes))


@contextmanager
def _watched(trace: Path, seconds: float) -> Iterator[None]:
    """Ends the process after `seconds`, inside C code too; the stack is left in `trace` for whoever comes next."""
    with trace.open("w") as file:
        faulthandler.dump_traceback_later(seconds, exit=True, file=file)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
    trace.unlink(missing_ok=True)
