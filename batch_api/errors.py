"""The one place where a fault becomes a reply: a ServiceError, a framework error or a bug, in the words of the dialect
that owns the path, and as problem+json (RFC 9457) outside of all dialects. Never shows a cause or a stack."""

import logging
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from batch_api.door import ErrorReply
from batch_api.limits import OverLimit
from batch_api.replies import json_reply
from batch_api.service import request_id, service
from storage.errors import (
    Invalid,
    NotFound,
    ServiceError,
    TooLarge,
    Unavailable,
    UnsupportedMedia,
)
from storage.objects import ObjectStoreDown

log = logging.getLogger(__name__)
PROBLEM = "application/problem+json"
# Every code outside of the dialects, the statuses it comes with, and when; documented and tested from this table.
DOCUMENTED: dict[str, tuple[int, str]] = {
    "invalid_request": (400, "The request could not be understood."),
    "link_invalid": (403, "The signed address was changed, or is none of ours."),
    "link_expired": (403, "The signed address has expired."),
    "not_found": (404, "There is nothing at this address, or the file is not there any more."),
    "method_not_allowed": (405, "The address does not take that method."),
    "upload_used": (409, "The upload slot already belongs to a batch."),
    "incomplete": (409, "The body was cut short."),
    "assets_expired": (410, "The files were deleted at the end of their retention time."),
    "payload_too_large": (413, "The body is longer than allowed."),
    "internal_error": (500, "Something went wrong on our side."),
    "database_busy": (503, "The database does not answer."),
    "storage_unavailable": (503, "The object store does not answer."),
    "service_unavailable": (503, "The service cannot do this right now."),
}


class MethodNotAllowed(ServiceError):
    status, code, public = 405, "method_not_allowed", "This address does not take that method."


def init_errors(app: Flask) -> None:
    """Every way a request can fail ends in `answer`."""
    app.register_error_handler(ServiceError, answer)
    app.register_error_handler(HTTPException, lambda fault: answer(translate(fault)))
    app.register_error_handler(ObjectStoreDown, lambda fault: answer(store_fault(fault)))
    app.register_error_handler(Exception, lambda fault: answer(bug(fault)))


def answer(fault: ServiceError) -> Response:
    """The reply for a fault, in the words of the path's dialect."""
    found = service()
    door = found.door_of_blueprint(request.blueprint) or found.door_of_path(request.path)
    words = door.word_error(fault, request_id()) if door else problem(fault, request_id())
    reply = json_reply(words.body, words.status, words.headers, words.content_type)
    if fault.retry_after is not None:
        reply.headers.setdefault("Retry-After", str(fault.retry_after))
    if words.status == HTTPStatus.UNAUTHORIZED:
        reply.headers.setdefault("WWW-Authenticate", "Bearer")
    if isinstance(fault, MethodNotAllowed) and fault.details.get("allow"):
        reply.headers["Allow"] = ", ".join(fault.details["allow"])
    if isinstance(fault, OverLimit):
        g.allowances = [fault.allowance]
    g.fault_code = fault.code
    if fault.cause is not None:
        log.info(
            "request refused", extra={"event": "request.refused", "code": fault.code, "cause": str(fault.cause)[:500]}
        )
    return reply


def problem(fault: ServiceError, request: str) -> ErrorReply:
    """RFC 9457, with our code and request id as extension members."""
    field = fault.details.get("field")
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(fault.status).phrase,
        "status": fault.status,
        "detail": fault.public,
        "instance": f"urn:request:{request}",
        "code": fault.code,
        "request_id": request,
        "errors": [{"field": field, "reason": fault.details.get("reason", "invalid")}] if field else [],
    }
    return ErrorReply(fault.status, body, PROBLEM)


def translate(fault: HTTPException) -> ServiceError:
    """The framework's own error in our words."""
    status = fault.code or 500
    if status == HTTPStatus.NOT_FOUND:
        return NotFound("There is nothing at this address.")
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return MethodNotAllowed(details={"allow": sorted(getattr(fault, "valid_methods", None) or [])})
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return TooLarge()
    if status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
        return UnsupportedMedia()
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return schema_fault(getattr(fault, "data", None) or {})
    if 400 <= status < 500:
        return Invalid("The request could not be understood.", reason="malformed")
    return bug(fault)


def schema_fault(data: dict[str, Any]) -> ServiceError:
    """What a marshmallow schema found, as one Invalid that lists every field."""
    found = [(field, text) for place in (data.get("messages") or {}).values() for field, text in flat_messages(place)]
    if not found:
        return Invalid()
    issues = [{"field": field, "issue": text} for field, text in found]
    return Invalid(f"{found[0][0]}: {found[0][1]}", field=found[0][0], reason="invalid", details={"issues": issues})


def flat_messages(messages: Any, prefix: str = "") -> list[tuple[str, str]]:
    """marshmallow's nested messages as (dotted field, sentence) pairs."""
    if isinstance(messages, dict):
        return [
            pair
            for key, below in messages.items()
            for pair in flat_messages(below, prefix if key == "_schema" else f"{prefix}.{key}".lstrip("."))
        ]
    if isinstance(messages, list):
        return [pair for below in messages for pair in flat_messages(below, prefix)]
    return [(prefix or "body", str(messages))]


def store_fault(fault: ObjectStoreDown) -> ServiceError:
    """The object store is away: a 503 that says when to come back."""
    log.error("object store failed", extra={"event": "store.failed", "cause": str(fault)[:300]})
    return Unavailable("The object store does not answer.", code="storage_unavailable", retry_after=5)


def bug(fault: Exception) -> ServiceError:
    """Whatever nobody foresaw: logged in full, told in one sentence."""
    log.error("unexpected fault", exc_info=fault, extra={"event": "request.crashed"})
    return ServiceError()
