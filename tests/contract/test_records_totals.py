"""What the metrics read from both databases: sums of what ended, the same whenever and however often the past was
remembered, and how things stand now."""

from datetime import timedelta

from record_databases import NOW, claim, fail, finish, images_of, make_account, make_order, submit, succeed

from jobs.metrics.totals import Totals
from storage.model import Attempt, Dialect, Message, Pool, Quote
from storage.records import beats, endpoints, images, outbox, switches
from storage.records.database import Database
from storage.records.present import present
from storage.words import ImageState

SECOND, MINUTE, HOUR, DAY = (timedelta(**{name: 1}) for name in ("seconds", "minutes", "hours", "days"))


def all_of(database: Database, totals: Totals, now: object) -> dict[str, dict[tuple[str, ...], tuple[float, ...]]]:
    """As a look does it."""
    while True:
        with database.read(snapshot=True) as tx:
            if totals.remember(tx, now):  # type: ignore[arg-type]
                return totals.all(tx)


def test_sums_are_the_same_whenever_the_past_was_remembered(database: Database) -> None:
    account = make_account(database, credits=100)
    watched, moment = Totals(), NOW
    for round_ in range(4):
        batch = submit(database, make_order(account, 3, Quote(per_image=2)), moment)
        first, second, third = images_of(database, batch)
        succeed(database, first, moment + SECOND)
        fail(database, second, moment + SECOND)
        all_of(database, watched, moment + SECOND)
        _, lease = claim(database, third, moment + SECOND)
        with database.write() as tx:
            end = moment + 3.5 * SECOND
            images.retry_later(tx, third.id, lease.token, code="source_timeout", message="", not_before=end, now=end)
        succeed(database, third, moment + 5 * SECOND)
        all_of(database, watched, moment + 6 * SECOND)
        finish(database, batch, moment + 8 * SECOND)
        moment += (MINUTE, HOUR, 3 * DAY, SECOND)[round_]
    found = all_of(database, watched, moment)
    assert found == all_of(database, Totals(), moment + 30 * DAY)
    assert found["batches"] == {("shelf", "analysis", "completed"): (4.0,)}
    assert found["images"] == {
        ("shelf", "analysis", "succeeded", ""): (8.0,),
        ("shelf", "analysis", "failed", "no_subject"): (4.0,),
    }
    assert {label: numbers[0] for label, numbers in found["attempts"].items()} == {
        ("analysis", "succeeded", ""): 8,
        ("analysis", "failed", "no_subject"): 4,
        ("analysis", "retry", "source_timeout"): 4,
    }
    count, total, *within = found["attempts"]["analysis", "retry", "source_timeout"]
    assert abs(total - 10.0) < 0.01 and within == [0, 0, 0, 0, 0, *[4.0] * 7], "each took two and a half seconds"
    assert found["credits"] == {(): (24.0, 16.0, 8.0)}
    count, total, *within = found["batch_times"][("shelf",)]
    assert (count, round(total, 2)) == (4, 32.0) and within[:4] == [0, 0, 0, 4]


def test_an_open_batch_counts_what_it_has_done_so_far(database: Database) -> None:
    account = make_account(database)
    batch = submit(database, make_order(account, 2))
    succeed(database, images_of(database, batch)[0], NOW + SECOND)
    found = all_of(database, Totals(), NOW + HOUR)
    assert found["images"] == {("shelf", "analysis", "succeeded", ""): (1.0,)} and found["batches"] == {}
    assert found["credits"] == {(): (2.0, 1.0, 0.0)}


def test_webhook_attempts_are_counted_by_what_came_of_them(database: Database) -> None:
    account, watched = make_account(database), Totals()
    for number, error in enumerate(["timeout", "timeout", None]):
        at = NOW + number * DAY
        with database.write() as tx:
            message = Message(Dialect.SHELF, "done", "https://a.example/x", b"{}", None, ())
            outbox.add_messages(tx, account.id, [message], batch_id="b", image_id=None, now=at)
            (delivery,) = outbox.claim_due(tx, at, limit=9, lease_s=60)
            row = Attempt(delivery.id, 1, at, 12, None, error, "")
            outbox.record_attempt(tx, row, str(delivery.token), delivered=error is None, next_at=None)
        all_of(database, watched, at + SECOND)
    later = NOW + 9 * DAY
    assert all_of(database, watched, later)["webhooks"] == {("shelf", "timeout"): (2.0,), ("shelf", "ok"): (1.0,)}
    assert all_of(database, Totals(), later)["webhooks"] == all_of(database, watched, later)["webhooks"]


def test_the_present_is_told_with_its_oldest(database: Database) -> None:
    account = make_account(database, credits=50)
    batch = submit(database, make_order(account, 4))
    later = submit(database, make_order(account, 1, pool=Pool.PIXELS), NOW + MINUTE)
    claim(database, images_of(database, batch)[0], NOW + MINUTE, lease_s=60)
    with database.write() as tx:
        endpoint, _ = endpoints.create_endpoint(tx, account.id, Dialect.SHELF, "https://a.example", ("*",), "", NOW)
        endpoints.disable(tx, endpoint.id, "gone", NOW)
        messages = [Message(Dialect.SHELF, "done", "https://b.example", b"{}", to, ()) for to in (None, endpoint.id)]
        outbox.add_messages(tx, account.id, messages, batch_id=batch.id, image_id=None, now=NOW)
        beats.note_sweep(tx, NOW)
        beats.note_sweep(tx, NOW + SECOND)
    with database.read() as tx:
        now = present(tx, NOW + 10 * MINUTE)
    assert {pool: (each.count, each.oldest) for pool, each in now.waiting.items()} == {
        "models": (3, NOW),
        "pixels": (1, NOW + MINUTE),
    }
    assert {pool: (each.count, each.oldest) for pool, each in now.running.items()} == {"models": (1, NOW + MINUTE)}
    assert (now.expired_leases, now.open_batches) == (1, {"shelf": 2})
    assert (now.undelivered.count, now.due.count, now.due.oldest) == (2, 1, NOW), "a disabled endpoint's is not due"
    assert now.endpoints == {"disabled": 1}
    assert now.credits == {"available": 45, "held": 5, "spent": 0, "granted": 50}
    assert now.swept_at is not None and abs(now.swept_at - NOW - SECOND) < timedelta(milliseconds=1)
    assert now.packaging.count == 0 and later.pending == 1 and not now.drained
    with database.write() as tx:
        switches.turn_on(tx, switches.DRAINED, "moving", NOW)
    with database.read() as tx:
        assert present(tx, NOW).drained


def test_a_batch_waits_for_its_packaging_since_its_last_image_ended(database: Database) -> None:
    account = make_account(database)
    batch = submit(database, make_order(account, 2))
    for number, image in enumerate(images_of(database, batch)):
        succeed(database, image, NOW + number * MINUTE)
    with database.read() as tx:
        now = present(tx, NOW + HOUR)
    assert (now.packaging.count, now.packaging.oldest) == (1, NOW + MINUTE)
    assert all(each.state is ImageState.SUCCEEDED for each in images_of(database, batch))
