"""The check of the money itself: each invariant broken by hand is found and named, work that goes on is no violation,
and a big ledger is checked in a moment without a writer waiting for it."""

import json
import threading
import time
from dataclasses import replace

import pytest
from record_databases import NOW, claim, finish, images_of, make_account, make_order, submit, succeed
from sqlalchemy import Connection, text

from storage.model import Account, EntryKind, Quote
from storage.records import images, ledger
from storage.records.database import Database

CLIPART = Quote(2, 29, {"base": 29, "included": 5, "block": 5, "block_price": 10})


def working(database: Database, account: Account, stop: threading.Event) -> None:
    """Submit, settle and package until told to stop."""
    while not stop.is_set():
        batch = submit(database, make_order(account, 2, CLIPART))
        first, second = images_of(database, batch)
        succeed(database, first)
        token = claim(database, second)[1].token
        with database.write() as tx:
            images.settle_failure(tx, second.id, token, code="timeout", message="", now=NOW)
        finish(database, batch)


def test_work_that_goes_on_is_no_violation(database: Database) -> None:
    account = make_account(database, credits=10_000_000)
    stop = threading.Event()
    crew = [threading.Thread(target=working, args=(database, account, stop)) for _ in range(3)]
    for each in crew:
        each.start()
    try:
        seen, begun = set[int](), time.monotonic()
        while time.monotonic() < begun + 1.2 or (len(seen) < 3 and time.monotonic() < begun + 30):
            with database.read(snapshot=True) as tx:
                assert ledger.verify(tx) == []
                seen.add(ledger.balance(tx, account.id).spent)
    finally:
        stop.set()
        for each in crew:
            each.join()
    assert len(seen) > 2, "nothing happened meanwhile"


def test_a_writer_does_not_wait_for_a_check(database: Database) -> None:
    account = make_account(database)
    with database.read(snapshot=True) as tx:
        assert ledger.verify(tx) == []
        begun = time.monotonic()
        batch = submit(database, make_order(account))
        succeed(database, images_of(database, batch)[0])
        assert time.monotonic() - begun < 4, "the database's patience with locks is 5 seconds"
        assert ledger.verify(tx) == []
        assert ledger.balance(tx, account.id).held == 0, "the check looks at one moment"
    with database.read() as tx:
        assert ledger.balance(tx, account.id).held == 2


def test_what_a_batch_costs_on_top_is_checked_to_the_credit(database: Database) -> None:
    batch = submit(database, make_order(make_account(database), 2, CLIPART))
    for image in images_of(database, batch):
        succeed(database, image)
    assert finish(database, batch).credits_charged == 33
    with database.write() as tx:
        tx.execute(text("UPDATE batches SET quote = :quote"), {"quote": json.dumps(vars(replace(CLIPART, rule={})))})
        assert ledger.verify(tx) == []
        dearer = {"per_image": 2, "per_batch": 28, "rule": {}}
        tx.execute(text("UPDATE batches SET quote = :quote"), {"quote": json.dumps(dearer)})
        assert ledger.verify(tx) == [f"batch {batch.id}: captured 33, what succeeded costs 32"]
        tx.rollback()


def test_a_batch_without_its_images_is_named(database: Database) -> None:
    batch = submit(database, make_order(make_account(database)))
    with database.write() as tx:
        for table in ("image_inputs", "images"):
            tx.execute(text(f"DELETE FROM {table}"))
        assert ledger.verify(tx) == [f"batch {batch.id}: has no images"]
        tx.rollback()


def unchecked(tx: Connection) -> None:
    """The database's own checks are off for this transaction: what a careless hand or a broken disk may do."""
    if tx.dialect.name == "sqlite":
        tx.execute(text("PRAGMA ignore_check_constraints = ON"))
    else:
        for name in ("available", "held"):
            tx.execute(text(f"ALTER TABLE accounts DROP CONSTRAINT ck_accounts_{name}"))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE accounts SET available = -1, spent = spent + 73", "available is -1"),
        ("UPDATE accounts SET held = -2, available = available + 5", "held is -2"),
        ("UPDATE batches SET credits_held = 4", "held 4 at submit, entries say 3"),
    ],
)
def test_what_the_database_itself_refuses_is_named_too(database: Database, change: str, named: str) -> None:
    submit(database, make_order(make_account(database)))
    with database.write() as tx:
        unchecked(tx)
        tx.execute(text(change))
        assert any(named in line for line in ledger.verify(tx))
        tx.rollback()
    with database.write() as tx:
        if tx.dialect.name == "sqlite":
            tx.execute(text("PRAGMA ignore_check_constraints = OFF"))


def test_a_refund_beyond_the_charge_is_named(database: Database) -> None:
    account = make_account(database)
    batch = submit(database, make_order(account, 1))
    succeed(database, images_of(database, batch)[0])
    with database.write() as tx:
        refund = ledger.Posting(EntryKind.REFUND, 2, "by hand", batch.id)
        ledger.post(tx, account.id, [refund], NOW)
        assert ledger.verify(tx) == [f"batch {batch.id}: refunded 2 of 1"]
        tx.rollback()


def test_nothing_is_written_for_nothing(database: Database) -> None:
    account = make_account(database)
    with database.write() as tx:
        for post in (ledger.capture, ledger.release):
            assert post(tx, account.id, 0, batch_id="batch_x", ref="x", now=NOW) is None
        assert ledger.hold(tx, account.id, 0, batch_id="batch_x", now=NOW) is None
        assert len(ledger.entries(tx, account.id, after=None, limit=9)) == 1
