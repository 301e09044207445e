"""The outbox to real receivers on loopback: retries on a fake clock, giving up, isolation, and a clean end."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from standardwebhooks.webhooks import Webhook

from config import Settings
from jobs import delivery as module
from jobs.delivery import Outbound, deliver_due, outbound, run
from jobs.egress.urls import EgressPolicy
from jobs.egress.watch import Limits
from jobs.egress.webhook import Outcome
from jobs.retry_schedule import DELAYS
from jobs.tools import Tools, open_tools
from storage.errors import Unavailable
from storage.model import Delivery, Dialect, Message
from storage.records import accounts, endpoints, outbox
from storage.records.present import present
from tests.fault_server import FaultServer, fault_server

SECRET = "whsec_" + "c2VjcmV0" * 4
BODY = b'{"event":"job.completed","\xc3\xbc":"kept as it is" }'


class Middle(Random):
    """Jitter without chance: the middle of every range."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


class Clock:
    """A wall clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.moment

    def move(self, **step: float) -> None:
        self.moment += timedelta(**step)


@dataclass
class Bench:
    """One installation with an account, a receiver and a clock."""

    tools: Tools
    clock: Clock
    server: FaultServer
    out: Outbound
    account: str

    def put(self, path: str = "/ok", *, account: str = "", **fields: object) -> str:
        message = Message(Dialect.SHELF, "analysis.completed", self.server.url(path), BODY, secrets=(SECRET,))
        message = replace(message, **fields)  # type: ignore[arg-type]
        with self.tools.database.write() as tx:
            owner = account or self.account
            return outbox.add_messages(tx, owner, [message], batch_id="bat_1", image_id="img_1", now=self.clock())[0]

    def deliver(self) -> int:
        return deliver_due(self.tools, self.clock(), self.out)

    def row(self, delivery_id: str) -> Delivery:
        with self.tools.database.read() as tx:
            return outbox.get_delivery(tx, delivery_id)

    def log(self, delivery_id: str) -> list[tuple[int, int | None, str | None]]:
        with self.tools.database.read() as tx:
            return [(a.number, a.status, a.error) for a in outbox.attempts_of(tx, delivery_id)]

    def endpoint(self, path: str = "/ok") -> tuple[str, str]:
        with self.tools.database.write() as tx:
            made, secret = endpoints.create_endpoint(
                tx, self.account, Dialect.SHELF, self.server.url(path), ["*"], "", self.clock()
            )
        return made.id, secret

    def status(self, endpoint_id: str) -> tuple[str, str | None]:
        with self.tools.database.read() as tx:
            found = endpoints.get_endpoint(tx, self.account, endpoint_id)
        return found.status, found.disabled_reason


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    tools = open_tools(Settings.from_env({}, secret_key="s" * 40, data_dir=folder))
    tools.database.migrate()
    with tools.database.write() as tx:
        accounts.create_account(tx, name="Shop", actor="test", now=datetime.now(UTC))
    tools.database.dispose()
    return folder / "darkroom.sqlite3"


@pytest.fixture
def bench(template: Path, tmp_path: Path) -> Iterator[Bench]:
    for part in template.parent.glob(template.name + "*"):
        (tmp_path / part.name).write_bytes(part.read_bytes())
    clock = Clock()
    tools = open_tools(Settings.from_env({}, secret_key="s" * 40, data_dir=tmp_path), clock=clock)
    with tools.database.read() as tx:
        account = accounts.list_accounts(tx)[0].id
    with fault_server() as server:
        policy = EgressPolicy(allowed=frozenset({("127.0.0.1", server.port), ("localhost", server.port)}))
        limits = Limits(total_seconds=10, connect_seconds=5, max_bytes=65536, min_rate=0)
        yield Bench(tools, clock, server, Outbound(policy, limits=limits, chance=Middle()), account)
    tools.database.dispose()


def test_a_delivery_arrives_signed_and_once(bench: Bench) -> None:
    made = bench.put()
    assert bench.deliver() == 1
    request = bench.server.requests[0]
    assert (request.method, request.body) == ("POST", BODY)
    Webhook(SECRET).verify(request.body, request.headers)
    assert request.headers["webhook-id"] == request.headers["x-shelfforce-delivery"] == made
    assert request.headers["x-shelfforce-event"] == "analysis.completed"
    assert request.headers["content-type"] == "application/json"
    assert (bench.row(made).state, bench.log(made)) == ("delivered", [(1, 200, None)])
    bench.clock.move(days=2)
    assert bench.deliver() == 0


def test_a_body_that_names_its_delivery_and_the_header_agree(bench: Bench) -> None:
    assert bench.put(id="evt_named", dialect=Dialect.PRINT) == "evt_named"
    bench.deliver()
    assert bench.server.requests[0].headers["x-webhook-id"] == "evt_named"


def test_the_schedule_to_its_end_with_one_id_and_one_body(bench: Bench) -> None:
    made = bench.put("/status?code=500")
    for number, delay in enumerate(DELAYS, start=1):
        assert bench.deliver() == 1
        assert bench.deliver() == 0
        row = bench.row(made)
        assert (row.state, row.attempts) == ("pending", number)
        assert row.next_at == bench.clock() + timedelta(seconds=delay)
        bench.clock.move(seconds=delay - 1)
        assert bench.deliver() == 0
        bench.clock.move(seconds=1)
    assert bench.deliver() == 1
    assert (bench.row(made).state, bench.row(made).next_at) == ("failed", None)
    assert bench.log(made) == [(number, 500, "http") for number in range(1, 11)]
    requests = bench.server.requests
    assert {request.body for request in requests} == {BODY}
    assert {request.headers["webhook-id"] for request in requests} == {made}
    moments = [int(request.headers["webhook-timestamp"]) for request in requests]
    assert [later - sooner for sooner, later in zip(moments, moments[1:], strict=False)] == list(DELAYS)


def test_a_retry_succeeds_and_the_log_tells_both(bench: Bench) -> None:
    bench.server.answers["/flaky"] = [(503, {}, b"not \x00 now" + b"!" * 2000), (204, {}, b"")]
    made = bench.put("/flaky")
    bench.deliver()
    bench.clock.move(seconds=5)
    bench.deliver()
    assert bench.log(made) == [(1, 503, "http"), (2, 204, None)]
    with bench.tools.database.read() as tx:
        first, second = outbox.attempts_of(tx, made)
    assert first.response.startswith("not \ufffd now!!") and len(first.response) <= 1024
    assert (second.response, first.at, second.at - first.at) == ("", first.at, timedelta(seconds=5))
    assert 0 <= first.duration_ms < 2000


def test_retry_after_postpones_but_never_hastens(bench: Bench) -> None:
    for wanted, waited in (("3600", 3600), ("1", 5), ("9999999", 86400)):
        bench.server.answers["/busy"] = (429, {"Retry-After": wanted}, b"")
        made = bench.put("/busy")
        bench.deliver()
        assert bench.row(made).next_at == bench.clock() + timedelta(seconds=waited)


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/redirect?to=/ok", 302, "redirect"),
        ("/tarpit", None, "timeout"),
        ("/close", None, "bad_answer"),
        ("/wide-headers?count=67", None, "bad_answer"),
        ("/bomb", 200, None),
    ],
)
def test_receivers_that_misbehave(bench: Bench, path: str, status: int | None, error: str | None) -> None:
    if error == "timeout":
        bench.out = replace(bench.out, limits=replace(bench.out.limits, total_seconds=0.25))
    made = bench.put(path)
    bench.deliver()
    assert bench.log(made) == [(1, status, error)]
    assert len(bench.server.requests) == 1


def test_a_target_that_may_no_longer_be_reached_is_refused_at_the_attempt(bench: Bench) -> None:
    made = bench.put(url="https://10.0.0.1/hook")
    bench.deliver()
    assert bench.log(made) == [(1, None, "refused")]


def test_gone_disables_an_endpoint_and_enabling_it_goes_on(bench: Bench) -> None:
    endpoint, _ = bench.endpoint("/gone")
    bench.server.answers["/gone"] = (410, {}, b"")
    first, second = bench.put(endpoint_id=endpoint, secrets=()), bench.put(endpoint_id=endpoint, secrets=())
    bench.deliver()
    assert bench.status(endpoint) == ("disabled", "gone")
    with bench.tools.database.read() as tx:
        assert present(tx, bench.clock()).endpoints == {"disabled": 1}, "what the metrics show"
    bench.clock.move(days=1)
    assert bench.deliver() == 0
    assert bench.row(first).state == "pending"
    bench.server.answers["/gone"] = (200, {}, b"")
    with bench.tools.database.write() as tx:
        endpoints.update_endpoint(tx, bench.account, endpoint, status="active")
    assert bench.deliver() == 2
    assert {bench.row(first).state, bench.row(second).state} == {"delivered"}


def test_gone_ends_a_callback(bench: Bench) -> None:
    made = bench.put("/status?code=410")
    bench.deliver()
    assert (bench.row(made).state, bench.log(made)) == ("failed", [(1, 410, "http")])


def test_five_days_of_failures_disable_an_endpoint(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    endpoint, _ = bench.endpoint("/status?code=500")
    for day in range(6):
        assert bench.status(endpoint) == ("active", None), day
        bench.put(endpoint_id=endpoint, secrets=())
        assert bench.deliver() >= 1
        bench.clock.move(days=1)
    assert bench.status(endpoint) == ("disabled", "failing")
    assert [line for line in caplog.records if getattr(line, "event", "") == "delivery.endpoint_disabled"]


def test_one_success_in_five_days_keeps_it(bench: Bench) -> None:
    endpoint, _ = bench.endpoint("/mixed")
    bench.server.answers["/mixed"] = [*[(500, {}, b"")] * 3, (200, {}, b""), *[(500, {}, b"")] * 30]
    for _ in range(7):
        bench.put(endpoint_id=endpoint, secrets=())
        bench.deliver()
        bench.clock.move(hours=20)
    assert bench.status(endpoint) == ("active", None)


def test_both_secrets_of_a_rotation_sign(bench: Bench) -> None:
    endpoint, old = bench.endpoint()
    with bench.tools.database.write() as tx:
        new = endpoints.rotate_secret(tx, bench.account, endpoint, bench.clock())
    bench.put(endpoint_id=endpoint, secrets=())
    bench.deliver()
    request = bench.server.requests[0]
    for secret in (old, new):
        Webhook(secret).verify(request.body, request.headers)
    bench.clock.move(hours=25)
    bench.put(endpoint_id=endpoint, secrets=())
    bench.deliver()
    assert len(bench.server.requests[1].headers["webhook-signature"].split(" ")) == 1


def test_fifty_tarpits_of_one_account_delay_no_other(bench: Bench) -> None:
    def told(account: str, path: str, count: int, endpoint: str | None = None) -> list[str]:
        message = Message(Dialect.SHELF, "e", bench.server.url(path), BODY, endpoint_id=endpoint)
        return outbox.add_messages(tx, account, [message] * count, batch_id=None, image_id=None, now=bench.clock())

    with bench.tools.database.write() as tx:
        other = accounts.create_account(tx, name="Tarpits", actor="test", now=bench.clock()).id
        for number in range(50):
            url = bench.server.url(f"/tarpit?{number}")
            made, _ = endpoints.create_endpoint(tx, other, Dialect.SHELF, url, ["*"], "", bench.clock())
            told(other, "/unused", 1, made.id)
        bench.clock.move(seconds=1)
        waiting = told(bench.account, "/ok", 20)
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(bench.tools, bench.out, stop))
    started = time.monotonic()
    thread.start()
    while sum(request.path == "/ok" for request in bench.server.requests) < 20 and time.monotonic() - started < 8:
        time.sleep(0.01)
    took = time.monotonic() - started
    stop.set()
    bench.server.hang_up()
    thread.join(5)
    assert not thread.is_alive()
    assert took < 5, "delivered while every tarpit was still holding its thread"
    assert sum(request.path.startswith("/tarpit") for request in bench.server.requests) == module.PER_ACCOUNT
    assert {bench.row(each).state for each in waiting} == {"delivered"}


def test_at_most_two_at_once_per_receiver_and_three_per_account(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    lock, flying, most = threading.Lock(), [0], [0]
    send = module.send

    def counting(out: Outbound, delivery: Delivery, at: datetime) -> Outcome:
        with lock:
            flying[0] += 1
            most[0] = max(most[0], flying[0])
        try:
            return send(out, delivery, at)
        finally:
            with lock:
                flying[0] -= 1

    monkeypatch.setattr(module, "send", counting)
    bench.out = replace(bench.out, limits=replace(bench.out.limits, total_seconds=0.15))
    for _ in range(6):
        bench.put("/tarpit")
    assert (bench.deliver(), most) == (6, [2])
    bench.clock.move(days=1)
    for _ in range(3):
        bench.put(url=bench.server.url("/tarpit", host="localhost"))
    assert (bench.deliver(), most) == (9, [3])


def failing_first(monkeypatch: pytest.MonkeyPatch, name: str, times: int) -> None:
    """Makes a function of the outbox say `times` times that the database is busy."""
    real, failures = getattr(outbox, name), [Unavailable(code="database_busy")] * times

    def busy(*args: object, **fields: object) -> object:
        if failures:
            raise failures.pop()
        return real(*args, **fields)

    monkeypatch.setattr(module.outbox, name, busy)


@pytest.mark.parametrize(("name", "times"), [("record_attempt", 2), ("claim_due", 1), ("due_ids", 1)])
def test_a_busy_database_loses_and_repeats_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, name: str, times: int
) -> None:
    monkeypatch.setattr(module, "PAUSE_S", 0.02)
    made = bench.put()
    failing_first(monkeypatch, name, times)
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(bench.tools, bench.out, stop))
    thread.start()
    started = time.monotonic()
    while bench.row(made).state != "delivered" and time.monotonic() - started < 5:
        time.sleep(0.02)
    stop.set()
    thread.join(3)
    assert bench.log(made) == [(1, 200, None)]
    assert len(bench.server.requests) == 1


def test_what_could_not_be_recorded_is_sent_again_after_its_lease(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made = bench.put()
    failing_first(monkeypatch, "record_attempt", 1 + module.RECORD_TRIES)
    with pytest.raises(Unavailable):
        bench.deliver()
    assert (bench.row(made).state, bench.log(made)) == ("pending", [])
    assert [line for line in caplog.records if getattr(line, "event", "") == "delivery.unrecorded"]
    assert bench.deliver() == 0
    bench.clock.move(seconds=61)
    assert bench.deliver() == 1
    assert bench.log(made) == [(1, 200, None)]
    first, second = bench.server.requests
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])


def test_a_crash_of_ours_is_an_attempt_like_any_other(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    made = bench.put(secrets=("whsec_%%%",))
    bench.deliver()
    assert bench.log(made) == [(1, None, "internal")]
    assert bench.row(made).next_at == bench.clock() + timedelta(seconds=5)
    assert bench.server.connections == 0
    assert "whsec_%%%" not in caplog.text


def test_a_stale_lease_writes_nothing(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    endpoint, _ = bench.endpoint("/status?code=500")
    made = bench.put(endpoint_id=endpoint, secrets=())
    with bench.tools.database.write() as tx:
        held = outbox.claim_due(tx, bench.clock(), limit=1, lease_s=60)[0]
        outbox.give_back(tx, held.id, str(held.token))
    caplog.set_level(logging.INFO)
    made_late = module.attempt(bench.tools, bench.out, held)
    with bench.tools.database.write() as tx:
        tell = module.record(tx, bench.out, made_late, bench.clock())
    tell()
    assert (bench.log(made), bench.row(made).attempts) == ([], 0)
    assert [line for line in caplog.records if getattr(line, "event", "") == "delivery.stale"]


def test_stopping_ends_attempts_in_flight_and_keeps_the_rest_due(bench: Bench) -> None:
    slow = [bench.put("/slow?seconds=0.3") for _ in range(5)]
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(bench.tools, bench.out, stop))
    thread.start()
    started = time.monotonic()
    while bench.server.open_now < 2 and time.monotonic() - started < 5:
        time.sleep(0.01)
    stop.set()
    thread.join(3)
    assert not thread.is_alive()
    assert sorted(len(bench.log(each)) for each in slow) == [0, 0, 0, 1, 1]
    assert [bench.row(each).token for each in slow] == [None] * 5


def test_the_log_finds_a_delivery_and_tells_no_secret(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    made = bench.put("/status?code=500&token=hidden")
    bench.deliver()
    line = next(line for line in caplog.records if line.name == "darkroom.delivery")
    assert line.levelname == "WARNING"
    told = {name: getattr(line, name) for name in ("event", "delivery_id", "batch_id", "image_id", "attempt", "code")}
    assert told == {
        "event": "delivery.sent",
        "delivery_id": made,
        "batch_id": "bat_1",
        "image_id": "img_1",
        "attempt": 1,
        "code": "http",
    }
    everything = json.dumps([vars(record) for record in caplog.records], default=str)
    assert "hidden" not in everything and SECRET not in everything and "kept as it is" not in everything


def test_settings_decide_policy_and_names(tmp_path: Path) -> None:
    settings = Settings.from_env(
        {"EGRESS_ALLOW": "127.0.0.1:9,[::1]:8", "PRINT_SIGNATURE_HEADER": "X-S", "SHELF_USER_AGENT": "A/1"},
        secret_key="s" * 40,
        data_dir=tmp_path,
    )
    out = outbound(settings)
    assert out.policy.allowed == {("127.0.0.1", 9), ("::1", 8)}
    assert (out.names.print_signature, out.names.shelf_user_agent) == ("X-S", "A/1")
    assert (out.limits.total_seconds, out.limits.connect_seconds) == (15.0, 5.0)
