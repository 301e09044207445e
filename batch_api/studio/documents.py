"""The studio's part of the OpenAPI document: what a form may hold, and the shape of a job."""

from typing import Any

from marshmallow import Schema, fields

from jobs.actions.bg_remove import ASPECT_RATIOS, RESOLUTIONS

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
FORM: dict[str, Any] = {
    "type": "object",
    "required": ["action"],
    "properties": {
        "action": {"type": "string", "description": "bg-remove today; the other ten answer 503 provider_unavailable."},
        "resolution": {"type": "string", "enum": list(RESOLUTIONS), "default": "1K"},
        "aspect_ratio": {"type": "string", "enum": list(ASPECT_RATIOS), "default": "1:1"},
        "image_urls[]": {"type": "array", "items": TEXT},
        "image_files[]": {"type": "array", "items": {"type": "string", "format": "binary"}},
        "webhook_url": {"type": "string", "format": "uri"},
        "client_ref": TEXT,
        "options[platform]": TEXT,
        "options[optimize_repair]": TEXT,
        "options[preserve_edges]": TEXT,
        "options[optimize_lighting]": TEXT,
        "options[bg_prompt]": TEXT,
    },
    "additionalProperties": True,
}
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
        **{name: kind for name, kind in FORM["properties"].items() if "[" not in name},
        "image_urls": {"type": "array", "items": TEXT, "description": "data: addresses too."},
        "options": {"type": "object", "description": "platform, optimize_repair and so on."},
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
                "image_urls": ["https://example.com/product.jpg"],
                "options": {"platform": "amazon"},
            },
        },
        "multipart/form-data": {"schema": FORM},
        "application/x-www-form-urlencoded": {"schema": FORM, "example": EXAMPLE},
    },
}
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
