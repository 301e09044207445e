"""What to do about each error code: whether the same request may succeed later, and the next step. Keyed by the code as
it is on the wire; the page of errors shows it, and a test holds that no code is without. Raises nothing by itself."""

SAME = "Send the same request again with the same Idempotency-Key"
WAIT = f"{SAME} after the seconds in Retry-After."
OURS = f"{SAME}; if it stays, tell the operator the request_id."
KEY = "Send a valid key of this dialect as 'Authorization: Bearer …'."
ROLE = "Use a key with the role that the message names, or ask the operator about the account."
CREDITS = "Buy or request credits, or send fewer images; the reply says how many are missing."
FIELD = "Correct the field that the details name."
SMALLER = "Send less at once, smaller files, or each file ahead to an upload slot."
FEWER = "Split the batch; the message names the limit, and the plan that allows more."
GONE = "Submit the images again; results are kept for the time that the reply of the batch names."
PICTURE = "Send a picture of a supported format that opens in a viewer."
ADDRESS = "Give an address that anybody on the internet can open without logging in, or upload the file."
SIZE = "Resize the picture to the limits in the documentation of the action."

# code → (may the same request succeed later, what to do)
ADVICE: dict[str, tuple[bool, str]] = {
    # requests that need another form
    **dict.fromkeys(("invalid_request", "invalid_option", "VALIDATION_FAILED"), (False, FIELD)),
    **dict.fromkeys(("no_images", "missing_image"), (False, "Send at least one file or address.")),
    **dict.fromkeys(("batch_size_exceeded", "too_many_images"), (False, FEWER)),
    **dict.fromkeys(
        ("job_type_undetermined", "missing_action", "unsupported_action"),
        (False, "Name one of the documented actions."),
    ),
    "missing_reference": (False, "Send the reference picture that the message names."),
    "invalid_resolution": (False, "Use 1K, 2K or 4K."),
    "invalid_aspect_ratio": (False, "Use one of the five documented ratios."),
    "invalid_webhook_url": (False, "Give an https address on a public host."),
    **dict.fromkeys(("invalid_image_url", "image_fetch_failed"), (False, ADDRESS)),
    "method_not_allowed": (False, "Use a method that the Allow header names."),
    **dict.fromkeys(("payload_too_large", "file_too_large"), (False, SMALLER)),
    "unsupported_media_type": (False, "Send a form or JSON with the matching Content-Type."),
    **dict.fromkeys(("unsupported_image_type", "invalid_image"), (False, PICTURE)),
    # who asks
    **dict.fromkeys(
        ("missing_credentials", "missing_api_key", "invalid_api_key", "AUTH_REQUIRED", "INVALID_API_KEY"), (False, KEY)
    ),
    "token_expired": (False, "Log in again, or make a new key."),
    "missing_merchant_id": (False, "Send the merchant id of the key's account as X-Merchant-Id."),
    "merchant_mismatch": (False, "Send the merchant id that belongs to the key."),
    **dict.fromkeys(("forbidden", "FORBIDDEN", "key_disabled"), (False, ROLE)),
    "account_suspended": (False, "Ask the operator; nothing is accepted until the account is resumed."),
    **dict.fromkeys(("insufficient_credits", "INSUFFICIENT_CREDITS"), (False, CREDITS)),
    # what is asked for
    **dict.fromkeys(
        ("not_found", "batch_not_found", "job_not_found", "NOT_FOUND"),
        (False, "Check the id, and that the key belongs to the account that made it."),
    ),
    "not_ready": (True, "Poll the batch, or wait for its webhook, and ask again when it has ended."),
    "assets_expired": (False, GONE),
    "nothing_to_retry": (False, "Nothing is to be done: no image of the batch failed."),
    "conflict": (False, "Read the present state of the object before changing it."),
    "rotation_in_progress": (True, "Wait until the former secret has ended, or rotate with force."),
    "idempotency_conflict": (False, "Use a new Idempotency-Key for a new request."),
    "idempotency_in_progress": (True, WAIT),
    "link_invalid": (False, "Use the address unchanged, or ask the API for a new one."),
    "link_expired": (False, "Ask the API for the batch again: each reply brings fresh addresses."),
    "upload_used": (False, "Open a new upload slot for another file."),
    "incomplete": (True, "Send the whole body again to the same address."),
    # later
    **dict.fromkeys(("rate_limited", "queue_full", "RATE_LIMITED"), (True, WAIT)),
    **dict.fromkeys(("internal_error", "INTERNAL_ERROR"), (True, OURS)),
    **dict.fromkeys(
        ("service_unavailable", "queue_unavailable", "overloaded", "database_busy", "storage_unavailable"), (True, WAIT)
    ),
    **dict.fromkeys(
        ("action_unavailable", "provider_unavailable"),
        (False, "Ask the operator whether this action can be installed."),
    ),
}

# reason of a failed image → what to do; whether trying again helps stands beside the reason itself (storage/errors.py)
IMAGE_ADVICE: dict[str, str] = {
    **dict.fromkeys(("source_url_refused", "source_http_4xx", "source_http_404", "source_redirects"), ADDRESS),
    **dict.fromkeys(
        ("source_http_5xx", "source_timeout", "source_unreachable", "source_cut"),
        "Try the failed images again, or upload the files.",
    ),
    **dict.fromkeys(("source_empty", "source_not_image", "not_an_image", "corrupt_image"), PICTURE),
    "unsupported_format": "Send one of the formats that the action takes.",
    **dict.fromkeys(("source_too_large", "file_too_large"), "Send a smaller file."),
    **dict.fromkeys(("image_too_large", "image_too_small"), SIZE),
    "output_too_large": "Ask for a smaller output.",
    "no_subject": "Send a photograph in which the subject stands out from its background.",
    "unreadable_photo": "Take the photo again: brighter, sharper, from nearer.",
    "resource_limit_exceeded": SIZE,
    "decoder_crashed": "Save the picture again with another program.",
    **dict.fromkeys(("timeout", "processing_failed"), "Try the failed images again; then tell the operator the id."),
    "storage_unavailable": "Try the failed images again later.",
    "model_missing": "Ask the operator to install the network.",
    "deadline_exceeded": "Submit the images again when less work is waiting.",
    "cancelled": "Nothing is to be done: somebody cancelled the batch.",
}
