"""The shipped nginx configuration: slow clients stay with it, requests arrive whole, and nobody forges an address."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from installation import Installation, installation, neighbour
from pictures import noise, picture

pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]
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


@contextmanager
def shipped(folder: Path, upstream: int, **changes: str) -> Iterator[int]:
    """The port of a running nginx with the shipped configuration before `upstream`; `changes` are other time limits."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("needs nginx (apt-get install nginx-light)")
    port, text = free_port(), SHIPPED.read_text().replace("127.0.0.1:8000", f"127.0.0.1:{upstream}")
    for name, value in changes.items():
        text, count = re.subn(rf"\b{name} \S+;", f"{name} {value};", text)
        assert count == 1, name
    folder.mkdir(exist_ok=True)
    (folder / "nginx.conf").write_text(text.replace("listen 8080", f"listen 127.0.0.1:{port}"))
    user = "user root; " if os.getuid() == 0 else ""  # the test's folder is its owner's alone
    command = [nginx, "-p", str(folder), "-c", "nginx.conf", "-g", f"{user}daemon off;"]
    running = subprocess.Popen(command, cwd=folder, start_new_session=True)
    try:
        wait_for(port, running)
        yield port
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(20)


@contextmanager
def stand_in() -> Iterator[int]:
    Behind.seen.clear()
    behind = ThreadingHTTPServer(("127.0.0.1", 0), Behind)
    threading.Thread(target=behind.serve_forever, daemon=True).start()
    try:
        yield behind.server_port
    finally:
        behind.shutdown()
        behind.server_close()


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[int]:
    """The port of a running nginx with the shipped configuration, and a service behind it."""
    with stand_in() as behind, shipped(tmp_path / "nginx", behind) as port:
        yield port


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


def test_who_trickles_is_let_go_and_who_sends_too_much_is_told(tmp_path: Path) -> None:
    quick = {"client_header_timeout": "1s", "client_body_timeout": "1s", "client_max_body_size": "1m"}
    with stand_in() as behind, shipped(tmp_path / "nginx", behind, **quick) as port:
        for start in (b"GET /healthz HTTP/1.1\r\nX-", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"):
            with socket.create_connection(("127.0.0.1", port), 20) as slow:
                slow.sendall(start)
                told = slow.recv(1000)
                assert told == b"" or b" 408 " in told.split(b"\r\n")[0]
        with socket.create_connection(("127.0.0.1", port), 20) as large:
            large.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n")
            told = large.recv(2000)
            assert b" 413 " in told.split(b"\r\n")[0] and b"nginx/" not in told
    assert Behind.seen == []


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The real service with few threads; nobody works on what it takes."""
    small = {"TRUSTED_HOPS": "1", "WEB_THREADS": "4", "PIXEL_WORKERS": "0", "MODEL_WORKERS": "0", "MAX_FILE_MB": "2"}
    with neighbour() as near, installation(tmp_path_factory.mktemp("behind"), near, **small) as running:
        yield running


def test_the_real_service_behind_it_takes_uploads_while_slow_clients_wait(
    service: Installation, tmp_path: Path
) -> None:
    upstream = int(service.base.rsplit(":", 1)[1])
    with shipped(tmp_path / "nginx", upstream) as port, ExitStack() as held:
        base = f"http://127.0.0.1:{port}"
        for _ in range(SLOW):
            slow = held.enter_context(socket.create_connection(("127.0.0.1", port), 5))
            slow.sendall(b"POST /v1/batch/upscale HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc")
        files = [("images", (f"{number}.png", picture(700 + number, 700))) for number in range(12)]
        taken = requests.post(f"{base}/v1/batch/upscale", headers=service.print, files=files, timeout=60)
        assert (taken.status_code, len(taken.json()["jobs"])) == (202, 12)
        times = sorted(ask(port, "GET", "/healthz") for _ in range(50))
        assert times[-1] < 1.0
        large = [("images", ("large.jpg", noise(3 << 20)))]
        refused = requests.post(f"{base}/v1/batch/upscale", headers=service.print, files=large, timeout=60)
        assert (refused.status_code, refused.json()["error"]["code"]) == (413, "payload_too_large")
        for forged in range(20):
            head = {"X-API-Key": "pk_guess", "X-Forwarded-For": f"203.0.113.{forged}"}
            assert requests.get(f"{base}/v1/credits", headers=head, timeout=30).status_code == 401
        head = {"X-API-Key": "pk_guess", "X-Forwarded-For": "203.0.113.99"}
        assert requests.get(f"{base}/v1/credits", headers=head, timeout=30).status_code == 429
