"""The sweep repairs the difference between SQL and the world, and does so again without harm."""

import dataclasses
import threading
from datetime import timedelta

import fakeredis
import pytest
from engine_rig import Blot, NoEngines, Rig, SilentDoorbell, install_blot, picture
from sqlalchemy import text

from jobs.image import run_image
from jobs.packaging import run_packaging
from jobs.purge import collect_orphans, collect_staging, purge_batches
from jobs.queue import DoorbellSilent, Present, RqDoorbell
from jobs.requeue import TAKEN_S, Missing, repair_queue
from jobs.submit import submit
from jobs.sweep import Sweeper, sweep_once, take_over_leases
from jobs.sweep_lock import sole_sweeper
from storage.model import ImageState
from storage.names import staging_key
from storage.records import batches, images, ledger
from storage.records.invariants import verify


def state_of(rig: Rig, image_id: str):
    with rig.tools.database.read() as tx:
        assert verify(tx) == []
        return images.get_image(tx, image_id)


def begun(rig: Rig, times: int = 1):
    """An image whose holder died `times` times without a trace."""
    done = submit(rig.tools, rig.order(1), rig.doorbell)
    for _ in range(times):
        with rig.tools.database.write() as tx:
            assert images.claim_image(tx, done.images[0].id, rig.clock(), 60)
        rig.clock.forward(61)
    return done


def test_an_expired_lease_is_rung_for_again(rig):
    done = begun(rig)
    take_over_leases(rig.tools, rig.doorbell)
    assert rig.doorbell.pushed == [done.images[0].id]
    assert run_image(rig.tools, done.images[0].id, NoEngines()).settled.image.attempts == 2


def test_an_expired_lease_whose_job_waits_already_is_not_rung_for_at_every_pass(rig):
    done = begun(rig)
    rig.doorbell.listed = {done.images[0].id}
    take_over_leases(rig.tools, rig.doorbell)
    assert rig.doorbell.pushed == []


def test_a_worker_lost_three_times_ends_the_image_uncharged(rig):
    done = begun(rig, times=3)
    take_over_leases(rig.tools, rig.doorbell)
    after = state_of(rig, done.images[0].id)
    assert (after.state, after.error_code) == (ImageState.FAILED, "processing_failed")
    assert rig.doorbell.packaging == [done.batch.id] and rig.doorbell.pushed == []
    with rig.tools.database.read() as tx:
        assert ledger.balance(tx, rig.account_id).spent == 0


def test_a_batch_past_its_deadline_gives_its_credits_back(rig):
    done = submit(rig.tools, rig.order(3), rig.doorbell)
    run_image(rig.tools, done.images[0].id, NoEngines())
    rig.clock.forward(24 * 3600 + 1)
    sweep_once(Sweeper(rig.tools, rig.doorbell))
    assert state_of(rig, done.images[1].id).error_code == "deadline_exceeded"
    assert done.batch.id in rig.doorbell.packaging
    assert run_packaging(rig.tools, done.batch.id).succeeded == 1
    with rig.tools.database.read() as tx:
        assert ledger.balance(tx, rig.account_id).held == 0


def test_a_queued_image_that_nobody_has_is_pushed_at_the_second_look(rig):
    done = submit(rig.tools, rig.order(2), rig.doorbell)
    first, second = (image.id for image in done.images)
    rig.doorbell.listed = {second}
    missing = Missing()
    repair_queue(rig.tools, rig.doorbell, missing)
    assert rig.doorbell.pushed == []
    repair_queue(rig.tools, rig.doorbell, missing)
    assert rig.doorbell.pushed == [first]


def test_a_job_taken_from_its_list_is_given_time_to_start():
    time = iter([0.0, 1.0, TAKEN_S + 0.1])
    missing = Missing(clock=lambda: next(time))
    present = Present(frozenset(), frozenset({"a"}))
    assert [missing.lost(["a"], present) for _ in range(3)] == [set(), set(), {"a"}]


def test_an_image_seen_again_is_forgotten():
    missing = Missing(clock=lambda: 0.0)
    gone, there = Present(frozenset(), frozenset()), Present(frozenset({"a"}), frozenset())
    assert [missing.lost(["a"], look) for look in (gone, there, gone)] == [set(), set(), set()]


def test_images_outside_the_window_are_fed_not_pushed(rig):
    done = submit(rig.tools, rig.order(9), rig.doorbell)
    rig.doorbell.outside = {image.id for image in done.images}
    for _ in range(3):
        repair_queue(rig.tools, rig.doorbell, Missing())
    assert rig.doorbell.pushed == [] and set(rig.doorbell.fed) == {done.batch.id}


def test_due_packaging_is_rung_until_somebody_has_it(rig):
    done = submit(rig.tools, rig.order(1), rig.doorbell)
    run_image(rig.tools, done.images[0].id, NoEngines())
    repair_queue(rig.tools, rig.doorbell, Missing())
    assert rig.doorbell.packaging == [done.batch.id]
    rig.doorbell.listed = {f"{done.batch.id}-pack"}
    repair_queue(rig.tools, rig.doorbell, Missing())
    assert rig.doorbell.packaging == [done.batch.id]


def test_everything_comes_back_after_the_queue_server_was_wiped(rig):
    client = fakeredis.FakeRedis(server=fakeredis.FakeServer())
    bell = RqDoorbell(client, rig.tools.settings, rig.tools.database, clock=rig.clock)
    done = [submit(rig.tools, rig.order(6), bell) for _ in range(3)]
    ready = submit(rig.tools, rig.order(1), bell)
    run_image(rig.tools, ready.images[0].id, NoEngines())
    client.flushall()
    missing = Missing()
    repair_queue(rig.tools, bell, missing)
    repair_queue(rig.tools, bell, missing)
    waiting = [i.decode() for i in client.lrange("rq:queue:pixels", 0, -1)]
    assert sorted(waiting) == sorted(image.id for batch in done for image in batch.images[:4])
    assert client.lrange("rq:queue:packaging", 0, -1) == [f"{ready.batch.id}-pack".encode()]


def test_a_silent_queue_server_does_not_keep_the_other_steps_from_running(rig):
    class Silent(SilentDoorbell):
        def present(self):
            raise DoorbellSilent("away")

    done = submit(rig.tools, rig.order(1), rig.doorbell)
    rig.clock.forward(24 * 3600 + 1)
    sweep_once(Sweeper(rig.tools, Silent()))
    assert state_of(rig, done.images[0].id).error_code == "deadline_exceeded"


def test_a_step_that_crashes_is_told_and_the_rest_goes_on(rig, caplog):
    class Crashing(SilentDoorbell):
        def present(self):
            raise ZeroDivisionError

    sweep_once(Sweeper(rig.tools, Crashing()))
    assert "sweep.step_crashed" in [getattr(record, "event", "") for record in caplog.records]


def test_only_one_sweep_at_a_time(rig):
    with sole_sweeper(rig.tools) as first, sole_sweeper(rig.tools) as second:
        assert (first, second) == (True, False)
    with sole_sweeper(rig.tools) as again:
        assert again


def finished(rig: Rig):
    done = submit(rig.tools, rig.order(1), rig.doorbell)
    run_image(rig.tools, done.images[0].id, NoEngines())
    return run_packaging(rig.tools, done.batch.id)


def keys(rig: Rig, prefix: str) -> list[str]:
    return [stat.key for stat in rig.tools.objects.list(prefix)]


def test_files_are_deleted_when_their_time_is_over_inputs_too(rig):
    batch = finished(rig)
    assert purge_batches(rig.tools) == 0 and keys(rig, "staging/")
    rig.clock.forward(24 * 3600 + 1)
    assert purge_batches(rig.tools) == 1 and purge_batches(rig.tools) == 0
    assert keys(rig, "out/") + keys(rig, "zip/") + keys(rig, "staging/") == []
    with rig.tools.database.read() as tx:
        assert batches.get_batch(tx, batch.id).purged_at is not None and verify(tx) == []


def test_an_input_shared_with_a_living_batch_is_kept(rig):
    from storage.model import ImageOrder

    source = rig.upload(picture(1))
    for _ in range(2):
        done = submit(rig.tools, rig.order(0, images=(ImageOrder((source,)),)), rig.doorbell)
        run_image(rig.tools, done.images[0].id, NoEngines())
        run_packaging(rig.tools, done.batch.id)
        rig.clock.forward(12 * 3600 + 1)
    assert purge_batches(rig.tools) == 1 and keys(rig, "staging/") == [source.key]


@pytest.fixture
def future(rig):
    """The rig's clock as far ahead as files on disk, whose times are real, need to look old."""
    import time
    from datetime import UTC, datetime

    rig.clock.moment = datetime.fromtimestamp(time.time(), UTC)
    return rig


def test_uploads_nobody_used_go_after_a_day(future):
    rig = future
    submit(rig.tools, rig.order(1), rig.doorbell)
    rig.tools.objects.put(staging_key("upl_left"), b"x", content_type="image/png")
    assert collect_staging(rig.tools) == 0
    rig.clock.forward(25 * 3600)
    assert collect_staging(rig.tools) == 1 and staging_key("upl_left") not in keys(rig, "staging/")
    assert len(keys(rig, "staging/")) == 1


def test_objects_of_dead_attempts_go_and_recorded_ones_stay(future):
    rig = future
    batch = finished(rig)
    before = keys(rig, "out/") + keys(rig, "zip/")
    rig.tools.objects.put(f"out/{batch.id}/job_x/dead/000.png", b"x", content_type="image/png")
    rig.tools.objects.put("out/bat_unknown/job_x/dead/000.png", b"x", content_type="image/png")
    assert collect_orphans(rig.tools) == 0
    rig.clock.moment += timedelta(hours=2)
    assert collect_orphans(rig.tools) == 1
    rig.clock.moment += timedelta(hours=23)
    assert collect_orphans(rig.tools) == 1 and keys(rig, "out/") + keys(rig, "zip/") == before


def test_a_second_sweep_at_once_does_no_harm(rig):
    done = begun(rig, times=3)
    other = Sweeper(dataclasses.replace(rig.tools), SilentDoorbell())
    sweep_once(Sweeper(rig.tools, rig.doorbell))
    sweep_once(other)
    assert state_of(rig, done.images[0].id).state is ImageState.FAILED


def test_four_sweeps_at_the_same_moment_without_their_lock_do_no_harm(rig):
    """Lost images, images that were lost too often, and batches past their deadline, all at once."""
    overdue = submit(rig.tools, rig.order(3, callback_url="https://shop.example/hook"), rig.doorbell)
    rig.clock.forward(24 * 3600 - 400)
    dead, lost = [begun(rig, times=3) for _ in range(4)], [begun(rig) for _ in range(4)]
    rig.clock.forward(401)
    together = threading.Barrier(4)
    bells = [SilentDoorbell() for _ in range(4)]

    def sweep(bell: SilentDoorbell) -> None:
        together.wait(10)
        sweep_once(Sweeper(rig.tools, bell))

    threads = [threading.Thread(target=sweep, args=(bell,)) for bell in bells]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {state_of(rig, each.images[0].id).error_code for each in dead} == {"processing_failed"}
    assert all(state_of(rig, each.images[0].id).attempts == 1 for each in lost)
    assert {image for bell in bells for image in bell.pushed} >= {each.images[0].id for each in lost}
    assert {state_of(rig, image.id).error_code for image in overdue.images} == {"deadline_exceeded"}
    with rig.tools.database.read() as tx:
        count = text("SELECT count(*) FROM deliveries WHERE batch_id = :b AND event = 'job.failed'")
        assert tx.scalar(count, {"b": overdue.batch.id}) == 3, "each is told of once"


def test_retries_become_due_and_are_pushed(rig):
    from storage.errors import ImageFault

    def failing(work):
        raise ImageFault("source_timeout")

    done = submit(rig.tools, rig.order(1), rig.doorbell)
    install_blot(Blot(work=failing))
    run_image(rig.tools, done.images[0].id, NoEngines())
    missing = Missing()
    for _ in range(2):
        repair_queue(rig.tools, rig.doorbell, missing)
    assert rig.doorbell.pushed == [], "not before its pause is over"
    rig.clock.forward(61)
    for _ in range(2):
        repair_queue(rig.tools, rig.doorbell, missing)
    assert rig.doorbell.pushed == [done.images[0].id]
