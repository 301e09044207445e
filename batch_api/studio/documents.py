"""The studio's part of the OpenAPI document: what a form or a JSON body may hold, and the shape of a job.

Never decides what is accepted: options are read and bounded by their action; a test holds this list against it.
"""

from typing import Any

from marshmallow import Schema, fields

from jobs.actions.bg_remove import PLATFORMS
from jobs.actions.studio import ASPECT_RATIOS, RESOLUTIONS

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
FLAG: dict[str, Any] = {"type": "boolean", "description": "In a form 1, true, on or yes; 0, false, off, no or empty."}
OPTIONS: dict[str, dict[str, Any]] = {
    "platform": {"type": "string", "enum": list(PLATFORMS), "default": "none",
                 "description": "A marketplace's rules: its size, ratio, pure white and JPEG win over what is asked."},
    "optimize_repair": FLAG | {"default": True},
    "preserve_edges": FLAG | {"default": True},
    "optimize_lighting": FLAG | {"default": False},
    "bg_prompt": TEXT | {"description": "A plain colour in words; a scene is left transparent, with a warning."},
    "bg_color": {"type": "string", "maxLength": 48, "description": "#rgb, #rrggbb or a colour's name."},
    "fill": {"type": "number", "minimum": 0.1, "maximum": 1.0, "description": "The subject's share of the frame."},
    "padding": {"type": "number", "minimum": 0.0, "maximum": 0.45,
                "description": "Free share on each side: fill is 1 - 2 × padding, unless fill is given."},
    "shadow": {"type": "string", "enum": ["none", "soft", "contact"]},
    "feather": {"type": "number", "minimum": 0, "maximum": 50, "default": 0,
                "description": "Pixels over which the edge fades inwards."},
    "return_mask": FLAG | {"default": False},
    "output_format": {"type": "string", "enum": ["jpg", "jpeg", "png", "webp"]},
    "variations": {"type": "integer", "minimum": 1, "maximum": 4, "default": 1,
                   "description": "A cut-out has one result; more are ignored with a warning."},
    "seed": {"type": "string", "maxLength": 40, "description": "No effect on a cut-out; said in a warning."},
    "negative_prompt": TEXT | {"description": "No effect on a cut-out; said in a warning."},
    "async": FLAG | {"default": False, "description": "Answer at once with status queued, as Prefer: respond-async."},
}  # fmt: skip
COMMON: dict[str, Any] = {
    "action": {"type": "string", "description": "bg-remove today; the other ten answer 503 provider_unavailable."},
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
