"""A submission is recorded whole or not at all, and a silent queue server is no reason to refuse it."""

import dataclasses

import pytest
from engine_rig import Rig, SilentDoorbell

from jobs.capacity import check_capacity, free_mb
from jobs.queue import DoorbellSilent
from jobs.submit import IdempotencyTicket, StoredReply, submit
from storage.errors import InsufficientCredits, RateLimited, Unavailable
from storage.model import BatchState, Dialect, ImageState
from storage.records import accounts, batches, idempotency, ledger
from storage.records.invariants import verify


def stored(rig: Rig) -> int:
    with rig.tools.database.read() as tx:
        return len(batches.list_batches(tx, rig.account_id, dialect=None, filters={}, after=None, limit=50))


def test_a_submission_holds_the_price_and_rings_after_the_commit(rig):
    done = submit(rig.tools, rig.order(3), rig.doorbell)
    assert (done.batch.state, done.batch.total, len(done.images)) == (BatchState.QUEUED, 3, 3)
    assert all(image.state is ImageState.QUEUED for image in done.images)
    assert rig.doorbell.rung == [done.batch.id]
    with rig.tools.database.read() as tx:
        assert ledger.balance(tx, rig.account_id).held == 3 * 2 + 1
        assert verify(tx) == []


def test_a_silent_queue_server_does_not_refuse_what_is_committed(rig, caplog):
    class Silent(SilentDoorbell):
        def ring(self, batch, images):
            raise DoorbellSilent("connection refused")

    done = submit(rig.tools, rig.order(1), Silent())
    assert stored(rig) == 1 and done.batch.total == 1
    assert "queue.silent" in [getattr(record, "event", "") for record in caplog.records]


def test_too_few_credits_leave_no_trace(rig):
    with rig.tools.database.write() as tx:
        poor = accounts.create_account(tx, name="Poor", credits=6, actor="test", now=rig.clock())
    order = dataclasses.replace(rig.order(3), account_id=poor.id)
    with pytest.raises(InsufficientCredits) as refused:
        submit(rig.tools, order, rig.doorbell)
    assert refused.value.details["shortfall"] == 1
    assert rig.doorbell.rung == [] and stored(rig) == 0
    with rig.tools.database.read() as tx:
        assert ledger.balance(tx, poor.id).available == 6


def test_the_reply_is_stored_with_the_batch_under_its_ticket(rig):
    with rig.tools.database.write() as tx:
        claim = idempotency.claim(tx, rig.account_id, "/v1/batch", "key-1", "print-1", now=rig.clock())
    reply = StoredReply(202, {"X-A": "b"}, b'{"ok":true}')
    ticket = IdempotencyTicket(claim.id)
    submit(rig.tools, rig.order(1), rig.doorbell, idempotency=ticket, reply=lambda batch, images: reply)
    with rig.tools.database.write() as tx:
        again = idempotency.claim(tx, rig.account_id, "/v1/batch", "key-1", "print-1", now=rig.clock())
    assert (again.state, again.status, again.body) == ("replay", 202, b'{"ok":true}')


def test_a_reply_that_cannot_be_rendered_takes_the_whole_submission_back(rig):
    def broken(batch, images):
        raise KeyError("no such word")

    with pytest.raises(KeyError):
        submit(rig.tools, rig.order(1), rig.doorbell, reply=broken)
    assert stored(rig) == 0 and rig.doorbell.rung == []


def test_a_ticket_without_a_reply_is_a_mistake_of_the_caller(rig):
    with pytest.raises(ValueError, match="reply"):
        submit(rig.tools, rig.order(1), rig.doorbell, idempotency=IdempotencyTicket("claim"))


def test_the_print_cap_counts_what_waits(rig):
    tools = dataclasses.replace(rig.tools, settings=dataclasses.replace(rig.tools.settings, print_queue_cap=4))
    submit(tools, rig.order(3), rig.doorbell)
    with pytest.raises(RateLimited) as refused:
        submit(tools, rig.order(2), rig.doorbell)
    assert refused.value.code == "queue_full" and refused.value.retry_after
    assert stored(rig) == 1
    with rig.tools.database.read() as tx:
        account = accounts.get_account(tx, rig.account_id)
    check_capacity(tools, account, Dialect.PRINT, 1)
    check_capacity(tools, account, Dialect.STUDIO, 100)


@pytest.mark.parametrize("setting", [{"queue_cap": 2}, {"disk_floor_mb": 1 << 40}])
def test_a_full_installation_says_overloaded(rig, setting):
    tools = dataclasses.replace(rig.tools, settings=dataclasses.replace(rig.tools.settings, **setting))
    with pytest.raises(Unavailable) as refused:
        submit(tools, rig.order(3), rig.doorbell)
    assert (refused.value.code, bool(refused.value.retry_after)) == ("overloaded", True)
    assert stored(rig) == 0


def test_free_disk_is_known_before_the_folder_exists(tmp_path):
    assert free_mb(tmp_path / "not" / "yet") == pytest.approx(free_mb(tmp_path), abs=64)
