"""Moving windows: exact counts, one window for several processes, all or none, and memory while Redis is away."""

import time
from collections.abc import Iterator

import fakeredis
import pytest
import time_machine
from limits.storage import RedisStorage

from batch_api.limits import Bucket, Limiter, OverLimit, open_limiter

START = 1_800_000_000


@pytest.fixture
def server() -> fakeredis.FakeServer:
    return fakeredis.FakeServer()


def limiter(server: fakeredis.FakeServer) -> Limiter:
    """A process of its own on the shared server."""
    storage = RedisStorage("redis://localhost:1")
    storage.storage = fakeredis.FakeRedis(server=server)
    storage.initialize_storage("redis://localhost:1")
    return Limiter(storage)


@pytest.fixture(autouse=True)
def still() -> Iterator[None]:
    with time_machine.travel(START, tick=False):
        yield


def test_two_processes_share_one_window(server: fakeredis.FakeServer, caplog: pytest.LogCaptureFixture) -> None:
    bucket, first, second = Bucket("b", "acct", 10), limiter(server), limiter(server)
    left = [(first if number % 2 else second).take([bucket])[0].remaining for number in range(10)]
    assert left == list(range(9, -1, -1))
    for each in (first, second):
        with pytest.raises(OverLimit) as caught:
            each.take([bucket])
        assert caught.value.retry_after == 60 and caught.value.details["limit"] == 10
    assert first.take([Bucket("b", "other", 10)])[0].remaining == 9
    assert not caplog.records


def test_the_window_moves() -> None:
    bucket, counter = Bucket("b", "acct", 2), open_limiter("", enabled=True)
    with time_machine.travel(START, tick=False) as traveller:
        counter.take([bucket])
        traveller.move_to(START + 30)
        counter.take([bucket])
        traveller.move_to(START + 59)
        with pytest.raises(OverLimit) as caught:
            counter.take([bucket])
        assert caught.value.retry_after in (1, 2)
        traveller.move_to(START + 61)
        counter.take([bucket])
        with pytest.raises(OverLimit):
            counter.take([bucket])


def test_several_buckets_are_counted_all_or_none() -> None:
    counter = Limiter()
    wide, narrow = Bucket("wide", "acct", 10), Bucket("narrow", "acct", 1)
    counter.take([wide, narrow])
    with pytest.raises(OverLimit) as caught:
        counter.take([wide, narrow])
    assert caught.value.allowance.bucket is narrow and counter.peek(wide).remaining == 9


def test_a_batch_needs_one_free_place_and_takes_what_there_is() -> None:
    counter, bucket = Limiter(), Bucket("analyses", "key", 5)
    assert counter.take([bucket], cost=20)[0].remaining == 0
    with pytest.raises(OverLimit):
        counter.take([bucket])


def test_without_redis_it_counts_in_memory_and_says_so(
    server: fakeredis.FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    counter, bucket = limiter(server), Bucket("b", "acct", 3)
    server.connected = False
    left = [counter.take([bucket])[0].remaining for _ in range(3)]
    assert left == [2, 1, 0]
    assert caplog.text.count("this process only") == 1
    with pytest.raises(OverLimit):
        counter.take([bucket])


def test_an_address_where_nothing_listens_is_no_failure() -> None:
    counter = open_limiter("redis://127.0.0.1:1/0", enabled=True)
    assert counter.take([Bucket("b", "acct", 3)])[0].remaining == 2


def test_switched_off_it_refuses_nothing_and_reports_the_limit() -> None:
    counter, bucket = Limiter(enabled=False), Bucket("b", "acct", 1)
    for _ in range(5):
        (left,) = counter.take([bucket])
    assert left.remaining == left.bucket.limit == 1


def test_nobody_is_told_to_wait_longer_than_the_window() -> None:
    counter = Limiter(clock=lambda: time.time() - 0.9)
    bucket = Bucket("submits", "me", 1)
    counter.take([bucket])
    with pytest.raises(OverLimit) as caught:
        counter.take([bucket])
    assert caught.value.retry_after == caught.value.details["retryAfter"] == 60
