"""Keys of single images in a batch (`images[].idempotencyKey`, shelf Q4): an image whose key was used within 24 hours
is answered by the analysis that exists, in its place, and costs nothing. The same key twice in a request is one.

Never compares what else was sent with a known key: the key alone decides, as documented.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from flask import Response
from sqlalchemy import Connection

from batch_api.idempotency import LIFETIME_S, LOCK_S, POLL_S, Policy, Ticket, expiry_headers
from batch_api.service import Service
from batch_api.submissions import Execute, Submission
from jobs.submit import StoredReply
from storage.errors import Conflict
from storage.model import Batch, Image
from storage.records import idempotency as records
from storage.records.images import get_image

ROUTE = "shelf:image"
Worded = Callable[[Batch | None, Sequence[Image]], StoredReply]


@dataclass(frozen=True)
class Claims:
    """`known`: key → the analysis that it made before; `fresh`: key → the claim to make one now."""

    known: Mapping[str, Image]
    fresh: Mapping[str, str]


def claim_all(found: Service, account_id: str, keys: Iterable[str], wait_s: float) -> Claims:
    """Claim all keys or none, waiting for rivals that work under one of them. Conflict when they take too long."""
    patience, wanted = time.monotonic() + wait_s, sorted(set(keys))
    while True:
        now = found.now()
        with found.tools.database.write() as tx:
            got = {key: records.claim(tx, account_id, ROUTE, key, "", now=now, lock_s=LOCK_S) for key in wanted}
            fresh = {key: claim.id for key, claim in got.items() if claim.state == "new"}
            if all(claim.state != "in_progress" for claim in got.values()):
                ids = {key: claim.body.decode() for key, claim in got.items() if key not in fresh}
                return Claims({key: get_image(tx, image_id, account_id) for key, image_id in ids.items()}, fresh)
            for claim_id in fresh.values():  # whoever waits holds nothing, so two that wait cannot block each other
                records.release(tx, claim_id)
        if time.monotonic() >= patience:
            raise Conflict(records.IN_PROGRESS, code="idempotency_in_progress", retry_after=1)
        time.sleep(POLL_S)


def release_all(found: Service, claims: Claims) -> None:
    with found.tools.database.write() as tx:
        for claim_id in claims.fresh.values():
            records.release(tx, claim_id)


def seats(keys: Sequence[str | None], known: Mapping[str, Image]) -> list[Image | int]:
    """For each image of the request the analysis that exists, or its number among the new ones."""
    taken: list[Image | int] = []
    numbers: dict[str, int] = {}
    new = 0
    for key in keys:
        if key is not None and key in known:
            taken.append(known[key])
        elif key is not None and key in numbers:
            taken.append(numbers[key])
        else:
            taken.append(new)
            if key is not None:
                numbers[key] = new
            new += 1
    return taken


def submit_keyed(
    found: Service,
    account_id: str,
    keys: Sequence[str | None],
    policy: Policy,
    worded: Worded,
    submission: Submission,
    ticket: Ticket | None,
    execute: Execute,
) -> Response:
    """Submit what is new and answer for all. Without anything new there is no batch and nothing to pay."""
    claims = claim_all(found, account_id, (key for key in keys if key is not None), policy.wait_s)
    try:
        places = seats(keys, claims.known)
        first = {number: place for place, number in reversed(list(enumerate(places))) if isinstance(number, int)}
        if not first:
            known = [seat for seat in places if isinstance(seat, Image)]
            return remembered(found, policy, ticket, worded(None, known))

        def note(tx: Connection, made: list[Image]) -> None:
            for number, place in first.items():
                key = keys[place]
                if key is not None:
                    records.store(tx, claims.fresh[key], status=202, headers={}, body=made[number].id.encode(),
                                  now=found.now(), ttl_s=LIFETIME_S)  # fmt: skip

        def reply(batch: Batch, made: list[Image]) -> StoredReply:
            return worded(batch, [made[seat] if isinstance(seat, int) else seat for seat in places])

        new = tuple(submission.images[first[number]] for number in sorted(first))
        return execute(replace(submission, images=new), ticket, reply, note)
    except BaseException:
        release_all(found, claims)
        raise


def remembered(found: Service, policy: Policy, ticket: Ticket | None, said: StoredReply) -> Response:
    """The reply, kept under the request's own key when it has one."""
    headers = {**said.headers, **expiry_headers(policy, ticket)}
    if ticket is not None:
        with found.tools.database.write() as tx:
            records.store(tx, ticket.engine.claim_id, status=said.status, headers=headers, body=said.body,
                          now=found.now(), ttl_s=LIFETIME_S)  # fmt: skip
    reply = Response(said.body, said.status)
    reply.headers.update(headers)
    return reply
