"""One run from the first look at the sources to the last result, and the endless one over a drop folder. Puts the steps
in order; each step is elsewhere. Never holds anything in memory that the journal does not know."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from uploading.collecting import Collector
from uploading.dialects import Dialect
from uploading.ending import Ending
from uploading.exits import DONE, SOME_FAILED, TEMPORARY, Ended, OutOfCredits, Stop, Temporary
from uploading.journal import Journal
from uploading.planning import Planner
from uploading.sending import Sender
from uploading.settling import Settling, at_rest
from uploading.sources import Found, find
from uploading.telling import Teller
from uploading.wire import Busy, Wire

LOOKS_PER_ROUND = 10


@dataclass
class Run:
    """What a run works with. `sources` is empty for a run that only collects."""

    sources: tuple[str, ...]
    own_folders: tuple[Path, ...]
    dialect: Dialect
    wire: Wire
    journal: Journal
    teller: Teller
    planner: Planner
    sender: Sender
    collector: Collector
    ending: Ending
    batch_size: int | None = None
    clock: Callable[[], float] = time.monotonic
    send_at: float = 0.0
    refusals: int = 0
    most: int | None = None
    bad: set[str] = field(default_factory=set)

    def plan(self, found: list[Found]) -> None:
        """Plan what is new; which sources failed before is remembered for the exit code."""
        self.teller.counts.found += len(found)
        self.teller.left -= {str(each.path) for each in found}
        if found:
            self.bad.update(self.planner.take(found, self.batch_limit()))

    def batch_limit(self) -> int:
        """Pictures in a batch: what was asked for, within the plan's maxBatchSize and the dialect's own bound."""
        if self.most is None:
            usage = self.wire.call("GET", "/api/v1/usage").body
            self.most = min(int(usage["maxBatchSize"]), self.dialect.most)
            if self.batch_size is not None and self.batch_size > self.most:
                self.teller.event(f"batches have {self.most} images, because the service takes no more")
        return max(1, min(self.batch_size or self.most, self.most))

    def once(self, wait: bool, settle: float) -> int:
        """One run; its exit code. Stop for everything that ends it early."""
        trouble: Stop | None = None
        self.tell_others()
        if self.sources:
            ready, unfinished = at_rest(find(self.sources, self.own_folders), settle, self.ending.sleep)
            for each in unfinished:
                self.teller.left_out(str(each.path), "is still being written")
            self.plan(ready)
            try:
                self.send_all(wait)
            except OutOfCredits as fault:
                trouble = fault
                self.teller.fault(str(fault))
        self.collect_all() if wait else self.round()
        if trouble is not None:
            raise trouble
        return self.code()

    def tell_others(self) -> None:
        """Plans of other orders in the same state folder are sent by their own command only."""
        order, others = self.planner.order, 0
        for batch in self.journal.state.open.values():
            sent_here = batch.batch_id is not None and batch.plan.dialect == order.dialect
            others += batch.plan.order != order.id and not sent_here
        if others:
            self.teller.event(f"{others} batches of other actions or options wait for their own command")

    def code(self) -> int:
        if self.bad or self.teller.counts.failed:
            return SOME_FAILED
        return TEMPORARY if self.teller.left else DONE

    def send_all(self, wait: bool) -> None:
        """Send every planned batch. Where the service is full with our own batches, results are fetched meanwhile."""
        while self.sender.unsent():
            self.ending.check()
            waiting = self.collector.waiting() if wait else []
            if self.clock() >= self.send_at:
                self.try_to_send(patient=not waiting)
            elif waiting:
                self.collect_next()
            else:
                self.ending.sleep(self.send_at - self.clock())

    def try_to_send(self, patient: bool) -> None:
        try:
            self.sender.send(self.sender.unsent()[0], patient)
            self.refusals = 0
        except Busy as busy:
            seconds = self.wire.patience.pause(self.refusals, busy.asked)
            self.refusals += 1
            self.send_at = self.clock() + seconds
            self.teller.event(f"{busy}; sending on in {seconds:.0f} s")

    def collect_next(self) -> None:
        """The next look that is due, after waiting for it."""
        self.ending.sleep(self.collector.pause())
        self.collector.look(self.collector.waiting()[0])

    def collect_all(self) -> None:
        for batch in self.collector.waiting():
            self.ending.check()
            self.collector.look(batch)
        while self.collector.waiting():
            self.collect_next()

    def round(self) -> None:
        """One look at each batch that is due, without waiting."""
        for batch in self.collector.waiting()[:LOOKS_PER_ROUND]:
            self.ending.check()
            if self.collector.due.get(batch.plan.key, 0.0) <= self.clock():
                self.collector.look(batch)

    def watch(self, settle: float, interval: float) -> int:
        """Until a signal: take what has settled, send, fetch. What is temporary is waited out; its code is told at the
        end, as is 1 where pictures failed."""
        settling, handled = Settling(settle), dict[str, object]()
        trouble: Stop | None = None
        while True:
            try:
                trouble = self.watch_round(settling, handled, trouble)
                self.ending.sleep(interval)
            except Ended:
                if isinstance(trouble, (OutOfCredits, Temporary)):
                    raise trouble from None
                return self.code()

    def watch_round(self, settling: Settling, handled: dict[str, object], before: Stop | None) -> Stop | None:
        """One pass; the trouble it met, told once while it lasts."""
        try:
            found = settling.settled(find(self.sources, self.own_folders), self.clock())
            fresh = [each for each in found if handled.get(each.url or str(each.path)) != stamp(each)]
            self.plan(fresh)
            handled.update({each.url or str(each.path): stamp(each) for each in fresh})
            while self.sender.unsent() and self.clock() >= self.send_at:
                self.ending.check()
                self.try_to_send(patient=False)
            self.round()
        except (OutOfCredits, Temporary) as fault:
            if before is None or str(before) != str(fault):
                self.teller.fault(str(fault))
            return fault
        return None


def stamp(found: Found) -> object:
    """What changes when the file is another one."""
    if found.path is None:
        return True
    try:
        facts = found.path.stat()
    except OSError:
        return None
    return facts.st_size, facts.st_mtime_ns
