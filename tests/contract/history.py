"""Random histories of one account, step by step against its books: whatever customers, workers, the sweep, the operator
and a forgetful queue server do, in whatever order."""

from typing import Any

from books import LOCKED, REMEMBERED, RULE, Promise, Sheet, Wish, on_top, total
from engine_rig import SilentDoorbell
from history_work import PICK, Workers, step
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant
from record_databases import DAY, make_order
from sqlalchemy import select

from jobs.cancel import cancel
from jobs.queue import DoorbellSilent, packaging_id, window
from jobs.requeue import Missing, repair_queue
from jobs.submit import IdempotencyTicket, StoredReply, submit
from jobs.sweep import fail_overdue
from storage.errors import InsufficientCredits, Invalid
from storage.model import Batch, Image, Pool, Quote
from storage.records import idempotency, ledger, tables

WISH = st.tuples(st.sampled_from([1, 2, 3, 7]), st.integers(0, 5), st.booleans())


class Died(Exception):
    """The process that was at it is gone."""


class CutBell(SilentDoorbell):
    """The queue server does not answer."""

    def ring(self, batch: Batch, images: Any) -> None:
        raise DoorbellSilent("cut")


def quote_of(wish: Wish) -> Quote:
    count, price, clipart = wish
    return Quote(price, on_top(count), dict(RULE)) if clipart else Quote(price)


class History(Workers):
    """Rules are the things that happen in production; the workers' are inherited."""

    @initialize(count=st.sampled_from([3, 7]), price=st.integers(1, 5))
    def first(self, count: int, price: int) -> None:
        """No history without a batch."""
        self.submit((count, price, False), "v", again=False, fate="")

    @step(1, amount=st.integers(1, 30), ref=st.sampled_from("abc"))
    def grant(self, amount: int, ref: str) -> None:
        with self.tools.database.write() as tx:
            ledger.grant(tx, self.account.id, amount, ref=ref, actor="t", reason="", now=self.clock())
        self.books.granted += 0 if ref in self.books.grants else amount
        self.happened("grant again" if ref in self.books.grants else "grant")
        self.books.grants.add(ref)

    @step(
        5,
        wish=WISH,
        key=st.sampled_from("wxyz"),
        again=st.booleans(),
        fate=st.sampled_from(["", "", "", "unrung", "dies before", "dies within"]),
    )
    def submit(self, wish: Wish, key: str, again: bool, fate: str) -> None:
        """A request under an idempotency key; `again` repeats what this key was used for before, if it was."""
        known = self.books.promises.get(key)
        wish = known.wish if again and known is not None else wish
        expected = self.books.answer(key, wish, self.clock())
        with self.tools.database.write() as tx:
            claim = idempotency.claim(tx, self.account.id, "POST /x", key, repr(wish), now=self.clock())
        assert claim.state == expected
        self.happened(f"key {expected}")
        if expected == "replay":
            assert known is not None and claim.body.decode() == known.batch
        if expected != "new":
            return
        self.books.promises[key] = Promise(wish, self.clock() + LOCKED)
        if fate != "dies before":
            self.accept(claim.id, key, wish, fate)

    def accept(self, claim_id: str, key: str, wish: Wish, fate: str) -> None:
        def reply(batch: Batch, _: list[Image]) -> StoredReply:
            if fate == "dies within":
                raise Died
            return StoredReply(202, {}, batch.id.encode())

        order = make_order(self.account, wish[0], quote_of(wish))
        bell = CutBell() if fate == "unrung" else self.bell
        fits = total(wish) <= self.books.available()
        try:
            made = submit(self.tools, order, bell, idempotency=IdempotencyTicket(claim_id), reply=reply)
        except InsufficientCredits as refused:
            assert not fits and refused.details["shortfall"] == total(wish) - self.books.available()
            with self.tools.database.write() as tx:
                idempotency.release(tx, claim_id)
            del self.books.promises[key]
            self.happened("refused")
            return
        except Died:
            assert fits
            self.happened(fate)
            return
        assert fits
        self.happened(fate or "submit")
        self.books.promises[key] = Promise(wish, self.clock() + REMEMBERED, made.batch.id)
        states = {image.id: "queued" for image in made.images}
        self.books.sheets[made.batch.id] = Sheet(wish, states, dict.fromkeys(states, 0))

    @step(1, lambda self: self.books.sheets, number=PICK)
    def cancel(self, number: int) -> None:
        batch_id, sheet = self.pick(number)
        before = sheet.unfinished()
        cancel(self.tools, self.account.id, batch_id, self.bell)
        for image_id in before:
            sheet.cancelled = True
            self.happened("cancel")
            if sheet.free(image_id, self.clock()):
                sheet.end(image_id, "cancelled")

    @step(
        2,
        lambda self: any(each.captured() for each in self.books.sheets.values()),
        number=PICK,
        amount=st.integers(1, 9),
        twice=st.booleans(),
    )
    def refund(self, number: int, amount: int, twice: bool) -> None:
        batch_id, sheet = self.pick(number)
        fits = amount <= sheet.captured() - sheet.refunded
        known = {"ref": f"refund {batch_id} {sheet.refunded}", "actor": "t", "reason": "", "now": self.clock()}
        try:
            for _ in range(1 + twice):
                with self.tools.database.write() as tx:
                    ledger.refund(tx, self.account.id, amount, batch_id=batch_id, **known)
        except Invalid:
            assert not fits
            return
        assert fits
        sheet.refunded += amount
        self.happened("refund")

    @step(1)
    def replay(self) -> None:
        """The whole history is posted once more."""
        with self.tools.database.write() as tx:
            written = ledger.entries(tx, self.account.id, after=None, limit=9999)[::-1]
            again = [ledger.Posting(e.kind, e.amount, e.ref, e.batch_id, e.actor, e.reason) for e in written]
            assert ledger.post(tx, self.account.id, again, self.clock()) == written

    @step(1, lambda self: len(self.books.sheets) > 1)
    def expire(self) -> None:
        """Every batch passes its deadline."""
        self.clock.forward(DAY)
        fail_overdue(self.tools, self.bell)
        for sheet in self.books.sheets.values():
            for image_id in sheet.unfinished():
                sheet.end(image_id, "failed")
                self.happened("overdue")

    @step(1, lambda self: self.redis.keys())
    def flush(self) -> None:
        """The queue server forgets everything."""
        self.redis.flushall()
        self.happened("flush")

    @step(2, lambda self: self.books.sheets)
    def sweep(self) -> None:
        """The repair's two looks: afterwards whatever waits is on the queue, up to its batch's window."""
        missing = Missing(clock=lambda: 0.0)
        self.reap()
        pushed = repair_queue(self.tools, self.bell, missing) + repair_queue(self.tools, self.bell, missing)
        self.happened("repair" if pushed else "nothing to repair")
        listed = self.bell.present().listed
        most = window(self.tools.settings, Pool.MODELS)
        for batch_id, sheet in self.books.sheets.items():
            waiting = [image for image, state in sheet.states.items() if state == "queued"]
            running = sum(state == "running" for state in sheet.states.values())
            queued = sum(image in listed for image in waiting)
            assert queued + running >= min(most, len(waiting) + running), "images nobody will call for"
            assert sheet.final or waiting or running or packaging_id(batch_id) in listed, "a batch nobody packages"

    @invariant()
    def money_is_right(self) -> None:
        image, batch = tables.images.c, tables.batches.c
        with self.tools.database.read() as tx:
            assert ledger.verify(tx) == []
            balance = ledger.balance(tx, self.account.id)
            states = {row.id: row.state for row in tx.execute(select(image.id, image.state))}
            charged = {row.id: row.credits_charged for row in tx.execute(select(batch.id, batch.credits_charged))}
        assert states == {key: state for each in self.books.sheets.values() for key, state in each.states.items()}
        assert charged == {key: each.captured() for key, each in self.books.sheets.items()}
        assert (balance.available, balance.held) == (self.books.available(), self.books.held())
        assert balance.available >= 0 and balance.held >= 0
