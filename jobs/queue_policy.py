"""Does the queue server keep what it is given? One that evicts keys when its memory is full loses jobs silently, one
without an append-only file loses them when it restarts; the sweep plants both again, but only after a while. One before
6.2 cannot move a job from list to list, so that a worker's death loses it.

Reads two settings of the server and its version, and never changes any.
"""

import re
from dataclasses import dataclass

import redis

KEEPS = "noeviction"
OLDEST = (6, 2)


@dataclass(frozen=True)
class QueuePolicy:
    """What the server says of itself; None where it forbids CONFIG."""

    eviction: str | None
    append_only: bool | None
    version: tuple[int, ...] | None = None

    @property
    def evicts(self) -> bool:
        return self.eviction is not None and self.eviction != KEEPS

    @property
    def too_old(self) -> bool:
        return self.version is not None and self.version < OLDEST


def read_policy(client: redis.Redis) -> QueuePolicy:
    """Raises RedisError when the server does not answer; one that forbids CONFIG (many hosted ones) tells nothing."""
    return QueuePolicy(
        told(client, "maxmemory-policy"),
        {"yes": True, "no": False}.get(told(client, "appendonly") or ""),
        version_of(client),
    )


def told(client: redis.Redis, name: str) -> str | None:
    try:
        found: dict[str, str] = client.config_get(name)  # type: ignore[assignment]
    except redis.exceptions.ResponseError:  # unknown command, or not permitted to us
        return None
    return found.get(name)


def version_of(client: redis.Redis) -> tuple[int, ...] | None:
    """As Redis counts it, which Valkey and others say too."""
    try:
        found: dict[str, object] = client.info("server")  # type: ignore[assignment]
    except redis.exceptions.ResponseError:
        return None
    return tuple(int(part) for part in re.findall(r"\d+", str(found.get("redis_version", "")))) or None
