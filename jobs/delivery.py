"""`python -m jobs.delivery`: empties the webhook outbox, one signed POST per attempt, each attempt in the log.

At-least-once: an attempt that could not be recorded is made again when its lease runs out. Receivers that never answer
hold at most two threads per receiver and three per account. Never composes or changes a body.
"""

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from random import Random, SystemRandom
from urllib.parse import urlsplit

from sqlalchemy import Connection

from config import ConfigError, Settings
from jobs.egress.safe_http import Wire
from jobs.egress.urls import EgressPolicy
from jobs.egress.watch import Limits
from jobs.egress.webhook import LIMITS, Outcome, post_webhook
from jobs.failpoints import reach
from jobs.job_log import open_log
from jobs.retry_schedule import next_attempt
from jobs.signatures import HeaderNames, sign
from jobs.sources import egress_policy
from jobs.tools import Tools, open_tools
from storage.errors import ServiceError
from storage.model import Attempt, Delivery
from storage.records import endpoints, outbox

logger = logging.getLogger("darkroom.delivery")

THREADS = 32  # they only wait; ten accounts whose receivers never answer leave some for the others
PER_LANE = 2
PER_ACCOUNT = 3
PAUSE_S = 0.5
LEASE_S = 30.0  # an attempt ends within half of it
RECORD_TRIES = 3
LOOK_AHEAD = 256


@dataclass(frozen=True)
class Outbound:
    """What deliveries go out with; tests put in their own limits, resolver and chance."""

    policy: EgressPolicy
    names: HeaderNames = HeaderNames()
    limits: Limits = LIMITS
    wire: Wire = Wire()
    chance: Random = field(default_factory=SystemRandom)


def outbound(settings: Settings) -> Outbound:
    """Policy and header names of this installation."""
    names = HeaderNames(
        print_signature=settings.print_signature_header,
        shelf_user_agent=settings.shelf_user_agent,
    )
    return Outbound(egress_policy(settings), names)


@dataclass(frozen=True)
class Made:
    """An attempt that was made and is to be recorded."""

    delivery: Delivery
    outcome: Outcome
    at: datetime
    duration_ms: int


class Courier:
    """Sends due deliveries in threads; one thread, the caller's, does all the writing.

    What ended is recorded and what is due is claimed in one short transaction. The long look through the outbox is a
    reading one, so that a backlog of thousands keeps no other writer waiting.
    """

    def __init__(self, tools: Tools, out: Outbound) -> None:
        self._tools = tools
        self._out = out
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="delivery")
        self._flying: set[Future[Made]] = set()
        self._ended: list[Made] = []
        self._due: list[str] = []
        self._looked_at = float("-inf")
        self.recorded = 0

    def step(self, now: datetime) -> bool:
        """Records what has ended and starts what is due at `now`; False when there is nothing more to wait for.

        Raises Unavailable when the database is busy; nothing is lost, the next step tries again.
        """
        self._collect()
        patience = PAUSE_S if self._due else PAUSE_S / 10
        if not (self._due or self._flying) or time.monotonic() - self._looked_at > patience:
            self._look(now)
        free = THREADS - len(self._flying) if self._due else 0
        if self._ended or free > 0:
            self._write(now, free)
        return bool(self._flying)

    def rest(self, seconds: float) -> None:
        """Waits until an attempt has ended, `seconds` at most."""
        wait(self._flying, timeout=seconds, return_when=FIRST_COMPLETED)

    def leave(self, now: datetime) -> None:
        """Lets attempts in flight end, records them, and ends the threads."""
        self._pool.shutdown(wait=True)
        self._collect()
        for _ in range(RECORD_TRIES):
            if not self._ended:
                return
            try:
                self._write(now, 0)
            except ServiceError:
                logger.warning("attempts not recorded yet", exc_info=True, extra={"event": "delivery.busy"})
        for made in self._ended:
            logger.error("attempt not recorded; its lease will run out", extra=facts(made.delivery, "unrecorded"))

    def _collect(self) -> None:
        done = {future for future in self._flying if future.done()}
        self._flying -= done
        self._ended += [future.result() for future in done]

    def _look(self, now: datetime) -> None:
        with self._tools.database.read() as tx:
            self._due = outbox.due_ids(tx, now, limit=LOOK_AHEAD, per_lane=LOOK_AHEAD, per_account=LOOK_AHEAD)
        self._looked_at = time.monotonic()

    def _write(self, now: datetime, free: int) -> None:
        claimed: list[Delivery] = []
        if self._ended:
            reach(self._tools.settings.failpoints, "delivery.before_record")
        with self._tools.database.write() as tx:
            tell_later = [record(tx, self._out, made, self._tools.clock()) for made in self._ended]
            if free > 0:
                claimed = outbox.claim_due(
                    tx, now, limit=free, lease_s=LEASE_S, per_lane=PER_LANE, per_account=PER_ACCOUNT, among=self._due
                )
        if self._ended:
            reach(self._tools.settings.failpoints, "delivery.after_record")
        self.recorded += len(self._ended)
        self._ended = []
        taken = {delivery.id for delivery in claimed}
        self._due = [each for each in self._due if each not in taken]
        self._flying |= {self._pool.submit(attempt, self._tools, self._out, delivery) for delivery in claimed}
        for tell in tell_later:
            tell()


def attempt(tools: Tools, out: Outbound, delivery: Delivery) -> Made:
    """One attempt, from the signature to the outcome; never raises."""
    at, started = tools.clock(), time.monotonic()
    try:
        reach(tools.settings.failpoints, "delivery.before_send")
        outcome = send(out, delivery, at)
        reach(tools.settings.failpoints, "delivery.after_send")
    except Exception:
        logger.exception("attempt crashed", extra=facts(delivery, "crashed"))
        outcome = Outcome(None, "internal")
    return Made(delivery, outcome, at, int((time.monotonic() - started) * 1000))


def send(out: Outbound, delivery: Delivery, at: datetime) -> Outcome:
    """Signs for this moment and posts the stored bytes."""
    headers = sign(delivery.dialect, delivery.event, delivery.id, delivery.body, delivery.secrets, at, out.names)
    return post_webhook(delivery.url, headers, delivery.body, policy=out.policy, limits=out.limits, wire=out.wire)


def record(tx: Connection, out: Outbound, made: Made, now: datetime) -> Callable[[], None]:
    """Writes the attempt, the time of the next one, and what it means for the endpoint. Gives back what writes the log,
    to be called once all this is committed."""
    delivery, outcome = made.delivery, made.outcome
    number, delivered, gone = delivery.attempts + 1, outcome.error is None, outcome.status == 410
    next_at = None if delivered else next_attempt(number, now, outcome.retry_after, out.chance)
    if gone and delivery.endpoint_id is None:
        next_at = None  # nobody can enable a callback again
    row = Attempt(delivery.id, number, made.at, made.duration_ms, outcome.status, outcome.error, outcome.response)
    held = outbox.record_attempt(tx, row, str(delivery.token), delivered=delivered, next_at=next_at)
    disabled = False
    if held and delivery.endpoint_id is not None:
        disabled = endpoints.note_outcome(tx, delivery.endpoint_id, delivered, now)
        if gone:
            endpoints.disable(tx, delivery.endpoint_id, "gone", now)
            disabled = True
    return partial(tell, made, number, next_at, held, disabled)


def tell(made: Made, number: int, next_at: datetime | None, held: bool, disabled: bool) -> None:
    """One line in the log per attempt; the receiver's host, never its path, and nothing of body or answer."""
    more = {
        "attempt": number,
        "duration_ms": made.duration_ms,
        "status": made.outcome.status,
        "code": made.outcome.error,
        "cause": made.outcome.cause,
        "next_at": next_at.isoformat() if next_at else None,
    }
    level = logging.INFO if made.outcome.error is None else logging.WARNING
    logger.log(level, "webhook attempted", extra=facts(made.delivery, "sent" if held else "stale") | more)
    if disabled:
        logger.warning("webhook endpoint disabled", extra=facts(made.delivery, "endpoint_disabled"))


def facts(delivery: Delivery, event: str) -> dict[str, object]:
    """The fields by which every line about a delivery is found."""
    return {
        "event": f"delivery.{event}",
        "delivery_id": delivery.id,
        "account_id": delivery.account_id,
        "request_id": delivery.request_id,
        "batch_id": delivery.batch_id,
        "image_id": delivery.image_id,
        "endpoint_id": delivery.endpoint_id,
        "host": urlsplit(delivery.url).hostname,
    }


def deliver_due(tools: Tools, now: datetime, out: Outbound | None = None) -> int:
    """Sends everything that is due at `now` and waits for it; the number of attempts recorded. Raises Unavailable.

    The synchronous door, for tests with a clock of their own; the process delivers by `run`, with the same Courier.
    """
    courier = Courier(tools, out or outbound(tools.settings))
    try:
        while courier.step(now):
            courier.rest(PAUSE_S)
    finally:
        courier.leave(now)
    return courier.recorded


def run(tools: Tools, out: Outbound, stop: threading.Event) -> None:
    """Delivers until `stop` is set; then attempts in flight end and are recorded."""
    courier = Courier(tools, out)
    try:
        while not stop.is_set():
            busy = False
            try:
                busy = courier.step(tools.clock())
            except ServiceError:
                logger.warning("database busy; tried again", exc_info=True, extra={"event": "delivery.busy"})
            if busy:
                courier.rest(PAUSE_S)
            else:
                stop.wait(PAUSE_S)
    finally:
        courier.leave(tools.clock())


def main() -> int:
    """Settings from the environment; 0 after SIGTERM or SIGINT, 2 when the settings are wrong."""
    try:
        settings = Settings.from_env()
        out = outbound(settings)
    except (ConfigError, ValueError) as fault:
        print(fault, file=sys.stderr)
        return 2
    open_log(settings.log_level, settings.log_format)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    tools = open_tools(settings)
    logger.info("delivering", extra={"event": "delivery.started"})
    if out.policy.allowed:
        opened = sorted(f"{host}:{port}" for host, port in out.policy.allowed)
        logger.warning("inner addresses may be reached", extra={"event": "egress.opened", "allowed": opened})
    run(tools, out, stop)
    tools.database.dispose()
    logger.info("stopped", extra={"event": "delivery.stopped"})
    return 0


if __name__ == "__main__":
    sys.exit(main())
