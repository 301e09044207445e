"""Rude clients against the real web server: bodies that are cut, framed wrongly or never come, connections that never
close. Everybody else is served meanwhile, and nothing of theirs stays on the disk."""

import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from installation import Installation, installation, neighbour
from servers import wait_for

pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]

PART = b'--B\r\nContent-Disposition: form-data; name="images"; filename="a.png"\r\n\r\n\x89PNG\r\n\x1a\n'
JSON = b"Content-Type: application/json\r\n"
QUIET = {"WEB_WORKERS": "1", "SYNC_WAIT_SECONDS": "5", "RATE_LIMITS": "false"}
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One web process, so that every rude client meets the same one."""
    with (
        neighbour() as near,
        installation(tmp_path_factory.mktemp("rude") / "data", near, **QUIET) as running,
    ):
        yield running


def connection(service: Installation) -> socket.socket:
    host, port = service.base.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def head(service: Installation, *lines: bytes, path: bytes = b"/v1/batch/upscale") -> bytes:
    key = service.account["keys"]["print"].encode()
    return b"POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n" % (path, key) + b"".join(lines)


def served(service: Installation) -> float:
    """The seconds that a plain request takes."""
    began = time.monotonic()
    assert requests.get(f"{service.base}/healthz", timeout=20).status_code == 200
    return time.monotonic() - began


def left(service: Installation) -> list[Path]:
    """Files that a request has written and no batch owns."""
    return [path for path in (service.data_dir / "objects").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ((JSON, CHUNKED, b"zz\r\n{}\r\n0\r\n\r\n"), 400),
        ((JSON, CHUNKED, b"-2\r\n{}\r\n0\r\n\r\n"), 400),
        ((JSON, CHUNKED, b"2\r\n{}XX0\r\n\r\n"), 400),
        ((b"Content-Type: multipart/form-data; boundary=B\r\n", CHUNKED, b"zz\r\n"), 400),
        ((JSON, b"Content-Length: 10737418240\r\n\r\n{}"), 413),
        ((JSON, b"Content-Length: -1\r\n\r\n{}"), 400),
        ((JSON, b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400),
        ((JSON, b"Script-Name: /x\r\nContent-Length: 2\r\n\r\n{}"), 400),
    ],
)
def test_a_body_of_wrong_length_is_refused(service: Installation, lines: tuple[bytes, ...], status: int) -> None:
    with connection(service) as client:
        client.sendall(head(service, *lines))
        assert client.recv(200).split()[1] == str(status).encode()


def test_uploads_that_are_cut_leave_no_file(service: Installation) -> None:
    kind = b"Content-Type: multipart/form-data; boundary=B\r\n"
    for number in range(6):
        client = connection(service)
        length = CHUNKED + b"40000000\r\n" if number % 2 else b"Content-Length: 5000000\r\n\r\n"
        client.sendall(head(service, kind, length) + PART + b"x" * 3_000_000)
        wait_for(lambda: left(service), 10, "the file in the making")
        if number % 3:  # a reset instead of a goodbye
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        wait_for(lambda: not left(service), 10, "its removal")
    listed = requests.get(f"{service.base}/v1/batch", headers=service.print, timeout=20).json()
    assert listed["batches"] == []


def test_clients_that_never_close_keep_nobody_out(service: Installation) -> None:
    rude = [connection(service) for _ in range(12)]
    for client in rude:
        client.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
    time.sleep(0.3)
    assert served(service) < 1.5
    for client in rude:
        client.close()


def test_thirty_clients_that_drip_keep_nobody_out(service: Installation) -> None:
    rude = [connection(service) for _ in range(30)]
    for number, client in enumerate(rude):
        start = head(service, JSON, b"Content-Length: 100000\r\n\r\n{") if number % 2 else b"GET /healthz HTTP/1.1\r\nX"
        client.sendall(start)
    for _ in range(3):
        for client in rude:
            client.sendall(b"a")
        assert served(service) < 10, "as long as the drips last, or longer"
    for client in rude:
        client.close()


def test_leaving_while_the_studio_waits_breaks_nothing(service: Installation) -> None:
    body = b"action=bg-remove&image_urls[]=https://images.example.com/a.png"
    studio = "".join(f"{name}: {value}\r\n" for name, value in service.studio.items()).encode()
    form = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(body)
    for _ in range(3):
        with connection(service) as client:
            client.sendall(b"POST /api/v1/batch.php HTTP/1.1\r\nHost: x\r\n" + studio + form + body)
            time.sleep(0.2)
    assert served(service) < 3
