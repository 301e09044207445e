"""Everybody at once: the database decides who was first, whatever the threads do."""

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

import pytest
from record_databases import DAY, NOW, claim, finish, images_of, make_account, make_order, submit
from sqlalchemy import text

from storage.errors import Conflict, InsufficientCredits
from storage.model import Delivery, Dialect, Message, Quote
from storage.records import batches, idempotency, images, ledger, outbox
from storage.records.database import Database

Answer = TypeVar("Answer")
THREADS = 8


def at_once(calls: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """Start all calls behind one barrier; their answers in order."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Answer]) -> Answer:
        barrier.wait(10)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_parallel_submits_never_overdraw(database: Database) -> None:
    account = make_account(database, credits=20)
    lowest = []

    def order() -> bool:
        try:
            submit(database, make_order(account, 3, Quote(1)))
        except InsufficientCredits:
            return False
        finally:
            with database.read() as tx:
                lowest.append(ledger.balance(tx, account.id).available)
        return True

    accepted = at_once([order] * 16)
    assert sum(accepted) == 6
    assert min(lowest) == 2
    with database.read() as tx:
        assert (ledger.balance(tx, account.id).available, ledger.balance(tx, account.id).held) == (2, 18)


def test_one_claim_wins(database: Database) -> None:
    batch = submit(database, make_order(make_account(database), 1))
    image = images_of(database, batch)[0]

    def take() -> bool:
        with database.write() as tx:
            return images.claim_image(tx, image.id, NOW, 60) is not None

    assert sum(at_once([take] * THREADS)) == 1
    with database.read() as tx:
        assert images.get_image(tx, image.id).attempts == 1


def test_one_settle_wins(database: Database) -> None:
    batch = submit(database, make_order(make_account(database), 1))
    image = images_of(database, batch)[0]
    _, lease = claim(database, image)

    def settle(success: bool) -> bool:
        with database.write() as tx:
            if success:
                done = images.settle_success(tx, image.id, lease.token, result={}, artifacts=[], now=NOW)
            else:
                done = images.settle_failure(tx, image.id, lease.token, code="timeout", message="", now=NOW)
            return done is not None

    assert sum(at_once([lambda flag=n % 2 == 0: settle(flag) for n in range(THREADS)])) == 1  # type: ignore[misc]


def test_exactly_one_settle_sees_nothing_left(database: Database) -> None:
    batch = submit(database, make_order(make_account(database), 12))
    work = [(image, claim(database, image)[1]) for image in images_of(database, batch)]
    random.shuffle(work)

    def settle(image_id: str, token: str) -> int:
        with database.write() as tx:
            done = images.settle_success(tx, image_id, token, result={}, artifacts=[], now=NOW)
        assert done is not None
        return done.left

    calls = [lambda one=image.id, two=lease.token: settle(one, two) for image, lease in work]  # type: ignore[misc]
    assert sorted(at_once(calls)) == list(range(12))


def test_one_packager_finishes(database: Database) -> None:
    account = make_account(database)
    batch = submit(database, make_order(account, 1))
    image = images_of(database, batch)[0]
    _, lease = claim(database, image)
    message = Message(Dialect.SHELF, "batch.completed", "https://example.com/", b"{}")
    with database.write() as tx:
        images.settle_success(tx, image.id, lease.token, result={}, artifacts=[], now=NOW)

    def package() -> bool:
        with database.write() as tx:
            right = batches.claim_packaging(tx, batch.id, NOW, 60)
        if right is None:
            return False
        with database.write() as tx:
            done = batches.finish_batch(tx, batch.id, right.token, [], now=NOW, expires_at=NOW)
            if done is not None:
                outbox.add_messages(tx, account.id, [message], batch_id=batch.id, image_id=None, now=NOW)
            return done is not None

    assert sum(at_once([package] * THREADS)) == 1
    with database.read() as tx:
        assert len(outbox.list_deliveries(tx, account.id, limit=9)) == 1


@pytest.mark.parametrize("round_", range(10))
def test_cancelling_against_settling_against_expiry(database: Database, round_: int) -> None:
    """Whoever comes first, every image ends once and every credit is accounted for."""
    account = make_account(database)
    batch = submit(database, make_order(account, 4))
    first, second, third, _ = images_of(database, batch)
    leases = {image.id: claim(database, image)[1] for image in (first, second)}
    late = NOW + timedelta(seconds=DAY)

    def settle(image_id: str) -> None:
        with database.write() as tx:
            images.settle_success(tx, image_id, leases[image_id].token, result={}, artifacts=[], now=NOW)

    def cancel() -> None:
        with database.write() as tx:
            batches.cancel_batch(tx, account.id, batch.id, NOW)

    def expire() -> None:
        with database.write() as tx:
            batches.expire_deadlines(tx, late)

    def start() -> None:
        with database.write() as tx:
            images.claim_image(tx, third.id, NOW, 60)

    calls = [lambda: settle(first.id), lambda: settle(second.id), cancel, start, *([expire] if round_ % 2 else [])]
    random.Random(round_).shuffle(calls)
    at_once(calls)
    expire()
    with database.read() as tx:
        assert batches.get_batch(tx, batch.id).pending == 0
        assert ledger.verify(tx) == []
    done = finish(database, batch)
    assert done.credits_charged == done.succeeded


def test_one_request_of_many_under_a_key_does_the_work(database: Database) -> None:
    account = make_account(database)

    def request() -> str:
        with database.write() as tx:
            claimed = idempotency.claim(tx, account.id, "POST /x", "k", "f", now=NOW)
        if claimed.state == "new":
            with database.write() as tx:
                batch = batches.create_batch(tx, make_order(account), now=NOW, deadline_s=DAY)
                idempotency.store(tx, claimed.id, status=202, headers={}, body=batch.id.encode(), now=NOW)
        return claimed.state

    states = at_once([request] * 12)
    assert states.count("new") == 1 and set(states) <= {"new", "in_progress", "replay"}
    with database.read() as tx:
        assert len(batches.list_batches(tx, account.id, dialect=None, filters={}, after=None, limit=9)) == 1


def test_one_heir_of_a_dead_claim(database: Database) -> None:
    account = make_account(database)
    with database.write() as tx:
        dead = idempotency.claim(tx, account.id, "POST /x", "k", "f", now=NOW)
    late = NOW + timedelta(minutes=3)

    def inherit() -> str:
        with database.write() as tx:
            return idempotency.claim(tx, account.id, "POST /x", "k", "f", now=late).state

    def wake() -> str:
        try:
            with database.write() as tx:
                idempotency.store(tx, dead.id, status=202, headers={}, body=b"", now=late)
        except Conflict:
            return "too late"
        return "stored"

    answers = at_once([inherit, inherit, inherit, wake])
    assert answers.count("new") + answers.count("stored") == 1


def test_deliveries_are_claimed_once_and_lanes_are_kept(database: Database) -> None:
    account = make_account(database)
    message = Message(Dialect.SHELF, "done", "https://example.com/", b"{}")
    with database.write() as tx:
        outbox.add_messages(tx, account.id, [message] * 10, batch_id=None, image_id=None, now=NOW)

    def take() -> list[Delivery]:
        with database.write() as tx:
            return outbox.claim_due(tx, NOW, limit=5, lease_s=60)

    taken = [delivery.id for group in at_once([take] * 6) for delivery in group]
    assert len(taken) == len(set(taken)) == 2


def test_balances_stay_right_under_mixed_writers(database: Database) -> None:
    account = make_account(database, credits=1000)

    def work(seed: int) -> None:
        dice = random.Random(seed)
        batch = submit(database, make_order(account, dice.randint(1, 4), Quote(dice.randint(1, 3))))
        for image in images_of(database, batch):
            _, lease = claim(database, image)
            with database.write() as tx:
                if dice.random() < 0.5:
                    images.settle_success(tx, image.id, lease.token, result={}, artifacts=[], now=NOW)
                else:
                    images.settle_failure(tx, image.id, lease.token, code="timeout", message="", now=NOW)
        finish(database, batch)
        with database.write() as tx:
            ledger.grant(tx, account.id, 1, ref=f"bonus {seed}", actor="t", reason="", now=NOW)

    at_once([lambda seed=n: work(seed) for n in range(6)])  # type: ignore[misc]
    with database.read() as tx:
        assert ledger.verify(tx) == []
        assert ledger.balance(tx, account.id).held == 0
        assert tx.scalar(text("SELECT count(*) FROM batches WHERE state IN ('completed', 'failed')")) == 6
