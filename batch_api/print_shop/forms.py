"""Request bodies of the print dialect as the OpenAPI document shows them, with examples that the tests send.

A form with repeated files and many spellings is more than a schema class can say, so these are written out. Never used
to check a request: reading.py and the actions do that.
"""

from collections.abc import Mapping
from typing import Any

from jobs.notify import numbered

TEXT = {"type": "string"}
FLAG = {"type": "boolean"}
IMAGE_OBJECT = {
    "type": "object",
    "properties": {
        "url": {"type": "string", "description": "http or https address, or a data: address."},
        "upload_id": {"type": "string", "description": "An upload slot that was filled before."},
        "filename": TEXT,
        "title": TEXT,
    },
}
SHARED: dict[str, Any] = {
    "image_urls": {"type": "array", "items": {"oneOf": [TEXT, IMAGE_OBJECT]}, "description": "Also: images, urls."},
    "upload_ids": {"type": "array", "items": TEXT, "description": "Slots of POST /v1/uploads."},
    "client_job_id": {"type": "string", "maxLength": 128, "description": "Echoed everywhere; not an idempotency key."},
    "webhook_url": {"type": "string", "format": "uri", "description": "https; on top of registered receivers."},
    "webhook_secret": {
        "type": "string",
        "maxLength": 128,
        "description": "Signs instead of the account's.",
    },
    "dry_run": {"type": "boolean", "default": False, "description": "The whole way with small stand-ins, no credits."},
    "title": TEXT,
    "keywords": {"type": "array", "items": TEXT},
    "description_hint": TEXT,
    "shop_name": TEXT,
}
ORIENTATION = {"type": "string", "enum": ["auto", "portrait", "landscape"], "default": "auto"}
OWN: dict[str, dict[str, Any]] = {
    "wallart": {
        "orientation": ORIENTATION,
        "drive": {**FLAG, "description": "Not made by this version yet; answered with a warning."},
        "video": {**FLAG, "description": "Not made by this version yet; answered with a warning."},
        "mockup_count": {"type": "integer", "description": "Not made by this version yet; answered with a warning."},
    },
    "poster": {
        "orientation": ORIENTATION,
        "size": {**TEXT, "default": "24x36", "description": "24x36, 12x18, 16x24, 18x24, 20x30, A1, A2 or A3."},
        "ratio": {**TEXT, "description": "2:3, 3:4 or iso, when size is not given."},
        "bleed_in": {"type": "number", "minimum": 0, "maximum": 1, "default": 0},
        "shipping_profile_id": TEXT,
        "processing_profile_id": TEXT,
    },
    "clipart": {
        "watermark": {"oneOf": [FLAG, TEXT, {"type": "object"}], "description": "On previews only."},
        "remove_background": {**FLAG, "default": False},
        "listing_pdf": {**FLAG, "description": "Not made by this version yet; answered with a warning."},
    },
    "upscale": {
        "scale": {"type": "integer", "enum": [2, 4, 8], "default": 4},
        "target_px": {"type": "integer", "minimum": 500, "maximum": 12000, "description": "Instead of scale."},
    },
}
FIRST = "https://images.example.com/dunes.png"
EXAMPLES: dict[str, dict[str, Any]] = {
    "wallart": {"image_urls": [FIRST], "client_job_id": "order-1001", "title": "Dunes at dawn"},
    "poster": {"image_urls": [FIRST], "size": "18x24", "shipping_profile_id": "12345"},
    "clipart": {"image_urls": [FIRST], "watermark": "My Shop"},
    "upscale": {"image_urls": [FIRST], "scale": 4},
}


def body(action: str) -> dict[str, Any]:
    """The request body of one job type's address."""
    return submission_body(SHARED | OWN[action], {action: EXAMPLES[action]})


def generic_body() -> dict[str, Any]:
    """The request body of the generic address: every job type's fields, and the one that names it."""
    fields = dict(SHARED)
    for own in OWN.values():
        fields |= own
    fields["job_type"] = {"type": "string", "enum": ["wall_art", "poster", "clipart", "upscale"]}
    return submission_body(fields, {"named": {"job_type": "wall_art", **EXAMPLES["wallart"]}, **EXAMPLES})


def submission_body(fields: Mapping[str, Any], examples: Mapping[str, Any]) -> dict[str, Any]:
    """The three forms in which a submission may come."""
    files = {"type": "array", "items": {"type": "string", "format": "binary"}, "maxItems": 50}
    packed = {**TEXT, "description": "All other fields as one JSON object."}
    uploads = {"images": {**files, "description": "JPEG, PNG, WebP or TIFF."}}
    form = {"type": "object", "properties": {**uploads, **fields, "options": packed}}
    return {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "object", "properties": dict(fields)},
                "examples": {name: {"value": value} for name, value in examples.items()},
            },
            "multipart/form-data": {"schema": form},
            "application/x-www-form-urlencoded": {"schema": {"type": "object", "properties": dict(fields)}},
        },
    }


def json_body(properties: Mapping[str, Any], example: Any, required: tuple[str, ...] = ()) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": dict(properties)}
    if required:
        schema["required"] = list(required)
    return {"required": bool(required), "content": {"application/json": {"schema": schema, "example": example}}}


def webhook_body(required: bool = True) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "url": {"type": "string", "format": "uri"},
        "events": {"type": "array", "items": TEXT},
        "description": TEXT,
    }
    if not required:
        fields["status"] = {"type": "string", "enum": ["active", "disabled"]}
        return json_body(fields, {"status": "active"})
    example = {"url": "https://shop.example.com/hooks/print", "events": ["job.completed", "job.failed"]}
    return json_body(fields, example, ("url",))


def rotation_body() -> dict[str, Any]:
    fields = {
        "force": {**FLAG, "default": False, "description": "Rotate although the last rotation is in its grace time."},
        "grace_seconds": {
            "type": "integer",
            "minimum": 0,
            "maximum": 86400,
            "default": 86400,
            "description": "For how long the secret before signs along; 0 when it leaked.",
        },
    }
    return json_body(fields, {"grace_seconds": 86400})


def key_body() -> dict[str, Any]:
    fields = {
        "name": TEXT,
        "role": {"type": "string", "enum": ["read", "write", "admin"], "default": "write"},
        "expires_at": {"type": "string", "format": "date-time"},
    }
    return json_body(fields, {"name": "automation", "role": "write"})


def upload_body() -> dict[str, Any]:
    fields = {
        "filename": TEXT,
        "bytes": {"type": "integer", "minimum": 1, "description": "Exact length of the file."},
        "content_type": TEXT,
    }
    return json_body(fields, {"filename": "dunes.png", "bytes": 5242880, "content_type": "image/png"})


ONCE_HEADERS = (
    {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        "description": "Makes a retry safe for 24 hours: the same key and request get the same reply.",
    },
)
SUBMIT_HEADERS = (
    *ONCE_HEADERS,
    {
        "name": "X-On-Behalf-Of",
        "in": "header",
        "schema": {"type": "string", "maxLength": 128},
        "description": "A partner's name for its end user; a label, nothing else.",
    },
)
SINCE = (
    {
        "name": "since",
        "in": "query",
        "required": True,
        "schema": {"type": "string", "format": "date-time"},
        "example": "2026-11-22T09:30:00Z",
        "description": "Events of this moment and later, RFC 3339 with a zone.",
    },
)
REPLAYED = {"webhook_id": "wh_0m3x", "since": "2026-11-22T09:30:00Z", "replayed": 3}
BATCH_FILTERS = (
    {"name": "client_job_id", "in": "query", "schema": TEXT, "description": "Only batches with this label."},
    {
        "name": "status",
        "in": "query",
        "schema": {"type": "string", "enum": ["queued", "processing", "completed", "failed", "canceled"]},
        "description": "Only batches in this state.",
    },
)


def sample_event(moment: str) -> dict[str, Any]:
    """A job.completed body of a job that never was, for the test call; the same fields as a live one."""
    return {
        "job_id": "job_test",
        "job_type": "wall_art",
        "status": "completed",
        "credit_cost": 0,
        "assets": {
            "download_urls": [],
            "mockup_urls": [],
            "video_url": None,
            "listing_pdf_url": None,
            "customer_pdf_url": None,
            "drive_share_link": None,
            "drive_url": None,
            "preview_urls": [],
            "zip_url": None,
        },
        "batch_id": "bat_test",
        "parent_batch_id": "bat_test",
        "client_job_id": None,
        "index": 0,
        "created_at": moment,
        "completed_at": moment,
        "expires_at": None,
        "error": None,
        "results_url": None,
        "dry_run": False,
        "event": "job.completed",
        **numbered(0, moment),
    }
