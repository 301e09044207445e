"""The client against servers that misbehave: pinning, names in certificates, deadlines, caps, environment."""

import datetime
import ipaddress
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from network_guard import no_network

from jobs.egress import safe_http
from jobs.egress.safe_http import Answer, Wire, judged_addresses, open_checked, public_roots, resolve
from jobs.egress.urls import CheckedUrl, EgressPolicy, check_url
from jobs.egress.watch import EgressFault, Limits
from tests.fault_server import PNG, FaultServer, fault_server

QUICK = Limits(total_seconds=10.0, connect_seconds=5.0, max_bytes=200_000, min_rate=0)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        yield running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and self-signed certificate for pictures.example and 127.0.0.2 in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pictures.example")])
    names = [x509.DNSName("pictures.example"), x509.IPAddress(ipaddress.ip_address("127.0.0.2"))]
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    plain, pkcs8 = serialization.NoEncryption(), serialization.PrivateFormat.PKCS8
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, pkcs8, plain) + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def policy_for(server: FaultServer, *hosts: str, proxy: str | None = None) -> EgressPolicy:
    return EgressPolicy(allowed=frozenset((host, server.port) for host in (*hosts, "127.0.0.1")), proxy=proxy)


def get(
    server: FaultServer, path: str, *, limits: Limits = QUICK, wire: Wire | None = None, method: str = "GET"
) -> tuple[Answer, bytes]:
    policy = policy_for(server)
    target = check_url(server.url(path), policy, "image")
    with open_checked(method, target, policy, headers={"X-Ours": "1"}, limits=limits, wire=wire or Wire()) as answer:
        return answer, b"".join(answer.chunks())


def failing(server: FaultServer, path: str, limits: Limits = QUICK) -> EgressFault:
    with pytest.raises(EgressFault) as caught:
        get(server, path, limits=limits)
    return caught.value


def test_a_picture_arrives_whole_and_the_request_is_bare(server: FaultServer) -> None:
    answer, body = get(server, "/ok?a=b")
    assert (answer.status, body, answer.headers["content-type"]) == (200, PNG, "image/png")
    request = server.requests[0]
    assert request.path == "/ok?a=b"
    assert request.headers == {
        "host": f"127.0.0.1:{server.port}",
        "accept-encoding": "identity",
        "connection": "close",
        "x-ours": "1",
        "user-agent": request.headers["user-agent"],
    }


def test_the_name_is_resolved_once_and_only_that_answer_is_used(server: FaultServer) -> None:
    asked = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["203.0.114.7"] if len(asked) == 1 else ["127.0.0.1"]

    policy = EgressPolicy(allow_http=True, ports=frozenset({server.port}))
    target = check_url(f"http://rebind.example:{server.port}/ok", policy, "image")
    limits = Limits(total_seconds=0.3, connect_seconds=0.2)
    with (
        no_network() as tried,
        pytest.raises(EgressFault) as caught,
        open_checked("GET", target, policy, headers={}, limits=limits, wire=Wire(resolver=rebinding)),
    ):
        pass
    assert caught.value.kind == "unreachable"
    assert (asked, tried) == (["rebind.example"], ["203.0.114.7"])
    assert server.connections == 0


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["2606:4700::1111", "::1"], ["::ffff:7f00:1"],
     ["169.254.169.254"], ["fe80::1%eth0"], []],
)  # fmt: skip
def test_every_address_must_be_allowed(server: FaultServer, addresses: list[str]) -> None:
    policy = EgressPolicy(allow_http=True, ports=frozenset({server.port}))
    target = check_url(f"http://mixed.example:{server.port}/ok", policy, "image")
    wire = Wire(resolver=lambda host, port: addresses)
    with (
        pytest.raises(EgressFault) as caught,
        open_checked("GET", target, policy, headers={}, limits=QUICK, wire=wire),
    ):
        pass
    assert caught.value.kind == "refused"
    assert server.connections == 0


def test_addresses_in_urls_are_judged_without_a_look_up() -> None:
    def never(host: str, port: int) -> list[str]:
        raise AssertionError("looked up")

    assert judged_addresses(check_url("https://8.8.8.8/", EgressPolicy(), "image"), never, 1) == ["8.8.8.8"]
    forged = CheckedUrl("https", "127.0.0.1", 443, "/", ipaddress.IPv4Address("127.0.0.1"), False)
    with pytest.raises(EgressFault, match="refused"):
        judged_addresses(forged, never, 1)


def test_open_closed_and_absent_inner_hosts_cannot_be_told_apart(server: FaultServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        closed = held.getsockname()[1]
    kinds, times = set(), []

    def inner(host: str, port: int) -> list[str]:
        if host == "absent.example":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return ["127.0.0.1"]

    policy = EgressPolicy(allow_http=True, ports=frozenset({server.port, closed}))
    for host, port in (("open.example", server.port), ("closed.example", closed), ("absent.example", closed)):
        target = check_url(f"http://{host}:{port}/", policy, "image")
        started = time.monotonic()
        with pytest.raises(EgressFault) as caught:
            judged_addresses(target, inner, 1)
        times.append(time.monotonic() - started)
        kinds.add(caught.value.kind)
    assert kinds == {"refused"}
    assert max(times) < 0.1


def test_resolver_failures() -> None:
    target = check_url("https://slow.example/", EgressPolicy(), "image")

    def busy(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    with pytest.raises(EgressFault) as caught:
        judged_addresses(target, busy, 1)
    assert caught.value.kind == "unreachable"
    release = threading.Event()
    with pytest.raises(EgressFault) as caught:
        judged_addresses(target, lambda host, port: ["8.8.8.8"] if release.wait(5) else [], 0.05)
    assert caught.value.kind == "timeout"
    release.set()


def test_the_systems_resolver_gives_each_address_once() -> None:
    assert resolve("127.0.0.1", 80) == ["127.0.0.1"]


def test_the_next_address_is_tried_when_one_does_not_answer(server: FaultServer) -> None:
    policy = policy_for(server, "two.example")
    target = check_url(server.url(host="two.example"), policy, "image")
    with socket.create_server(("127.0.0.9", 0)) as held:
        assert held.getsockname()[1] != server.port  # nothing listens on 127.0.0.9 at the server's port
    wire = Wire(resolver=lambda host, port: ["::1", "127.0.0.9", "127.0.0.1"])
    with open_checked("GET", target, policy, headers={}, limits=QUICK, wire=wire) as answer:
        assert b"".join(answer.chunks()) == PNG


def test_nobody_there_is_unreachable_and_a_full_backlog_is_a_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        closed = held.getsockname()[1]
    policy = EgressPolicy(allowed=frozenset({("127.0.0.1", closed)}))
    target = check_url(f"http://127.0.0.1:{closed}/", policy, "image")
    with (
        pytest.raises(EgressFault) as caught,
        open_checked("GET", target, policy, headers={}, limits=QUICK, wire=Wire()),
    ):
        pass
    assert (caught.value.kind, "ECONNREFUSED" in caught.value.detail) == ("unreachable", True)

    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        policy = EgressPolicy(allowed=frozenset({("127.0.0.1", port)}))
        limits = Limits(total_seconds=5, connect_seconds=0.2)
        started = time.monotonic()
        with (
            pytest.raises(EgressFault) as caught,
            open_checked(
                "GET",
                check_url(f"http://127.0.0.1:{port}/", policy, "image"),
                policy,
                headers={},
                limits=limits,
                wire=Wire(),
            ),
        ):
            pass
        assert caught.value.kind == "timeout"
        assert time.monotonic() - started < 2
        for filler in fillers:
            filler.close()


def test_no_time_left_means_no_connection(server: FaultServer) -> None:
    ticks = iter([0.0, 0.0, 0.1, 9.0, 9.0, 9.0])
    with pytest.raises(EgressFault) as caught:
        get(server, "/ok", wire=Wire(clock=lambda: next(ticks)))
    assert (caught.value.kind, server.connections) == ("timeout", 0)


@pytest.mark.parametrize("path", ["/drip", "/drip-headers", "/tarpit"])
def test_the_deadline_holds_for_every_read(server: FaultServer, path: str) -> None:
    started = time.monotonic()
    fault = failing(server, path, Limits(total_seconds=0.3, connect_seconds=0.2, min_rate=0))
    assert fault.kind == "timeout"
    assert 0.25 < time.monotonic() - started < 1.5


def test_a_body_slower_than_the_least_speed_is_given_up_before_the_deadline(server: FaultServer) -> None:
    started = time.monotonic()
    fault = failing(server, "/drip", Limits(total_seconds=20, min_rate=10_240, grace_seconds=0.3))
    assert (fault.kind, fault.detail) == ("timeout", "too slow")
    assert time.monotonic() - started < 2


def test_a_stalled_clock_cannot_wait_for_ever(server: FaultServer) -> None:
    fault_wire = Wire(clock=lambda: 5.0)
    with pytest.raises(EgressFault) as caught:
        get(server, "/tarpit", limits=Limits(total_seconds=0.2), wire=fault_wire)
    assert (caught.value.kind, caught.value.detail) == ("timeout", "no byte in time")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/bomb", "encoding"),
        ("/endless", "too_large"),
        ("/endless-framing", "cut"),
        ("/crumbs", "too_large"),
        ("/endless-plain", "too_large"),
        ("/large", "too_large"),
        ("/cut", "cut"),
        ("/cut-chunk", "cut"),
        ("/endless-headers", "bad_answer"),
        ("/wide-headers?count=67", "bad_answer"),
        ("/wide-headers?count=101", "bad_answer"),
        ("/garbage", "bad_answer"),
        ("/close", "bad_answer"),
    ],
)
def test_broken_answers(server: FaultServer, path: str, kind: str) -> None:
    assert failing(server, path).kind == kind


def test_headers_up_to_the_limit_pass(server: FaultServer) -> None:
    assert get(server, "/wide-headers?count=60")[1] == b"ok"


def test_endless_answers_cost_neither_memory_nor_time(server: FaultServer) -> None:
    for path in ("/endless", "/endless-framing", "/crumbs", "/endless-plain", "/bomb", "/endless-headers"):
        started = time.monotonic()
        failing(server, path)
        assert time.monotonic() - started < 2


def test_the_exact_cap_passes_and_one_byte_more_does_not(server: FaultServer) -> None:
    server.answers["/exact"] = (200, {"Content-Encoding": "Identity"}, bytes(1000))
    server.answers["/more"] = (200, {}, bytes(1001))
    limits = Limits(total_seconds=2, max_bytes=1000)
    assert len(get(server, "/exact", limits=limits)[1]) == 1000
    assert failing(server, "/more", limits).kind == "too_large"


def test_redirects_are_answers_and_nothing_more(server: FaultServer) -> None:
    answer, _ = get(server, "/redirect?to=/ok")
    assert (answer.status, answer.headers["location"], len(server.requests)) == (302, "/ok", 1)


def test_the_environment_is_ignored(
    server: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, certificate: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    keys = tmp_path / "keys.log"
    with fault_server() as trap:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{trap.port}")
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
        monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert os.environ["HTTP_PROXY"]
        get(server, "/redirect?to=/ok")
        get(server, "/ok")
        public_roots.cache_clear()
        public_roots()
    assert trap.connections == 0
    assert not keys.exists()
    assert not {"authorization", "cookie"} & set(server.requests[1].headers)


def trusting(certificate: Path) -> Wire:
    def trust() -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(certificate)
        return context

    return Wire(resolver=lambda host, port: ["127.0.0.1"], trust=trust)


@pytest.fixture
def secure(certificate: Path) -> Iterator[tuple[FaultServer, list[str | None]]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    asked: list[str | None] = []
    context.sni_callback = lambda sock, name, ctx: asked.append(name)
    with fault_server(context) as running:
        yield running, asked


def exchange(
    server: FaultServer, host: str, wire: Wire, path: str = "/ok", limits: Limits = QUICK, proxy: str | None = None
) -> bytes:
    policy = policy_for(server, host, proxy=proxy)
    target = check_url(server.url(path, "https", host), policy, "webhook")
    with open_checked("POST", target, policy, headers={}, body=b"x" * 50_000, limits=limits, wire=wire) as answer:
        return b"".join(answer.chunks())


def test_tls_goes_by_the_name_while_the_socket_goes_to_the_address(
    secure: tuple[FaultServer, list[str | None]], certificate: Path
) -> None:
    server, asked = secure
    assert exchange(server, "pictures.example", trusting(certificate)) == PNG
    assert asked == ["pictures.example"]
    assert server.requests[0].headers["host"] == f"pictures.example:{server.port}"
    assert server.requests[0].body == b"x" * 50_000


@pytest.mark.parametrize("host", ["other.example", "127.0.0.1", "sub.pictures.example"])
def test_a_certificate_for_another_name_is_refused(
    secure: tuple[FaultServer, list[str | None]], certificate: Path, host: str
) -> None:
    server, _ = secure
    with pytest.raises(EgressFault, match="CERTIFICATE_VERIFY_FAILED") as caught:
        exchange(server, host, trusting(certificate))
    assert caught.value.kind == "tls"
    assert server.requests == []


def test_an_unknown_authority_is_refused(secure: tuple[FaultServer, list[str | None]]) -> None:
    server, _ = secure
    with pytest.raises(EgressFault, match="tls"):
        exchange(server, "pictures.example", Wire(resolver=lambda host, port: ["127.0.0.1"]))


def test_deadlines_hold_under_tls(secure: tuple[FaultServer, list[str | None]], certificate: Path) -> None:
    server, _ = secure
    for path in ("/drip", "/tarpit"):
        started = time.monotonic()
        with pytest.raises(EgressFault) as caught:
            exchange(server, "pictures.example", trusting(certificate), path, Limits(total_seconds=0.3, min_rate=0))
        assert caught.value.kind == "timeout"
        assert time.monotonic() - started < 1.5


def test_a_handshake_that_never_comes_is_a_timeout(certificate: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = FaultServer(silent.getsockname()[1])
        with pytest.raises(EgressFault) as caught:
            exchange(server, "pictures.example", trusting(certificate), limits=Limits(total_seconds=0.3))
    assert caught.value.kind == "timeout"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_request_that_is_not_taken_is_a_timeout(certificate: Path, scheme: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def accept() -> None:
            plain, _ = listener.accept()
            with plain:
                held = context.wrap_socket(plain, server_side=True) if scheme == "https" else plain
                done.wait(5)
                held.close()

        thread = threading.Thread(target=accept)
        thread.start()
        policy = EgressPolicy(allowed=frozenset({("pictures.example", port)}))
        target = check_url(f"{scheme}://pictures.example:{port}/", policy, "webhook")
        with (
            pytest.raises(EgressFault) as caught,
            open_checked(
                "POST",
                target,
                policy,
                headers={},
                body=bytes(30_000_000),
                limits=Limits(total_seconds=0.3),
                wire=trusting(certificate),
            ),
        ):
            pass
        done.set()
        thread.join(5)
    assert (caught.value.kind, caught.value.detail) == ("timeout", "request not taken")


class Tunnel:
    """A CONNECT proxy on loopback that remembers what it was asked."""

    def __init__(self, status: str = "200 OK") -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.asked: list[str] = []
        self.status = status
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self) -> None:
        near, _ = self.listener.accept()
        with near:
            asked = b""
            while b"\r\n\r\n" not in asked:
                asked += near.recv(4096)
            self.asked = asked.decode().split("\r\n")
            near.sendall(f"HTTP/1.1 {self.status}\r\n\r\n".encode())
            if not self.status.startswith("200"):
                return
            host, port = self.asked[0].split(" ")[1].split(":")
            with socket.create_connection((host, int(port))) as far:
                back = threading.Thread(target=self.pump, args=(far, near), daemon=True)
                back.start()
                self.pump(near, far)
                back.join(2)

    @staticmethod
    def pump(source: socket.socket, sink: socket.socket) -> None:
        try:
            while block := source.recv(65536):
                sink.sendall(block)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            return


def test_the_operators_proxy_is_asked_for_the_judged_address(
    secure: tuple[FaultServer, list[str | None]], certificate: Path
) -> None:
    server, asked = secure
    tunnel = Tunnel()
    proxy = f"http://me:s%40cret@127.0.0.1:{tunnel.port}"
    assert exchange(server, "pictures.example", trusting(certificate), proxy=proxy) == PNG
    assert tunnel.asked[0].startswith(f"CONNECT 127.0.0.1:{server.port} ")
    assert "proxy-authorization: Basic bWU6c0BjcmV0" in tunnel.asked
    assert asked == ["pictures.example"]
    assert "proxy-authorization" not in server.requests[0].headers


def test_plain_http_goes_through_the_tunnel_too(server: FaultServer) -> None:
    tunnel = Tunnel()
    policy = policy_for(server, proxy=f"http://127.0.0.1:{tunnel.port}")
    target = check_url(server.url(), policy, "image")
    with open_checked("GET", target, policy, headers={}, limits=QUICK, wire=Wire()) as answer:
        assert b"".join(answer.chunks()) == PNG
    assert tunnel.asked[0].startswith("CONNECT 127.0.0.1:")


def test_a_proxy_that_says_no(server: FaultServer) -> None:
    tunnel = Tunnel("403 Forbidden")
    policy = policy_for(server, proxy=f"http://127.0.0.1:{tunnel.port}")
    target = check_url(server.url(), policy, "image")
    with (
        pytest.raises(EgressFault) as caught,
        open_checked("GET", target, policy, headers={}, limits=QUICK, wire=Wire()),
    ):
        pass
    assert (caught.value.kind, server.connections) == ("bad_answer", 0)


def test_nothing_stays_open(server: FaultServer) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for path in ("/ok", "/redirect?to=/ok"):
        get(server, path)
    for path in ("/bomb", "/cut", "/large", "/garbage"):
        failing(server, path)
    time.sleep(0.1)
    assert len(os.listdir("/proc/self/fd")) <= before + 1
    assert safe_http.BLOCK == 65536
