"""Errors in the print dialect's words (print contract §5): a code, a sentence, details by field, the request id.
Translates each neutral code once; never adds what the fault does not say."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import request

from batch_api.door import ErrorReply
from storage.errors import NotFound, ServiceError

CODES = {
    "invalid_key": "invalid_api_key",
    "key_expired": "token_expired",
    "file_too_large": "payload_too_large",
    "too_many_parts": "payload_too_large",
    "unsupported_action": "job_type_undetermined",
    "invalid_option": "invalid_request",
    "invalid_webhook_url": "invalid_request",
    "overloaded": "service_unavailable",
    "storage_unavailable": "service_unavailable",
    "database_busy": "service_unavailable",
}
# Every code of this dialect, the status it comes with, and when; documented and tested from this table.
DOCUMENTED: dict[str, tuple[int, str]] = {
    "invalid_request": (400, "A field is missing, malformed or out of bounds."),
    "no_images": (400, "The request holds no image."),
    "batch_size_exceeded": (400, "More images than one batch may hold; the whole request is refused."),
    "job_type_undetermined": (400, "The job type is missing, unknown or contradicted by the fields."),
    "invalid_image_url": (400, "An image address is not an http or https URL."),
    "missing_credentials": (401, "No Authorization header."),
    "invalid_api_key": (401, "The key is unknown or revoked."),
    "token_expired": (401, "The key or session has expired."),
    "insufficient_credits": (402, "Not enough credits for the whole batch; nothing was charged."),
    "forbidden": (403, "The key's role does not allow this."),
    "account_suspended": (403, "The account is suspended."),
    "not_found": (404, "There is no such object, or it is another account's."),
    "batch_not_found": (404, "There is no such batch."),
    "job_not_found": (404, "There is no such job."),
    "method_not_allowed": (405, "The address does not take that method."),
    "not_ready": (409, "The batch is not finished yet."),
    "idempotency_conflict": (409, "The Idempotency-Key was used with a different request."),
    "idempotency_in_progress": (409, "A request with this Idempotency-Key is being worked on."),
    "nothing_to_retry": (409, "None of the batch's images failed."),
    "conflict": (409, "The request conflicts with the present state."),
    "rotation_in_progress": (409, "The secret was rotated a short while ago."),
    "assets_expired": (410, "The files were deleted at the end of their retention time."),
    "payload_too_large": (413, "The request or one of its files is too large."),
    "unsupported_image_type": (415, "An uploaded file is not JPEG, PNG, WebP or TIFF."),
    "unsupported_media_type": (415, "The body is neither a form nor JSON."),
    "rate_limited": (429, "Too many requests; Retry-After says how long to wait."),
    "queue_full": (429, "Too many of this account's images are queued."),
    "internal_error": (500, "Something went wrong on our side."),
    "service_unavailable": (503, "The service cannot take this right now."),
    "action_unavailable": (503, "This is not available in this version yet; nothing was charged."),
}


def word_error(fault: ServiceError, request_id: str) -> ErrorReply:
    """`{"error": {code, message, details: [{field, issue}], …numbers}, "request_id"}`."""
    details = dict(fault.details)
    field, reason = details.pop("field", None), details.pop("reason", "invalid")
    issues = details.pop("issues", None)
    numbers = {name: value for name, value in details.items() if isinstance(value, (int, str)) and name != "allow"}
    listed = issues or ([{"field": field, "issue": reason, **numbers}] if field else [])
    error: dict[str, Any] = {"code": code_of(fault), "message": fault.public, "details": listed, **numbers}
    return ErrorReply(fault.status, {"error": error, "request_id": request_id})


def code_of(fault: ServiceError) -> str:
    """The dialect's code; a missing object is named after the address that was asked."""
    if isinstance(fault, NotFound) and fault.code == "not_found":
        if "/jobs/" in request.path:
            return "job_not_found"
        return "batch_not_found" if request.path.startswith(("/v1/batch/", "/v1/batches/")) else "not_found"
    return CODES.get(fault.code, fault.code)


def error_doc(status: int) -> Mapping[str, Any]:
    """An error of this dialect for the OpenAPI document, with an example for every code of that status."""
    examples = {
        code: {
            "summary": when,
            "value": {"error": {"code": code, "message": when, "details": []}, "request_id": "req_0m3x8q"},
        }
        for code, (known, when) in DOCUMENTED.items()
        if known == status
    }
    schema = {"$ref": "#/components/schemas/PrintError"}
    content = {"application/json": {"schema": schema, "examples": examples}}
    reply: dict[str, Any] = {"description": HTTPStatus(status).phrase, "content": content}
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        reply["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
    return reply
