"""Sent batches to results: looked at in turn, fetched when final, every picture noted as soon as its files lie whole in
their place. Never sends anything and never fetches a result twice."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from uploading.dialects import Dialect, Look, Outcome
from uploading.downloads import Gone, Link, place, save
from uploading.exits import Misused
from uploading.journal import Batch, Journal
from uploading.planning import tell_failure
from uploading.seams import Seams
from uploading.telling import Teller
from uploading.wire import Refused, Wire


@dataclass
class Collector:
    wire: Wire
    journal: Journal
    teller: Teller
    dialect_name: str
    dialect: Dialect
    out: Path
    seams: Seams
    check: Callable[[], None]
    clock: Callable[[], float] = time.monotonic
    due: dict[str, float] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)

    def waiting(self) -> list[Batch]:
        """Batches of this dialect that the service has taken, the one to look at next first."""
        batches = self.journal.state.open.values()
        sent = [b for b in batches if b.batch_id is not None and b.plan.dialect == self.dialect_name]
        return sorted(sent, key=lambda batch: self.due.get(batch.plan.key, 0.0))

    def pause(self) -> float:
        """Seconds until the next batch may be looked at: each by its own time, all together once a second."""
        waiting = self.waiting()
        return max(1.0, self.due.get(waiting[0].plan.key, 0.0) - self.clock()) if waiting else 0.0

    def look(self, batch: Batch) -> bool:
        """One look at one batch; True when it was final and is closed now."""
        key = batch.plan.key
        try:
            look = self.dialect.look(self.wire, batch)
        except Refused as refused:
            self.lost(batch, refused)
            return True
        if not look.final:
            self.due[key] = self.clock() + look.wait
            self.done[key] = look.done
            self.progress()
            return False
        self.fetch(batch, look)
        self.due.pop(key, None)
        self.done.pop(key, None)
        return True

    def fetch(self, batch: Batch, look: Look) -> None:
        """Everything of a final batch that is not here yet."""
        for sentence in look.warnings:
            self.teller.warning(sentence)
        for outcome in look.outcomes:
            self.check()
            if outcome.index not in batch.settled:
                self.settle(batch, outcome)
        for link in look.shared:
            try:
                self.keep(link, f"batch-{batch.batch_id}")
            except Gone as gone:
                self.teller.fault(f"'{link.name}' of {batch.batch_id}: {gone}")
        missing = len(batch.plan.items) - len(batch.settled)
        if missing:
            raise Misused(f"The reply about {batch.batch_id} leaves out {missing} images.")
        self.journal.write({"do": "closed", "key": batch.plan.key})
        self.teller.batch(batch.plan.key, str(batch.batch_id), len(batch.plan.items), final=True)
        self.teller.event(f"finished {batch.batch_id}")

    def settle(self, batch: Batch, outcome: Outcome) -> None:
        item = batch.plan.items[outcome.index]
        for sentence in outcome.warnings:
            self.teller.warning(sentence)
        error = outcome.error
        if error is None:
            try:
                names = [self.keep(link, item.folder) for link in outcome.files]
            except Gone as gone:
                error = str(gone)
        record = {"key": batch.plan.key, "index": outcome.index}
        if error is not None:
            self.teller.counts.failed += 1
            tell_failure(self.teller, item.source, error)
            self.journal.write({"do": "failed", "error": error, **record})
            return
        self.teller.counts.done += 1
        self.teller.event(f"done {item.source}: {item.folder}/ ({', '.join(names)})")
        self.journal.write({"do": "saved", "folder": item.folder, "files": names, **record})

    def keep(self, link: Link, folder: str) -> str:
        path = place(self.out, folder, link.name)
        if save(self.wire, self.seams, link, path):
            self.teller.counts.files += 1
            self.teller.counts.bytes += path.stat().st_size
        return path.name

    def lost(self, batch: Batch, refused: Refused) -> None:
        """The service does not know the batch any more: its pictures failed; only --retry-failed sends them again."""
        if refused.fault.status not in (404, 410):
            raise Misused(f"{refused.fault.status}: {refused.fault.sentence}") from refused
        error = f"The service does not know the batch {batch.batch_id} (any more)."
        for index in range(len(batch.plan.items)):
            if index not in batch.settled:
                self.settle(batch, Outcome(index, error=error))
        self.journal.write({"do": "closed", "key": batch.plan.key})

    def progress(self) -> None:
        waiting = self.waiting()
        total = sum(len(batch.plan.items) for batch in waiting) + self.teller.counts.done + self.teller.counts.failed
        ended = self.teller.counts.done + self.teller.counts.failed
        self.teller.working(ended + sum(self.done.values()), total)
