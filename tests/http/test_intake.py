"""Bodies on their way in: every form, every limit while it streams, and nothing left behind when one is refused."""

import io
import threading
from collections.abc import Iterator
from typing import Any

import factories
import pytest
from flask import Request
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

from batch_api.intake import IntakeLimits, discard, parse_json, receive, stage_data_uri
from jobs.tools import Tools
from storage.errors import Invalid, ServiceError, TooLarge, Unavailable, UnsupportedMedia

LIMITS = IntakeLimits(files=3, file_bytes=300_000, request_bytes=2_000_000)


def asked(body: bytes, kind: str, *, chunked: bool = False, length: int | None = None) -> Request:
    builder = EnvironBuilder(method="POST", content_type=kind, input_stream=io.BytesIO(body))
    environ = builder.get_environ()
    if chunked:
        environ.pop("CONTENT_LENGTH", None)
        environ["HTTP_TRANSFER_ENCODING"] = "chunked"
        environ["wsgi.input_terminated"] = True
    else:
        environ["CONTENT_LENGTH"] = str(len(body) if length is None else length)
    return Request(environ)


def part(name: str, data: bytes, filename: str | None = None) -> bytes:
    tail = f'; filename="{filename}"' if filename is not None else ""
    return f'--B\r\nContent-Disposition: form-data; name="{name}"{tail}\r\n\r\n'.encode() + data + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--B--\r\n"


MULTIPART = "multipart/form-data; boundary=B"


def left(tools: Tools) -> list[Any]:
    return [*tools.objects.list("staging/"), *tools.objects.scratch_dir().iterdir()]


@pytest.mark.parametrize("chunked", [False, True])
def test_files_and_texts_keep_their_order(tools: Tools, pictures: Any, chunked: bool) -> None:
    body = form(
        part("b[]", b"1"),
        part("images", pictures.noise(290_000), "one.jpg"),
        part("a", "ü".encode()),
        part("images", pictures.picture(30, 30), "two.png"),
        part("empty", b"", ""),
        part("b[]", b"2"),
    )
    got = receive(asked(body, MULTIPART, chunked=chunked), tools, LIMITS)
    assert got.fields == [("b[]", "1"), ("a", "ü"), ("b[]", "2")] and got.document is None
    assert [(file.field, file.filename, file.format) for file in got.files] == [
        ("images", "one.jpg", "JPEG"),
        ("images", "two.png", "PNG"),
    ]
    for file in got.files:
        stored = tools.objects.stat(file.key)
        with tools.objects.read(file.key) as stream:
            data = stream.read()
        import hashlib
        import zlib

        assert stored.bytes == file.bytes == len(data)
        assert (file.sha256, file.crc32) == (hashlib.sha256(data).hexdigest(), zlib.crc32(data))
    discard(tools, got)
    assert left(tools) == []


def test_many_files_come_out_in_their_order(tools: Tools, pictures: Any) -> None:
    many = [part("images", pictures.noise(1000 + number, number), f"{number}.jpg") for number in range(60)]
    wide = IntakeLimits(files=200, file_bytes=300_000, request_bytes=20_000_000)
    got = receive(asked(form(*many), MULTIPART), tools, wide)
    assert [file.bytes for file in got.files] == [1000 + number for number in range(60)]
    assert [file.filename for file in got.files] == [f"{number}.jpg" for number in range(60)]


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([part("images", b"\xff\xd8\xff" + b"x" * 300_000, "big.jpg")], "file_too_large"),
        ([part("images", b"x", f"{n}.jpg") for n in range(4)], "too_many_parts"),
        ([part(f"f{n}", b"x") for n in range(70)], "too_many_parts"),
        ([part("images", b"x", "a.jpg"), part("text", b"x" * 70_000)], "payload_too_large"),
        ([part("images", b"x", "a.jpg"), part("images", b"x" * 250_000, "b.jpg")] * 9, "payload_too_large"),
    ],
)
def test_what_is_too_large_is_refused_and_leaves_nothing(tools: Tools, parts: list[bytes], code: str) -> None:
    with pytest.raises(TooLarge) as caught:
        receive(asked(form(*parts), MULTIPART), tools, LIMITS)
    assert caught.value.code == code and left(tools) == []


def test_a_declared_length_above_the_limit_is_refused_unread(tools: Tools) -> None:
    class Untouchable(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise AssertionError("the body was read")

    request = asked(b"", MULTIPART, length=10 << 30)
    request.environ["wsgi.input"] = Untouchable()
    with pytest.raises(TooLarge):
        receive(request, tools, LIMITS)


def test_a_chunked_body_is_cut_at_the_limit(tools: Tools) -> None:
    endless = form(part("images", b"x" * 250_000, "a.jpg")) * 20
    with pytest.raises(ServiceError):
        receive(asked(part("text", b"data:" + endless), MULTIPART, chunked=True), tools, LIMITS)
    assert left(tools) == []


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_client_that_goes_away_leaves_nothing(tools: Tools, pictures: Any, share: float) -> None:
    body = form(part("images", pictures.noise(200_000), "a.jpg"), part("images", pictures.noise(200_000), "b.jpg"))
    with pytest.raises(Invalid) as caught:
        receive(asked(body[: int(len(body) * share)], MULTIPART, length=len(body)), tools, LIMITS)
    assert caught.value.status == 400 and left(tools) == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"--B\r\nnonsense", MULTIPART),
        (b"", "multipart/form-data"),
        (form(part("a", b"\xff\xfe")), MULTIPART),
        (form(part("a", b"x\0y")), MULTIPART),
        (b"a=%00", "application/x-www-form-urlencoded"),
        (b"a=%ff", "application/x-www-form-urlencoded"),
        (b"&".join([b"a=1"] * 1001), "application/x-www-form-urlencoded"),
    ],
)
def test_broken_bodies_are_invalid(tools: Tools, body: bytes, kind: str) -> None:
    with pytest.raises(Invalid):
        receive(asked(body, kind), tools, LIMITS)
    assert left(tools) == []


def test_another_type_is_unsupported(tools: Tools) -> None:
    with pytest.raises(UnsupportedMedia):
        receive(asked(b"x", "text/plain"), tools, LIMITS)


def test_urlencoded_follows_php(tools: Tools) -> None:
    got = receive(
        asked(b"a=1&a=2;b=3&c&d=+%20&%65=f", "Application/X-WWW-Form-Urlencoded; charset=UTF-8"), tools, LIMITS
    )
    assert got.fields == [("a", "1"), ("a", "2;b=3"), ("c", ""), ("d", "  "), ("e", "f")]


def test_json_is_a_document(tools: Tools) -> None:
    assert receive(asked(b'{"a":[1]}', "application/json"), tools, LIMITS).document == {"a": [1]}
    assert receive(asked(b"", "application/json"), tools, LIMITS).document == {}
    assert parse_json(rb'["\\u0000"]') == ["\\u0000"]
    for bad in (b"Infinity", rb'["\u0000"]', rb'["\\\u0000"]'):
        with pytest.raises(Invalid):
            parse_json(bad)


def test_a_long_data_address_is_let_through_and_staged(tools: Tools, pictures: Any) -> None:
    import base64

    data = pictures.noise(200_000)
    uri = "data:image/jpeg;base64," + base64.b64encode(data).decode()
    got = receive(asked(form(part("image_urls[]", uri.encode())), MULTIPART), tools, LIMITS)
    assert got.fields == [("image_urls[]", uri)]
    staged = stage_data_uri(tools, LIMITS, "image_urls[]", uri)
    assert (staged.bytes, staged.format) == (len(data), "JPEG")
    for bad in ("data:image/png;base64,!!!", "data:nothing", "data:;base64,QQ=x"):
        with pytest.raises(Invalid):
            stage_data_uri(tools, LIMITS, "x", bad)
    with pytest.raises(TooLarge):
        stage_data_uri(tools, LIMITS, "x", "data:;base64," + "A" * 500_000)


def test_a_store_that_fails_midway_is_503_and_leaves_nothing(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, monkeypatch: pytest.MonkeyPatch, pictures: Any
) -> None:
    real, calls = tools.objects.adopt, iter(range(100))

    def adopt(*args: Any, **more: Any) -> Any:
        if next(calls) == 2:
            raise OSError(28, "No space left on device")
        return real(*args, **more)

    monkeypatch.setattr(type(tools.objects), "adopt", lambda _self, *args, **more: adopt(*args, **more))
    data = {"images": [(io.BytesIO(pictures.picture(50, 50)), f"{n}.png") for n in range(8)]}
    reply = client.post("/v1/batch/upscale", data=data, headers=tenant.headers())
    assert reply.status_code == 503 and reply.json["error"]["code"] == "service_unavailable"
    assert left(tools) == [] and factories.available(tools, tenant) == 10_000


@pytest.mark.parametrize(("threads", "status"), [(0, 503), (1, 202), (2, 202)])
def test_a_machine_without_threads_is_told_or_does_with_fewer(
    client: FlaskClient,
    tools: Tools,
    tenant: factories.Tenant,
    monkeypatch: pytest.MonkeyPatch,
    pictures: Any,
    threads: int,
    status: int,
) -> None:
    real, started = threading.Thread.start, iter(range(100))

    def start(thread: threading.Thread) -> None:
        if thread.name == "staging" and next(started) >= threads:
            raise RuntimeError("can't start new thread")
        real(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    data = {"images": [(io.BytesIO(pictures.picture(50, 50 + n)), f"{n}.png") for n in range(5)]}
    reply = client.post("/v1/batch/upscale", data=data, headers=tenant.headers())
    assert reply.status_code == status and len(left(tools)) == (5 if status == 202 else 0)
    if status == 202:
        assert [job["filename"] for job in reply.json["jobs"]] == [f"{n}.png" for n in range(5)]


def test_a_database_that_went_away_is_asked_once_and_leaves_files_to_the_sweep(
    client: FlaskClient, tools: Tools, tenant: factories.Tenant, monkeypatch: pytest.MonkeyPatch, pictures: Any
) -> None:
    asked: list[str] = []

    def away(_tx: Any, key: str) -> bool:
        asked.append(key)
        raise Unavailable("The database is busy; try again.", code="database_busy", retry_after=2)

    monkeypatch.setattr("batch_api.intake.staging_referenced", away)
    data = {"images": [(io.BytesIO(pictures.picture(50, 50)), f"{n}.png") for n in range(4)], "scale": "7"}
    reply = client.post("/v1/batch/upscale", data=data, headers=tenant.headers())
    assert reply.status_code == 400, "the fault of the request itself is told"
    assert len(asked) == 1 and len(left(tools)) == 4


def test_memory_stays_flat_while_files_stream(tools: Tools) -> None:
    import tracemalloc

    def body() -> Iterator[bytes]:
        for number in range(30):
            yield part("images", b"", f"{number}.jpg")[:-2]
            for _ in range(8):
                yield b"\xff\xd8\xff" + b"x" * ((256 << 10) - 3)
            yield b"\r\n"
        yield b"--B--\r\n"

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.pieces, self.rest = body(), b""

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            while not self.rest and (piece := next(self.pieces, None)) is not None:
                self.rest = piece
            taken = self.rest[: len(buffer)]
            buffer[: len(taken)] = taken
            self.rest = self.rest[len(taken) :]
            return len(taken)

    request = asked(b"", MULTIPART, chunked=True)
    request.environ["wsgi.input"] = Pipe()
    wide = IntakeLimits(files=200, file_bytes=4 << 20, request_bytes=1 << 30)
    tracemalloc.start()
    try:
        got = receive(request, tools, wide)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(got.files) == 30 and sum(file.bytes for file in got.files) == 30 * 8 * (256 << 10)
    assert peak < 24 << 20, f"{peak / (1 << 20):.1f} MiB for a body of 60 MiB"
