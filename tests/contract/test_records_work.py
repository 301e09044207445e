"""The life of a batch and its images: submit, claim, settle, retry, cancel, deadline, packaging, purge."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from record_databases import (
    DAY,
    NOW,
    claim,
    fail,
    finish,
    images_of,
    make_account,
    make_order,
    submit,
    succeed,
)

from storage.errors import NotFound
from storage.model import Artifact, Balance, Batch, BatchState, Dialect, Image, ImageOrder, ImageState, Quote, Role
from storage.records import artifacts, batches, images, ledger, prices, uploads
from storage.records.database import Database

MINUTE = timedelta(minutes=1)


def balance_of(database: Database, batch: Batch) -> Balance:
    with database.read() as tx:
        return ledger.balance(tx, batch.account_id)


def make_artifact(batch: Batch, image: Image | None, name: str, position: int = 0) -> Artifact:
    known = {"content_type": "image/jpeg", "bytes": 5_000_000_000, "sha256": "0" * 64, "crc32": 4_294_967_295}
    size = {"width": 10, "height": 20, "dpi": 300, "facts": {"ratio": "2:3"}, "created_at": NOW}
    image_id = image.id if image else None
    unique = f"art_{(image_id or batch.id)[-20:]}_{position}"
    key = f"out/{unique}"
    return Artifact(unique, batch.id, image_id, Role.PRINT, position, name, f"zip/{name}", key, **known, **size)


def test_a_batch_is_what_was_ordered(database: Database) -> None:
    account = make_account(database)
    order = make_order(
        account,
        2,
        options={"b": 1, "a": [1, {"x": None}]},
        labels={"client_job_id": "j1"},
        callback_url="https://example.com/x",
        callback_secret="s1",
        warnings=("odd option",),
        request_id="req",
    )
    batch = submit(database, order)
    with database.read() as tx:
        assert batches.get_batch(tx, batch.id) == batch
    assert (batch.state, batch.total, batch.pending, batch.credits_held) == (BatchState.QUEUED, 2, 2, 2)
    assert (batch.options, batch.labels, batch.warnings) == (order.options, order.labels, order.warnings)
    assert (batch.callback_url, batch.callback_secret) == ("https://example.com/x", "s1")
    assert list(batch.options) == ["b", "a"]
    found = images_of(database, batch)
    assert [image.index for image in found] == [0, 1]
    assert [image.id for image in found] == sorted(image.id for image in found)
    assert tuple(ImageOrder(image.sources, image.labels) for image in found) == order.images


@pytest.mark.parametrize(
    ("dialect", "prefixes"),
    [(Dialect.PRINT, ("bat", "job")), (Dialect.STUDIO, ("job", "img")), (Dialect.SHELF, ("batch", "an"))],
)
def test_ids_tell_their_dialect(database: Database, dialect: Dialect, prefixes: tuple[str, str]) -> None:
    batch = submit(database, make_order(make_account(database), dialect=dialect))
    assert (batch.id.split("_")[0], images_of(database, batch)[0].id.split("_")[0]) == prefixes


def test_a_batch_from_start_to_end(database: Database) -> None:
    batch = submit(database, make_order(make_account(database)))
    first, second, third = images_of(database, batch)
    settled = succeed(database, first, NOW + MINUTE)
    assert (settled.left, settled.batch.state, settled.batch.started_at) == (2, BatchState.PROCESSING, NOW + MINUTE)
    assert (settled.image.state, settled.image.result) == (ImageState.SUCCEEDED, {"ok": 1})
    assert fail(database, second).left == 1
    with database.write() as tx:
        assert batches.claim_packaging(tx, batch.id, NOW, 60) is None
        assert batches.due_for_packaging(tx, NOW, 9) == []
    assert succeed(database, third).left == 0
    with database.read() as tx:
        assert [each.id for each in batches.due_for_packaging(tx, NOW, 9)] == [batch.id]
        assert batches.counts(tx, batch.id)[ImageState.SUCCEEDED] == 2
    done = finish(database, batch)
    assert (done.state, done.succeeded, done.failed, done.credits_charged) == (BatchState.COMPLETED, 2, 1, 2)
    assert (done.completed_at, done.partial) == (NOW, True)
    assert balance_of(database, batch) == Balance(available=73, held=0, spent=2, granted=75)


def test_a_batch_without_success_fails_and_costs_nothing(database: Database) -> None:
    batch = submit(database, make_order(make_account(database)))
    for image in images_of(database, batch):
        fail(database, image)
    assert finish(database, batch).state == BatchState.FAILED
    assert balance_of(database, batch) == Balance(available=75, held=0, spent=0, granted=75)


@pytest.mark.parametrize(("succeeded", "charged"), [(7, 39), (6, 39), (5, 29), (1, 29), (0, 0)])
def test_clipart_is_priced_again_on_what_succeeded(database: Database, succeeded: int, charged: int) -> None:
    quote = prices.quote(Dialect.PRINT, "clipart", 7)
    batch = submit(database, make_order(make_account(database), 7, quote, dialect=Dialect.PRINT, action="clipart"))
    assert batch.credits_held == 39
    for image in images_of(database, batch):
        succeed(database, image) if image.index < succeeded else fail(database, image)
    done = finish(database, batch)
    assert done.credits_charged == charged
    assert balance_of(database, batch) == Balance(available=75 - charged, held=0, spent=charged, granted=75)


def test_a_batch_part_without_a_rule_is_due_once_anything_succeeded(database: Database) -> None:
    batch = submit(database, make_order(make_account(database), 2, Quote(per_image=3, per_batch=10)))
    first, second = images_of(database, batch)
    succeed(database, first)
    fail(database, second)
    assert finish(database, batch).credits_charged == 13


def test_what_is_not_charged_holds_nothing(database: Database) -> None:
    account = make_account(database, credits=0)
    quote = prices.quote(Dialect.PRINT, "clipart", 2)
    for each in (Quote(50), quote):
        batch = submit(database, make_order(account, 2, each, charge=False, dry_run=True))
        assert (batch.credits_held, images_of(database, batch)[0].price) == (0, 0)
        for image in images_of(database, batch):
            succeed(database, image)
        assert finish(database, batch).credits_charged == 0
    with database.read() as tx:
        assert ledger.entries(tx, account.id, after=None, limit=9) == []


def test_only_the_holder_of_the_lease_settles(database: Database) -> None:
    batch = submit(database, make_order(make_account(database)))
    image = images_of(database, batch)[0]
    claimed, lease = claim(database, image)
    assert (claimed.state, claimed.attempts, claimed.started_at) == (ImageState.RUNNING, 1, NOW)
    assert lease.until == claimed.lease_until == NOW + MINUTE
    with database.write() as tx:
        assert images.claim_image(tx, image.id, NOW + MINUTE / 2, 60) is None
        assert images.settle_success(tx, image.id, "stale", result={}, artifacts=[], now=NOW) is None
        assert images.settle_failure(tx, image.id, "stale", code="timeout", message="", now=NOW) is None
        assert images.settle_failure(tx, image.id, None, code="timeout", message="", now=NOW) is None
        assert not images.renew_lease(tx, image.id, "stale", NOW, 60)
        assert not images.retry_later(tx, image.id, "stale", code="x", message="", not_before=NOW, now=NOW)
        assert images.renew_lease(tx, image.id, lease.token, NOW + MINUTE / 2, 60)
        assert images.settle_success(tx, image.id, lease.token, result={}, artifacts=[], now=NOW) is not None
        assert images.settle_success(tx, image.id, lease.token, result={}, artifacts=[], now=NOW) is None
        assert images.settle_failure(tx, image.id, None, code="timeout", message="", now=NOW + 9 * MINUTE) is None
        assert images.claim_image(tx, image.id, NOW + 9 * MINUTE, 60) is None


def test_an_orphan_loses_against_the_second_run(database: Database) -> None:
    batch = submit(database, make_order(make_account(database), 1))
    image = images_of(database, batch)[0]
    _, orphan = claim(database, image)
    late = NOW + 2 * MINUTE
    with database.read() as tx:
        assert [each.id for each in images.expired_leases(tx, late, 9)] == [image.id]
    second, lease = claim(database, image, late)
    assert second.attempts == 2 and second.started_at == NOW
    made = make_artifact(batch, image, "a.jpg")
    with database.write() as tx:
        lost = images.settle_success(tx, image.id, orphan.token, result={}, artifacts=[made], now=late)
        assert lost is None
        assert artifacts.list_artifacts(tx, batch.id) == []
        won = images.settle_success(tx, image.id, lease.token, result={}, artifacts=[made], now=late)
        assert won is not None and won.left == 0
        assert artifacts.list_artifacts(tx, batch.id) == [made]
        tried = images.attempts_of(tx, image.id)
    assert [(each.number, each.outcome, each.code) for each in tried] == [
        (1, "lost", "lease_expired"),
        (2, "succeeded", None),
    ]
    assert balance_of(database, batch).spent == 1


def test_a_retry_waits_for_its_moment(database: Database) -> None:
    batch = submit(database, make_order(make_account(database), 1))
    image = images_of(database, batch)[0]
    _, lease = claim(database, image)
    with database.write() as tx:
        known = {"code": "source_timeout", "message": "Too slow.", "now": NOW}
        assert images.retry_later(tx, image.id, lease.token, not_before=NOW + MINUTE, **known)
        assert images.claim_image(tx, image.id, NOW, 60) is None
        assert images.feedable(tx, batch.id, NOW, 9) == []
        assert images.open_images(tx, NOW, 9) == []
        assert [each.id for each in images.feedable(tx, batch.id, NOW + MINUTE, 9)] == [image.id]
    again = succeed(database, image, NOW + MINUTE)
    assert (again.image.attempts, again.image.error_code) == (2, None)
    with database.read() as tx:
        outcomes = [(each.outcome, each.code, each.message) for each in images.attempts_of(tx, image.id)]
    assert outcomes == [("retry", "source_timeout", "Too slow."), ("succeeded", None, None)]


def test_the_sweep_ends_what_nobody_holds(database: Database) -> None:
    batch = submit(database, make_order(make_account(database), 2))
    queued, dead = images_of(database, batch)
    claim(database, dead)
    for image, moment in ((queued, NOW), (dead, NOW + MINUTE)):
        with database.write() as tx:
            settled = images.settle_failure(tx, image.id, None, code="processing_failed", message="x", now=moment)
        assert settled is not None and settled.image.error_code == "processing_failed"
    assert settled.left == 0


def test_cancelling_releases_what_has_not_started(database: Database) -> None:
    account = make_account(database)
    batch = submit(database, make_order(account, 4))
    done, live, dead, _ = images_of(database, batch)
    succeed(database, done)
    claim(database, dead, NOW - 2 * MINUTE)
    _, lease = claim(database, live)
    for _ in range(2):
        with database.write() as tx:
            after = batches.cancel_batch(tx, account.id, batch.id, NOW)
    assert (after.state, after.pending, after.cancelled, after.succeeded) == (BatchState.PROCESSING, 1, 2, 1)
    assert after.cancel_requested_at == NOW
    with database.write() as tx:
        assert not images.renew_lease(tx, live.id, lease.token, NOW, 60)
        cut = images.settle_failure(tx, live.id, lease.token, code="cancelled", message="Cut.", now=NOW)
        assert cut is not None and (cut.left, cut.image.state) == (0, ImageState.CANCELLED)
    final = finish(database, batch)
    assert (final.state, final.credits_charged) == (BatchState.CANCELLED, 1)
    with database.write() as tx:
        assert batches.cancel_batch(tx, account.id, batch.id, NOW) == final
        with pytest.raises(NotFound):
            batches.cancel_batch(tx, "acct_other", batch.id, NOW)


def test_a_cancelled_batch_starts_nothing_again(database: Database) -> None:
    account = make_account(database)
    batch = submit(database, make_order(account, 2))
    first, second = images_of(database, batch)
    _, lease = claim(database, first)
    claim(database, second)
    with database.write() as tx:
        batches.cancel_batch(tx, account.id, batch.id, NOW)
        known = {"code": "source_timeout", "message": "", "not_before": NOW, "now": NOW}
        assert not images.retry_later(tx, first.id, lease.token, **known)
        assert images.claim_image(tx, second.id, NOW + 2 * MINUTE, 60) is None
        assert batches.counts(tx, batch.id)[ImageState.CANCELLED] == 2
    assert balance_of(database, batch).available == 75


def test_a_finished_image_of_a_cancelled_batch_counts(database: Database) -> None:
    account = make_account(database)
    batch = submit(database, make_order(account, 1))
    image = images_of(database, batch)[0]
    _, lease = claim(database, image)
    with database.write() as tx:
        batches.cancel_batch(tx, account.id, batch.id, NOW)
        settled = images.settle_success(tx, image.id, lease.token, result={}, artifacts=[], now=NOW)
    assert settled is not None and settled.batch.credits_charged == 1
    assert finish(database, batch).state == BatchState.CANCELLED


def test_deadlines_end_everything_and_void_leases(database: Database) -> None:
    account = make_account(database)
    batch = submit(database, make_order(account, 3))
    done, running, _ = images_of(database, batch)
    succeed(database, done)
    last = NOW + timedelta(seconds=DAY)
    _, lease = claim(database, running, last - MINUTE / 2)
    with database.write() as tx:
        assert batches.expire_deadlines(tx, last - MINUTE) == []
    with database.write() as tx:
        assert images.claim_image(tx, images_of(database, batch)[2].id, last, 60) is None
        failed = batches.expire_deadlines(tx, last)
        assert [(each.index, each.error_code) for each in failed] == [
            (1, "deadline_exceeded"),
            (2, "deadline_exceeded"),
        ]
        assert images.settle_success(tx, running.id, lease.token, result={}, artifacts=[], now=last) is None
        assert batches.expire_deadlines(tx, last) == []
    assert finish(database, batch, last).credits_charged == 1
    assert balance_of(database, batch) == Balance(available=74, held=0, spent=1, granted=75)


def test_packaging_happens_once(database: Database) -> None:
    batch = submit(database, make_order(make_account(database), 1))
    image = images_of(database, batch)[0]
    succeed(database, image)
    archive = make_artifact(batch, None, "all.zip", 1)
    expiry = NOW + timedelta(days=1)
    with database.write() as tx:
        first = batches.claim_packaging(tx, batch.id, NOW, 60)
        assert first is not None
        assert batches.claim_packaging(tx, batch.id, NOW, 60) is None
        assert batches.renew_packaging(tx, batch.id, first.token, NOW + MINUTE / 2, 60)
        assert batches.due_for_packaging(tx, NOW + MINUTE, 9) == []
        late = NOW + 2 * MINUTE
        second = batches.claim_packaging(tx, batch.id, late, 60)
        assert second is not None
        assert not batches.renew_packaging(tx, batch.id, first.token, late, 60)
        assert batches.finish_batch(tx, batch.id, first.token, [archive], now=late, expires_at=expiry) is None
        batches.release_packaging(tx, batch.id, second.token)
        third = batches.claim_packaging(tx, batch.id, late, 60)
        assert third is not None
        done = batches.finish_batch(tx, batch.id, third.token, [archive], now=late, expires_at=expiry)
        assert done is not None and done.expires_at == expiry
        assert batches.finish_batch(tx, batch.id, third.token, [archive], now=late, expires_at=expiry) is None
        assert batches.claim_packaging(tx, batch.id, late + MINUTE, 60) is None
        assert artifacts.list_artifacts(tx, batch.id) == [archive]


def test_purging_frees_the_inputs(database: Database) -> None:
    batch = submit(database, make_order(make_account(database), 1))
    image = images_of(database, batch)[0]
    key = image.sources[0].key
    assert key is not None
    succeed(database, image)
    with database.read() as tx:
        assert batches.due_for_purge(tx, NOW, 9) == []
    finish(database, batch)
    with database.write() as tx:
        assert uploads.staging_referenced(tx, key)
        assert [each.id for each in batches.due_for_purge(tx, NOW, 9)] == [batch.id]
        batches.mark_purged(tx, batch.id, NOW)
        batches.mark_purged(tx, batch.id, NOW + MINUTE)
        assert batches.due_for_purge(tx, NOW + MINUTE, 9) == []
        assert batches.get_batch(tx, batch.id).purged_at == NOW
        assert not uploads.staging_referenced(tx, key)


def test_files_are_found_and_kept_apart(database: Database) -> None:
    account, other = make_account(database), make_account(database)
    batch = submit(database, make_order(account, 2))
    first, second = images_of(database, batch)
    made = [make_artifact(batch, second, "b.jpg"), make_artifact(batch, first, "a2.jpg", 1)]
    made += [make_artifact(batch, first, "a1.jpg"), make_artifact(batch, None, "all.zip")]
    for image in (first, second):
        _, lease = claim(database, image)
        mine = [each for each in made if each.image_id == image.id]
        with database.write() as tx:
            images.settle_success(tx, image.id, lease.token, result={}, artifacts=mine, now=NOW)
    with database.write() as tx:
        lease2 = batches.claim_packaging(tx, batch.id, NOW, 60)
        assert lease2 is not None
        batches.finish_batch(tx, batch.id, lease2.token, made[3:], now=NOW, expires_at=NOW)
        assert [each.filename for each in artifacts.list_artifacts(tx, batch.id)] == [
            "a1.jpg", "a2.jpg", "b.jpg", "all.zip",
        ]  # fmt: skip
        assert artifacts.list_artifacts(tx, batch.id, first.id) == [made[2], made[1]]
        assert artifacts.by_filename(tx, batch.id, "zip/b.jpg") == made[0]
        with pytest.raises(NotFound):
            artifacts.by_filename(tx, batch.id, "no.jpg")
        with pytest.raises(NotFound):
            batches.get_batch(tx, batch.id, other.id)


def test_bytes_in_quarantine_are_refused_for_a_day(database: Database) -> None:
    with database.write() as tx:
        assert images.quarantined(tx, "ab", NOW) is None
        images.quarantine(tx, "ab", "decoder_crashed", NOW)
        assert images.quarantined(tx, "ab", NOW + timedelta(hours=23)) == "decoder_crashed"
        assert images.quarantined(tx, "ab", NOW + timedelta(hours=24)) is None
        images.quarantine(tx, "ab", "timeout", NOW + timedelta(hours=24))
        assert images.quarantined(tx, "ab", NOW + timedelta(hours=25)) == "timeout"


def test_events_of_a_batch_are_counted_one_by_one(database: Database) -> None:
    account = make_account(database)
    one, other = submit(database, make_order(account)), submit(database, make_order(account))
    with database.write() as tx:
        assert [batches.next_sequence(tx, one.id) for _ in range(3)] == [1, 2, 3]
    with pytest.raises(ZeroDivisionError), database.write() as tx:
        assert batches.next_sequence(tx, one.id) == 4
        raise ZeroDivisionError
    with database.write() as tx:
        assert (batches.next_sequence(tx, one.id), batches.next_sequence(tx, other.id)) == (4, 1)
        with pytest.raises(NotFound):
            batches.next_sequence(tx, "batch_none")


def test_events_told_at_once_get_different_numbers(database: Database) -> None:
    batch = submit(database, make_order(make_account(database)))

    def tell(_: int) -> int:
        with database.write() as tx:
            return batches.next_sequence(tx, batch.id)

    with ThreadPoolExecutor(4) as crowd:
        assert sorted(crowd.map(tell, range(20))) == list(range(1, 21))
