"""API keys: made, listed, revoked, with a dashboard session or an admin key.

A key is shown once, when it is made; never again, not even to a replayed request.
"""

from datetime import UTC, datetime
from typing import Any

from flask import Response, request
from flask.views import MethodView
from sqlalchemy import Connection

from batch_api.intake import IntakeLimits, receive
from batch_api.once import Made, once
from batch_api.print_shop import forms, schemas, views
from batch_api.print_shop.entrance import DOOR, blueprint, described
from batch_api.print_shop.reading import from_document, from_form
from batch_api.replies import json_reply
from batch_api.service import caller, service
from storage.errors import Invalid
from storage.model import Dialect
from storage.records import keys

TAG = "print keys"
SMALL_BODY = IntakeLimits(files=0, file_bytes=0, request_bytes=64 << 10, text_bytes=64 << 10)


def small_body() -> dict[str, Any]:
    """The fields of a small request, JSON or form."""
    received = receive(request, service().tools, SMALL_BODY)
    return from_form(received.fields) if received.document is None else from_document(received.document)


def text_field(fields: dict[str, Any], name: str, *, longest: int, default: str | None = None) -> str:
    """A trimmed text of the body; Invalid when it is missing without a default, too long or no text."""
    value = fields.get(name, default)
    if value is None:
        raise Invalid(f"{name} is required.", field=name, reason="required")
    if not isinstance(value, str) or len(value.strip()) > longest or "\0" in value:
        raise Invalid(f"{name} must be a text of at most {longest} characters.", field=name, reason="too_long")
    return value.strip()


def moment_of(name: str, text: str) -> datetime:
    """An RFC 3339 time with a zone, in UTC; Invalid for anything else."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        if moment.tzinfo is None:
            raise ValueError("a time without a zone")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as fault:  # the last hours of the year 9999 west of Greenwich are no UTC time
        raise Invalid(f"{name} must be an RFC 3339 time with a zone.", field=name, reason="malformed") from fault


def moment_field(fields: dict[str, Any], name: str) -> datetime | None:
    """An RFC 3339 time with a zone, in the future, or None."""
    value = fields.get(name)
    if value in (None, ""):
        return None
    moment = moment_of(name, str(value))
    if moment <= service().now():
        raise Invalid(f"{name} must be a future time with a zone.", field=name, reason="out_of_range")
    return moment


@blueprint.route("/v1/keys")
class KeysView(MethodView):
    @described("listKeys", TAG, reply=schemas.KeyList)
    def get(self) -> Response:
        """List the account's keys, revoked ones too"""
        who = caller()
        who.require("admin")
        with service().tools.database.read() as tx:
            found = [key for key in keys.list_keys(tx, who.account.id) if key.dialect is Dialect.PRINT]
        return json_reply({"keys": [views.key(key) for key in found]})

    @described(
        "createKey",
        TAG,
        409,
        413,
        415,
        status=201,
        reply=schemas.NewKey,
        body=forms.key_body(),
        parameters=forms.ONCE_HEADERS,
    )
    def post(self) -> Response:
        """Make a key; it is shown in this reply only

        A reply repeated under the same Idempotency-Key has null in place of the key.
        """
        found, who = service(), caller()
        who.require("admin")
        fields = small_body()
        name = text_field(fields, "name", longest=100, default="API key")
        role = text_field(fields, "role", longest=10, default="write")
        expires_at = moment_field(fields, "expires_at")

        def make(tx: Connection) -> Made:
            key, presented = keys.create_key(
                tx, who.account.id, Dialect.PRINT, role=role, name=name, now=found.now(), expires_at=expires_at
            )
            return Made({**views.key(key), "key": presented}, 201, secrets=("key",))

        return once(request, found, DOOR, who, "print:keys", fields, make)


@blueprint.route("/v1/keys/<key_id>")
class KeyView(MethodView):
    @described("revokeKey", TAG, 404, status=204)
    def delete(self, key_id: str) -> Response:
        """Revoke a key at once"""
        found, who = service(), caller()
        who.require("admin")
        with found.tools.database.write() as tx:
            keys.revoke_key(tx, who.account.id, key_id, found.now())
        return Response(status=204)
