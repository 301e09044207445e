"""A loopback HTTP server that misbehaves on request: drips, bombs, endless and cut bodies, redirects, tarpits.

Speaks raw sockets so that it can break every rule; the path says which. Never listens beyond 127.0.0.1.
"""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde"
    b"\x00\x00\x00\x0cIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\x0d\xefF\xb8\x00\x00\x00\x00IEND\xaeB`\x82"
)


@dataclass(frozen=True)
class Received:
    """One request as it came in; header names in lower case; `at` on the monotonic clock."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float


@dataclass
class FaultServer:
    """A running server. `requests` and `connections` grow as they come; `answers` overrides paths with (status, extra
    headers, body), or a list of them that is used up from the front (the last one stays)."""

    port: int
    requests: list[Received] = field(default_factory=list)
    connections: int = 0
    answers: dict[str, tuple[int, dict[str, str], bytes] | list[tuple[int, dict[str, str], bytes]]] = field(
        default_factory=dict
    )
    open_now: int = 0
    open_most: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    sockets: set[socket.socket] = field(default_factory=set)

    def hang_up(self) -> None:
        """Ends every connection, tarpits too; the server goes on."""
        for connection in list(self.sockets):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def url(self, path: str = "/ok", scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


def reply(status: int, headers: dict[str, str], body: bytes) -> bytes:
    """A whole, correct response."""
    lines = [f"HTTP/1.1 {status} Word", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode("latin-1") + body


@contextmanager
def fault_server(tls: ssl.SSLContext | None = None) -> Iterator[FaultServer]:
    """A server on a free port of 127.0.0.1; all its threads and sockets end with the `with` block."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    server = FaultServer(listener.getsockname()[1])

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            server.connections += 1
            server.sockets.add(connection)
            threading.Thread(target=_serve, args=(server, connection, tls), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopped.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        server.hang_up()
        thread.join(2)


def _serve(server: FaultServer, plain: socket.socket, tls: ssl.SSLContext | None) -> None:
    with suppress(OSError, ValueError), plain:
        connection = tls.wrap_socket(plain, server_side=True) if tls else plain
        with connection:
            request = _read(connection)
            if request is None:
                return
            with server.lock:
                server.requests.append(request)
                server.open_now += 1
                server.open_most = max(server.open_most, server.open_now)
            try:
                _answer(server, connection, request)
            finally:
                with server.lock:
                    server.open_now -= 1


def _read(connection: socket.socket) -> Received | None:
    data = b""
    while b"\r\n\r\n" not in data:
        block = connection.recv(65536)
        if not block:
            return None
        data += block
    head, body = data.split(b"\r\n\r\n", 1)
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    method, path, _ = first.split(" ")
    return Received(method, path, headers, body, time.monotonic())


def _answer(server: FaultServer, connection: socket.socket, request: Received) -> None:
    url = urlsplit(request.path)
    prepared = server.answers.get(url.path)
    if isinstance(prepared, list):
        with server.lock:
            prepared = prepared.pop(0) if len(prepared) > 1 else prepared[0]
    if prepared is not None:
        connection.sendall(reply(*prepared))
        return
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    _FAULTS[url.path.split("/")[1]](server, connection, query)


def _repeat(server: FaultServer, connection: socket.socket, block: bytes, pause: float = 0.0) -> None:
    while not server.stopped.is_set():
        connection.sendall(block)
        if pause:
            server.stopped.wait(pause)


Query = dict[str, str]


def _ok(server: FaultServer, connection: socket.socket, query: Query) -> None:
    connection.sendall(reply(200, {"Content-Type": "image/png"}, PNG))


def _slow(server: FaultServer, connection: socket.socket, query: Query) -> None:
    server.stopped.wait(float(query["seconds"]))
    connection.sendall(reply(200, {}, b"at last"))


def _status(server: FaultServer, connection: socket.socket, query: Query) -> None:
    connection.sendall(reply(int(query["code"]), {"Content-Type": "text/plain"}, b"said so"))


def _drip(server: FaultServer, connection: socket.socket, query: Query) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + PNG[:20])
    _repeat(server, connection, b"x", 0.02)


def _drip_headers(server: FaultServer, connection: socket.socket, query: Query) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    _repeat(server, connection, b"x", 0.02)


def _endless_headers(server: FaultServer, connection: socket.socket, query: Query) -> None:
    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    _repeat(server, connection, b"HTTP/1.1 100 Continue\r\nX-Pad: " + b"p" * 1000 + b"\r\n\r\n")


def _wide_headers(server: FaultServer, connection: socket.socket, query: Query) -> None:
    padding = b"".join(b"X-Pad-%d: %s\r\n" % (number, b"p" * 1000) for number in range(int(query["count"])))
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + padding + b"\r\nok")


def _bomb(server: FaultServer, connection: socket.socket, query: Query) -> None:
    packed = gzip.compress(bytes(5_000_000), 1)
    connection.sendall(reply(200, {"Content-Encoding": "gzip", "Content-Type": "image/png"}, packed))


def _endless(server: FaultServer, connection: socket.socket, query: Query) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n" + PNG[:8] + b"\r\n")
    _repeat(server, connection, b"1000\r\n" + b"z" * 4096 + b"\r\n")


def _endless_framing(server: FaultServer, connection: socket.socket, query: Query) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;")
    _repeat(server, connection, b"e" * 4096)


def _crumbs(server: FaultServer, connection: socket.socket, query: Query) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    _repeat(server, connection, b"1\r\nz\r\n" * 1000)


def _endless_plain(server: FaultServer, connection: socket.socket, query: Query) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + PNG[:8])
    _repeat(server, connection, b"z" * 4096)


def _large(server: FaultServer, connection: socket.socket, query: Query) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + PNG)


def _cut(server: FaultServer, connection: socket.socket, query: Query) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + PNG)


def _cut_chunk(server: FaultServer, connection: socket.socket, query: Query) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n" + PNG)


def _redirect(server: FaultServer, connection: socket.socket, query: Query) -> None:
    headers = {"Location": query["to"]} if "to" in query else {}
    headers["Set-Cookie"] = "tracked=yes"
    connection.sendall(reply(int(query.get("code", 302)), headers, b""))


def _hops(server: FaultServer, connection: socket.socket, query: Query) -> None:
    left = int(query["n"])
    connection.sendall(reply(302, {"Location": f"/hops?n={left - 1}" if left > 1 else "/ok"}, b""))


def _tarpit(server: FaultServer, connection: socket.socket, query: Query) -> None:
    connection.recv(1)  # until the client gives up


def _close(server: FaultServer, connection: socket.socket, query: Query) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def _garbage(server: FaultServer, connection: socket.socket, query: Query) -> None:
    connection.sendall(b"220 mail.example ESMTP ready\r\n")


def _empty(server: FaultServer, connection: socket.socket, query: Query) -> None:
    connection.sendall(reply(200, {}, b""))


def _html(server: FaultServer, connection: socket.socket, query: Query) -> None:
    connection.sendall(reply(200, {"Content-Type": "image/png"}, b"<!DOCTYPE html><title>Log in</title>"))


_FAULTS: dict[str, Callable[[FaultServer, socket.socket, Query], None]] = {
    "ok": _ok, "slow": _slow, "status": _status, "drip": _drip, "drip-headers": _drip_headers,
    "endless-headers": _endless_headers,
    "wide-headers": _wide_headers, "bomb": _bomb, "endless": _endless, "endless-framing": _endless_framing,
    "crumbs": _crumbs, "endless-plain": _endless_plain, "large": _large, "cut": _cut, "cut-chunk": _cut_chunk,
    "redirect": _redirect, "hops": _hops, "tarpit": _tarpit, "close": _close, "garbage": _garbage, "empty": _empty,
    "html": _html,
}  # fmt: skip
