"""Neutral faults in the studio's words: `error` is a plain sentence, `code` one of a closed list (studio §7).

Never shows a stack trace, a path or a driver's words.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from batch_api.door import ErrorReply
from storage.errors import ServiceError

# neutral code → (HTTP status, the dialect's code)
WORDS: dict[str, tuple[int, str]] = {
    "missing_credentials": (401, "missing_api_key"),
    "invalid_key": (401, "invalid_api_key"),
    "key_expired": (401, "invalid_api_key"),
    "missing_merchant": (401, "missing_merchant_id"),
    "merchant_mismatch": (403, "merchant_mismatch"),
    "account_suspended": (403, "key_disabled"),
    "forbidden": (403, "key_disabled"),
    "missing_action": (400, "missing_action"),
    "unsupported_action": (400, "unsupported_action"),
    "missing_image": (400, "missing_image"),
    "missing_reference": (400, "missing_reference"),
    "invalid_resolution": (400, "invalid_resolution"),
    "invalid_aspect_ratio": (400, "invalid_aspect_ratio"),
    "invalid_option": (400, "invalid_option"),
    "invalid_request": (400, "invalid_option"),
    "invalid_webhook_url": (400, "invalid_webhook_url"),
    "too_many_images": (400, "too_many_images"),
    "too_many_parts": (400, "too_many_images"),
    "insufficient_credits": (402, "insufficient_credits"),
    "not_found": (404, "job_not_found"),
    "method_not_allowed": (405, "method_not_allowed"),
    "idempotency_conflict": (409, "idempotency_conflict"),
    "idempotency_in_progress": (409, "idempotency_conflict"),
    "payload_too_large": (413, "payload_too_large"),
    "file_too_large": (413, "file_too_large"),
    "unsupported_media_type": (415, "unsupported_media_type"),
    "invalid_image_url": (422, "image_fetch_failed"),
    "invalid_image": (422, "invalid_image"),
    "image_fetch_failed": (422, "image_fetch_failed"),
    "rate_limited": (429, "rate_limited"),
    "queue_full": (429, "rate_limited"),
    "action_unavailable": (503, "provider_unavailable"),
    "overloaded": (503, "queue_unavailable"),
    "database_busy": (503, "queue_unavailable"),
    "storage_unavailable": (503, "queue_unavailable"),
    "service_unavailable": (503, "queue_unavailable"),
}
# Every code of this dialect, the status it comes with, and when; documented and tested from this table.
DOCUMENTED: dict[str, tuple[int, str]] = {
    "missing_action": (400, "The field action is missing."),
    "unsupported_action": (400, "There is no such action."),
    "missing_image": (400, "Neither image_urls[] nor image_files[] holds anything."),
    "missing_reference": (400, "An action that needs a reference picture got none."),
    "invalid_resolution": (400, "Not 1K, 2K or 4K."),
    "invalid_aspect_ratio": (400, "Not one of the five ratios."),
    "invalid_option": (400, "An option or a field is malformed or out of bounds; details.field names it."),
    "invalid_webhook_url": (400, "Not an https address of a public host."),
    "too_many_images": (400, "More images than the plan's maxBatchSize."),
    "missing_api_key": (401, "No Authorization header."),
    "invalid_api_key": (401, "The key is unknown, revoked or expired."),
    "missing_merchant_id": (401, "No X-Merchant-Id header."),
    "insufficient_credits": (402, "Not enough credits for the whole request; nothing was charged."),
    "merchant_mismatch": (403, "The key belongs to another merchant."),
    "key_disabled": (403, "The account is suspended or the key's role does not allow this."),
    "job_not_found": (404, "There is no such job, or it is another account's."),
    "method_not_allowed": (405, "The address does not take that method."),
    "idempotency_conflict": (409, "The Idempotency-Key was used with another request, or is in use right now."),
    "payload_too_large": (413, "The request is too large."),
    "file_too_large": (413, "A file is too large."),
    "unsupported_media_type": (415, "The body is neither a form nor JSON."),
    "invalid_image": (422, "No uploaded file is an image of a supported format."),
    "image_fetch_failed": (422, "An image address is not an http or https URL."),
    "rate_limited": (429, "Too many requests; Retry-After says how long to wait."),
    "internal_error": (500, "Something went wrong on our side."),
    "provider_unavailable": (
        503,
        "The action is not available yet or its network is not installed; nothing was charged.",
    ),
    "queue_unavailable": (503, "The service cannot take work right now; Retry-After says when."),
}
CODES = tuple(DOCUMENTED)


def word_error(fault: ServiceError, request_id: str) -> ErrorReply:
    status, code = WORDS.get(fault.code, (fault.status, "internal_error" if fault.status >= 500 else "invalid_option"))
    return ErrorReply(status, error_body(fault.public, code, fault.details, request_id))


def error_body(sentence: str, code: str, details: Mapping[str, Any], request_id: str) -> dict[str, Any]:
    return {"success": False, "error": sentence, "code": code, "details": dict(details), "request_id": request_id}


def error_doc(status: int) -> Mapping[str, Any]:
    """One error of the OpenAPI document, with an example of a code that has this status."""
    code = next((code for known, code in WORDS.values() if known == status), "internal_error")
    example = error_body(HTTPStatus(status).phrase, code, {}, "req_0m3x")
    schema = {
        "type": "object",
        "required": ["success", "error", "code", "details", "request_id"],
        "properties": {
            "success": {"type": "boolean", "const": False},
            "error": {"type": "string"},
            "code": {"type": "string", "enum": list(CODES)},
            "details": {"type": "object"},
            "request_id": {"type": "string"},
        },
    }
    return {
        "description": HTTPStatus(status).phrase,
        "content": {"application/json": {"schema": schema, "example": example}},
    }
