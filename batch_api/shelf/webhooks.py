"""Registered webhooks of the shelf: register (the secret is shown once), list, read, change, delete, test, rotate.
Never sends anything; a test goes through the outbox like everything else."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from flask.views import MethodView
from flask_smorest import Blueprint
from sqlalchemy import Connection

from batch_api.addresses import callback_address
from batch_api.once import Made, once
from batch_api.replies import json_reply
from batch_api.service import caller, service
from batch_api.shelf import documents, schemas
from batch_api.shelf.analyses import own_door
from batch_api.shelf.bodies import small_body
from batch_api.shelf.describing import WRITE, described
from batch_api.shelf.fields import fault, read_limit, read_text
from jobs.notify import numbered
from jobs.notify.shelf import ALL_EVENTS, envelope
from storage.clock import iso
from storage.errors import NotFound
from storage.ids import new_id
from storage.model import Dialect, Endpoint, Message
from storage.records import endpoints, outbox

blueprint = Blueprint("shelf-webhooks", __name__, description="Webhook endpoints.")
TAG = "shelf webhooks"
DAY = 86400


def shown(endpoint: Endpoint) -> dict[str, Any]:
    body = {
        "id": endpoint.id,
        "url": endpoint.url,
        "events": list(endpoint.events),
        "description": endpoint.description or None,
        "status": endpoint.status,
        "createdAt": iso(endpoint.created_at),
    }
    return body | ({"disabledReason": endpoint.disabled_reason} if endpoint.disabled_reason else {})


def read_events(body: Mapping[str, Any]) -> tuple[str, ...]:
    events = body.get("events")
    if not isinstance(events, list) or not events:
        raise fault("events", "must be a list of at least one event")
    for place, event in enumerate(events):
        if event not in ALL_EVENTS:
            raise fault(f"events[{place}]", f"must be one of: {', '.join(ALL_EVENTS)}")
    return tuple(dict.fromkeys(events))


@blueprint.route("/api/v1/webhooks")
class Webhooks(MethodView):
    @described(
        blueprint,
        "shelf_webhook_create",
        schemas.NewReceiver,
        documents.NEW_WEBHOOK,
        status=201,
        body=documents.WEBHOOK_BODY,
        parameters=documents.IDEMPOTENCY,
        tag=TAG,
        errors=WRITE,
    )
    def post(self) -> Response:
        """Register an endpoint. `secret` is in this reply only."""
        found, who = service(), caller()
        who.require("admin")
        body = small_body("url", "events", "description")
        if not body.get("url"):
            raise fault("url", "required")
        url = callback_address(found.settings, "url", body["url"])
        events, description = read_events(body), read_text(body, "description", "", limit=500) or ""

        def make(tx: Connection) -> Made:
            endpoint, secret = endpoints.create_endpoint(
                tx, who.account.id, Dialect.SHELF, url, events, description, found.now()
            )
            return Made({"data": shown(endpoint) | {"secret": secret}}, secrets=("data.secret",))

        return once(request, found, own_door(), who, "shelf:webhooks", dict(body), make)

    @described(blueprint, "shelf_webhook_list", schemas.ReceiverPage, documents.WEBHOOKS, tag=TAG)
    def get(self) -> Response:
        """List the registered endpoints."""
        read_limit(request.args.get("limit"), 50)
        caller().require("admin")
        with service().tools.database.read() as tx:
            registered = endpoints.list_endpoints(tx, caller().account.id, Dialect.SHELF)
        return json_reply(
            {"data": [shown(each) for each in registered], "pagination": {"cursor": None, "hasMore": False}}
        )


@blueprint.route("/api/v1/webhooks/<webhook_id>")
class Webhook(MethodView):
    @described(blueprint, "shelf_webhook_get", schemas.Receiver, documents.WEBHOOK, tag=TAG)
    def get(self, webhook_id: str) -> Response:
        """One endpoint."""
        caller().require("admin")
        return json_reply({"data": shown(own_endpoint(webhook_id))})

    @described(
        blueprint,
        "shelf_webhook_change",
        schemas.Receiver,
        documents.WEBHOOK,
        body=documents.WEBHOOK_CHANGE,
        tag=TAG,
        errors=WRITE,
    )
    def patch(self, webhook_id: str) -> Response:
        """Change address, events, description or status ("active" sends again)."""
        found, who = service(), caller()
        who.require("admin")
        own_endpoint(webhook_id)
        body = small_body("url", "events", "description", "status")
        changes: dict[str, Any] = {}
        if "url" in body:
            changes["url"] = callback_address(found.settings, "url", body["url"])
        if "events" in body:
            changes["events"] = read_events(body)
        if "description" in body:
            changes["description"] = read_text(body, "description", "", limit=500) or ""
        if "status" in body:
            if body["status"] not in ("active", "disabled"):
                raise fault("status", "must be active or disabled")
            changes["status"] = body["status"]
        with found.tools.database.write() as tx:
            endpoint = endpoints.update_endpoint(tx, who.account.id, webhook_id, **changes)
        return json_reply({"data": shown(endpoint)})

    @described(blueprint, "shelf_webhook_delete", status=204, tag=TAG)
    def delete(self, webhook_id: str) -> Response:
        """Delete an endpoint; pending deliveries to it are dropped."""
        who = caller()
        who.require("admin")
        own_endpoint(webhook_id)
        with service().tools.database.write() as tx:
            endpoints.delete_endpoint(tx, who.account.id, webhook_id)
        return Response(status=204)


@blueprint.route("/api/v1/webhooks/<webhook_id>/test")
class WebhookTest(MethodView):
    @described(blueprint, "shelf_webhook_test", schemas.Sent, documents.SENT, status=202, tag=TAG)
    def post(self, webhook_id: str) -> Response:
        """Send a sample analysis.completed event, signed like a real one."""
        found, who = service(), caller()
        who.require("admin")
        endpoint = own_endpoint(webhook_id)
        moment = found.now()
        data = {
            "generationId": new_id("an", moment),
            "status": "completed",
            "productCount": 0,
            "createdAt": iso(moment),
            "completedAt": iso(moment),
            "metadata": {"test": "true"},
        }
        body = envelope("analysis.completed", data, numbered(0, iso(moment)), endpoint.id)
        message = Message(Dialect.SHELF, "analysis.completed", endpoint.url, body, endpoint.id)
        with found.tools.database.write() as tx:
            ids = outbox.add_messages(tx, who.account.id, [message], batch_id=None, image_id=None, now=moment)
        return json_reply({"data": {"deliveryId": ids[0]}}, 202)


@blueprint.route("/api/v1/webhooks/<webhook_id>/rotate")
class WebhookRotate(MethodView):
    @described(
        blueprint,
        "shelf_webhook_rotate",
        schemas.NewReceiver,
        documents.NEW_WEBHOOK,
        body=documents.ROTATION_BODY,
        tag=TAG,
        errors=(*WRITE, 409),
    )
    def post(self, webhook_id: str) -> Response:
        """A new secret, in this reply only; the old one signs along for a day.

        409 while an earlier rotation is in its grace time, unless `force` is true. `graceSeconds: 0` stops a secret
        that leaked at once.
        """
        found, who = service(), caller()
        who.require("admin")
        endpoint = own_endpoint(webhook_id)
        force, grace = read_rotation(small_body("force", "graceSeconds"))
        with found.tools.database.write() as tx:
            secret = endpoints.rotate_secret(tx, who.account.id, webhook_id, found.now(), grace_s=grace, force=force)
        return json_reply({"data": shown(endpoint) | {"secret": secret}})


def read_rotation(body: Mapping[str, Any]) -> tuple[bool, int]:
    """(force, seconds for which the secret before signs along)."""
    force, grace = body.get("force", False), body.get("graceSeconds", DAY)
    if not isinstance(force, bool):
        raise fault("force", "must be true or false")
    if not isinstance(grace, int) or isinstance(grace, bool) or not 0 <= grace <= DAY:
        raise fault("graceSeconds", f"must be a number from 0 to {DAY}")
    return force, grace


def own_endpoint(webhook_id: str) -> Endpoint:
    """The caller's shelf endpoint; NotFound for anybody else's."""
    with service().tools.database.read() as tx:
        endpoint = endpoints.get_endpoint(tx, caller().account.id, webhook_id)
    if endpoint.dialect is not Dialect.SHELF:
        raise NotFound("There is no such webhook.")
    return endpoint
