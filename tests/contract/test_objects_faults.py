"""A bucket whose server fails on the wire: how often it is tried, how long it is waited for, and what is never taken
for good."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from object_servers import S3Server
from object_stores import BUCKET, PART
from s3_proxy import ALWAYS, S3Proxy, s3_proxy

from storage.objects import ObjectCorrupt, ObjectMissing, ObjectStoreDown, S3Options, open_store, s3_client
from storage.objects.s3 import S3Store

KEY = "out/bat_1/a.png"
DATA = bytes(range(256)) * 400


@pytest.fixture
def proxy(s3_server: S3Server) -> Iterator[S3Proxy]:
    with s3_proxy(s3_server) as running:
        yield running


@pytest.fixture
def store(proxy: S3Proxy, tmp_path: Path) -> Iterator[S3Store]:
    server = proxy.server
    options = S3Options(BUCKET, server.access_key, server.secret_key, tmp_path, proxy.url, "us-east-1", part_bytes=PART)
    opened = open_store(options)
    assert isinstance(opened, S3Store)
    yield opened
    proxy.faults.clear()
    for found in list(opened.list("")):
        opened.delete(found.key)


def read(store: S3Store) -> bytes:
    with store.read(KEY) as stream:
        return stream.read()


@pytest.mark.parametrize("kind", ["500", "503", "reset"])
def test_a_request_is_tried_three_times(store: S3Store, proxy: S3Proxy, kind: str) -> None:
    twice = proxy.fail(kind, "PUT", times=2)
    store.put(KEY, DATA, content_type="image/png")
    assert len(twice.met) == 2 and read(store) == DATA
    often = proxy.fail(kind, "GET", times=ALWAYS)
    with pytest.raises(ObjectStoreDown):
        read(store)
    assert len(often.met) == 3
    assert often.met[1] > often.met[0], "after a pause"


def test_a_server_that_hangs_is_waited_for_and_tried_again(proxy: S3Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_client, "READ_S", 0.4)
    keys = (proxy.server.access_key, proxy.server.secret_key)
    bucket = s3_client.connect(BUCKET, *keys, endpoint=proxy.url, region="us-east-1", path_style=True)
    once = proxy.fail("hang", "PUT")
    bucket.call("put_object", KEY, Body=DATA)
    assert len(once.met) == 1
    hung = proxy.fail("hang", "GET", times=ALWAYS)
    with pytest.raises(ObjectStoreDown, match="ReadTimeoutError"):
        bucket.call("get_object", KEY)
    assert len(hung.met) == 3
    bucket.call("delete_object", KEY)


def test_a_probe_has_little_patience_and_one_try(
    store: S3Store, proxy: S3Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.probe()
    monkeypatch.setattr(s3_client, "PROBE_S", 0.4)
    hung = proxy.fail("hang", "HEAD", times=ALWAYS)
    began = time.monotonic()
    with pytest.raises(ObjectStoreDown):
        store.probe()
    assert time.monotonic() - began < 3 and len(hung.met) == 1
    proxy.faults.clear()
    store.probe()


def test_the_documented_patience() -> None:
    config = s3_client.client_config(True)
    assert (config.connect_timeout, config.read_timeout) == (5, 30)
    assert config.retries == {"total_max_attempts": 3, "mode": "standard"}
    assert s3_client.PROBE_S <= 5


@pytest.mark.parametrize("size", [len(DATA), 2 * PART])
def test_bytes_that_the_server_changed_are_removed_and_may_be_sent_again(
    store: S3Store, proxy: S3Proxy, size: int
) -> None:
    data = DATA * (size // len(DATA) + 1)
    kept = proxy.fail("kept-wrong", "PUT")
    with pytest.raises(ObjectCorrupt):
        store.put(KEY, data, content_type="image/png")
    assert len(kept.met) == 1
    with pytest.raises(ObjectMissing):
        store.stat(KEY)
    store.put(KEY, data, content_type="image/png")
    assert read(store) == data


@pytest.mark.parametrize("kind", ["cut", "changed"])
def test_a_copy_says_what_came(store: S3Store, proxy: S3Proxy, tmp_path: Path, kind: str) -> None:
    stored = store.put(KEY, DATA, content_type="image/png")
    proxy.fail(kind, "GET")
    if kind == "cut":
        with pytest.raises(ObjectStoreDown):
            store.fetch_to(KEY, tmp_path / "copy")
        assert not (tmp_path / "copy").exists()
    else:
        assert store.fetch_to(KEY, tmp_path / "copy").sha256 != stored.sha256, "so that the caller may compare"
    assert store.fetch_to(KEY, tmp_path / "copy") == stored
