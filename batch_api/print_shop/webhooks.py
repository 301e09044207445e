"""Webhook receivers: registered, changed, tested, their deliveries read and repeated. Nothing is sent from here; a test
goes through the outbox like everything else."""

from typing import Any

from flask import Response, request
from flask.views import MethodView
from sqlalchemy import Connection

from batch_api.addresses import callback_address
from batch_api.once import Made, once
from batch_api.print_shop import forms, schemas, views
from batch_api.print_shop.entrance import DOOR, PAGING, SHORT_NUMBER, blueprint, described, page_of, unknown_cursor
from batch_api.print_shop.keys import moment_of, small_body, text_field
from batch_api.print_shop.reading import as_list
from batch_api.replies import json_reply, to_json
from batch_api.service import caller, service
from jobs.notify.print_shop import ALL_EVENTS, DEFAULT_EVENTS
from storage.clock import iso
from storage.errors import Invalid, NotFound
from storage.ids import new_id
from storage.model import Dialect, Endpoint, Message
from storage.records import endpoints, outbox

TAG = "print webhooks"
MOST = 20
DAY = 86400


def events_of(value: Any) -> tuple[str, ...]:
    """The asked events, the four terminal ones unless told; "*" is all. Invalid for an unknown one."""
    asked = [str(name).strip() for name in as_list("events", value)]
    for name in asked:
        if name not in ALL_EVENTS and name != "*":
            raise Invalid(f"There is no event '{name[:40]}'.", field="events", reason="unknown")
    return tuple(dict.fromkeys(asked)) or DEFAULT_EVENTS


def own(tx: Connection, webhook_id: str) -> Endpoint:
    """The caller's print receiver; NotFound for anybody else's."""
    found = endpoints.get_endpoint(tx, caller().account.id, webhook_id)
    if found.dialect is not Dialect.PRINT:
        raise NotFound()
    return found


def grace_of(value: Any) -> int:
    """For how many seconds the secret before signs along: a day unless told, 0 for not at all."""
    if value is None:
        return DAY
    text = str(value).strip()
    if isinstance(value, bool) or not SHORT_NUMBER.fullmatch(text) or int(text) > DAY:
        raise Invalid(f"grace_seconds must be 0 to {DAY}.", field="grace_seconds", reason="out_of_range")
    return int(text)


@blueprint.route("/v1/webhooks")
class WebhooksView(MethodView):
    @described("listWebhooks", TAG, reply=schemas.WebhookList)
    def get(self) -> Response:
        """List webhook receivers, newest first"""
        with service().tools.database.read() as tx:
            found = endpoints.list_endpoints(tx, caller().account.id, Dialect.PRINT)
        return json_reply({"webhooks": [views.webhook(each) for each in found]})

    @described(
        "createWebhook",
        TAG,
        409,
        413,
        415,
        status=201,
        reply=schemas.NewWebhook,
        body=forms.webhook_body(),
        parameters=forms.ONCE_HEADERS,
    )
    def post(self) -> Response:
        """Register a receiver; its signing secret is shown in this reply only

        A reply repeated under the same Idempotency-Key has null in place of the secret.
        """
        found, who = service(), caller()
        who.require("admin")
        fields = small_body()
        url = callback_address(found.settings, "url", text_field(fields, "url", longest=2048))
        events = events_of(fields.get("events"))
        about = text_field(fields, "description", longest=500, default="")

        def make(tx: Connection) -> Made:
            if len(endpoints.list_endpoints(tx, who.account.id, Dialect.PRINT)) >= MOST:
                raise Invalid(f"At most {MOST} receivers can be registered.", field="url", reason="too_many")
            made, secret = endpoints.create_endpoint(tx, who.account.id, Dialect.PRINT, url, events, about, found.now())
            return Made({**views.webhook(made), "secret": secret}, 201, secrets=("secret",))

        return once(request, found, DOOR, who, "print:webhooks", fields, make)


@blueprint.route("/v1/webhooks/<webhook_id>")
class WebhookView(MethodView):
    @described("getWebhook", TAG, 404, reply=schemas.Webhook)
    def get(self, webhook_id: str) -> Response:
        """One receiver"""
        with service().tools.database.read() as tx:
            return json_reply(views.webhook(own(tx, webhook_id)))

    @described("updateWebhook", TAG, 404, 413, 415, reply=schemas.Webhook, body=forms.webhook_body(required=False))
    def patch(self, webhook_id: str) -> Response:
        """Change address, events, description or status

        `status: active` takes a disabled receiver back; what waited for it is sent.
        """
        found, who = service(), caller()
        who.require("admin")
        fields = small_body()
        changes: dict[str, Any] = {}
        if "url" in fields:
            changes["url"] = callback_address(found.settings, "url", text_field(fields, "url", longest=2048))
        if "events" in fields:
            changes["events"] = events_of(fields["events"])
        for name, longest in (("description", 500), ("status", 10)):
            if name in fields:
                changes[name] = text_field(fields, name, longest=longest)
        with found.tools.database.write() as tx:
            own(tx, webhook_id)
            return json_reply(views.webhook(endpoints.update_endpoint(tx, who.account.id, webhook_id, **changes)))

    @described("deleteWebhook", TAG, 404, status=204)
    def delete(self, webhook_id: str) -> Response:
        """Remove a receiver; what was still to be sent to it is dropped"""
        who = caller()
        who.require("admin")
        with service().tools.database.write() as tx:
            own(tx, webhook_id)
            endpoints.delete_endpoint(tx, who.account.id, webhook_id)
        return Response(status=204)


@blueprint.route("/v1/webhooks/<webhook_id>/test")
class WebhookTest(MethodView):
    @described("testWebhook", TAG, 404, status=202, reply=schemas.DeliveryRef)
    def post(self, webhook_id: str) -> Response:
        """Send a sample event, signed like a real one

        The body is a job.completed event of a job that never was, marked `test: true`.
        """
        found, who = service(), caller()
        who.require("write")
        now = found.now()
        delivery_id = new_id("evt", now)
        with found.tools.database.write() as tx:
            receiver = own(tx, webhook_id)
            body = to_json({**forms.sample_event(iso(now)), "delivery_id": delivery_id, "test": True})
            message = Message(Dialect.PRINT, "job.completed", receiver.url, body, receiver.id, (), delivery_id)
            ids = outbox.add_messages(tx, who.account.id, [message], batch_id=None, image_id=None, now=now)
        return json_reply({"delivery_id": ids[0], "id": ids[0], "status": "queued"}, 202)


@blueprint.route("/v1/webhooks/<webhook_id>/rotate")
class WebhookRotate(MethodView):
    @described("rotateWebhookSecret", TAG, 404, 409, 413, 415, reply=schemas.NewWebhook, body=forms.rotation_body())
    def post(self, webhook_id: str) -> Response:
        """A new signing secret; the old one signs along for 24 hours

        409 while an earlier rotation is in its grace time, unless the body says `force: true`. `grace_seconds: 0` stops
        a secret that leaked at once.
        """
        found, who = service(), caller()
        who.require("admin")
        fields = small_body()
        with found.tools.database.write() as tx:
            own(tx, webhook_id)
            forced, grace = fields.get("force") in (True, "true", "1"), grace_of(fields.get("grace_seconds"))
            secret = endpoints.rotate_secret(tx, who.account.id, webhook_id, found.now(), grace_s=grace, force=forced)
            return json_reply({**views.webhook(own(tx, webhook_id)), "secret": secret})


@blueprint.route("/v1/webhooks/<webhook_id>/deliveries")
class Deliveries(MethodView):
    @described("listDeliveries", TAG, 400, 404, reply=schemas.DeliveryPage, parameters=PAGING)
    def get(self, webhook_id: str) -> Response:
        """The delivery log of a receiver, newest first, with every attempt"""
        limit, after = page_of(request)
        account = caller().account
        with service().tools.database.read() as tx:
            own(tx, webhook_id)
            try:
                page = outbox.list_deliveries(tx, account.id, endpoint_id=webhook_id, after=after, limit=limit + 1)
            except NotFound as fault:
                raise unknown_cursor() from fault
            shown = [views.delivery(each, outbox.attempts_of(tx, each.id)) for each in page[:limit]]
        return json_reply(
            {
                "deliveries": shown,
                "has_more": len(page) > limit,
                "next_cursor": page[limit - 1].id if len(page) > limit else None,
            }
        )


@blueprint.route("/v1/webhooks/<webhook_id>/deliveries/<delivery_id>/redeliver")
class Redeliver(MethodView):
    @described("redeliver", TAG, 404, status=202, reply=schemas.DeliveryRef)
    def post(self, webhook_id: str, delivery_id: str) -> Response:
        """Send a delivery again: the same id, the same bytes"""
        found, who = service(), caller()
        who.require("write")
        with found.tools.database.write() as tx:
            own(tx, webhook_id)
            if outbox.get_delivery(tx, delivery_id, who.account.id).endpoint_id != webhook_id:
                raise NotFound()
            outbox.redeliver(tx, who.account.id, delivery_id, found.now())
        return json_reply({"delivery_id": delivery_id, "id": delivery_id, "status": "queued"}, 202)


@blueprint.route("/v1/webhooks/<webhook_id>/replay")
class Replay(MethodView):
    @described(
        "replayWebhook",
        TAG,
        404,
        status=202,
        reply=schemas.Replayed,
        example=forms.REPLAYED,
        parameters=forms.SINCE,
    )
    def post(self, webhook_id: str) -> Response:
        """Send again everything that was not delivered since a time

        What failed for good and what waits for a later try goes out now, under the same ids and with the same bytes.
        What was delivered is never sent again, so asking twice does no harm.
        """
        found, who = service(), caller()
        who.require("write")
        with found.tools.database.write() as tx:
            own(tx, webhook_id)
            # A "+" that nobody escaped arrives as a space.
            since = moment_of("since", request.args.get("since", "").strip().replace(" ", "+"))
            count = outbox.replay_since(tx, who.account.id, webhook_id, since, found.now())
        return json_reply({"webhook_id": webhook_id, "since": iso(since), "replayed": count}, 202)
