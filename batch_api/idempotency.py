"""Idempotency keys: the same key and the same request get the stored reply, whatever happened in between. The claim
and the reply live in SQL, the reply in the transaction that creates the batch; refusals are never stored.

Never looks at the raw body: the boundaries of a multipart body differ on every retry.
"""

import hashlib
import json
import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Request, Response
from werkzeug.http import http_date

from batch_api.intake import Intake
from jobs.submit import IdempotencyTicket
from jobs.tools import Tools
from storage.errors import Conflict, Invalid, Unavailable
from storage.records import idempotency as records

log = logging.getLogger(__name__)

LIFETIME_S = 86_400
LOCK_S = 30
POLL_S = 0.05
PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")


@dataclass(frozen=True)
class Policy:
    """How a dialect words it. `refuse_mismatch=False` replays the first reply to another body as well, marked with
    `mismatch_header`; `wait_s` is how long a duplicate waits for the first request before it is told 409. `commas`
    lets keys hold them ("Store 7, Berlin"); two headers of one name can then not be told from one."""

    replayed_header: str = "Idempotent-Replayed"
    expires_header: str | None = "Idempotency-Expires"
    refuse_mismatch: bool = True
    mismatch_header: str | None = None
    wait_s: float = 0.0
    commas: bool = False


@dataclass(frozen=True)
class Ticket:
    """The right to execute a request. `engine` goes to jobs.submit, which stores the reply under it."""

    engine: IdempotencyTicket
    expires_at: datetime


def presented_key(request: Request, policy: Policy) -> str | None:
    """The key of `Idempotency-Key`, quoted or bare; None without the header. Invalid for two, empty or long ones."""
    values = request.headers.getlist("Idempotency-Key")
    if not values:
        return None
    key = values[0].strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    # A WSGI server joins two headers of one name by a comma.
    twice = len(values) > 1 or ("," in key and not policy.commas)
    if twice or not key.strip() or not PRINTABLE.fullmatch(key):
        raise Invalid(
            "Idempotency-Key must be one header of 1 to 255 printable ASCII characters.",
            field="Idempotency-Key",
            reason="invalid",
        )
    return key


def fingerprint(method: str, route: str, intake: Intake) -> str:
    """SHA-256 over method, route, the fields by name (their order does not matter, that of one name's values does),
    the JSON document, and the ordered files by field, digest and length."""
    canonical = {
        "request": [method, route],
        "fields": sorted(intake.fields, key=lambda pair: pair[0]),
        "document": intake.document,
        "files": [(file.field, file.sha256, file.bytes) for file in intake.files],
    }
    text = json.dumps(canonical, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def claim(
    tools: Tools, policy: Policy, account_id: str, route: str, key: str, print_of_request: str
) -> Ticket | Response:
    """The ticket to go ahead, or the reply of the request that went before. Conflict: in flight, or another request."""
    patience = time.monotonic() + policy.wait_s
    while True:
        now = tools.clock()
        with tools.database.write() as tx:
            found = records.claim(tx, account_id, route, key, print_of_request, now=now, lock_s=LOCK_S)
        if found.state == "new":
            return Ticket(IdempotencyTicket(found.id), now + timedelta(seconds=LIFETIME_S))
        if found.state == "mismatch" and policy.refuse_mismatch:
            raise Conflict(
                "This Idempotency-Key was used with a different request.",
                code="idempotency_conflict",
                details={"field": "Idempotency-Key"},
            )
        if found.state in ("replay", "mismatch"):
            return replay(policy, found, mismatch=found.state == "mismatch")
        if time.monotonic() >= patience:
            raise Conflict(
                "A request with this Idempotency-Key is being worked on.",
                code="idempotency_in_progress",
                retry_after=1,
            )
        time.sleep(POLL_S)


def replay(policy: Policy, found: records.Claim, *, mismatch: bool) -> Response:
    """The stored reply, byte for byte, with the dialect's mark on it."""
    reply = Response(found.body, found.status or 200)
    reply.headers.update(dict(found.headers))
    reply.headers[policy.replayed_header] = "true"
    if mismatch and policy.mismatch_header:
        reply.headers[policy.mismatch_header] = "true"
    return reply


def expiry_headers(policy: Policy, ticket: Ticket | None) -> dict[str, str]:
    """The header that says until when the key is remembered; it is stored with the reply, so a replay repeats it."""
    if ticket is None or policy.expires_header is None:
        return {}
    return {policy.expires_header: http_date(ticket.expires_at)}


@contextmanager
def held(tools: Tools, ticket: Ticket | None) -> Iterator[None]:
    """Work under a ticket; a refusal gives the key back, so that the same key can be used when the reason is gone."""
    try:
        yield
    except BaseException as fault:
        if ticket is not None:
            give_back(tools, ticket, patient=not isinstance(fault, Unavailable))
        raise


def give_back(tools: Tools, ticket: Ticket, *, patient: bool) -> None:
    """Free the key. A database that does not answer even for that frees it by itself: the lock runs out."""
    try:
        with tools.database.write(patient=patient) as tx:
            records.release(tx, ticket.engine.claim_id)
    except Unavailable as busy:
        log.warning(
            "a key stays locked for a while",
            extra={"event": "idempotency.locked", "cause": busy.code, "seconds": LOCK_S},
        )
