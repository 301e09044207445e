"""Accounts take turns on a queue: who has little waits for one turn of the others, whatever they have sent."""

import dataclasses

import fakeredis
import pytest
from rq.job import Job

from jobs import turns
from jobs.queue import RqDoorbell
from jobs.submit import submit
from jobs.turns import share_of
from storage.model import Image
from storage.records import accounts
from storage.records.plans import PLANS


@pytest.fixture
def client():
    return fakeredis.FakeRedis(server=fakeredis.FakeServer())


@pytest.fixture
def bell(rig, client):
    return RqDoorbell(client, rig.tools.settings, rig.tools.database, clock=rig.clock)


@pytest.fixture
def shop(rig, bell):
    """Makers of accounts: shop("free") gives a call that submits a batch of so many images."""

    def make(plan: str = "free"):
        with rig.tools.database.write() as tx:
            owner = accounts.create_account(tx, name="S", plan=plan, credits=9999, actor="test", now=rig.clock()).id

        def order(count: int = 1) -> list[Image]:
            return submit(rig.tools, dataclasses.replace(rig.order(count), account_id=owner), bell).images

        return order

    return make


def line(client, **owners: list[Image]) -> str:
    """Who stands on the queue, a letter for each image."""
    names = {image.id: name for name, images in owners.items() for image in images}
    return "".join(names[i.decode()] for i in client.lrange("rq:queue:pixels", 0, -1))


def test_one_picture_waits_for_one_turn_and_not_for_a_crowd(client, shop):
    heavy, light = shop(), shop()
    crowd = [image for _ in range(30) for image in heavy()]
    one = light()
    assert line(client, a=crowd, b=one) == "ab" + "a" * 29


def test_many_accounts_stand_in_turns(client, shop):
    first, second, third = shop(), shop(), shop()
    a = [image for _ in range(3) for image in first(2)]
    b, c = second(3), third(2)
    assert line(client, a=a, b=b, c=c) == "abcabcabaaa"


def test_a_larger_plan_has_more_in_one_turn(client, shop):
    large, small = shop("scale"), shop("free")
    a = [image for _ in range(3) for image in large(3)]
    b = small(3)
    assert line(client, a=a, b=b) == "aaaabaaaabab"
    assert [share_of(tier) for tier in PLANS] == [1, 1, 2, 3, 4] and share_of("gone") == 1


def test_who_has_waited_is_not_overtaken_again(client, shop):
    first, second = shop(), shop()
    a = [image for _ in range(4) for image in first()]
    b = second()
    client.lpop("rq:queue:pixels")
    c = second()
    assert line(client, a=a, b=[*b, *c]) == "baaba"


def test_a_fed_and_a_repeated_image_stand_in_their_accounts_turn(client, shop, bell):
    first, second = shop(), shop()
    a, b = first(6), second(1)
    assert line(client, a=a, b=b) == "abaaa"
    bell.feed(a[0].batch_id)
    assert line(client, a=a, b=b) == "abaaaa"
    while client.lpop("rq:queue:pixels"):
        continue
    bell.push(a)
    bell.push(b)
    assert line(client, a=a, b=b) == "abaaaaa"


def test_a_job_without_an_owner_is_somebodys(client, shop, bell):
    """As a server holds them from before accounts took turns; or junk."""
    first = shop()
    a = first(3)
    for image in a:
        client.hdel(Job.key_for(image.id), "account", "share")
    client.rpush("rq:queue:pixels", b"\xff junk")
    b = shop()()
    client.lrem("rq:queue:pixels", 0, b"\xff junk")
    assert line(client, a=a, b=b) == "abaa"


def test_it_looks_only_so_far(client, shop, monkeypatch):
    monkeypatch.setattr("jobs.queue.LOOK", 4)
    first, second = shop(), shop()
    a = [image for _ in range(6) for image in first()]
    b = [image for _ in range(6) for image in second()]
    assert line(client, a=a, b=b).startswith("abab") and turns.LOOK == 512
