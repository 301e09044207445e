"""The tree of errors a customer can be told about. Each has an HTTP status, a neutral code, one public sentence and
a private cause that only logs may show. Dialects translate the neutral code once, at their own border.

ServiceError
├── Unauthenticated      401  missing_credentials, invalid_key, key_expired, missing_merchant
├── Forbidden            403  forbidden, merchant_mismatch, account_suspended
├── NotFound             404  not_found
├── Invalid              400  invalid_request and its finer codes; `field` and `reason` name the fault
├── TooLarge             413  payload_too_large, file_too_large, too_many_parts
├── UnsupportedMedia     415  unsupported_media_type
├── InsufficientCredits  402  insufficient_credits
├── Conflict             409  idempotency_conflict, idempotency_in_progress, not_ready, rotation_in_progress
├── Gone                 410  assets_expired
├── RateLimited          429  rate_limited, queue_full
├── Unavailable          503  action_unavailable, overloaded, storage_unavailable, database_busy
└── ImageFault           (an image's own failure; never an HTTP reply)
"""

from collections.abc import Mapping
from typing import Any


class ServiceError(Exception):
    """`code` is neutral and stable; `public` is shown to customers; `cause` only reaches the log."""

    status = 500
    code = "internal_error"
    public = "Something went wrong on our side."

    def __init__(
        self,
        public: str | None = None,
        *,
        code: str | None = None,
        details: Mapping[str, Any] | None = None,
        retry_after: int | None = None,
        cause: object = None,
    ) -> None:
        self.public = public or type(self).public
        self.code = code or type(self).code
        self.details = dict(details or {})
        self.retry_after = retry_after
        self.cause = cause
        super().__init__(f"{self.code}: {self.public}")


class Unauthenticated(ServiceError):
    status, code, public = 401, "missing_credentials", "Authentication is required."


class Forbidden(ServiceError):
    status, code, public = 403, "forbidden", "This key may not do that."


class NotFound(ServiceError):
    status, code, public = 404, "not_found", "There is no such object."


class Invalid(ServiceError):
    """`field` is the wire name, `reason` a short word (required, too_long, not_allowed …)."""

    status, code, public = 400, "invalid_request", "The request is not valid."

    def __init__(
        self,
        public: str | None = None,
        *,
        field: str = "",
        reason: str = "invalid",
        code: str | None = None,
        **more: Any,
    ) -> None:
        details = {**(more.pop("details", None) or {})}
        if field:
            details |= {"field": field, "reason": reason}
        super().__init__(public, code=code, details=details, **more)
        self.field, self.reason = field, reason


class TooLarge(ServiceError):
    status, code, public = 413, "payload_too_large", "The request is larger than allowed."


class UnsupportedMedia(ServiceError):
    status, code, public = 415, "unsupported_media_type", "The body is in a form this endpoint does not read."


class InsufficientCredits(ServiceError):
    status, code, public = 402, "insufficient_credits", "There are not enough credits for the whole batch."

    def __init__(self, required: int, available: int) -> None:
        details = {"required": required, "available": available, "shortfall": required - available}
        super().__init__(f"This batch costs {required} credits; {available} are available.", details=details)


class Conflict(ServiceError):
    status, code, public = 409, "conflict", "The request conflicts with the present state."


class Gone(ServiceError):
    status, code, public = 410, "assets_expired", "The files were deleted at the end of their retention time."


class RateLimited(ServiceError):
    status, code, public = 429, "rate_limited", "Too many requests; slow down."


class Unavailable(ServiceError):
    status, code, public = 503, "service_unavailable", "The service cannot do this right now."


class ImageFault(Exception):
    """Why one image failed: a code of IMAGE_FAULTS, a public sentence, and whether trying again helps."""

    def __init__(self, code: str, public: str | None = None, *, cause: object = None) -> None:
        row = IMAGE_FAULTS[code]
        self.code, self.retryable = code, row[0]
        self.public = public or row[1]
        self.cause = cause
        super().__init__(f"{code}: {self.public}")


# code: (worth another attempt, default public sentence)
IMAGE_FAULTS: dict[str, tuple[bool, str]] = {
    "source_url_refused": (False, "The image address is not allowed."),
    "source_http_4xx": (False, "The image address answered with an error."),
    "source_http_404": (False, "The image address answered 404."),
    "source_http_5xx": (True, "The image server answered with a server error."),
    "source_timeout": (True, "The image server took too long."),
    "source_unreachable": (True, "The image server could not be reached."),
    "source_cut": (True, "The image server closed the connection before the end."),
    "source_redirects": (False, "The image address redirects too often."),
    "source_too_large": (False, "The image file is larger than allowed."),
    "source_empty": (False, "The image file is empty."),
    "source_not_image": (False, "The address does not lead to an image."),
    "not_an_image": (False, "The file is not an image."),
    "unsupported_format": (False, "This image format is not supported here."),
    "corrupt_image": (False, "The image file is damaged."),
    "image_too_large": (False, "The image has more pixels than allowed."),
    "image_too_small": (False, "The image has too few pixels."),
    "file_too_large": (False, "The image file is larger than allowed."),
    "output_too_large": (False, "The result would have more pixels than allowed."),
    "no_subject": (False, "No subject was found in the image."),
    "unreadable_photo": (False, "The photo cannot be read: too dark, too blurred or empty."),
    "resource_limit_exceeded": (True, "The image needs more memory or time than allowed."),
    "decoder_crashed": (True, "The image crashed the decoder."),
    "timeout": (True, "Working on the image took too long."),
    "storage_unavailable": (True, "The object store did not answer."),
    "model_missing": (False, "The network for this action is not installed."),
    "processing_failed": (True, "The image could not be processed."),
    "deadline_exceeded": (False, "The batch's deadline passed before this image was done."),
    "cancelled": (False, "The batch was cancelled."),
}
