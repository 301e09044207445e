"""What was sent to a registered webhook of the shelf, with every attempt, and sending it again. Never shows a secret or
a body."""

from typing import Any

from flask import Response, request
from flask.views import MethodView

from batch_api.replies import json_reply
from batch_api.service import caller, service
from batch_api.shelf import documents, schemas
from batch_api.shelf.analyses import read_moment
from batch_api.shelf.describing import described
from batch_api.shelf.fields import fault, read_limit
from batch_api.shelf.webhooks import TAG, blueprint, own_endpoint
from storage.clock import iso
from storage.errors import NotFound
from storage.model import Attempt, Delivery
from storage.records import outbox

__all__ = ["blueprint"]


def attempt(found: Attempt) -> dict[str, Any]:
    return {
        "number": found.number,
        "at": iso(found.at),
        "durationMs": found.duration_ms,
        "httpStatus": found.status,
        "error": found.error,
        "response": found.response,
    }


def delivery(found: Delivery, attempts: list[Attempt]) -> dict[str, Any]:
    return {
        "id": found.id,
        "event": found.event,
        "url": found.url,
        "status": found.state,
        "createdAt": iso(found.created_at),
        "nextAttemptAt": iso(found.next_at) if found.next_at else None,
        "attempts": [attempt(each) for each in attempts],
    }


@blueprint.route("/api/v1/webhooks/<webhook_id>/deliveries")
class Deliveries(MethodView):
    @described(
        blueprint,
        "shelf_webhook_deliveries",
        schemas.ReceiverDeliveries,
        documents.DELIVERIES,
        parameters=documents.PAGING,
        tag=TAG,
    )
    def get(self, webhook_id: str) -> Response:
        """What was sent to an endpoint, newest first, with every attempt."""
        caller().require("admin")
        own_endpoint(webhook_id)
        limit, after = read_limit(request.args.get("limit"), 50), request.args.get("cursor") or None
        with service().tools.database.read() as tx:
            try:
                page = outbox.list_deliveries(
                    tx, caller().account.id, endpoint_id=webhook_id, after=after, limit=limit + 1
                )
            except NotFound as unknown:
                raise fault("cursor", "is not known") from unknown
            shown = [delivery(each, outbox.attempts_of(tx, each.id)) for each in page[:limit]]
        more = len(page) > limit
        return json_reply(
            {"data": shown, "pagination": {"cursor": page[limit - 1].id if more else None, "hasMore": more}}
        )


@blueprint.route("/api/v1/webhooks/<webhook_id>/deliveries/<delivery_id>/redeliver")
class Redeliver(MethodView):
    @described(blueprint, "shelf_webhook_redeliver", schemas.Sent, documents.SENT, status=202, tag=TAG)
    def post(self, webhook_id: str, delivery_id: str) -> Response:
        """Send a delivery again: the same id, the same bytes."""
        found, who = service(), caller()
        who.require("admin")
        own_endpoint(webhook_id)
        with found.tools.database.write() as tx:
            if outbox.get_delivery(tx, delivery_id, who.account.id).endpoint_id != webhook_id:
                raise NotFound("There is no such delivery.")
            outbox.redeliver(tx, who.account.id, delivery_id, found.now())
        return json_reply({"data": {"deliveryId": delivery_id}}, 202)


@blueprint.route("/api/v1/webhooks/<webhook_id>/replay")
class Replay(MethodView):
    @described(
        blueprint,
        "shelf_webhook_replay",
        schemas.Replayed,
        documents.REPLAYED,
        status=202,
        parameters=documents.SINCE,
        tag=TAG,
    )
    def post(self, webhook_id: str) -> Response:
        """Send again what was not delivered since a time; what was delivered is never sent twice."""
        found, who = service(), caller()
        who.require("admin")
        own_endpoint(webhook_id)
        since = read_moment("since", request.args.get("since", "").strip())
        with found.tools.database.write() as tx:
            count = outbox.replay_since(tx, who.account.id, webhook_id, since, found.now())
        return json_reply({"data": {"since": iso(since), "replayed": count}}, 202)
