"""Neutral faults in the shelf's eight documented codes (shelf §5). HTTP statuses stay honest where no code fits."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from batch_api.door import ErrorReply
from storage.errors import ServiceError

# Every code of this dialect, its status, and when; documented and tested from this table.
DOCUMENTED: dict[str, tuple[int, str]] = {
    "AUTH_REQUIRED": (401, "No Authorization header, or not a Bearer one."),
    "INVALID_API_KEY": (401, "The key is unknown, revoked or expired."),
    "INSUFFICIENT_CREDITS": (402, "Not enough credits for the whole batch; nothing was charged."),
    "FORBIDDEN": (403, "The key's role does not allow this, or the account is suspended."),
    "NOT_FOUND": (404, "There is no such object, or it is another organisation's."),
    "VALIDATION_FAILED": (
        422,
        "A field is missing or invalid; details has field and reason. Also with 405, 409, 413 and 415.",
    ),
    "RATE_LIMITED": (429, "Too many requests; Retry-After and details.retryAfter say how long to wait."),
    "INTERNAL_ERROR": (500, "Something went wrong on our side; with 503, not available (yet) or busy."),
}
CODES = tuple(DOCUMENTED)
ROTATING = "rotation_in_progress"  # nothing in the request is wrong: it may be sent again later, or forced
BY_CODE = {
    "missing_credentials": "AUTH_REQUIRED",
    "invalid_key": "INVALID_API_KEY",
    "key_expired": "INVALID_API_KEY",
    "insufficient_credits": "INSUFFICIENT_CREDITS",
}
BY_STATUS = {
    401: "INVALID_API_KEY",
    402: "INSUFFICIENT_CREDITS",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    429: "RATE_LIMITED",
}


def word_error(fault: ServiceError, request_id: str) -> ErrorReply:
    """400, 409 and 422 are all VALIDATION_FAILED with HTTP 422; 405, 413, 415 and a rotation's 409 keep theirs."""
    status = 422 if fault.status in (400, 409, 422) and fault.code != ROTATING else fault.status
    code = BY_CODE.get(fault.code) or BY_STATUS.get(status)
    if code is None:
        code = "VALIDATION_FAILED" if status < 500 else "INTERNAL_ERROR"
    details = dict(fault.details) or {}
    if code == "VALIDATION_FAILED" and "field" not in details:
        details |= {"field": "body", "reason": fault.code}
    return ErrorReply(status, error_body(code, fault.public, details), headers={"X-Request-Id": request_id})


def error_body(code: str, message: str, details: Mapping[str, Any]) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": message}
    if details:
        error["details"] = dict(details)
    return {"error": error}


def error_doc(status: int) -> Mapping[str, Any]:
    """One error of the OpenAPI document."""
    code = {401: "AUTH_REQUIRED"}.get(status) or BY_STATUS.get(status)
    code = code or ("VALIDATION_FAILED" if status < 500 else "INTERNAL_ERROR")
    details = {"field": "imageUrl", "reason": "required"} if code == "VALIDATION_FAILED" else {}
    if status == HTTPStatus.CONFLICT:
        details = {"field": "body", "reason": ROTATING}
    schema = {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "message"],
                "properties": {
                    "code": {"type": "string", "enum": list(CODES)},
                    "message": {"type": "string"},
                    "details": {"type": "object"},
                },
            }
        },
    }
    example = error_body(code, HTTPStatus(status).phrase, details)
    return {
        "description": HTTPStatus(status).phrase,
        "content": {"application/json": {"schema": schema, "example": example}},
    }
