"""One suite for every object store: what the Protocol promises, over a folder and over a real S3 server."""

from __future__ import annotations

import hashlib
import io
import tracemalloc
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from object_servers import S3Server
from object_stores import Bench, LocalBench, S3Bench

from storage.objects import InvalidKey, ObjectCorrupt, ObjectMissing, Stored

KEY = "out/bat_1/img_1/tok/001.jpg"
JPEG = "image/jpeg"


def record(key: str, data: bytes) -> Stored:
    return Stored(key, len(data), hashlib.sha256(data).hexdigest(), zlib.crc32(data))


@pytest.fixture(scope="module")
def bucket(s3_server: S3Server, tmp_path_factory: pytest.TempPathFactory) -> S3Bench:
    """One client for all tests here: to make one takes boto3 longer than most of the tests."""
    return S3Bench(s3_server, tmp_path_factory.mktemp("scratch"))


@pytest.fixture(params=["local", "s3"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A store with nothing in it before, and nothing after."""
    if request.param == "local":
        yield LocalBench(tmp_path)
        return
    bench: S3Bench = request.getfixturevalue("bucket")
    yield bench
    for found in list(bench.store.list("")):
        bench.store.delete(found.key)


def whole(bench: Bench, key: str) -> bytes:
    with bench.store.read(key) as file:
        return file.read()


@pytest.mark.parametrize("source", ["bytes", "path", "stream"])
@pytest.mark.parametrize("data", [b"", b"x", b"picture" * 300_000], ids=len)
def test_put_returns_what_was_written(bench: Bench, tmp_path: Path, source: str, data: bytes) -> None:
    path = tmp_path / "source"
    path.write_bytes(data)
    given = {"bytes": data, "path": path, "stream": io.BytesIO(data)}[source]
    assert bench.store.put(KEY, given, content_type=JPEG) == record(KEY, data)
    assert whole(bench, KEY) == data
    assert path.exists()


def test_stat_knows_length_and_time(bench: Bench) -> None:
    bench.store.put(KEY, b"12345", content_type=JPEG)
    found = bench.store.stat(KEY)
    assert (found.key, found.bytes) == (KEY, 5)
    assert found.content_type in (None, JPEG)
    assert abs(found.modified - datetime.now(UTC)) < timedelta(seconds=60)


def test_missing_key(bench: Bench, tmp_path: Path) -> None:
    bench.store.put("out/there/a", b"1", content_type=JPEG)
    for missing in ("out/nowhere", "out/there", "out/there/b", "out/there/a/b"):
        with pytest.raises(ObjectMissing), bench.store.read(missing) as file:
            file.read()
        with pytest.raises(ObjectMissing), bench.store.read(missing, 3, 3) as file:
            file.read()
        with pytest.raises(ObjectMissing):
            bench.store.stat(missing)
        with pytest.raises(ObjectMissing):
            bench.store.fetch_to(missing, tmp_path / "copy")
        bench.store.delete(missing)
    assert list(tmp_path.glob("*copy*")) == []
    assert whole(bench, "out/there/a") == b"1"


def test_delete_is_idempotent(bench: Bench) -> None:
    bench.store.put(KEY, b"1", content_type=JPEG)
    bench.store.delete(KEY)
    bench.store.delete(KEY)
    assert list(bench.store.list("")) == []


def test_list_is_by_prefix(bench: Bench) -> None:
    keys = ["a-b/x", "a.txt", "a/b/c", "a/b/d", "a/b0", "ab", "b"]
    for key in reversed(keys):
        bench.store.put(key, key.encode(), content_type=JPEG)
    assert sorted(found.key for found in bench.store.list("")) == sorted(keys)
    found = {found.key: found.bytes for found in bench.store.list("a/b")}
    assert found == {"a/b/c": 5, "a/b/d": 5, "a/b0": 4}
    assert sorted(found.key for found in bench.store.list("a/b/")) == ["a/b/c", "a/b/d"]
    assert list(bench.store.list("c/d")) == []


def test_a_reader_never_sees_two_objects_mixed(bench: Bench) -> None:
    old, new = b"o" * 3_000_000, b"n" * 3_000_000
    bench.store.put(KEY, old, content_type=JPEG)
    with bench.store.read(KEY) as file:
        seen = file.read(10)
        bench.store.put(KEY, new, content_type=JPEG)
        seen += file.read()
    assert seen == old
    assert whole(bench, KEY) == new


@pytest.mark.parametrize(
    "key",
    ["", "/a", "a/", "a//b", "../a", "a/../b", "a/..", ".a", "a/.b", "a\x00b", "a\nb", "ä", "a b", "a\\b", "a" * 600],
)
def test_keys_that_are_not_ours_are_refused(bench: Bench, key: str, tmp_path: Path) -> None:
    calls = [
        lambda: bench.store.put(key, b"1", content_type=JPEG),
        lambda: bench.store.writer(key, content_type=JPEG),
        lambda: bench.store.stat(key),
        lambda: bench.store.read(key).__enter__(),
        lambda: bench.store.delete(key),
        lambda: bench.store.url(key, ttl_s=1, filename="a", content_type=JPEG),
        lambda: bench.store.upload_url(key, ttl_s=1, max_bytes=1, content_type=JPEG),
        lambda: bench.store.fetch_to(key, tmp_path / "copy"),
        lambda: bench.store.local_path(key),
        lambda: bench.store.adopt(tmp_path, key, record(key, b""), content_type=JPEG),
    ]
    for call in calls:
        with pytest.raises(InvalidKey):
            call()


@pytest.mark.parametrize("key", ["A", "0/-_.x", "a-/b_/c.tar.gz", "x/" * 20 + "y", "s" * 200])
def test_odd_keys_that_are_ours_work(bench: Bench, key: str) -> None:
    bench.store.put(key, b"odd", content_type=JPEG)
    assert bench.get(bench.store.url(key, ttl_s=60, filename="a.jpg", content_type=JPEG)).body == b"odd"
    assert [found.key for found in bench.store.list(key)] == [key]


@pytest.mark.parametrize(
    ("start", "end", "piece"),
    [(0, None, b"0123456789"), (4, None, b"456789"), (2, 5, b"234"), (8, 99, b"89"), (10, None, b""), (50, 60, b"")]
    + [(3, 3, b""), (0, 1, b"0")],
)
def test_ranges(bench: Bench, start: int, end: int | None, piece: bytes) -> None:
    bench.store.put(KEY, b"0123456789", content_type=JPEG)
    with bench.store.read(KEY, start, end) as file:
        assert file.read() == piece
        assert file.read(5) == b""


def test_a_big_stream_takes_constant_memory(bench: Bench) -> None:
    size, chunk = 40 << 20, bytearray(1 << 20)
    bench.store.put("warm", b"1", content_type=JPEG)
    expected = hashlib.sha256()
    tracemalloc.start()
    with bench.store.writer("zip/big.zip", content_type="application/zip") as out:
        for number in range(size // len(chunk)):
            chunk[:8] = number.to_bytes(8, "big")
            expected.update(chunk)
            assert out.write(memoryview(chunk)) == len(chunk)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20
    assert (out.stored.bytes, out.stored.sha256) == (size, expected.hexdigest())
    read_back = hashlib.sha256()
    with bench.store.read("zip/big.zip") as file:
        while piece := file.read(1 << 20):
            read_back.update(piece)
    assert read_back.hexdigest() == expected.hexdigest()
    assert bench.leftovers() == []


@pytest.mark.parametrize("size", [0, 100, 12 << 20])
def test_an_aborted_writer_leaves_nothing(bench: Bench, size: int) -> None:
    with pytest.raises(RuntimeError, match="halfway"), bench.store.writer(KEY, content_type=JPEG) as out:
        out.write(bytes(size))
        raise RuntimeError("halfway")
    with pytest.raises(ValueError, match="not committed"):
        _ = out.stored
    assert list(bench.store.list("")) == []
    assert bench.leftovers() == []


def test_an_aborted_writer_keeps_the_object_before_it(bench: Bench) -> None:
    bench.store.put(KEY, b"before", content_type=JPEG)
    with pytest.raises(RuntimeError), bench.store.writer(KEY, content_type=JPEG) as out:
        out.write(b"after")
        raise RuntimeError
    assert whole(bench, KEY) == b"before"


def test_a_link_names_and_types_the_download(bench: Bench) -> None:
    bench.store.put(KEY, b"picture", content_type=JPEG)
    got = bench.get(bench.store.url(KEY, ttl_s=60, filename="Käse 1.jpg", content_type="image/webp"))
    assert (got.status, got.body, got.content_type) == (200, b"picture", "image/webp")
    assert "se 1.jpg" in got.filename_header


def test_a_link_expires(bench: Bench) -> None:
    bench.store.put(KEY, b"picture", content_type=JPEG)
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=2), tick=True):
        old = bench.store.url(KEY, ttl_s=3600, filename="a.jpg", content_type=JPEG)
        long = bench.store.url(KEY, ttl_s=24 * 3600, filename="a.jpg", content_type=JPEG)
    assert bench.get(old).status == 403
    assert bench.get(long).status == 200


def test_a_changed_link_is_refused(bench: Bench) -> None:
    for key in ("out/a.jpg", "out/b.jpg"):
        bench.store.put(key, b"picture", content_type=JPEG)
    url = bench.store.url("out/a.jpg", ttl_s=60, filename="mine.jpg", content_type=JPEG)
    assert bench.get(url).status == 200
    for old, new in (("out/a.jpg", "out/b.jpg"), ("mine.jpg", "yours.jpg"), ("image%2Fjpeg", "text%2Fhtml")):
        assert old in url
        assert bench.get(url.replace(old, new)).status == 403
    last = "0" if url[-1] not in "0123" else "z"
    assert bench.get(url[:-1] + last).status == 403


def test_a_ticket_takes_one_body_for_one_key(bench: Bench) -> None:
    ticket = bench.store.upload_url("staging/up_1", ttl_s=60, max_bytes=5, content_type=JPEG)
    assert bench.send(ticket, b"123456") == 403
    assert list(bench.store.list("")) == []
    assert bench.send(ticket, b"12345") == 200
    assert whole(bench, "staging/up_1") == b"12345"
    assert bench.get(ticket.url).status == 403


def test_adopt_takes_the_file_over(bench: Bench) -> None:
    path = bench.store.scratch_dir() / "upload"
    path.write_bytes(b"uploaded")
    assert bench.store.adopt(path, KEY, record("", b"uploaded"), content_type=JPEG) == record(KEY, b"uploaded")
    assert not path.exists()
    assert whole(bench, KEY) == b"uploaded"


def test_adopt_refuses_what_its_record_does_not_describe(bench: Bench) -> None:
    path = bench.store.scratch_dir() / "upload"
    path.write_bytes(b"uploaded")
    with pytest.raises(ObjectCorrupt):
        bench.store.adopt(path, KEY, record("", b"something"), content_type=JPEG)
    assert list(bench.store.list("")) == []
    path.unlink()


def test_fetch_to_gives_a_file_and_its_hashes(bench: Bench, tmp_path: Path) -> None:
    data = b"picture" * 500_000
    bench.store.put(KEY, data, content_type=JPEG)
    target = tmp_path / "copy.jpg"
    assert bench.store.fetch_to(KEY, target) == record(KEY, data)
    assert target.read_bytes() == data
    assert [path.name for path in tmp_path.glob("*copy*")] == ["copy.jpg"]


def test_local_path_is_the_object_or_nothing(bench: Bench) -> None:
    bench.store.put(KEY, b"picture", content_type=JPEG)
    path = bench.store.local_path(KEY)
    assert path is None or path.read_bytes() == b"picture"
    assert (path is None) == isinstance(bench, S3Bench)


def test_tidy_drops_only_what_is_old(bench: Bench) -> None:
    bench.store.put(KEY, b"kept", content_type=JPEG)
    (bench.store.scratch_dir() / "left").write_bytes(b"by a process that died")
    assert bench.store.tidy(3600) == 0
    assert bench.store.tidy(-60) == 1
    assert list(bench.store.scratch_dir().iterdir()) == []
    assert whole(bench, KEY) == b"kept"


def test_probe_says_ready(bench: Bench) -> None:
    bench.store.probe()
    assert list(bench.store.list("")) == []
