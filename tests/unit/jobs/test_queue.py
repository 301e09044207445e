"""What RQ is told: small jobs of ids, a window per batch, one packaging job that depends on all images."""

import json

import fakeredis
import pytest
from engine_rig import NoEngines, Rig
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from jobs import process
from jobs.process import Equipment, equip
from jobs.queue import DoorbellSilent, RqDoorbell, connect, packaging_id, window
from jobs.submit import submit
from storage.model import Pool
from storage.records import batches


@pytest.fixture
def client():
    return fakeredis.FakeRedis(server=fakeredis.FakeServer())


@pytest.fixture
def bell(rig, client):
    return RqDoorbell(client, rig.tools.settings, rig.tools.database, clock=rig.clock)


def listed(client, name: str) -> list[str]:
    return [i.decode() for i in client.lrange(f"rq:queue:{name}", 0, -1)]


def job(client, job_id: str) -> Job:
    return Job.fetch(job_id, connection=client, serializer=JSONSerializer)


def test_a_window_of_images_is_pushed_and_packaging_waits_for_all(rig, client, bell):
    done = submit(rig.tools, rig.order(7), bell)
    ids = [image.id for image in done.images]
    assert listed(client, "pixels") == ids[:4] and listed(client, "packaging") == []
    assert [job(client, i).get_status().value for i in ids] == ["queued"] * 4 + ["created"] * 3
    pack = job(client, packaging_id(done.batch.id))
    assert pack.get_status().value == "deferred" and set(pack.dependency_ids) == set(ids)


def test_a_job_carries_ids_and_a_version_and_little_else(rig, client, bell):
    done = submit(rig.tools, rig.order(1), bell)
    image = job(client, done.images[0].id)
    assert (image.args, image.kwargs, image.description) == ([done.images[0].id], {"v": 1}, "image")
    assert (image.result_ttl, image.failure_ttl) == (86_400, 7 * 86_400)
    assert json.loads(image.data)[0] == "jobs.image.process_image" and len(image.data) < 1024
    assert job(client, packaging_id(done.batch.id)).description == "packaging"


def test_feeding_pushes_the_next_never_pushed_ones_once(rig, client, bell):
    done = submit(rig.tools, rig.order(7), bell)
    ids = [image.id for image in done.images]
    assert bell.feed(done.batch.id) == [ids[4]]
    assert bell.feed(done.batch.id, 5) == ids[5:]
    assert bell.feed(done.batch.id) == [] and listed(client, "pixels") == ids
    assert bell.unpushed(ids) == frozenset()


def test_ringing_packaging_takes_it_over_from_the_dependency(rig, client, bell):
    done = submit(rig.tools, rig.order(3), bell)
    bell.ring_packaging(done.batch.id)
    assert listed(client, "packaging") == [packaging_id(done.batch.id)]
    assert client.zcard("rq:deferred:packaging") == 0
    assert not any(client.exists(Job.dependents_key_for(image.id)) for image in done.images)


def test_a_wiped_server_is_planted_again(rig, client, bell):
    done = submit(rig.tools, rig.order(6), bell)
    client.flushall()
    assert bell.restore(done.batch, done.images) and not bell.restore(done.batch, done.images)
    assert len(bell.unpushed([image.id for image in done.images])) == 6 and bell.depth() == 0
    bell.push(done.images[:2])
    assert listed(client, "pixels") == [image.id for image in done.images[:2]]
    client.flushall()
    bell.ring_packaging(done.batch.id)
    assert listed(client, "packaging") == [packaging_id(done.batch.id)]


def test_what_waits_is_seen_in_lists_and_between(rig, client, bell):
    done = submit(rig.tools, rig.order(2), bell)
    first, second = (image.id for image in done.images)
    client.lmove("rq:queue:pixels", "rq:queue:pixels:intermediate", "LEFT", "RIGHT")
    present = bell.present()
    assert (present.listed, present.taken) == ({second}, {first})


def test_jobs_that_never_run_do_not_stay_for_ever(rig, client, bell):
    done = submit(rig.tools, rig.order(6), bell)
    assert all(0 < client.ttl(Job.key_for(image.id)) <= 48 * 3600 for image in done.images)


def test_a_server_that_is_away_is_one_kind_of_fault(rig):
    bell = RqDoorbell(connect("redis://127.0.0.1:1/0"), rig.tools.settings, rig.tools.database)
    for call in (bell.ping, bell.depth, bell.present, lambda: bell.ring_packaging("bat_x")):
        with pytest.raises(DoorbellSilent):
            call()


def test_the_window_grows_with_the_workers(rig):
    import dataclasses

    settings = dataclasses.replace(rig.tools.settings, pixel_workers=5, model_workers=1)
    assert (window(settings, Pool.PIXELS), window(settings, Pool.MODELS)) == (10, 4)


def run_all(client, *queues: str) -> None:
    for name in queues:
        queue = Queue(name, connection=client, serializer=JSONSerializer)
        SimpleWorker([queue], connection=client, serializer=JSONSerializer).work(burst=True, logging_level="WARNING")


def equipped(rig: Rig, bell: RqDoorbell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_held", {})
    equip(Equipment(rig.tools, NoEngines(), bell, forks=False))


def test_a_batch_runs_through_rq_to_its_end(rig, client, bell, monkeypatch):
    equipped(rig, bell, monkeypatch)
    done = submit(rig.tools, rig.order(9), bell)
    run_all(client, "pixels", "packaging")
    with rig.tools.database.read() as tx:
        batch = batches.get_batch(tx, done.batch.id)
    assert (batch.state.value, batch.succeeded) == ("completed", 9)
    assert job(client, packaging_id(batch.id)).get_status().value == "finished"


def test_triple_delivery_has_one_effect(rig, client, bell, monkeypatch):
    equipped(rig, bell, monkeypatch)
    done = submit(rig.tools, rig.order(3), bell)
    bell.push(done.images)
    bell.push(done.images)
    run_all(client, "pixels", "packaging")
    with rig.tools.database.read() as tx:
        batch = batches.get_batch(tx, done.batch.id)
    assert (batch.succeeded, batch.credits_charged) == (3, 7)


def test_an_unknown_payload_version_is_left_for_a_newer_worker(rig, client, bell, monkeypatch):
    equipped(rig, bell, monkeypatch)
    done = submit(rig.tools, rig.order(1), bell)
    from jobs.image import process_image
    from jobs.packaging import package

    process_image(done.images[0].id, v=2)
    package(done.batch.id, v=2)
    with rig.tools.database.read() as tx:
        assert batches.get_batch(tx, done.batch.id).pending == 1
