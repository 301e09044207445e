"""Idempotency keys: one does the work, the others learn what became of it."""

from datetime import timedelta

import pytest
from record_databases import DAY, NOW, make_account, make_order

from storage.errors import Conflict, InsufficientCredits
from storage.model import Account, Quote
from storage.records import batches, idempotency
from storage.records.database import Database
from storage.records.idempotency import Claim

ROUTE = "POST /v1/batch"
SECOND = timedelta(seconds=1)


def claim(database: Database, account: Account, fingerprint: str = "f", now: object = NOW, route: str = ROUTE) -> Claim:
    with database.write() as tx:
        return idempotency.claim(tx, account.id, route, "key-1", fingerprint, now=now)  # type: ignore[arg-type]


def store(database: Database, claimed: Claim) -> None:
    with database.write() as tx:
        idempotency.store(tx, claimed.id, status=202, headers={"Location": "/x"}, body=b"{\x00}", now=NOW)


def test_the_same_request_gets_the_same_reply(database: Database) -> None:
    account = make_account(database)
    first = claim(database, account)
    assert (first.state, claim(database, account).state) == ("new", "in_progress")
    store(database, first)
    again = claim(database, account)
    assert (again.state, again.status, again.headers, again.body) == ("replay", 202, {"Location": "/x"}, b"{\x00}")
    assert again.expires_at == NOW + timedelta(days=1)


def test_another_request_under_the_key_is_told_apart(database: Database) -> None:
    account = make_account(database)
    store(database, claim(database, account))
    other = claim(database, account, "another fingerprint")
    assert (other.state, other.status) == ("mismatch", 202)


def test_keys_belong_to_account_and_route(database: Database) -> None:
    account, other = make_account(database), make_account(database)
    store(database, claim(database, account))
    assert claim(database, other).state == "new"
    assert claim(database, account, route="POST /v1/batch/poster").state == "new"


def test_a_key_lives_a_day(database: Database) -> None:
    account = make_account(database)
    store(database, claim(database, account))
    assert claim(database, account, now=NOW + timedelta(hours=23, minutes=59)).state == "replay"
    assert claim(database, account, now=NOW + timedelta(hours=24, minutes=1)).state == "new"


def test_a_dead_holder_is_succeeded_and_cannot_store_any_more(database: Database) -> None:
    account = make_account(database)
    dead = claim(database, account)
    assert claim(database, account, now=NOW + 119 * SECOND).state == "in_progress"
    heir = claim(database, account, now=NOW + 120 * SECOND)
    assert heir.state == "new"
    with pytest.raises(Conflict) as caught, database.write() as tx:
        batches.create_batch(tx, make_order(account), now=NOW, deadline_s=DAY)
        idempotency.store(tx, dead.id, status=202, headers={}, body=b"", now=NOW)
    assert caught.value.code == "idempotency_in_progress"
    with database.write() as tx:
        idempotency.release(tx, dead.id)
        assert batches.list_batches(tx, account.id, dialect=None, filters={}, after=None, limit=9) == []
    store(database, heir)
    assert claim(database, account).state == "replay"


def test_a_refusal_frees_the_key(database: Database) -> None:
    account = make_account(database, credits=1)
    first = claim(database, account)
    with pytest.raises(InsufficientCredits), database.write() as tx:
        batches.create_batch(tx, make_order(account, 1, Quote(2)), now=NOW, deadline_s=DAY)
    with database.write() as tx:
        idempotency.release(tx, first.id)
    assert claim(database, account, "corrected").state == "new"


def test_a_stored_reply_survives_a_late_release(database: Database) -> None:
    account = make_account(database)
    first = claim(database, account)
    store(database, first)
    with database.write() as tx:
        idempotency.release(tx, first.id)
    assert claim(database, account).state == "replay"


def test_purging_forgets_what_is_over(database: Database) -> None:
    account = make_account(database)
    store(database, claim(database, account))
    claim(database, account, route="abandoned")
    with database.write() as tx:
        assert idempotency.purge(tx, NOW + SECOND) == 0
        assert idempotency.purge(tx, NOW + timedelta(minutes=2)) == 1
        assert idempotency.purge(tx, NOW + timedelta(days=1)) == 1


def test_a_key_that_is_freed_at_the_same_moment_is_asked_for_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = make_account(database)
    with monkeypatch.context() as rival:
        rival.setattr(idempotency, "insert_or_ignore", lambda *_: False)  # was taken, and is gone at the next look
        with database.write() as tx:
            assert idempotency.claim(tx, account.id, "POST /x", "k", "f", now=NOW) == Claim(id="", state="in_progress")
    with database.write() as tx:
        assert idempotency.claim(tx, account.id, "POST /x", "k", "f", now=NOW).state == "new"
