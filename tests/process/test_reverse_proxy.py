"""The shipped nginx configuration: slow clients stay with it, requests arrive whole, and nobody forges an address."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

pytestmark = pytest.mark.process
SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "nginx.conf"
SLOW = 200


class Behind(BaseHTTPRequestHandler):
    """The service's place: answers everything, and notes who came with what."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, dict[str, str], int]] = []

    def answer(self) -> None:
        length = len(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        self.seen.append((self.path, dict(self.headers.items()), length))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_GET = do_POST = answer

    def log_message(self, format: str, *given: object) -> None:
        return None


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[int]:
    """The port of a running nginx with the shipped configuration, and a service behind it."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("needs nginx (apt-get install nginx-light)")
    Behind.seen.clear()
    behind, port = ThreadingHTTPServer(("127.0.0.1", 0), Behind), free_port()
    threading.Thread(target=behind.serve_forever, daemon=True).start()
    text = SHIPPED.read_text().replace("127.0.0.1:8000", f"127.0.0.1:{behind.server_port}")
    (tmp_path / "nginx.conf").write_text(text.replace("listen 8080", f"listen 127.0.0.1:{port}"))
    user = "user root; " if os.getuid() == 0 else ""  # the test's folder is its owner's alone
    command = [nginx, "-p", str(tmp_path), "-c", "nginx.conf", "-g", f"{user}daemon off;"]
    running = subprocess.Popen(command, cwd=tmp_path, start_new_session=True)
    try:
        wait_for(port, running)
        yield port
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(20)
        behind.shutdown()
        behind.server_close()


def wait_for(port: int, running: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        assert running.poll() is None, "nginx did not start"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("nginx does not listen")


def ask(port: int, method: str, path: str, body: bytes | None = None, **headers: str) -> float:
    """Seconds to a 200."""
    began, client = time.monotonic(), http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    client.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    assert client.getresponse().status == 200
    client.close()
    return time.monotonic() - began


def test_slow_clients_hold_nothing_of_the_service(proxy: int) -> None:
    with ExitStack() as held:
        for number in range(SLOW):
            slow = held.enter_context(socket.create_connection(("127.0.0.1", proxy), 5))
            whole = number % 2  # half of them trickle a header, half a body
            head = b"POST /v1/batch HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n"
            slow.sendall(head + (b"\r\nabc" if whole else b"X-Slow: "))
        times = sorted(ask(proxy, "GET", "/healthz") for _ in range(50))
    assert times[-1] < 1.0
    assert {path for path, *_ in Behind.seen} == {"/healthz"}


def test_a_request_goes_through_whole_and_its_address_is_not_forged(proxy: int) -> None:
    ask(proxy, "POST", "/v1/batch", b"x" * 3_000_000, X_Forwarded_For="6.6.6.6", X_Forwarded_Proto="https")
    [(path, headers, length)] = Behind.seen
    assert (path, length) == ("/v1/batch", 3_000_000)
    assert (headers["X-Forwarded-For"], headers["X-Forwarded-Proto"]) == ("127.0.0.1", "http")
