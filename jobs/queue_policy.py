"""Does the queue server keep what it is given? One that evicts keys when its memory is full loses jobs silently, one
without an append-only file loses them when it restarts; the sweep plants both again, but only after a while.

Reads two settings of the server and never changes any.
"""

from dataclasses import dataclass

import redis

KEEPS = "noeviction"


@dataclass(frozen=True)
class QueuePolicy:
    """What the server says of itself; None where it forbids CONFIG."""

    eviction: str | None
    append_only: bool | None

    @property
    def evicts(self) -> bool:
        return self.eviction is not None and self.eviction != KEEPS


def read_policy(client: redis.Redis) -> QueuePolicy:
    """Raises RedisError when the server does not answer; one that forbids CONFIG (many hosted ones) tells nothing."""
    return QueuePolicy(
        told(client, "maxmemory-policy"), {"yes": True, "no": False}.get(told(client, "appendonly") or "")
    )


def told(client: redis.Redis, name: str) -> str | None:
    try:
        found: dict[str, str] = client.config_get(name)  # type: ignore[assignment]
    except redis.exceptions.ResponseError:  # unknown command, or not permitted to us
        return None
    return found.get(name)
