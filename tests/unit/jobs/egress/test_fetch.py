"""Fetching a source: what arrives, what a customer is told when it does not, redirects, and data: URIs."""

import base64
import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.egress.fetch import MAX_REDIRECTS, Fetched, Fetching, SourceFault, _next_hop, fetch_image
from jobs.egress.safe_http import Wire
from jobs.egress.urls import MAX_URL, NOT_PUBLIC, EgressPolicy, check_url
from jobs.egress.watch import Limits
from storage.errors import ImageFault
from tests.fault_server import PNG, FaultServer, fault_server

EASY = Fetching(limits=Limits(total_seconds=10, connect_seconds=5, min_rate=0))
QUICK = Fetching(limits=Limits(total_seconds=0.25, connect_seconds=0.25, min_rate=0))


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        yield running


def fetch(server: FaultServer, tmp_path: Path, path: str, max_bytes: int = 100_000) -> Fetched:
    policy = EgressPolicy(allow_http=True, allowed=frozenset({("127.0.0.1", server.port)}))
    fetching = QUICK if path in ("/drip", "/tarpit") else EASY
    return fetch_image(server.url(path), tmp_path / "source", policy=policy, max_bytes=max_bytes, fetching=fetching)


def failing(server: FaultServer, tmp_path: Path, path: str, max_bytes: int = 100_000) -> SourceFault:
    with pytest.raises(SourceFault) as caught:
        fetch(server, tmp_path, path, max_bytes)
    assert list(tmp_path.iterdir()) == []
    assert "127.0.0.1" not in caught.value.public
    return caught.value


def test_the_documented_limits() -> None:
    limits = Fetching().limits
    assert (limits.total_seconds, limits.min_rate, limits.grace_seconds) == (30.0, 10 * 1024, 5.0)
    assert limits.header_bytes == 64 * 1024 and MAX_REDIRECTS == 3 and MAX_URL == 2048


def test_what_arrives_is_described_by_its_bytes(server: FaultServer, tmp_path: Path) -> None:
    server.answers["/p"] = (200, {"Content-Type": "text/html"}, PNG)
    got = fetch(server, tmp_path, "/p#there")
    assert got == Fetched(len(PNG), hashlib.sha256(PNG).hexdigest(), zlib.crc32(PNG), "image/png", server.url("/p"))
    assert (tmp_path / "source").read_bytes() == PNG
    assert server.requests[0].headers["user-agent"] == "Darkroom/1.0"


def test_a_large_picture_in_many_blocks(server: FaultServer, tmp_path: Path) -> None:
    body = b"\xff\xd8\xff" + bytes(range(256)) * 3000
    server.answers["/p"] = (200, {}, body)
    got = fetch(server, tmp_path, "/p", len(body))
    assert (got.bytes, got.sha256, got.crc32) == (len(body), hashlib.sha256(body).hexdigest(), zlib.crc32(body))
    assert got.content_type == "image/jpeg"
    assert failing_after(server, tmp_path, len(body) - 1).code == "source_too_large"


def failing_after(server: FaultServer, tmp_path: Path, max_bytes: int) -> SourceFault:
    (tmp_path / "source").unlink()
    return failing(server, tmp_path, "/p", max_bytes)


@pytest.mark.parametrize(
    ("path", "code", "retryable"),
    [
        ("/status?code=404", "source_http_404", False),
        ("/status?code=403", "source_http_4xx", False),
        ("/status?code=410", "source_http_4xx", False),
        ("/status?code=429", "source_http_4xx", True),
        ("/status?code=408", "source_http_4xx", True),
        ("/status?code=500", "source_http_5xx", True),
        ("/status?code=503", "source_http_5xx", True),
        ("/status?code=206", "source_empty", False),
        ("/status?code=304", "source_empty", False),
        ("/drip", "source_timeout", True),
        ("/tarpit", "source_timeout", True),
        ("/close", "source_unreachable", True),
        ("/garbage", "source_unreachable", True),
        ("/endless-headers", "source_unreachable", True),
        ("/large", "source_too_large", False),
        ("/endless", "source_too_large", False),
        ("/empty", "source_empty", False),
        ("/html", "source_not_image", False),
        ("/bomb", "source_not_image", False),
        ("/cut", "source_cut", True),
        ("/cut-chunk", "source_cut", True),
        ("/redirect", "source_redirects", False),
        ("/redirect?to=http://[", "source_redirects", False),
        ("/hops?n=4", "source_redirects", False),
        ("/hops?n=1000", "source_redirects", False),
        ("/redirect?to=ftp://example.com/a", "source_url_refused", False),
        ("/redirect?to=http://10.0.0.1/", "source_url_refused", False),
        ("/redirect?to=//169.254.169.254/latest/", "source_url_refused", False),
        ("/redirect?to=http://127.0.0.1:1/", "source_url_refused", False),
        ("/redirect?to=http://me:pw@example.com/", "source_url_refused", False),
    ],
)
def test_what_a_customer_is_told(server: FaultServer, tmp_path: Path, path: str, code: str, retryable: bool) -> None:
    fault = failing(server, tmp_path, path)
    assert (fault.code, fault.retryable) == (code, retryable)
    assert isinstance(fault, ImageFault)


def test_three_redirects_are_followed_and_nothing_is_carried_along(server: FaultServer, tmp_path: Path) -> None:
    assert fetch(server, tmp_path, "/hops?n=3").final_url == server.url("/ok")
    for code in (301, 302, 303, 307, 308):
        assert fetch(server, tmp_path, f"/redirect?code={code}&to=ok").content_type == "image/png"
    for request in server.requests:
        assert set(request.headers) == {"host", "user-agent", "accept", "accept-encoding", "connection"}


def test_a_redirect_in_utf8(server: FaultServer, tmp_path: Path) -> None:
    server.answers["/b%C3%BCro"] = (200, {}, PNG)
    server.answers["/r"] = (302, {"Location": "/büro".encode().decode("latin-1")}, b"")
    server.answers["/bad"] = (302, {"Location": "/b\xfcro"}, b"")
    assert fetch(server, tmp_path, "/r").bytes == len(PNG)
    (tmp_path / "source").unlink()
    assert failing(server, tmp_path, "/bad").code == "source_redirects"


def test_the_deadline_spans_all_hops(server: FaultServer, tmp_path: Path) -> None:
    ticks = iter([0.0, *[0.4 * step for step in range(100)]])
    fetching = Fetching(limits=Limits(total_seconds=1.0, min_rate=0), wire=Wire(clock=lambda: next(ticks)))
    policy = EgressPolicy(allowed=frozenset({("127.0.0.1", server.port)}))
    with pytest.raises(SourceFault) as caught:
        fetch_image(server.url("/hops?n=3"), tmp_path / "s", policy=policy, max_bytes=1000, fetching=fetching)
    assert caught.value.code == "source_timeout"


def test_https_never_falls_back_to_http() -> None:
    policy = EgressPolicy(allow_http=True)
    answer = type("Answer", (), {"status": 302, "headers": {"location": "http://example.com/a"}})()
    with pytest.raises(SourceFault, match="from https to http"):
        _next_hop(check_url("https://example.com/", policy, "image"), answer, policy)
    assert _next_hop(check_url("http://example.com/", policy, "image"), answer, policy).scheme == "http"


def test_refusals_are_worded_alike_for_names_addresses_and_absence(server: FaultServer, tmp_path: Path) -> None:
    told = set()
    for host in ("10.0.0.1", "open.example", "absent.example", "localhost"):
        fetching = Fetching(wire=Wire(resolver=lambda name, port: [] if name == "absent.example" else ["127.0.0.1"]))
        with pytest.raises(SourceFault) as caught:
            fetch_image(f"https://{host}/x", tmp_path / "s", policy=EgressPolicy(), max_bytes=10, fetching=fetching)
        told.add((caught.value.code, caught.value.public, caught.value.retryable))
    assert told == {("source_url_refused", NOT_PUBLIC, False)}


def test_plain_http_is_refused_unless_permitted(tmp_path: Path) -> None:
    with pytest.raises(SourceFault, match="https"):
        fetch_image("http://example.com/a", tmp_path / "s", policy=EgressPolicy(), max_bytes=10)


def data(uri: str, tmp_path: Path, max_bytes: int = 100_000) -> Fetched:
    return fetch_image(uri, tmp_path / "source", policy=EgressPolicy(), max_bytes=max_bytes)


@pytest.mark.parametrize(
    "uri",
    [
        "data:image/png;base64," + base64.b64encode(PNG).decode(),
        "DATA:IMAGE/PNG;Base64," + base64.b64encode(PNG).decode().rstrip("="),
        "data:image/png;name=a.png;charset=x;base64," + base64.b64encode(PNG).decode().replace("+", "%2B"),
        "data:image/png;base64," + base64.urlsafe_b64encode(PNG).decode(),
        "data:image/png;base64, " + base64.encodebytes(PNG).decode(),
    ],
)
def test_data_uris(tmp_path: Path, uri: str) -> None:
    got = data(uri, tmp_path)
    assert got == Fetched(len(PNG), hashlib.sha256(PNG).hexdigest(), zlib.crc32(PNG), "image/png", "data:image/png")
    assert (tmp_path / "source").read_bytes() == PNG


def test_data_uris_of_many_blocks(tmp_path: Path) -> None:
    body = PNG + bytes(range(256)) * 1000 + b"!"
    uri = "data:;base64," + base64.b64encode(body).decode()
    assert data(uri, tmp_path, 300_000).sha256 == hashlib.sha256(body).hexdigest()
    assert data(uri, tmp_path, len(body)).bytes == len(body)
    with pytest.raises(SourceFault) as caught:
        data(uri, tmp_path, len(body) - 1)
    assert caught.value.code == "source_too_large"


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("data:image/png,abc", "source_url_refused"),
        ("data:", "source_url_refused"),
        ("data:image/png;base64", "source_url_refused"),
        ("data:image/png;base64,", "source_empty"),
        ("data:image/png;base64,!!!!", "source_not_image"),
        ("data:image/png;base64,A", "source_not_image"),
        ("data:image/png;base64," + "A" * 70_000 + "é", "source_not_image"),
        ("data:image/png;base64,PGh0bWw+", "source_not_image"),
        ("data:image/png;base64,aGVsbG8=", "source_not_image"),
    ],
)
def test_data_uris_that_are_no_picture(tmp_path: Path, uri: str, code: str) -> None:
    with pytest.raises(SourceFault) as caught:
        data(uri, tmp_path)
    assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_pictures_that_no_job_takes_pass_so_that_the_decoder_names_them(tmp_path: Path) -> None:
    uri = "data:image/x;base64," + base64.b64encode(b"8BPS\x00\x01").decode()
    assert data(uri, tmp_path).content_type == "application/octet-stream"


def test_a_file_that_cannot_be_written_is_not_the_customers_fault(server: FaultServer, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        fetch(server, tmp_path / "absent", "/ok")
