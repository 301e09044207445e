"""Neutral faults in the shelf's eight documented codes (shelf §5). HTTP statuses stay honest where no code fits."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from batch_api.door import ErrorReply
from storage.errors import ServiceError

CODES = (
    "AUTH_REQUIRED",
    "INVALID_API_KEY",
    "INSUFFICIENT_CREDITS",
    "FORBIDDEN",
    "NOT_FOUND",
    "VALIDATION_FAILED",
    "RATE_LIMITED",
    "INTERNAL_ERROR",
)
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
    """400, 409 and 422 are all VALIDATION_FAILED with HTTP 422; 405, 413 and 415 keep their status."""
    status = 422 if fault.status in (400, 409, 422) else fault.status
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
