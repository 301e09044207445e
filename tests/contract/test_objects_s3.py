"""What a bucket must do beyond the common suite: the wire it speaks, and what happens when the server fails."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError
from object_servers import S3Server
from object_stores import BUCKET, PART, S3Bench

from storage.objects import ObjectCorrupt, ObjectMissing, ObjectStoreDown, S3Options, open_store
from storage.objects.s3 import S3Store

KEY = "zip/bat_1/tok.zip"
ZIP = "application/zip"


@pytest.fixture
def bench(s3_server: S3Server, tmp_path: Path) -> Iterator[S3Bench]:
    """An empty bucket of its own client, so that hooks do not outlive a test."""
    bench = S3Bench(s3_server, tmp_path / "scratch")
    yield bench
    cleaner = S3Bench(s3_server, tmp_path / "scratch").store
    for found in list(cleaner.list("")):
        cleaner.delete(found.key)
    assert cleaner.tidy(-60) >= 0


def hook(store: S3Store, event: str, handler: Callable[..., Any]) -> None:
    store.bucket.client.meta.events.register(event, handler)


def record_wire(store: S3Store) -> list[tuple[str, dict[str, str], int]]:
    """Fills with (url, headers, body length) of every request that goes out."""
    seen: list[tuple[str, dict[str, str], int]] = []

    def note(request: Any, **_: Any) -> None:
        fields = {name.lower(): value for name, value in request.headers.items()}
        headers = {name: value.decode() if isinstance(value, bytes) else str(value) for name, value in fields.items()}
        seen.append((request.url, headers, int(headers.get("content-length", 0))))

    hook(store, "before-send.s3", note)
    return seen


def stream(store: S3Store, size: int, chunk: int = 1_000_003) -> None:
    """Write `size` bytes in pieces that never line up with parts."""
    pattern = random.Random(size).randbytes(chunk)
    with store.writer(KEY, content_type=ZIP) as out:
        for start in range(0, size, chunk):
            out.write(pattern[: min(chunk, size - start)])


@pytest.mark.parametrize("size", [PART, PART + 1, 3 * PART - 1, 3 * PART, 3 * PART + 7])
def test_all_parts_but_the_last_have_one_length_on_the_wire(bench: S3Bench, size: int) -> None:
    wire = record_wire(bench.store)
    stream(bench.store, size)
    lengths = [length for url, _, length in wire if "partNumber=" in url]
    assert sum(lengths) == (size if size > PART else 0)
    assert set(lengths[:-1]) <= {PART}
    assert len(lengths) == (-(-size // PART) if size > PART else 0)
    assert bench.store.stat(KEY).bytes == size
    assert not bench.store.bucket.opaque_etags


def test_no_trailers_and_no_new_checksums_go_out(bench: S3Bench) -> None:
    wire = record_wire(bench.store)
    bench.store.put("out/small", b"small", content_type="image/jpeg")
    stream(bench.store, 2 * PART)
    with bench.store.read(KEY) as file:
        file.read()
    assert len(wire) >= 6
    for _, headers, _ in wire:
        assert "aws-chunked" not in headers.get("content-encoding", "")
        assert not [name for name in headers if name.startswith(("x-amz-checksum", "x-amz-trailer", "x-amz-sdk-c"))]
        assert not headers.get("x-amz-content-sha256", "").startswith("STREAMING")
    bodies = [headers for url, headers, length in wire if length and "uploadId" not in url or "partNumber" in url]
    assert bodies
    assert all("content-md5" in headers for headers in bodies)


def test_a_failed_part_fails_the_write_and_leaves_nothing(bench: S3Bench) -> None:
    def cut(request: Any, **_: Any) -> None:
        if "partNumber=2" in request.url:
            raise ReadTimeoutError(endpoint_url=request.url)

    hook(bench.store, "before-send.s3", cut)
    with pytest.raises(ObjectStoreDown, match="ReadTimeoutError"):
        stream(bench.store, 4 * PART)
    assert bench.leftovers() == []
    with pytest.raises(ObjectMissing):
        bench.store.stat(KEY)


def test_one_lost_answer_is_tried_again(bench: S3Bench) -> None:
    lost: list[str] = []

    def lose(request: Any, **_: Any) -> AWSResponse | None:
        if "partNumber=2" in request.url and not lost:
            lost.append(request.url)
            return AWSResponse(request.url, 503, {}, _Empty())
        return None

    hook(bench.store, "before-send.s3", lose)
    stream(bench.store, 3 * PART)
    assert lost
    assert bench.store.stat(KEY).bytes == 3 * PART


class _Empty:
    """The raw stream of a reply without a body."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        return iter(())


def test_a_finished_upload_whose_answer_was_lost_counts(bench: S3Bench) -> None:
    finished: list[str] = []

    def finish_twice(params: dict[str, Any], **_: Any) -> None:
        if not finished:
            finished.append(params["UploadId"])
            bench.store.bucket.client.complete_multipart_upload(**params)

    hook(bench.store, "before-parameter-build.s3.CompleteMultipartUpload", finish_twice)
    stream(bench.store, 2 * PART)
    assert finished
    assert bench.store.stat(KEY).bytes == 2 * PART


@pytest.mark.parametrize("size", [1000, 2 * PART])
def test_bytes_that_changed_in_the_store_are_found(bench: S3Bench, size: int, s3_server: S3Server) -> None:
    """The server keeps something else of the same length: only its ETag gives it away."""
    other = S3Bench(s3_server, Path("unused")).store

    def corrupt(**_: Any) -> None:
        other.put(KEY, b"!" * size, content_type=ZIP)

    for operation in ("PutObject", "CompleteMultipartUpload"):
        hook(bench.store, f"after-call.s3.{operation}", lambda parsed, **_: (corrupt(), parsed.update(ETag='"0"')))
    with pytest.raises(ObjectCorrupt):
        stream(bench.store, size)
    with pytest.raises(ObjectMissing):
        bench.store.stat(KEY)


def test_a_server_whose_etags_mean_nothing_is_read_back_once(bench: S3Bench) -> None:
    def mask(parsed: dict[str, Any], **_: Any) -> None:
        parsed["ETag"] = '"opaque"'

    for operation in ("PutObject", "HeadObject"):
        hook(bench.store, f"after-call.s3.{operation}", mask)
    wire = record_wire(bench.store)
    for number in range(3):
        bench.store.put(f"out/{number}", b"picture", content_type="image/jpeg")
    requests_per_put = len(wire) / 3
    assert bench.store.bucket.opaque_etags == {"single"}
    assert requests_per_put == pytest.approx((3 + 2 + 2) / 3)


def test_wrong_secret_missing_bucket_and_dead_server_are_store_faults(s3_server: S3Server, tmp_path: Path) -> None:
    right = {"access_key": s3_server.access_key, "secret_key": s3_server.secret_key, "endpoint": s3_server.endpoint}
    for bucket, wrong in ((BUCKET, {"secret_key": "wrong"}), ("no-such-bucket", {}), (BUCKET, {"endpoint": _nobody()})):
        store = open_store(S3Options(bucket, scratch=tmp_path, region="us-east-1", **(right | wrong)))
        with pytest.raises(ObjectStoreDown) as caught:
            store.probe()
        assert s3_server.secret_key not in str(caught.value)
        with pytest.raises(ObjectStoreDown):
            store.put("a", b"1", content_type=ZIP)
        with pytest.raises(ObjectStoreDown):
            list(store.list(""))


def _nobody() -> str:
    """An address that refuses at once: port 1 is never open here."""
    return "http://127.0.0.1:1"


def test_tidy_aborts_uploads_that_a_dead_process_left(bench: S3Bench) -> None:
    client = bench.store.bucket.client
    client.create_multipart_upload(Bucket=BUCKET, Key="zip/dead")
    assert bench.leftovers() == ["zip/dead"]
    assert bench.store.tidy(3600) == 0
    assert bench.store.tidy(-60) == 1
    assert bench.leftovers() == []


def test_threads_may_share_a_store(bench: S3Bench) -> None:
    def one(number: int) -> bool:
        data = bytes([number]) * 50_000
        bench.store.put(f"out/{number}", data, content_type="image/jpeg")
        with bench.store.read(f"out/{number}") as file:
            return file.read() == data

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, range(40)))


def test_a_forked_child_uses_connections_of_its_own(bench: S3Bench) -> None:
    bench.store.put("out/parent", b"parent", content_type="image/jpeg")
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            for _ in range(20):
                bench.store.put("out/child", b"child", content_type="image/jpeg")
            code = 0
        finally:
            os._exit(code)
    for _ in range(20):
        with bench.store.read("out/parent") as file:
            assert file.read() == b"parent"
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert bench.store.stat("out/child").bytes == 5


def test_no_link_outlives_what_the_signature_allows(bench: S3Bench) -> None:
    with pytest.raises(ValueError, match="604800"):
        bench.store.url(KEY, ttl_s=8 * 24 * 3600, filename="a", content_type=ZIP)
