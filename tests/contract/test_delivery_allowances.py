"""Who may be sent to at once: allowances per receiver and per account, on both databases."""

from datetime import timedelta

from record_databases import NOW

from storage.model import Dialect, Message
from storage.records import accounts, outbox
from storage.records.database import Database


def put(database: Database, account: str, url: str, count: int, minutes: int = 0) -> None:
    messages = [Message(Dialect.SHELF, "analysis.completed", url, b"{}")] * count
    with database.write() as tx:
        now = NOW - timedelta(minutes=minutes)
        outbox.add_messages(tx, account, messages, batch_id=None, image_id=None, now=now)


def account(database: Database, name: str) -> str:
    with database.write() as tx:
        return accounts.create_account(tx, name=name, actor="test", now=NOW).id


def claim(database: Database, limit: int) -> list[tuple[str, str]]:
    with database.write() as tx:
        claimed = outbox.claim_due(tx, NOW, limit=limit, lease_s=60, per_lane=2, per_account=3)
        return [(delivery.account_id, delivery.url) for delivery in claimed]


def test_accounts_take_turns_and_none_has_more_than_its_allowance(database: Database) -> None:
    many, few = account(database, "Many"), account(database, "Few")
    for number in range(20):
        put(database, many, f"https://r{number}.example/", 2, minutes=60 - number)
    put(database, few, "https://only.example/", 5)
    assert claim(database, 2) == [(many, "https://r0.example/"), (few, "https://only.example/")]
    assert claim(database, 100) == [
        (many, "https://r0.example/"),
        (few, "https://only.example/"),
        (many, "https://r1.example/"),
    ]
    assert claim(database, 100) == []


def test_an_account_with_less_out_comes_before_one_that_waits_longer(database: Database) -> None:
    busy, idle = account(database, "Busy"), account(database, "Idle")
    for number in range(5):
        put(database, busy, f"https://r{number}.example/", 1, minutes=60 - number)
    assert claim(database, 1) == [(busy, "https://r0.example/")]
    put(database, idle, "https://only.example/", 1)
    assert claim(database, 1) == [(idle, "https://only.example/")]


def test_a_message_keeps_the_id_that_its_body_names(database: Database) -> None:
    owner = account(database, "Shop")
    named = Message(Dialect.PRINT, "job.completed", "https://r.example/", b"{}", id="evt_named")
    plain = Message(Dialect.PRINT, "job.completed", "https://r.example/", b"{}")
    with database.write() as tx:
        ids = outbox.add_messages(tx, owner, [plain, named, plain], batch_id=None, image_id=None, now=NOW)
        assert [outbox.get_delivery(tx, each).id for each in ids] == ids
    assert ids[1] == "evt_named"
    assert ids[0] < ids[2]
