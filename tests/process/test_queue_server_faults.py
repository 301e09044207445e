"""The queue server restarts, forgets everything, loses its last seconds, hangs or is full: what is submitted meanwhile
is accepted or put off within five seconds and never fails, and every accepted batch ends once, paid once."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from front_house import Customer, Front, open_front, shopping, tended
from rq.job import Job
from rq.serializers import JSONSerializer
from servers import wait_for

from jobs.queue import IMAGE_ENTRY, PAYLOAD_VERSION
from storage.records import images

pytestmark = [pytest.mark.process, pytest.mark.timeout(240)]

ANSWER_S = 5.0
SLOW = 2.0  # busy machines: an answer may take so much longer without anybody having waited for the queue server


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """One web process, workers behind it, rate limits counted."""
    with open_front(tmp_path_factory.mktemp("front"), RATE_LIMITS="true") as front, tended(front):
        yield front


def well(front: Front, customer: Customer) -> None:
    """Nobody was told of a fault or kept waiting; readiness comes back; all that was accepted ended well."""
    assert customer.answers and customer.statuses() <= {202, 503}, customer.answers
    assert 202 in customer.statuses() and customer.longest() < ANSWER_S + SLOW
    wait_for(front.ready, 30, "readiness")
    accepted = sum(status == 202 for status, _ in customer.answers)
    assert front.check()["completed"] >= accepted


def red(front: Front) -> None:
    """Not ready, and alive all the same."""
    wait_for(lambda: not front.ready(), 15, "readiness to go")
    began = time.monotonic()
    assert front.alive() and time.monotonic() - began < SLOW


def test_a_restart_in_the_middle_of_work(front: Front) -> None:
    with shopping(front) as customer:
        time.sleep(0.5)
        front.queue.stop(signal.SIGTERM)
        red(front)
        front.queue.start()
        wait_for(front.ready, 30, "readiness")
        time.sleep(0.5)
    well(front, customer)


def test_an_empty_server_in_its_place_and_a_key_from_before(front: Front) -> None:
    first = front.submit(key="before-the-loss")
    front.queue.client().set("of-the-old-one", "1")
    with shopping(front) as customer:
        time.sleep(0.5)
        front.queue.stop(signal.SIGKILL)
        shutil.rmtree(front.queue.folder)
        front.queue.start()
        assert not front.queue.client().exists("of-the-old-one")
        again = front.submit(key="before-the-loss")
        time.sleep(0.5)
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    well(front, customer)


def test_a_power_cut_takes_its_last_writes(front: Front) -> None:
    with shopping(front) as customer:
        time.sleep(0.5)
        (log,) = Path(front.queue.folder).glob("appendonlydir/*.incr.aof")
        kept = log.stat().st_size
        wait_for(lambda: log.stat().st_size > kept + 20_000, 20, "more in the append-only file")
        front.queue.stop(signal.SIGKILL)
        os.truncate(log, kept)
        front.queue.start()
        time.sleep(0.5)
    well(front, customer)


def test_a_server_that_hangs_keeps_nobody_waiting(front: Front) -> None:
    assert front.queue.process is not None
    with shopping(front) as customer:
        time.sleep(0.3)
        front.queue.process.send_signal(signal.SIGSTOP)
        try:
            red(front)
            time.sleep(3)
        finally:
            front.queue.process.send_signal(signal.SIGCONT)
        wait_for(front.ready, 30, "readiness")
    assert len(customer.answers) > 2
    well(front, customer)


def test_a_full_server_puts_the_queue_off(front: Front) -> None:
    client = front.queue.client()
    with shopping(front) as customer:
        client.config_set("maxmemory", "1")
        try:
            red(front)
            told = front.submit()
            assert told.status_code == 202
            time.sleep(1)
            with pytest.raises(Exception, match="maxmemory|OOM"):
                client.set("more", "x")
        finally:
            client.config_set("maxmemory", "0")
    well(front, customer)


def test_a_server_that_evicts_is_not_ready(front: Front) -> None:
    front.close()
    front.queue.client().config_set("maxmemory-policy", "allkeys-lru")
    try:
        front.open()
        assert front.alive() and not front.ready()
    finally:
        front.queue.client().config_set("maxmemory-policy", "noeviction")
    wait_for(front.ready, 30, "readiness")


TORN = {"status": "queued", "origin": "pixels", "created_at": "2026-01-01T00:00:00.000000Z", "data": "{["}


@pytest.mark.parametrize(
    ("job_id", "words", "dropped"),
    [
        (b"never-made", {}, False),
        (b"no/such id\n", {}, True),
        (b"\xff\xfe", {}, True),
        (b"half", {"status": "queued"}, False),
        (b"torn", TORN, False),  # fails as a job, as one does whose code is gone
        (b"undated", {**TORN, "created_at": "yesterday"}, True),
    ],
)
def test_junk_in_a_list_is_dropped_and_work_goes_on(
    front: Front, job_id: bytes, words: dict[str, str], dropped: bool
) -> None:
    client, log = front.queue.client(), front.folder / "crew.log"
    assert front.crew is not None
    wait_for(front.ready, 30, "readiness")
    starts, told = front.crew.starts, log.read_text().count('"queue.junk"')
    if words:
        client.hset(b"rq:job:" + job_id, mapping=words)
    client.rpush("rq:queue:pixels", job_id)
    assert front.submit().status_code == 202
    front.wait_all_final()
    assert not client.llen("rq:queue:pixels")
    assert front.crew.starts == starts, "a worker died of it"
    assert log.read_text().count('"queue.junk"') == told + dropped


def test_a_job_of_a_newer_version_is_left_alone_and_not_lost(front: Front) -> None:
    """The worker of this version does nothing for it; the sweep pushes the image again as this version words it."""
    assert front.crew is not None
    log, worker = front.folder / "crew.log", front.crew.members[0]
    wait_for(front.ready, 30, "readiness")
    worker.send_signal(signal.SIGSTOP)
    try:
        batch_id = front.submit(images=1).json()["batch_id"]
        with front.tools.database.read() as tx:
            (image,) = images.list_images(tx, batch_id)
        job = Job.fetch(image.id, connection=front.queue.client(), serializer=JSONSerializer)
        assert job.func_name == IMAGE_ENTRY  # reads the payload, which is then written with another version
        job.kwargs = {"v": PAYLOAD_VERSION + 1}
        job.save()
    finally:
        worker.send_signal(signal.SIGCONT)
    wait_for(lambda: f'"image_id": "{image.id}"' in log.read_text(), 30, "the worker to see it")
    assert "image.unknown_version" in log.read_text()
    front.check()
