"""What was sent to a registered webhook of the shelf, with every attempt. Never shows a secret or a body."""

from typing import Any

from flask import Response, request
from flask.views import MethodView

from batch_api.replies import json_reply
from batch_api.service import caller, service
from batch_api.shelf import documents, schemas
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
    }


def delivery(found: Delivery, attempts: list[Attempt]) -> dict[str, Any]:
    return {
        "id": found.id,
        "event": found.event,
        "url": found.url,
        "status": found.state,
        "createdAt": iso(found.created_at),
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
