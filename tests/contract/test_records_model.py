"""Random histories against a plain model: whatever happens in whatever order, credits and states come out the same."""

import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from record_databases import DAY, NOW, SECRET, make_order

from storage.errors import InsufficientCredits, Invalid
from storage.model import Quote
from storage.records import accounts, batches, images, ledger, prices
from storage.records.database import Database, open_database
from storage.sealing import Sealer

LEASE = 60
PICK = st.integers(0, 99)
RULE = prices.CLIPART_RULE


@dataclass
class Expected:
    """What the model believes of one batch: each image's state, and the tokens that were ever given out."""

    per_image: int
    clipart: bool
    states: dict[str, str]
    live: dict[str, tuple[str, Any]] = field(default_factory=dict)  # image: (token, until)
    dead: list[tuple[str, str]] = field(default_factory=list)
    cancelled: bool = False
    final: bool = False
    refunded: int = 0

    def held(self) -> int:
        if self.final:
            return 0
        part = prices.reprice(RULE, len(self.states)) if self.clipart else 0
        return part + self.per_image * sum(state in ("queued", "running") for state in self.states.values())

    def captured(self) -> int:
        done = sum(state == "succeeded" for state in self.states.values())
        part = prices.reprice(RULE, done) if self.clipart and self.final else 0
        return part + self.per_image * done


class History(RuleBasedStateMachine):
    """Rules are the things that happen in production; `crash` is a worker that never comes back."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="records-model-"))
        shutil.copy(self.template, self.folder / "records.sqlite3")
        self.database: Database = open_database(f"sqlite:///{self.folder}/records.sqlite3", Sealer(SECRET))
        self.now, self.granted, self.batches = NOW, 60, dict[str, Expected]()
        with self.database.write() as tx:
            self.account = accounts.create_account(tx, name="A", credits=60, actor="test", now=NOW)

    def teardown(self) -> None:
        self.database.dispose()
        shutil.rmtree(self.folder)

    def available(self) -> int:
        taken = sum(each.held() + each.captured() - each.refunded for each in self.batches.values())
        return self.granted - taken

    def pick_batch(self, number: int) -> tuple[str, Expected]:
        return list(self.batches.items())[number % len(self.batches)]

    def unfinished(self) -> list[tuple[Expected, str]]:
        """Images that are queued or running; the finished ones when there are none."""
        every = [(each, image_id) for each in self.batches.values() for image_id in each.states]
        return [(each, key) for each, key in every if each.states[key] in ("queued", "running")] or every

    @rule(amount=st.integers(1, 30), ref=st.sampled_from("abc"))
    def grant(self, amount: int, ref: str) -> None:
        with self.database.write() as tx:
            known = {entry.ref for entry in ledger.entries(tx, self.account.id, after=None, limit=999)}
            ledger.grant(tx, self.account.id, amount, ref=ref, actor="t", reason="", now=self.now)
        self.granted += 0 if ref in known else amount

    @rule(count=st.sampled_from([1, 2, 3, 7]), price=st.integers(0, 5), clipart=st.booleans())
    def submit(self, count: int, price: int, clipart: bool) -> None:
        part = prices.reprice(RULE, count) if clipart else 0
        quote = Quote(price, part, dict(RULE) if clipart else {})
        fits = quote.total(count) <= self.available()
        try:
            with self.database.write() as tx:
                made = batches.create_batch(tx, make_order(self.account, count, quote), now=self.now, deadline_s=DAY)
                found = images.list_images(tx, made.id)
        except InsufficientCredits:
            assert not fits
            return
        assert fits
        self.batches[made.id] = Expected(price, clipart, {image.id: "queued" for image in found})

    @precondition(lambda self: self.batches)
    @rule(number=PICK)
    def claim(self, number: int) -> None:
        expected, image_id = self.unfinished()[number % len(self.unfinished())]
        until = expected.live.get(image_id, ("", self.now))[1]
        free = expected.states[image_id] in ("queued", "running") and until <= self.now
        with self.database.write() as tx:
            claimed = images.claim_image(tx, image_id, self.now, LEASE)
        assert (claimed is not None) == (free and not expected.cancelled)
        if free and expected.cancelled:
            self.end(expected, image_id, "cancelled")
        if claimed is not None:
            if image_id in expected.live:
                expected.dead.append((image_id, expected.live[image_id][0]))
            expected.states[image_id] = "running"
            expected.live[image_id] = (claimed[1].token, claimed[1].until)

    def end(self, expected: Expected, image_id: str, state: str) -> None:
        expected.states[image_id] = state
        if image_id in expected.live:
            expected.dead.append((image_id, expected.live.pop(image_id)[0]))

    @precondition(lambda self: any(each.live for each in self.batches.values()))
    @rule(number=PICK, how=st.sampled_from(["succeeded", "failed", "cancelled", "retry"]))
    def finish(self, number: int, how: str) -> None:
        held = [(each, image_id) for each in self.batches.values() for image_id in each.live]
        expected, image_id = held[number % len(held)]
        token = expected.live[image_id][0]
        with self.database.write() as tx:
            if how == "succeeded":
                settled = images.settle_success(tx, image_id, token, result={}, artifacts=[], now=self.now)
            elif how == "retry":
                known = {"code": "timeout", "message": "", "not_before": self.now, "now": self.now}
                assert images.retry_later(tx, image_id, token, **known) == (not expected.cancelled)
                settled = None
            else:
                settled = images.settle_failure(tx, image_id, token, code=how, message="", now=self.now)
        if how == "retry":
            self.end(expected, image_id, "cancelled" if expected.cancelled else "queued")
            return
        self.end(expected, image_id, how)
        assert settled is not None
        assert settled.left == sum(state in ("queued", "running") for state in expected.states.values())

    @precondition(lambda self: any(each.dead for each in self.batches.values()))
    @rule(number=PICK, success=st.booleans())
    def orphan_wakes(self, number: int, success: bool) -> None:
        every = [(ghost, ghost[0] in each.live) for each in self.batches.values() for ghost in each.dead]
        ghosts = [ghost for ghost, rival in every if rival] or [ghost for ghost, _ in every]
        image_id, token = ghosts[number % len(ghosts)]
        with self.database.write() as tx:
            if success:
                assert images.settle_success(tx, image_id, token, result={}, artifacts=[], now=self.now) is None
            else:
                assert images.settle_failure(tx, image_id, token, code="x", message="", now=self.now) is None
            assert not images.renew_lease(tx, image_id, token, self.now, LEASE)

    @rule()
    def crash(self) -> None:
        self.now += timedelta(seconds=LEASE)

    @precondition(lambda self: self.batches)
    @rule(number=PICK)
    def reap(self, number: int) -> None:
        expected, image_id = self.unfinished()[number % len(self.unfinished())]
        until = expected.live.get(image_id, ("", self.now))[1]
        free = expected.states[image_id] in ("queued", "running") and until <= self.now
        with self.database.write() as tx:
            settled = images.settle_failure(tx, image_id, None, code="timeout", message="", now=self.now)
        assert (settled is not None) == free
        if free:
            self.end(expected, image_id, "failed")

    @precondition(lambda self: self.batches)
    @rule(batch=PICK)
    def cancel(self, batch: int) -> None:
        batch_id, expected = self.pick_batch(batch)
        unfinished = [key for key, state in expected.states.items() if state in ("queued", "running")]
        with self.database.write() as tx:
            batches.cancel_batch(tx, self.account.id, batch_id, self.now)
        if not unfinished:
            return
        expected.cancelled = True
        for image_id in unfinished:
            if expected.live.get(image_id, ("", self.now))[1] <= self.now:
                self.end(expected, image_id, "cancelled")

    @precondition(lambda self: self.batches)
    @rule(batch=PICK)
    def package(self, batch: int) -> None:
        batch_id, expected = self.pick_batch(batch)
        ready = not expected.final and not {"queued", "running"} & set(expected.states.values())
        with self.database.write() as tx:
            lease = batches.claim_packaging(tx, batch_id, self.now, LEASE)
            assert (lease is not None) == ready
            if lease is not None:
                done = batches.finish_batch(tx, batch_id, lease.token, [], now=self.now, expires_at=self.now)
                again = batches.finish_batch(tx, batch_id, lease.token, [], now=self.now, expires_at=self.now)
                assert done is not None and again is None
        expected.final = expected.final or ready

    @precondition(lambda self: self.batches)
    @rule(batch=PICK, amount=st.integers(1, 9))
    def refund(self, batch: int, amount: int) -> None:
        batch_id, expected = self.pick_batch(batch)
        fits = amount <= expected.captured() - expected.refunded
        ref = f"refund {batch_id} {expected.refunded}"
        try:
            with self.database.write() as tx:
                known = {"ref": ref, "actor": "t", "reason": "", "now": self.now}
                ledger.refund(tx, self.account.id, amount, batch_id=batch_id, **known)
        except Invalid:
            assert not fits
            return
        assert fits
        expected.refunded += amount

    @rule()
    def replay(self) -> None:
        with self.database.write() as tx:
            history = ledger.entries(tx, self.account.id, after=None, limit=9999)[::-1]
            again = [ledger.Posting(e.kind, e.amount, e.ref, e.batch_id, e.actor, e.reason) for e in history]
            assert ledger.post(tx, self.account.id, again, self.now) == history

    @precondition(lambda self: len(self.batches) > 2)
    @rule()
    def expire(self) -> None:
        self.now += timedelta(seconds=DAY)
        with self.database.write() as tx:
            while batches.expire_deadlines(tx, self.now):
                pass
        for expected in self.batches.values():
            for image_id, state in expected.states.items():
                if state in ("queued", "running"):
                    self.end(expected, image_id, "failed")

    @invariant()
    def money_is_right(self) -> None:
        with self.database.read() as tx:
            assert ledger.verify(tx) == []
            balance = ledger.balance(tx, self.account.id)
            for batch_id, expected in self.batches.items():
                found = {image.id: str(image.state) for image in images.list_images(tx, batch_id)}
                assert found == expected.states
                assert batches.get_batch(tx, batch_id).credits_charged == expected.captured()
        assert balance.available == self.available()
        assert balance.held == sum(each.held() for each in self.batches.values())


def test_random_histories_keep_every_promise(sqlite_template: Path, request: pytest.FixtureRequest) -> None:
    History.template = sqlite_template
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        History,
        settings=settings(
            max_examples=20,
            stateful_step_count=35,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # shrinking a history takes minutes; the seed is printed
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
