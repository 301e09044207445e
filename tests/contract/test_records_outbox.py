"""Webhooks on record: endpoints, the outbox with its leases and lanes, the log."""

from datetime import timedelta

import pytest
from record_databases import NOW, make_account

from storage.errors import Conflict, Invalid, NotFound
from storage.model import Account, Attempt, Delivery, Dialect, Endpoint, Message
from storage.records import endpoints, outbox
from storage.records.database import Database

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def make_endpoint(database: Database, account: Account, *events: str) -> tuple[Endpoint, str]:
    with database.write() as tx:
        known = (tx, account.id, Dialect.SHELF, "https://example.com/hook", events or ("*",))
        return endpoints.create_endpoint(*known, "till", NOW)


def put(database: Database, account: Account, endpoint: Endpoint | None = None, count: int = 1) -> list[str]:
    url = endpoint.url if endpoint else "https://callback.example/x"
    secrets = () if endpoint else ("whsec_own",)
    message = Message(Dialect.SHELF, "done", url, b"{\xff}", endpoint.id if endpoint else None, secrets)
    with database.write() as tx:
        return outbox.add_messages(tx, account.id, [message] * count, batch_id="b", image_id=None, now=NOW)


def due(database: Database, now: object = NOW, limit: int = 9) -> list[Delivery]:
    with database.write() as tx:
        return outbox.claim_due(tx, now, limit=limit, lease_s=60)  # type: ignore[arg-type]


def note(database: Database, delivery: Delivery, *, delivered: bool, next_at: object = None) -> bool:
    attempt = Attempt(delivery.id, 1, NOW, 12, 200 if delivered else 500, None if delivered else "http", "body")
    assert delivery.token is not None
    with database.write() as tx:
        return outbox.record_attempt(tx, attempt, delivery.token, delivered=delivered, next_at=next_at)  # type: ignore[arg-type]


def test_a_callback_is_sent_as_it_was_written(database: Database) -> None:
    account = make_account(database)
    (event_id,) = put(database, account)
    (delivery,) = due(database)
    assert (delivery.id, delivery.body, delivery.secrets) == (event_id, b"{\xff}", ("whsec_own",))
    assert due(database) == []
    assert note(database, delivery, delivered=True)
    assert not note(database, delivery, delivered=True)
    assert due(database, NOW + DAY) == []
    with database.read() as tx:
        assert outbox.get_delivery(tx, event_id, account.id).state == "delivered"
        assert [each.status for each in outbox.attempts_of(tx, event_id)] == [200]


def test_a_failed_attempt_waits_and_numbers_go_on(database: Database) -> None:
    account = make_account(database)
    (event_id,) = put(database, account)
    assert note(database, due(database)[0], delivered=False, next_at=NOW + MINUTE)
    assert due(database, NOW + MINUTE / 2) == []
    (second,) = due(database, NOW + MINUTE)
    assert (second.id, second.body, second.attempts) == (event_id, b"{\xff}", 1)
    assert note(database, second, delivered=False)
    with database.write() as tx:
        assert outbox.get_delivery(tx, event_id).state == "failed"
        assert [each.number for each in outbox.attempts_of(tx, event_id)] == [1, 2]
        again = outbox.redeliver(tx, account.id, event_id, NOW + DAY)
        assert (again.state, again.next_at) == ("pending", NOW + DAY)
    assert [each.id for each in due(database, NOW + DAY)] == [event_id]


def test_a_dead_sender_loses_its_lease(database: Database) -> None:
    put(database, make_account(database))
    (first,) = due(database)
    (second,) = due(database, NOW + MINUTE)
    assert second.id == first.id and second.token != first.token
    assert not note(database, first, delivered=True)
    assert note(database, second, delivered=False, next_at=NOW + DAY)


def test_what_is_given_back_is_due_again(database: Database) -> None:
    put(database, make_account(database))
    (first,) = due(database)
    assert first.token is not None
    with database.write() as tx:
        outbox.give_back(tx, first.id, "stale")
        outbox.give_back(tx, first.id, first.token)
    (second,) = due(database)
    assert second.attempts == 0


def test_a_slow_receiver_keeps_two_and_delays_nobody(database: Database) -> None:
    slow, quick = make_account(database), make_account(database)
    put(database, slow, count=20)
    put(database, quick)
    first = due(database)
    assert sorted(each.account_id for each in first) == sorted([slow.id, slow.id, quick.id])
    assert due(database) == []
    assert note(database, next(each for each in first if each.account_id == slow.id), delivered=True)
    assert [each.account_id for each in due(database)] == [slow.id]


def test_endpoints_sign_with_their_present_secrets(database: Database) -> None:
    account = make_account(database)
    endpoint, first = make_endpoint(database, account)
    put(database, account, endpoint, count=2)
    with database.write() as tx:
        second = endpoints.rotate_secret(tx, account.id, endpoint.id, NOW)
        endpoints.update_endpoint(tx, account.id, endpoint.id, url="https://moved.example/")
        with pytest.raises(Conflict) as caught:
            endpoints.rotate_secret(tx, account.id, endpoint.id, NOW + DAY / 2)
        assert caught.value.code == "rotation_in_progress"
    delivery = due(database, limit=1)[0]
    assert (delivery.secrets, delivery.url) == ((second, first), "https://moved.example/")
    assert due(database, NOW + DAY, limit=1)[0].secrets == (second,)
    with database.write() as tx:
        third = endpoints.rotate_secret(tx, account.id, endpoint.id, NOW + DAY / 2, force=True)
        assert endpoints.get_endpoint(tx, account.id, endpoint.id).secrets == (third, second)
        leaked = endpoints.rotate_secret(tx, account.id, endpoint.id, NOW + 3 * DAY, grace_s=0)
        assert endpoints.get_endpoint(tx, account.id, endpoint.id).secrets == (leaked,)


def test_disabled_endpoints_keep_their_mail_until_they_are_back(database: Database) -> None:
    account = make_account(database)
    endpoint, _ = make_endpoint(database, account)
    (event_id,) = put(database, account, endpoint)
    with database.write() as tx:
        endpoints.disable(tx, endpoint.id, "gone", NOW)
        endpoints.disable(tx, endpoint.id, "other", NOW)
        assert endpoints.get_endpoint(tx, account.id, endpoint.id).disabled_reason == "gone"
        assert endpoints.for_event(tx, account.id, Dialect.SHELF, "done") == []
    assert due(database) == []
    with database.write() as tx:
        back = endpoints.update_endpoint(tx, account.id, endpoint.id, status="active")
        assert (back.status, back.disabled_reason) == ("active", None)
    assert [each.id for each in due(database)] == [event_id]


def test_five_days_of_nothing_but_failures_disable(database: Database) -> None:
    account = make_account(database)
    endpoint, _ = make_endpoint(database, account)

    def outcome(ok: bool, days: float) -> bool:
        with database.write() as tx:
            return endpoints.note_outcome(tx, endpoint.id, ok, NOW + days * DAY)

    assert [outcome(False, day) for day in (0, 1, 2, 4.9)] == [False] * 4
    assert not outcome(True, 4.95)
    assert [outcome(False, day) for day in (5, 6, 9, 10.1)] == [False] * 4
    assert outcome(False, 10.2)
    assert not outcome(False, 11)
    with database.read() as tx:
        found = endpoints.get_endpoint(tx, account.id, endpoint.id)
    assert (found.status, found.disabled_reason, found.failing_since) == ("disabled", "failing", NOW + 5 * DAY)


def test_endpoints_are_chosen_by_event(database: Database) -> None:
    account = make_account(database)
    every, _ = make_endpoint(database, account)
    some, _ = make_endpoint(database, account, "done", "failed")
    with database.read() as tx:
        chosen = endpoints.for_event(tx, account.id, Dialect.SHELF, "done")
        assert {each.id for each in chosen} == {every.id, some.id}
        assert [each.id for each in endpoints.for_event(tx, account.id, Dialect.SHELF, "other")] == [every.id]
        assert endpoints.for_event(tx, account.id, Dialect.PRINT, "done") == []


def test_endpoints_change_and_go(database: Database) -> None:
    account, other = make_account(database), make_account(database)
    endpoint, secret = make_endpoint(database, account)
    assert endpoint.secrets == (secret,)
    (event_id,) = put(database, account, endpoint)
    with database.write() as tx:
        changed = endpoints.update_endpoint(tx, account.id, endpoint.id, events=("done",), description="new")
        assert (changed.events, changed.description) == (("done",), "new")
        with pytest.raises(TypeError):
            endpoints.update_endpoint(tx, account.id, endpoint.id, secrets=("mine",))
        with pytest.raises(Invalid):
            endpoints.update_endpoint(tx, account.id, endpoint.id, status="asleep")
        with pytest.raises(NotFound):
            endpoints.delete_endpoint(tx, other.id, endpoint.id)
        endpoints.delete_endpoint(tx, account.id, endpoint.id)
        assert endpoints.list_endpoints(tx, account.id) == []
        assert outbox.get_delivery(tx, event_id).state == "failed"
    assert due(database) == []


def test_the_log_pages_replays_and_forgets(database: Database) -> None:
    account, other = make_account(database), make_account(database)
    endpoint, _ = make_endpoint(database, account)
    ids = put(database, account, endpoint, count=5)
    for delivery in (*due(database), *due(database)):
        note(database, delivery, delivered=False)
    with database.write() as tx:
        first = outbox.list_deliveries(tx, account.id, endpoint_id=endpoint.id, limit=3)
        rest = outbox.list_deliveries(tx, account.id, after=first[-1].id, limit=3)
        assert [each.id for each in first + rest] == ids[::-1]
        assert outbox.list_deliveries(tx, other.id, limit=9) == []
        for stranger in (
            lambda: outbox.get_delivery(tx, ids[0], other.id),
            lambda: outbox.redeliver(tx, other.id, ids[0], NOW),
            lambda: outbox.list_deliveries(tx, other.id, after=ids[0], limit=9),
            lambda: outbox.replay_since(tx, other.id, endpoint.id, NOW, NOW),
        ):
            with pytest.raises(NotFound):
                stranger()
        assert outbox.purge(tx, NOW) == 0
        assert outbox.replay_since(tx, account.id, endpoint.id, NOW + MINUTE, NOW) == 0
        assert outbox.replay_since(tx, account.id, endpoint.id, NOW, NOW) == 2
        assert outbox.replay_since(tx, account.id, endpoint.id, NOW, NOW) == 0
    for delivery in due(database):
        note(database, delivery, delivered=True)
    with database.write() as tx:
        assert outbox.purge(tx, NOW + MINUTE) == 2
        assert len(outbox.list_deliveries(tx, account.id, limit=9)) == 3


def test_a_replay_hastens_what_waits_and_leaves_alone_what_arrived_or_is_out(database: Database) -> None:
    account = make_account(database)
    endpoint, _ = make_endpoint(database, account)
    put(database, account, endpoint, count=4)
    arrived, waiting = due(database)
    note(database, arrived, delivered=True)
    note(database, waiting, delivered=False, next_at=NOW + DAY)
    failed, out = due(database)
    note(database, failed, delivered=False)
    for expected in (2, 0):
        with database.write() as tx:
            assert outbox.replay_since(tx, account.id, endpoint.id, NOW, NOW + MINUTE / 2) == expected
    with database.read() as tx:
        still_out = outbox.get_delivery(tx, out.id)
        assert still_out.token == out.token and still_out.next_at == NOW
        assert outbox.get_delivery(tx, arrived.id).state == "delivered"
    again = due(database, NOW + MINUTE / 2)
    assert [each.id for each in again] == [min(failed.id, waiting.id)]  # the one that is out takes the other place
    note(database, out, delivered=True)
    again += due(database, NOW + MINUTE / 2)
    assert {each.id: each.body for each in again} == {each.id: each.body for each in (failed, waiting)}
