"""Small requests that create something (a webhook, a key, an upload slot): executed at most once per Idempotency-Key,
in one transaction with the reply that is remembered. What is shown once is not remembered: the stored form has null."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Request, Response
from sqlalchemy import Connection

from batch_api import idempotency
from batch_api.auth import Caller
from batch_api.door import Door
from batch_api.intake import Intake
from batch_api.replies import JSON, json_reply, to_json
from batch_api.service import Service
from storage.records import idempotency as records


@dataclass(frozen=True)
class Made:
    """What was created: the reply, and the names in its body that only the first reply shows; "data.secret" is the
    member `secret` of the object `data`."""

    body: Mapping[str, Any]
    status: int = 201
    secrets: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def remembered(self) -> dict[str, Any]:
        return forget(self.body, self.secrets)


def forget(body: Mapping[str, Any], secrets: Sequence[str]) -> dict[str, Any]:
    """A copy of `body` with null at every path of `secrets`."""
    kept = dict(body)
    for path in secrets:
        name, _, below = path.partition(".")
        if name in kept:
            kept[name] = forget(kept[name], [below]) if below else None
    return kept


def once(
    request: Request,
    found: Service,
    door: Door,
    who: Caller,
    route: str,
    document: Any,
    make: Callable[[Connection], Made],
) -> Response:
    """Run `make` in a write transaction and answer with what it made; a repeated key gets the remembered reply."""
    key = idempotency.presented_key(request, door.idempotency)
    ticket: idempotency.Ticket | None = None
    if key is not None:
        sought = idempotency.fingerprint(request.method, route, Intake([], [], document))
        claimed = idempotency.claim(found.tools, door.idempotency, who.account.id, route, key, sought)
        if isinstance(claimed, Response):
            return claimed
        ticket = claimed
    with idempotency.held(found.tools, ticket), found.tools.database.write() as tx:
        made = make(tx)
        headers = {**made.headers, **idempotency.expiry_headers(door.idempotency, ticket)}
        if ticket is not None:
            records.store(
                tx,
                ticket.engine.claim_id,
                status=made.status,
                headers={"Content-Type": JSON, **headers},
                body=to_json(made.remembered()),
                now=found.now(),
                ttl_s=idempotency.LIFETIME_S,
            )
    return json_reply(made.body, made.status, headers)
