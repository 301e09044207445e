"""One death at a time, each with the end it must have: recorded, tried again or not, charged at most once."""

import os
import signal
import time
from contextlib import suppress

import pytest
from engine_house import open_house
from servers import crew, wait_for

from storage.model import Pool
from storage.records import images as image_records

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

QUICK = {"SWEEP_SECONDS": "1", "LEASE_SECONDS": "4", "IMAGE_SECONDS": "30"}


def attempts(house, image_id):
    with house.tools.database.read() as tx:
        return image_records.attempts_of(tx, image_id)


def run_to_end(house, members, batch, seconds=60):
    def ended() -> bool:
        members.tend()
        return house.batch(batch.id).final

    wait_for(ended, seconds, "the end of the batch")
    house_image = house.images(batch.id)[0]
    return house.batch(batch.id), house_image


@pytest.mark.parametrize(
    ("deed", "code"),
    [
        ("segfault", "decoder_crashed"),
        ("stuck", "timeout"),
        ("stopped", "timeout"),
        ("greedy", "resource_limit_exceeded"),
    ],
)
def test_a_poisonous_image_is_tried_twice_and_only_it_fails(tmp_path, deed, code):
    limits = {**QUICK, "IMAGE_SECONDS": "2"}
    with (
        open_house(tmp_path) as house,
        crew(tmp_path, house.server.url, ["pixels", "packaging", "sweep"], **limits) as m,
    ):
        house.wait_workers("pixels", 1)
        poison, good = house.submit(1, **{deed: True}), house.submit(2)
        ended, image = run_to_end(house, m, poison)
        assert (ended.state.value, image.error_code, image.attempts) == ("failed", code, 2)
        assert [attempt.code for attempt in attempts(house, image.id)] == [code, code]
        assert run_to_end(house, m, good)[0].succeeded == 2
        assert m.starts == 3, "the worker itself lives on"
        with house.tools.database.read() as tx:
            refused = image_records.quarantined(tx, image.sources[0].sha256, house.tools.clock())
        assert refused == (code if deed == "segfault" else None)


@pytest.mark.parametrize("first", ["orphan", "successor"])
def test_an_orphaned_child_and_its_successor_settle_once(tmp_path, first):
    """The worker dies when its child has stored its file; the child goes on before or after another one is done."""
    with (
        open_house(tmp_path) as house,
        crew(tmp_path, house.server.url, ["pixels", "packaging", "sweep"], **QUICK, **house.armed) as m,
    ):
        house.wait_workers("pixels", 1)
        house.arm("image.stored", "stop")
        batch = house.submit(1)
        wait_for(lambda: house.reached("image.stored"), 20, "the file to be stored")
        [orphan] = m.horses(0)
        os.kill(m.members[0].pid, signal.SIGKILL)
        m.members[0].wait(10)
        if first == "orphan":
            os.kill(orphan, signal.SIGCONT)
        ended, image = run_to_end(house, m, batch)
        files = f"out/{batch.id}/{image.id}/"
        if first == "successor":
            assert len([*house.tools.objects.list(files)]) == 2, "the orphan has not left its file"
            os.kill(orphan, signal.SIGCONT)
        assert (ended.succeeded, ended.credits_charged, image.attempts) == (1, 3, 2)
        wait_for(lambda: len([*house.tools.objects.list(files)]) == 1, 10, "the loser's file to go")
        wait_for(lambda: not os.path.exists(f"/proc/{orphan}"), 10, "the orphan to go")
        house.check([batch.id])


@pytest.mark.parametrize(("pool", "trace"), [("pixels", True), ("models", True), ("pixels", False)])
def test_worker_and_image_killed_together_run_again_soon(tmp_path, pool, trace):
    """Without a trace, as on a machine that is gone, the lease has to run out first."""
    with open_house(tmp_path) as house, crew(tmp_path, house.server.url, [pool, "packaging", "sweep"], **QUICK) as m:
        house.wait_workers(pool, 1)
        batch = house.submit(1, pool=Pool(pool), exactly=1, marked=True)
        wait_for((tmp_path / "marks").exists, 20, "the image to run")
        began = time.monotonic()
        if not trace:
            (tmp_path / "work").rename(tmp_path / "gone")
        for pid in [m.members[0].pid, *m.horses(0), *m.children(0)]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        ended, image = run_to_end(house, m, batch)
        assert (ended.succeeded, image.attempts) == (1, 2)
        assert [each.outcome for each in attempts(house, image.id)] == ["retry" if trace else "lost", "succeeded"]
        assert time.monotonic() - began < 30


@pytest.mark.parametrize("pool", ["pixels", "models"])
def test_sigterm_lets_the_image_end_and_leaves_with_0(tmp_path, pool):
    with open_house(tmp_path) as house, crew(tmp_path, house.server.url, [pool, "packaging", "sweep"], **QUICK) as m:
        house.wait_workers(pool, 1)
        batch = house.submit(1, pool=Pool(pool), exactly=2)
        wait_for(lambda: house.images(batch.id)[0].state == "running", 20, "the image to run")
        m.members[0].send_signal(signal.SIGTERM)
        assert m.members[0].wait(20) == 0
        image = house.images(batch.id)[0]
        assert (image.state.value, image.attempts) == ("succeeded", 1)


@pytest.mark.parametrize("pool", ["pixels", "models"])
def test_an_image_that_outlasts_the_grace_is_given_back(tmp_path, pool):
    late = {**QUICK, "LEASE_SECONDS": "60", "CREW_GRACE": "1"}
    with open_house(tmp_path) as house, crew(tmp_path, house.server.url, [pool, "packaging", "sweep"], **late) as m:
        house.wait_workers(pool, 1)
        batch = house.submit(1, pool=Pool(pool), exactly=8)
        wait_for(lambda: house.images(batch.id)[0].state == "running", 20, "the image to run")
        began = time.monotonic()
        m.members[0].send_signal(signal.SIGTERM)
        assert m.members[0].wait(20) == 0 and time.monotonic() - began < 6
        image = house.images(batch.id)[0]
        assert (image.state.value, image.attempts) == ("queued", 1)


def test_a_packaging_that_outlasts_the_grace_is_given_back_and_done_again(tmp_path):
    late = {**QUICK, "LEASE_SECONDS": "60", "CREW_GRACE": "1"}
    roles = ["pixels", "packaging", "sweep"]
    with open_house(tmp_path) as house, crew(tmp_path, house.server.url, roles, **late, **house.armed) as m:
        house.wait_workers("packaging", 1)
        house.arm("packaging.in_archive", "stop")
        batch = house.submit(2)
        wait_for(lambda: house.reached("packaging.in_archive"), 30, "the archive to be half written")
        m.members[1].send_signal(signal.SIGTERM)
        assert m.members[1].wait(20) == 0 and not house.batch(batch.id).final
        began = time.monotonic()
        ended, _ = run_to_end(house, m, batch)
        assert ended.succeeded == 2 and time.monotonic() - began < 30, "long before the claim runs out"
        house.check([batch.id])


def test_a_worker_leaves_with_a_code_when_the_queue_server_is_gone_in_the_middle_of_a_job(tmp_path):
    with (
        open_house(tmp_path) as house,
        crew(tmp_path, house.server.url, ["pixels", "packaging", "sweep"], **QUICK) as m,
    ):
        house.wait_workers("pixels", 1)
        batch = house.submit(2, exactly=2)
        wait_for(lambda: house.images(batch.id)[0].state == "running", 20, "the image to run")
        house.server.stop(signal.SIGKILL)
        assert m.members[0].wait(30) != 0
        house.server.start()
        ended, _ = run_to_end(house, m, batch)
        assert ended.succeeded == 2
        house.check([batch.id])


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_with_the_settings_as_shipped_a_lost_machines_image_begins_again_within_90_seconds(tmp_path):
    """Nothing is left of the worker but its lease, which has just been renewed."""
    with open_house(tmp_path) as house, crew(tmp_path, house.server.url, ["pixels", "packaging", "sweep"]) as m:
        house.wait_workers("pixels", 1)
        batch = house.submit(1, exactly=20)
        wait_for(lambda: house.images(batch.id)[0].state == "running", 20, "the image to run")
        began = house.images(batch.id)[0].lease_until
        wait_for(lambda: house.images(batch.id)[0].lease_until != began, 20, "the renewal after a quarter of the lease")
        (tmp_path / "work").rename(tmp_path / "gone")
        for pid in [m.members[0].pid, *m.horses(0), *m.children(0)]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        died = time.monotonic()
        m.members[0].wait(10)
        m.tend()
        wait_for(lambda: house.images(batch.id)[0].attempts == 2, 120, "the second attempt")
        assert 30 < time.monotonic() - died < 90
