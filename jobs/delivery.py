"""`python -m jobs.delivery`: empties the webhook outbox, one signed POST per attempt, each attempt in the log.

At-least-once: an attempt that could not be recorded is made again when its lease runs out. Receivers that never answer
hold at most two threads per receiver and three per account. Never composes or changes a body.
"""

import logging
import signal
import sys
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from random import Random, SystemRandom
from urllib.parse import urlsplit

from config import ConfigError, Settings
from jobs.egress.safe_http import Wire
from jobs.egress.urls import EgressPolicy
from jobs.egress.watch import Limits
from jobs.egress.webhook import LIMITS, Outcome, post_webhook
from jobs.job_log import open_log
from jobs.retry_schedule import next_attempt
from jobs.signatures import HeaderNames, sign
from jobs.sources import egress_policy
from jobs.tools import Tools, open_tools
from storage.errors import ServiceError
from storage.model import Attempt, Delivery
from storage.records import endpoints, outbox

logger = logging.getLogger("darkroom.delivery")

THREADS = 8
PER_LANE = 2
PER_ACCOUNT = 3
PAUSE_S = 0.5
LEASE_S = 60.0
RECORD_TRIES = 3


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


class Courier:
    """Claims due deliveries, as many as there are free threads, and sends them."""

    def __init__(self, tools: Tools, out: Outbound) -> None:
        self._tools = tools
        self._out = out
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="delivery")
        self._flying: dict[Future[None], Delivery] = {}
        self.ended = 0

    def work(self, now: datetime) -> int:
        """Starts what is due at `now`; how many are in flight then. Raises Unavailable when the database is busy."""
        free = THREADS - len(self._flying)
        if free > 0:
            with self._tools.database.write() as tx:
                claimed = outbox.claim_due(
                    tx, now, limit=free, lease_s=LEASE_S, per_lane=PER_LANE, per_account=PER_ACCOUNT
                )
            for delivery in claimed:
                self._flying[self._pool.submit(attempt, self._tools, self._out, delivery)] = delivery
        return len(self._flying)

    def rest(self, seconds: float) -> None:
        """Waits until an attempt has ended, `seconds` at most."""
        done, _ = wait(self._flying, timeout=seconds, return_when=FIRST_COMPLETED)
        for future in done:
            self._end(future)

    def leave(self) -> None:
        """Lets attempts in flight end and be recorded, and ends the threads."""
        self._pool.shutdown(wait=True)
        for future in list(self._flying):
            self._end(future)

    def _end(self, future: Future[None]) -> None:
        delivery = self._flying.pop(future)
        self.ended += 1
        fault = future.exception()
        if fault is not None:
            # The lease is left to run out: given back, it would be sent again at once and for ever.
            logger.error("attempt not recorded", exc_info=fault, extra=facts(delivery, "unrecorded"))


def attempt(tools: Tools, out: Outbound, delivery: Delivery) -> None:
    """One attempt from signature to log. Raises Unavailable when the database stays busy; the lease then runs out."""
    at, started = tools.clock(), time.monotonic()
    try:
        outcome = send(out, delivery, at)
    except Exception:
        logger.exception("attempt crashed", extra=facts(delivery, "crashed"))
        outcome = Outcome(None, "internal")
    duration_ms = int((time.monotonic() - started) * 1000)
    for tries_left in reversed(range(RECORD_TRIES)):
        try:
            record(tools, out, delivery, outcome, at, duration_ms)
            return
        except ServiceError:
            if not tries_left:
                raise
            logger.warning("attempt not recorded yet", exc_info=True, extra=facts(delivery, "unrecorded"))


def send(out: Outbound, delivery: Delivery, at: datetime) -> Outcome:
    """Signs for this moment and posts the stored bytes."""
    headers = sign(delivery.dialect, delivery.event, delivery.id, delivery.body, delivery.secrets, at, out.names)
    return post_webhook(delivery.url, headers, delivery.body, policy=out.policy, limits=out.limits, wire=out.wire)


def record(tools: Tools, out: Outbound, delivery: Delivery, outcome: Outcome, at: datetime, duration_ms: int) -> None:
    """Writes the attempt, the time of the next one, and what it means for the endpoint, in one transaction."""
    delivered, now = outcome.error is None, tools.clock()
    gone = outcome.status == 410
    next_at = None if delivered else next_attempt(delivery.attempts + 1, now, outcome.retry_after, out.chance)
    if gone and delivery.endpoint_id is None:
        next_at = None  # nobody can enable a callback again
    made = Attempt(delivery.id, delivery.attempts + 1, at, duration_ms, outcome.status, outcome.error, outcome.response)
    disabled = False
    with tools.database.write() as tx:
        held = outbox.record_attempt(tx, made, str(delivery.token), delivered=delivered, next_at=next_at)
        if held and delivery.endpoint_id is not None:
            disabled = endpoints.note_outcome(tx, delivery.endpoint_id, delivered, now)
            if gone:
                endpoints.disable(tx, delivery.endpoint_id, "gone", now)
                disabled = True
    tell(delivery, outcome, made, next_at, "sent" if held else "stale")
    if disabled:
        logger.warning("webhook endpoint disabled", extra=facts(delivery, "endpoint_disabled"))


def tell(delivery: Delivery, outcome: Outcome, made: Attempt, next_at: datetime | None, event: str) -> None:
    """One line in the log per attempt; the receiver's host, never its path, and nothing of body or answer."""
    more = {
        "attempt": made.number,
        "duration_ms": made.duration_ms,
        "status": outcome.status,
        "code": outcome.error,
        "cause": outcome.cause,
        "next_at": next_at.isoformat() if next_at else None,
    }
    level = logging.INFO if outcome.error is None else logging.WARNING
    logger.log(level, "webhook attempted", extra=facts(delivery, event) | more)


def facts(delivery: Delivery, event: str) -> dict[str, object]:
    """The fields by which every line about a delivery is found."""
    return {
        "event": f"delivery.{event}",
        "delivery_id": delivery.id,
        "account_id": delivery.account_id,
        "batch_id": delivery.batch_id,
        "image_id": delivery.image_id,
        "endpoint_id": delivery.endpoint_id,
        "host": urlsplit(delivery.url).hostname,
    }


def deliver_due(tools: Tools, now: datetime, out: Outbound | None = None) -> int:
    """Sends everything that is due at `now` and waits for it; the number of attempts that ended."""
    courier = Courier(tools, out or outbound(tools.settings))
    try:
        while courier.work(now):
            courier.rest(PAUSE_S)
    finally:
        courier.leave()
    return courier.ended


def run(tools: Tools, out: Outbound, stop: threading.Event) -> None:
    """Delivers until `stop` is set; then attempts in flight end and are recorded."""
    courier = Courier(tools, out)
    try:
        while not stop.is_set():
            flying = 0
            try:
                flying = courier.work(tools.clock())
            except ServiceError:
                logger.warning("outbox not read; tried again", exc_info=True, extra={"event": "delivery.busy"})
            if flying:
                courier.rest(PAUSE_S)
            else:
                stop.wait(PAUSE_S)
    finally:
        courier.leave()


def main() -> int:
    """Settings from the environment; 0 after SIGTERM or SIGINT, 2 when the settings are wrong."""
    try:
        settings = Settings.from_env()
    except ConfigError as fault:
        print(fault, file=sys.stderr)
        return 2
    open_log(settings.log_level, settings.log_format)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    tools = open_tools(settings)
    logger.info("delivering", extra={"event": "delivery.started"})
    run(tools, outbound(settings), stop)
    tools.database.dispose()
    logger.info("stopped", extra={"event": "delivery.stopped"})
    return 0


if __name__ == "__main__":
    sys.exit(main())
