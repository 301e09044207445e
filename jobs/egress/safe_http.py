"""The one HTTP client for addresses that strangers hand in: resolve once, judge every address, pin, cap.

It never resolves a name twice, never connects to an address that was not judged, never follows a redirect, never
reads the environment (proxy variables, .netrc, key logs), keeps no cookies and no connections.
"""

import errno
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException
from urllib.parse import unquote, urlsplit

import certifi
from urllib3 import BaseHTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util import make_headers

from jobs.egress.addresses import judge_address
from jobs.egress.urls import CheckedUrl, EgressPolicy
from jobs.egress.watch import Clock, EgressFault, Kind, Limits, Watch, WatchedSocket, WatchedTlsSocket

Resolver = Callable[[str, int], list[str]]
BLOCK = 64 * 1024
_TRY_AGAIN = (socket.EAI_AGAIN, socket.EAI_MEMORY, socket.EAI_SYSTEM)


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a name, IPv4 and IPv6, in the system's order of preference. Raises socket.gaierror."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@cache
def public_roots() -> ssl.SSLContext:
    """Trust in the public certificate authorities; names are always checked. Shared, because loading costs 20 ms."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(certifi.where())
    return context


@dataclass(frozen=True)
class Wire:
    """What an exchange stands on; tests put in their own resolver, clock and trust."""

    resolver: Resolver = resolve
    clock: Clock = time.monotonic
    trust: Callable[[], ssl.SSLContext] = public_roots


@dataclass(frozen=True)
class Answer:
    """A response whose headers are in. `headers` has lower-case names; a repeated header is joined by commas."""

    status: int
    headers: Mapping[str, str]
    _response: BaseHTTPResponse
    _watch: Watch

    def chunks(self) -> Iterator[bytes]:
        """The body in blocks of at most 64 KiB. Raises EgressFault: "encoding" for a body that is encoded although
        identity was asked for, "too_large" beyond max_bytes, "cut" when it ends early, "timeout"."""
        encoding = self.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            raise EgressFault("encoding", f"content-encoding {encoding[:40]}")
        declared = self.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > self._watch.limits.max_bytes:
            raise EgressFault("too_large", f"{declared} bytes declared")
        total = 0
        with _translated("cut"):
            for block in self._response.stream(BLOCK, decode_content=False):
                total += len(block)
                if total > self._watch.limits.max_bytes:
                    raise EgressFault("too_large", f"more than {self._watch.limits.max_bytes} bytes")
                yield block

    def head(self, count: int, seconds: float) -> bytes:
        """The first `count` bytes of the body, or what comes of them within `seconds`; never raises EgressFault."""
        self._watch.hurry(seconds)
        found = b""
        with suppress(EgressFault), _translated("cut"):
            while len(found) < count and (block := self._response.read1(count - len(found), decode_content=False)):
                found += block
        return found


def judged_addresses(target: CheckedUrl, resolver: Resolver, seconds: float) -> list[str]:
    """Every address of the target, resolved once within `seconds`; raises EgressFault("refused") unless all of them may
    be reached. A name that does not exist is refused in the same way, so that nobody can list the names in here."""
    if target.address is not None:
        addresses = [str(target.address)]
    else:
        addresses = _resolved(target.host, target.port, resolver, seconds)
    if not addresses:
        raise EgressFault("refused", f"{target.host} has no address")
    for address in addresses:
        if not target.listed and not judge_address(address):
            raise EgressFault("refused", f"{target.host} leads to {address}")
    return addresses


@contextmanager
def open_checked(
    method: str,
    target: CheckedUrl,
    policy: EgressPolicy,
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
    limits: Limits,
    wire: Wire,
    deadline: float | None = None,
) -> Iterator[Answer]:
    """Sends one request and gives the answer once its headers are in; the connection ends with the `with` block.

    `deadline` is a moment on `wire.clock`; without it the exchange may take `limits.total_seconds`. Raises EgressFault.
    """
    if deadline is None:
        deadline = wire.clock() + limits.total_seconds
    addresses = judged_addresses(target, wire.resolver, deadline - wire.clock())
    watch = Watch(limits, wire.clock, deadline)
    connection = _connection(target, addresses, policy, watch, wire)
    sent = {**headers, "Host": target.authority, "Accept-Encoding": "identity", "Connection": "close"}
    with closing(connection):
        with _translated("bad_answer"):
            connection.request(method, target.target, body, sent, preload_content=False, decode_content=False)
            response = connection.getresponse()
        watch.begin_body()
        with closing(response):
            received = {name.lower(): value for name, value in response.headers.items()}
            if sum(len(name) + len(value) + 4 for name, value in response.headers.iteritems()) > limits.header_bytes:
                raise EgressFault("bad_answer", "headers too large")
            yield Answer(response.status, received, response, watch)


class _PinnedHttp(HTTPConnection):
    """Connects through `dial` alone, whatever its host says."""

    dial: Callable[[], WatchedSocket]

    def _new_conn(self) -> socket.socket:
        return self.dial()


class _PinnedHttps(HTTPSConnection):
    """The same under TLS; certificate and SNI go by the name that was judged."""

    dial: Callable[[], WatchedSocket]
    watch: Watch

    def _new_conn(self) -> socket.socket:
        return self.dial()

    def connect(self) -> None:
        super().connect()
        assert isinstance(self.sock, WatchedTlsSocket)
        self.sock.watch = self.watch


def _connection(
    target: CheckedUrl, addresses: list[str], policy: EgressPolicy, watch: Watch, wire: Wire
) -> HTTPConnection:
    connection: _PinnedHttp | _PinnedHttps
    if target.scheme == "https":
        context = wire.trust()
        context.sslsocket_class = WatchedTlsSocket
        connection = _PinnedHttps(addresses[0], target.port, ssl_context=context, server_hostname=target.host)
        connection.watch = watch
    else:
        connection = _PinnedHttp(addresses[0], target.port)
    if policy.proxy is None:
        connection.dial = lambda: _dial(addresses, target.port, watch)
    else:
        proxy = urlsplit(policy.proxy)
        host, port = str(proxy.hostname), int(proxy.port or 0)
        signed = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}" if proxy.username else None
        # The proxy is told the judged address, not the name: it must not resolve again either.
        connection.set_tunnel(addresses[0], target.port, make_headers(proxy_basic_auth=signed))
        through = _resolved(host, port, wire.resolver, watch.patience())
        connection.dial = lambda: _dial(through, port, watch)
    return connection


def _dial(addresses: list[str], port: int, watch: Watch) -> WatchedSocket:
    """A socket to the first address that answers; the time to connect is shared out among those that are left."""
    until = min(watch.clock() + watch.limits.connect_seconds, watch.deadline)
    kind: Kind = "timeout"
    reason = "no time left to connect"
    for index, address in enumerate(addresses):
        left = until - watch.clock()
        if left <= 0:
            break
        try:
            return _dial_one(address, port, left / (len(addresses) - index), watch)
        except TimeoutError:
            kind, reason = "timeout", f"{address} did not answer"
        except OSError as fault:
            kind, reason = "unreachable", f"{address}: {errno.errorcode.get(fault.errno or 0, 'error')}"
    raise EgressFault(kind, reason)


def _dial_one(address: str, port: int, seconds: float, watch: Watch) -> WatchedSocket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = WatchedSocket(family, socket.SOCK_STREAM)
    sock.watch = watch
    try:
        sock.settimeout(seconds)
        sock.connect((address, port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Bounds the TLS handshake, which happens before the watch hangs on the new socket.
        sock.settimeout(watch.patience())
    except BaseException:
        sock.close()
        raise
    return sock


def _resolved(host: str, port: int, resolver: Resolver, seconds: float) -> list[str]:
    """The resolver's answer, waited for in another thread because the C library's look-up knows no time-out."""
    answers: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolver(host, port))
        except OSError as fault:
            answers.put(fault)

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=max(seconds, 0.001))
    except queue.Empty:
        raise EgressFault("timeout", f"{host} was not resolved in time") from None
    if isinstance(answer, OSError):
        kind: Kind = "unreachable" if answer.errno in _TRY_AGAIN else "refused"
        raise EgressFault(kind, f"{host} was not resolved: {answer}") from answer
    return answer


@contextmanager
def _translated(otherwise: Kind) -> Iterator[None]:
    """Failures of the libraries beneath as EgressFault; `otherwise` is the kind of a broken exchange in this phase."""
    try:
        yield
    except TimeoutError as fault:
        raise EgressFault("timeout", "TLS handshake not finished in time") from fault
    except ssl.SSLError as fault:
        raise EgressFault("tls", str(fault.reason or fault)) from fault
    except (OSError, HTTPException, HTTPError) as fault:
        raise EgressFault(otherwise, f"{type(fault).__name__}: {fault}"[:300]) from fault
