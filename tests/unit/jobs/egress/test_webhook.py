"""One POST against every kind of receiver: what counts as success, and what is kept of the answer."""

import time
from collections.abc import Iterator

import pytest

from jobs.egress import webhook
from jobs.egress.safe_http import Wire
from jobs.egress.urls import EgressPolicy
from jobs.egress.watch import Limits
from jobs.egress.webhook import LIMITS, Outcome, post_webhook, text_safe
from tests.fault_server import FaultServer, fault_server

EASY = Limits(total_seconds=10, connect_seconds=5, max_bytes=64 * 1024, min_rate=0)
QUICK = Limits(total_seconds=0.25, connect_seconds=0.25, max_bytes=64 * 1024, min_rate=0)
BODY = b'{"a":"\xc3\xbc"}'


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        yield running


def post(server: FaultServer, path: str, limits: Limits = EASY) -> Outcome:
    policy = EgressPolicy(allowed=frozenset({("127.0.0.1", server.port)}))
    return post_webhook(server.url(path), {"User-Agent": "Ours/1"}, BODY, policy=policy, limits=limits)


def test_the_documented_limits() -> None:
    assert (LIMITS.total_seconds, LIMITS.connect_seconds) == (15.0, 5.0)


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/status?code=200", 200, None),
        ("/status?code=202", 202, None),
        ("/status?code=299", 299, None),
        ("/status?code=300", 300, "redirect"),
        ("/redirect?to=/ok", 302, "redirect"),
        ("/redirect?to=/ok&code=307", 307, "redirect"),
        ("/status?code=400", 400, "http"),
        ("/status?code=410", 410, "http"),
        ("/status?code=500", 500, "http"),
        ("/bomb", 200, None),
        ("/large", 200, None),
        ("/cut", 200, None),
        ("/endless", 200, None),
        ("/tarpit", None, "timeout"),
        ("/drip-headers", None, "timeout"),
        ("/endless-headers", None, "bad_answer"),
        ("/wide-headers?count=67", None, "bad_answer"),
        ("/garbage", None, "bad_answer"),
        ("/close", None, "bad_answer"),
    ],
)
def test_the_receiver_table(server: FaultServer, path: str, status: int | None, error: str | None) -> None:
    outcome = post(server, path, QUICK if error == "timeout" else EASY)
    assert (outcome.status, outcome.error) == (status, error)
    assert len(server.requests) == 1
    assert (server.requests[0].method, server.requests[0].body) == ("POST", BODY)
    assert server.requests[0].headers["user-agent"] == "Ours/1"
    assert len(outcome.response) <= 1024


def test_what_is_kept_of_the_answer(server: FaultServer) -> None:
    server.answers["/said"] = (503, {"Retry-After": "120"}, b"out of \x00or\xffder\n" + b"x" * 5000)
    outcome = post(server, "/said")
    assert outcome.response == "out of \ufffdor\ufffdder\n" + "x" * (1024 - 15)
    assert outcome.retry_after == "120"
    server.answers["/short"] = (200, {"Content-Encoding": "identity"}, b"ok")
    assert post(server, "/short").response == "ok"
    assert post(server, "/bomb").response == ""


def test_success_does_not_wait_for_a_slow_body(server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "_BODY_SECONDS", 0.2)
    started = time.monotonic()
    outcome = post(server, "/drip", LIMITS)
    assert (outcome.status, outcome.error) == (200, None)
    assert outcome.response.startswith("\ufffdPNG")
    assert time.monotonic() - started < 1.9


def test_refusals_never_reach_the_receiver(server: FaultServer) -> None:
    for url in (server.url(), "http://example.com/", "https://127.0.0.1/", "https://me@example.com/", "nonsense"):
        outcome = post_webhook(url, {}, BODY, policy=EgressPolicy(allow_http=True))
        assert (outcome.status, outcome.error) == (None, "refused")
    wire = Wire(resolver=lambda host, port: ["10.0.0.1"])
    assert post_webhook("https://inner.example/", {}, BODY, policy=EgressPolicy(), wire=wire).error == "refused"
    assert server.connections == 0


def test_any_bytes_become_text() -> None:
    assert text_safe(bytes(range(256))).isprintable() is False
    assert not set(text_safe(bytes(range(256)))) & {chr(code) for code in range(32) if code not in (9, 10)}
