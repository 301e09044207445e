"""What was ever done, kept as sums: the past is counted once and remembered, only the present is counted at each look.

Exact and never falling while this process lives; a restart counts the past again. Remembers nothing that SQL does not
know. A span is remembered a minute after it is over, when no transaction that belongs to it can still be under way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from jobs.metrics.catalogue import BATCH_SECONDS, WORK_SECONDS
from storage.records import totals
from storage.records.totals import Span, Sums

SETTLED_AFTER = timedelta(minutes=1)
DELIVERED_AFTER = timedelta(minutes=5)  # an attempt is recorded when it has ended, and counted by when it began
STEP = timedelta(days=1)

SUMS: Mapping[str, Callable[[Connection, Span], Sums]] = {
    "batches": totals.batches_done,
    "batch_times": lambda tx, span: totals.batch_times(tx, span, BATCH_SECONDS),
    "credits": totals.credit_moves,
    "images": totals.images_done,
    "attempts": lambda tx, span: totals.attempts_ended(tx, span, WORK_SECONDS),
    "bytes": totals.bytes_made,
}
WEBHOOKS = "webhooks"


@dataclass
class Totals:
    """The remembered past up to `until`. Not for use by two threads at once."""

    until: datetime | None = None
    webhooks_until: datetime | None = None
    past: dict[str, Sums] = field(default_factory=dict)

    def remember(self, tx: Connection, now: datetime) -> bool:
        """Count one more day of the past, in the caller's snapshot; True when there is nothing left to count."""
        settled, delivered = now - SETTLED_AFTER, now - DELIVERED_AFTER
        if self.until is None or self.webhooks_until is None:
            first = totals.first_moment(tx) or now
            self.until, self.webhooks_until = min(first, settled), min(first, delivered)
        high = max(self.until, min(settled, self.until + STEP))
        webhooks_high = max(self.webhooks_until, min(delivered, self.webhooks_until + STEP))
        # All is counted before anything is remembered: a database that goes away half-way leaves nothing counted twice.
        found = {name: count(tx, Span(self.until, high)) for name, count in SUMS.items()}
        found[WEBHOOKS] = totals.deliveries_attempted(tx, Span(self.webhooks_until, webhooks_high))
        self.past = {name: added(self.past.get(name, {}), more) for name, more in found.items()}
        self.until, self.webhooks_until = high, webhooks_high
        return high >= settled and webhooks_high >= delivered

    def all(self, tx: Connection) -> dict[str, Sums]:
        """The past and what is not settled yet, in the caller's snapshot."""
        assert self.until is not None and self.webhooks_until is not None
        found = {name: added(self.past.get(name, {}), count(tx, Span(self.until))) for name, count in SUMS.items()}
        recent = totals.deliveries_attempted(tx, Span(self.webhooks_until))
        return {**found, WEBHOOKS: added(self.past.get(WEBHOOKS, {}), recent)}


def added(one: Sums, other: Sums) -> Sums:
    """Both, label by label."""
    summed = dict(one)
    for label, numbers in other.items():
        before = summed.get(label, (0.0,) * len(numbers))
        summed[label] = tuple(a + b for a, b in zip(before, numbers, strict=True))
    return summed
