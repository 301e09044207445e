"""The nouns of webhooks: a registered endpoint, a message composed, its delivery, each attempt. No I/O."""

from dataclasses import dataclass
from datetime import datetime

from storage.words import Dialect


@dataclass(frozen=True)
class Endpoint:
    """A registered webhook receiver."""

    id: str
    account_id: str
    dialect: Dialect
    url: str
    events: tuple[str, ...]  # dialect's event names, or "*"
    description: str
    status: str  # "active" | "disabled"
    secrets: tuple[str, ...]  # newest first; two while a rotation is in grace
    created_at: datetime
    disabled_reason: str | None = None
    failing_since: datetime | None = None


@dataclass(frozen=True)
class Message:
    """One webhook to send: composed by jobs.notify inside the transaction that changed the state."""

    dialect: Dialect
    event: str  # the dialect's event name
    url: str
    body: bytes  # stored once, sent byte-identical at every attempt
    endpoint_id: str | None = None  # None: a per-batch callback
    secrets: tuple[str, ...] = ()  # for callbacks without an endpoint
    id: str = ""  # evt_… when the body names its own delivery; otherwise the outbox makes one


@dataclass(frozen=True)
class Delivery:
    id: str  # evt_…: constant over attempts; the receiver's dedupe key
    account_id: str
    batch_id: str | None
    image_id: str | None
    endpoint_id: str | None
    dialect: Dialect
    event: str
    url: str
    body: bytes
    secrets: tuple[str, ...]
    state: str  # "pending" | "delivered" | "failed"
    attempts: int
    created_at: datetime
    next_at: datetime | None
    token: str | None = None  # the lease under which it was claimed
    request_id: str | None = None  # of the submission it tells of; known while it is claimed


@dataclass(frozen=True)
class Attempt:
    delivery_id: str
    number: int
    at: datetime
    duration_ms: int
    status: int | None
    error: str | None  # class of failure: timeout, refused, tls, redirect, http …
    response: str  # first 1 KB, text-safe
