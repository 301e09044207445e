"""The studio's part of the OpenAPI document: what a form or a JSON body may hold, and the shape of a job.

Never decides what is accepted: options are read and bounded by their action, and listed off its schema.
"""

from typing import Any

from marshmallow import Schema, fields

from batch_api.studio.options import all_options, extra_files, studio_actions
from jobs.actions.catalogue import PLANNED
from jobs.actions.studio import ASPECT_RATIOS, RESOLUTIONS
from storage.model import Dialect

WAITING = f"{', '.join(PLANNED[Dialect.STUDIO])}: known, and answered 503 provider_unavailable."
SECURITY = ({"bearer": [], "merchant": []},)


class BatchReply(Schema):
    """A job, in the POST's reply and in every poll."""

    success = fields.Boolean(required=True)
    job_id = fields.String(required=True)
    status = fields.String(required=True)
    action = fields.String(required=True)
    output_url = fields.String(required=True, allow_none=True)
    output_urls = fields.List(fields.String(), required=True)
    mask_urls = fields.List(fields.String())
    files = fields.List(fields.Dict())
    metadata = fields.Dict(required=True)
    status_url = fields.String()
    credits_used = fields.Integer()
    created_at = fields.String()
    completed_at = fields.String(allow_none=True)
    expires_at = fields.String(allow_none=True)
    progress = fields.Integer()
    completed_count = fields.Integer()
    failed_count = fields.Integer()
    total_count = fields.Integer()
    client_ref = fields.String(allow_none=True)
    error = fields.String(allow_none=True)
    errors = fields.List(fields.Dict())
    warnings = fields.List(fields.String())


TEXT: dict[str, Any] = {"type": "string"}
OPTIONS = all_options()
COMMON: dict[str, Any] = {
    "action": {"type": "string", "description": f"{', '.join(sorted(studio_actions()))}; {WAITING}"},
    "resolution": {"type": "string", "enum": list(RESOLUTIONS), "default": "1K"},
    "aspect_ratio": {"type": "string", "enum": list(ASPECT_RATIOS), "default": "1:1"},
    "webhook_url": {"type": "string", "format": "uri"},
    "client_ref": {"type": "string", "maxLength": 128},
    "job_id": {"type": "string", "description": "With action=status: the job to look at."},
}
FORM: dict[str, Any] = {
    "type": "object",
    "required": ["action"],
    "properties": {
        **COMMON,
        "image_urls[]": {"type": "array", "items": TEXT,
                         "description": "Also image_urls, image_url, imageUrls and imageUrl, with or without [N]."},
        "image_files[]": {"type": "array", "items": {"type": "string", "format": "binary"},
                          "description": "Also image_files, image_file, imageFiles and imageFile."},
        **extra_files(),
        **{f"options[{name}]": kind for name, kind in OPTIONS.items()},
    },
    "additionalProperties": True,
}  # fmt: skip
EXAMPLE = {
    "action": "bg-remove",
    "resolution": "2K",
    "image_urls[]": ["https://example.com/product.jpg"],
    "options[platform]": "amazon",
}
DOCUMENT: dict[str, Any] = {
    "type": "object",
    "required": ["action"],
    "properties": {
        **COMMON,
        "image_urls": {"type": "array", "items": TEXT, "description": "http(s) and data: addresses."},
        "options": {"type": "object", "properties": OPTIONS, "additionalProperties": True},
    },
    "additionalProperties": True,
}
REQUEST_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": DOCUMENT,
            "example": {
                "action": "bg-remove",
                "resolution": "2K",
                "image_urls": ["https://example.com/product.jpg"],
                "options": {"platform": "amazon", "optimize_lighting": True},
            },
        },
        "multipart/form-data": {"schema": FORM},
        "application/x-www-form-urlencoded": {"schema": FORM, "example": EXAMPLE},
    },
}
SUBMIT_PARAMETERS = (
    {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "The same key within 24 hours gets the same job, marked Idempotent-Replayed.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    },
)
POLL_PARAMETERS = (
    {"name": "job_id", "in": "query", "required": True, "schema": TEXT},
    {"name": "action", "in": "query", "required": False, "schema": {"type": "string", "enum": ["status"]}},
)
REPLY_EXAMPLE = {
    "success": True,
    "job_id": "job_0m3xexample",
    "status": "completed",
    "action": "bg-remove",
    "output_url": "https://darkroom.example/output/job_0m3xexample/result_001.jpg",
    "output_urls": ["https://darkroom.example/output/job_0m3xexample/result_001.jpg"],
    "metadata": {"resolution": "2K", "aspect_ratio": "1:1", "processing_time_ms": 2740},
    "credits_used": 1,
    "errors": [],
    "warnings": [],
}
