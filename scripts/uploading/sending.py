"""Planned batches to the service, each under its own Idempotency-Key; a refused batch is taken apart until the picture
at fault stands alone. Never sends a batch that is not in the journal, and never sends changed content under its key."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from uploading.bodies import FileChanged
from uploading.dialects import Dialect
from uploading.exits import Misused
from uploading.journal import Batch, Journal
from uploading.orders import Item, Order, Plan, make_plan
from uploading.planning import tell_failure
from uploading.seams import Seams
from uploading.telling import Teller
from uploading.wire import Fault, Refused, Wire

ABOUT_CONTENT = (400, 413, 415, 422)
PICTURE_FIELDS = re.compile(r"^(images?|image_?(urls?|files?)|imageUrl|files?|urls?|upload_ids?|body|bytes)?(\W|_\d|$)")


@dataclass
class Sender:
    wire: Wire
    journal: Journal
    teller: Teller
    dialect: Dialect
    order: Order
    seams: Seams

    def unsent(self) -> list[Batch]:
        """Planned batches of this order, oldest first."""
        return [b for b in self.journal.state.open.values() if b.batch_id is None and b.plan.order == self.order.id]

    def send(self, batch: Batch, patient: bool) -> None:
        """Send a planned batch, or take it apart. OutOfCredits, KeyRefused, Misused, Temporary; Busy unless patient."""
        plan = batch.plan
        self.teller.sending(sum(item.size for item in plan.items))
        try:
            batch_id, parts = self.dialect.submit(
                self.wire, self.order, batch, self.sent_piece, self.slot_filled(plan.key), patient
            )
        except FileChanged as changed:
            self.drop(plan, changed.path)
            return
        except Refused as refused:
            self.refused(plan, refused.fault)
            return
        self.seams.reach("posted")
        self.journal.write({"do": "submitted", "key": plan.key, "batch": batch_id, "parts": list(parts)})
        self.teller.counts.sent += len(plan.items)
        self.teller.batch(plan.key, batch_id, len(plan.items), final=False)
        self.teller.event(f"sent {batch_id}: {len(plan.items)} images")

    def sent_piece(self, count: int) -> None:
        self.teller.sent_bytes(count)
        self.seams.reach("posting")

    def slot_filled(self, key: str) -> Callable[[int, str, float], None]:
        def note(index: int, slot: str, until: float) -> None:
            self.journal.write({"do": "slot", "key": key, "index": index, "id": slot, "until": until})

        return note

    def drop(self, plan: Plan, path: str) -> None:
        """A file changed since it was planned: the others go without it, the file itself when it is found again. They
        keep the key: should the batch have been taken whole before a crash, the service says so and makes no second."""
        rest = tuple(item for item in plan.items if item.path != path)
        if Path(path).exists():
            self.teller.left_out(path, "changed before it was sent")
        else:
            self.teller.event(f"{path} went away before it was sent")
        into = [replace(plan, items=rest).record()] if rest else []
        self.journal.write({"do": "split", "key": plan.key, "into": into})

    def refused(self, plan: Plan, fault: Fault) -> None:
        """The service will not have this batch: find out whose fault it is."""
        if fault.status not in (*ABOUT_CONTENT, 409):
            raise Misused(f"{fault.status}: {fault.sentence}")
        if fault.status != 409 and not PICTURE_FIELDS.match(fault.field):
            raise Misused(f"{fault.field}: {fault.sentence}")
        if len(plan.items) == 1 or fault.status == 409:
            for index, item in enumerate(plan.items):
                tell_failure(self.teller, item.source, fault.sentence)
                self.teller.counts.failed += 1
                self.journal.write({"do": "failed", "key": plan.key, "index": index, "error": fault.sentence})
            self.journal.write({"do": "closed", "key": plan.key})
            return
        parts = halves(plan.items, blamed(plan.items, fault))
        self.teller.event(f"refused ({fault.sentence}): sent again as {len(parts[0])} and {len(parts[1])} images")
        # One record for all parts, so that no crash loses a picture.
        failures = self.journal.state.failures_of(self.order.id)
        into = [make_plan(self.order, part, failures).record() for part in parts]
        self.journal.write({"do": "split", "key": plan.key, "into": into})


def blamed(items: tuple[Item, ...], fault: Fault) -> int | None:
    """The one picture that the fault names, by number or by file name; None when that is not certain."""
    number = re.search(r"\[(\d+)\]", fault.field)
    if number and int(number[1]) < len(items):
        return int(number[1])
    named = [index for index, item in enumerate(items) if fault.filename and item.name == fault.filename]
    return named[0] if len(named) == 1 else None


def halves(items: tuple[Item, ...], suspect: int | None) -> list[list[Item]]:
    """The others and the suspect alone, or two halves."""
    if suspect is not None:
        return [[item for index, item in enumerate(items) if index != suspect], [items[suspect]]]
    middle = len(items) // 2
    return [list(items[:middle]), list(items[middle:])]
