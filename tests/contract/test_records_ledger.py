"""Credits: all or nothing, append-only, each part of a hold resolved once, refunds within the charge."""

from datetime import timedelta

import pytest
from record_databases import NOW, finish, images_of, make_account, make_order, submit, succeed
from sqlalchemy import insert, text, update

from storage.errors import Conflict, InsufficientCredits, Invalid, NotFound
from storage.ids import new_id
from storage.model import Balance, EntryKind, Quote
from storage.records import accounts, ledger, tables
from storage.records.database import Database


def test_a_new_account_gets_seventy_five_credits(database: Database) -> None:
    with database.write() as tx:
        account = accounts.create_account(tx, name="A", actor="test", now=NOW)
        assert ledger.balance(tx, account.id) == Balance(available=75, held=0, spent=0, granted=75)


def test_a_hold_is_all_or_nothing(database: Database) -> None:
    account = make_account(database, credits=10)
    with pytest.raises(InsufficientCredits) as caught:
        submit(database, make_order(account, 3, Quote(4)))
    assert caught.value.details == {"required": 12, "available": 10, "shortfall": 2}
    with database.read() as tx:
        for table in (tables.batches, tables.images, tables.image_inputs):
            assert tx.execute(table.select()).all() == []
        assert [entry.kind for entry in ledger.entries(tx, account.id, after=None, limit=9)] == [EntryKind.GRANT]


def test_a_refused_hold_writes_nothing_even_when_the_transaction_goes_on(database: Database) -> None:
    account = make_account(database, credits=10)
    with database.write() as tx, pytest.raises(InsufficientCredits):
        ledger.hold(tx, account.id, 11, batch_id="batch_x", now=NOW)
    with database.read() as tx:
        assert len(ledger.entries(tx, account.id, after=None, limit=9)) == 1


def test_posting_again_is_a_no_op_that_gives_the_first_entry(database: Database) -> None:
    account = make_account(database)
    with database.write() as tx:
        first = ledger.grant(tx, account.id, 5, ref="order-1", actor="me", reason="paid", now=NOW)
    with database.write() as tx:
        later = NOW + timedelta(days=1)
        assert ledger.grant(tx, account.id, 500, ref="order-1", actor="you", reason="?", now=later) == first
        assert ledger.balance(tx, account.id).available == 80


def test_replaying_the_whole_history_changes_nothing(database: Database) -> None:
    account = make_account(database)
    batch = submit(database, make_order(account))
    for image in images_of(database, batch):
        succeed(database, image)
    finish(database, batch)
    with database.write() as tx:
        before = ledger.balance(tx, account.id)
        history = list(reversed(ledger.entries(tx, account.id, after=None, limit=99)))
        postings = [
            ledger.Posting(entry.kind, entry.amount, entry.ref, entry.batch_id, entry.actor, entry.reason)
            for entry in history
        ]
        assert ledger.post(tx, account.id, postings, NOW + timedelta(hours=1)) == history
        assert ledger.balance(tx, account.id) == before


def test_a_part_is_captured_or_released_never_both(database: Database) -> None:
    account = make_account(database)
    batch = submit(database, make_order(account))
    image = images_of(database, batch)[0]
    succeed(database, image)
    with database.write() as tx, pytest.raises(Conflict):
        ledger.release(tx, account.id, 1, batch_id=batch.id, ref=image.id, now=NOW)
    with database.write() as tx, pytest.raises(Conflict):
        ledger.capture(tx, account.id, 3, batch_id=batch.id, ref="more than is held", now=NOW)


def test_a_refund_stays_within_what_was_charged(database: Database) -> None:
    account = make_account(database)
    batch = submit(database, make_order(account, 2, Quote(5)))
    succeed(database, images_of(database, batch)[0])
    known = {"batch_id": batch.id, "actor": "me", "reason": "blurred", "now": NOW}
    with database.write() as tx, pytest.raises(Invalid) as caught:
        ledger.refund(tx, account.id, 6, ref="r1", **known)
    assert caught.value.code == "refund_exceeds_charge"
    with database.write() as tx:
        first = ledger.refund(tx, account.id, 3, ref="r1", **known)
        assert ledger.refund(tx, account.id, 3, ref="r1", **known) == first
        assert ledger.balance(tx, account.id) == Balance(available=68, held=5, spent=2, granted=75)
    with database.write() as tx, pytest.raises(Invalid):
        ledger.refund(tx, account.id, 3, ref="r2", **known)


@pytest.mark.parametrize("amount", [0, -5])
def test_amounts_are_positive(database: Database, amount: int) -> None:
    account = make_account(database)
    with database.write() as tx, pytest.raises(Invalid):
        ledger.grant(tx, account.id, amount, ref="x", actor="me", reason="", now=NOW)


def test_an_adjustment_may_take_away_but_not_more_than_there_is(database: Database) -> None:
    account = make_account(database, credits=10)
    known = {"actor": "me", "reason": "typo", "now": NOW}
    with database.write() as tx:
        entry = ledger.adjust(tx, account.id, -4, ref="a", **known)
        assert (entry.amount, entry.available_after) == (-4, 6)
    with database.write() as tx, pytest.raises(Invalid):
        ledger.adjust(tx, account.id, -7, ref="b", **known)


def test_an_unlimited_account_is_recorded_but_never_refused(database: Database) -> None:
    account = make_account(database, credits=1)
    with database.write() as tx:
        accounts.set_unlimited(tx, account.id, True, actor="me", now=NOW)
    batch = submit(database, make_order(account, 3))
    with database.write() as tx:
        assert ledger.balance(tx, account.id).available == -2
        accounts.set_unlimited(tx, account.id, False, actor="me", now=NOW)
        assert ledger.balance(tx, account.id) == Balance(available=0, held=3, spent=0, granted=3)
    for image in images_of(database, batch):
        succeed(database, image)
    with pytest.raises(InsufficientCredits):
        submit(database, make_order(account, 1))


def test_entries_page_from_the_newest_on(database: Database) -> None:
    account, other = make_account(database), make_account(database)
    with database.write() as tx:
        for number in range(5):
            ledger.grant(tx, account.id, 1, ref=f"g{number}", actor="me", reason="", now=NOW)
    with database.read() as tx:
        first = ledger.entries(tx, account.id, after=None, limit=4)
        rest = ledger.entries(tx, account.id, after=first[-1].id, limit=4)
        assert [entry.ref for entry in first + rest] == ["g4", "g3", "g2", "g1", "g0", "signup"]
        assert [entry.available_after for entry in first + rest] == [80, 79, 78, 77, 76, 75]
        with pytest.raises(NotFound):
            ledger.entries(tx, other.id, after=first[0].id, limit=4)
        with pytest.raises(NotFound):
            ledger.balance(tx, "acct_nobody")


def test_verify_finds_what_is_wrong(database: Database) -> None:
    account = make_account(database)
    batch = submit(database, make_order(account))

    def findings(statement: str) -> str:
        with database.write() as tx:
            tx.execute(text(statement))
            found = "\n".join(ledger.verify(tx))
            tx.rollback()
        return found

    assert "entries sum to" in findings("UPDATE accounts SET available = available + 1, granted = granted + 1")
    assert "open, entries leave" in findings("UPDATE batches SET credits_open = credits_open - 1")
    assert "charged 2" in findings("UPDATE batches SET credits_charged = 2")
    assert "counters" in findings("UPDATE batches SET pending = pending - 1, failed = failed + 1")
    assert "unfinished work is worth" in findings("UPDATE images SET price = 7")
    assert batch.id in findings("UPDATE images SET state = 'succeeded'")
    with database.write() as tx:
        rogue = {
            "account_id": account.id,
            "batch_id": batch.id,
            "ref": "twice",
            "amount": 1,
            "actor": "",
            "reason": "",
            "created_at": NOW,
            "available_after": 0,
            "held_after": 0,
        }
        for kind in ("capture", "release"):
            tx.execute(insert(tables.ledger_entries).values(**rogue, id=new_id("led", NOW), kind=kind))
        assert "captured and released" in "\n".join(ledger.verify(tx))
        tx.rollback()


def test_usage_adds_up_and_plan_credits_go_first(database: Database) -> None:
    account = make_account(database)
    with database.write() as tx:
        ledger.grant(tx, account.id, 10, ref="plan:2026-11", actor="me", reason="", now=NOW)
    batch = submit(database, make_order(account, 4))
    with database.read() as tx:
        usage = accounts.usage(tx, account.id, NOW)
        assert (usage.used_this_period, usage.plan_remaining, usage.payg_remaining) == (4, 6, 75)
        assert (usage.period_start.isoformat()[:10], usage.period_end.isoformat()[:10]) == ("2026-11-01", "2026-12-01")
    for image in images_of(database, batch):
        succeed(database, image)
    submit(database, make_order(account, 20))
    with database.read() as tx:
        usage = accounts.usage(tx, account.id, NOW)
        assert (usage.used_this_period, usage.plan_remaining, usage.payg_remaining) == (24, 0, 61)
        later = accounts.usage(tx, account.id, NOW + timedelta(days=30))
        assert (later.used_this_period, later.plan_remaining, later.payg_remaining) == (0, 0, 61)


def test_prices_are_copied_at_submit(database: Database) -> None:
    account = make_account(database)
    batch = submit(database, make_order(account))
    with database.write() as tx:
        accounts.set_plan(tx, account.id, "scale")
        assert tx.scalar(tables.batches.select().with_only_columns(tables.batches.c.plan)) == "free"
        tx.execute(update(tables.accounts).values(plan="free"))
    assert batch.quote == Quote(1)
