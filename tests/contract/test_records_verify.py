"""The check of the money itself: each invariant broken by hand is found and named, work that goes on is no violation,
and a big ledger is checked in a moment without a writer waiting for it."""

import threading
import time

from record_databases import NOW, claim, finish, images_of, make_account, make_order, submit, succeed

from storage.model import Account, Quote
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
        seen, end = set[int](), time.monotonic() + 1.2
        while time.monotonic() < end:
            with database.read(snapshot=True) as tx:
                assert ledger.verify(tx) == []
                seen.add(ledger.balance(tx, account.id).spent)
    finally:
        stop.set()
        for each in crew:
            each.join()
    assert len(seen) > 1, "nothing happened meanwhile"
