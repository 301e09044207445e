"""Rate limits: moving windows counted in Redis, so that all web processes agree; in memory while Redis is away.
Never queues a request and never counts one twice."""

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import redis
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import MovingWindowRateLimiter

from storage.errors import RateLimited

Found = TypeVar("Found")
log = logging.getLogger(__name__)

REDIS_PAUSE_S = 5.0  # after a fault, how long nobody waits for Redis again
REDIS_FAULTS = (redis.RedisError, OSError)


@dataclass(frozen=True)
class Bucket:
    """`limit` requests per rolling `window_s` for `who`. A name is counted apart from every other name."""

    name: str
    who: str
    limit: int
    window_s: int = 60
    advice: str = ""  # a further sentence for who is refused


@dataclass(frozen=True)
class Allowance:
    """What is left of a bucket; `reset_at` is the Unix second at which the oldest counted request leaves it."""

    bucket: Bucket
    remaining: int
    reset_at: int


class OverLimit(RateLimited):
    """A full bucket; `allowance` fills the reply's rate headers."""

    def __init__(self, allowance: Allowance, wait_s: int) -> None:
        bucket = allowance.bucket
        super().__init__(
            f"Too many requests: {bucket.limit} in {bucket.window_s} seconds are allowed, and all were used."
            f"{bucket.advice}",
            details={"retryAfter": wait_s, "limit": bucket.limit, "window": f"{bucket.window_s}s"},
            retry_after=wait_s,
        )
        self.allowance = allowance


class Limiter:
    """Counts hits. `enabled=False` allows everything and still reports the documented numbers."""

    def __init__(
        self,
        store: Storage | None = None,
        *,
        enabled: bool = True,
        clock: Callable[[], float] = time.time,
        fell_back: Callable[[], object] = lambda: None,
    ) -> None:
        self._shared = MovingWindowRateLimiter(store) if store is not None else None
        self._local = MovingWindowRateLimiter(MemoryStorage())
        self._enabled = enabled
        self._clock = clock
        self._fell_back = fell_back
        self._paused_until = 0.0
        self._lock = threading.Lock()

    def take(self, buckets: Sequence[Bucket], cost: int = 1) -> list[Allowance]:
        """Count one request in every bucket, or in none and raise RateLimited(details limit, window, retryAfter).

        A cost above what is left is taken as far as it goes: whoever finds one free place may use it for a batch.
        """
        if not self._enabled:
            return [Allowance(bucket, bucket.limit, math.ceil(self._clock()) + bucket.window_s) for bucket in buckets]
        return self._counted(lambda counter: self._take(counter, buckets, cost))

    def peek(self, bucket: Bucket) -> Allowance:
        """What is left, without counting anything."""
        if not self._enabled:
            return Allowance(bucket, bucket.limit, math.ceil(self._clock()) + bucket.window_s)
        return self._counted(lambda counter: self._peek(counter, bucket))

    def _take(self, counter: MovingWindowRateLimiter, buckets: Sequence[Bucket], cost: int) -> list[Allowance]:
        for bucket in buckets:
            if not counter.test(_item(bucket), bucket.name, bucket.who):
                raise self._refusal(self._peek(counter, bucket))
        taken = []
        for bucket in buckets:
            left = self._peek(counter, bucket).remaining
            if not counter.hit(_item(bucket), bucket.name, bucket.who, cost=max(1, min(cost, left))):
                raise self._refusal(self._peek(counter, bucket))
            taken.append(self._peek(counter, bucket))
        return taken

    def _peek(self, counter: MovingWindowRateLimiter, bucket: Bucket) -> Allowance:
        stats = counter.get_window_stats(_item(bucket), bucket.name, bucket.who)
        return Allowance(bucket, max(0, stats.remaining), math.ceil(stats.reset_time))

    def _refusal(self, left: Allowance) -> "OverLimit":
        # Both ends are whole seconds, so their difference may be one more than the window.
        wait_s = min(left.bucket.window_s, left.reset_at - int(self._clock()))
        return OverLimit(left, max(1, wait_s))

    def _counted(self, count: Callable[[MovingWindowRateLimiter], Found]) -> Found:
        if self._shared is not None and time.monotonic() >= self._paused_until:
            try:
                return count(self._shared)
            except REDIS_FAULTS as fault:
                with self._lock:
                    self._paused_until = time.monotonic() + REDIS_PAUSE_S
                self._fell_back()
                log.warning(
                    "rate limits are counted in this process only",
                    extra={"event": "limits.alone", "cause": type(fault).__name__},
                )
        return count(self._local)


def _item(bucket: Bucket) -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(bucket.limit, bucket.window_s, namespace="darkroom")


def open_limiter(redis_url: str, *, enabled: bool, fell_back: Callable[[], object] = lambda: None) -> Limiter:
    """A limiter on this Redis; with no address, or while it does not answer, on this process's memory. `fell_back` is
    called each time that it turns to its own memory."""
    if not redis_url or not enabled:
        return Limiter(enabled=enabled)
    pool = redis.ConnectionPool.from_url(redis_url, socket_timeout=1.0, socket_connect_timeout=1.0)
    return Limiter(RedisStorage("redis://", connection_pool=pool), enabled=enabled, fell_back=fell_back)
