"""The shelf's part of the OpenAPI document: bodies, parameters and one example of each reply."""

from typing import Any

from jobs.notify.shelf import ALL_EVENTS

TEXT: dict[str, Any] = {"type": "string"}
IMAGE_URL = "Public address of a JPEG, PNG or WebP, or upload:<id> of a file sent to POST /api/v1/uploads."
IMAGE: dict[str, Any] = {
    "type": "object",
    "required": ["imageUrl"],
    "properties": {
        "imageUrl": {"type": "string", "format": "uri", "description": IMAGE_URL},
        "externalId": {"type": "string", "maxLength": 255},
        "metadata": {
            "type": "object",
            "maxProperties": 10,
            "additionalProperties": {"type": "string", "maxLength": 500},
        },
        "placeId": {"type": "string", "maxLength": 255},
        "taskId": {"type": "string", "maxLength": 255},
    },
}
IMAGE_KEY = {
    "type": "string",
    "minLength": 1,
    "maxLength": 255,
    "description": "A known key: the analysis that exists.",
}
IN_BATCH: dict[str, Any] = {**IMAGE, "properties": {**IMAGE["properties"], "idempotencyKey": IMAGE_KEY}}
CALLBACK = {"callbackUrl": {"type": "string", "format": "uri", "description": "HTTPS; one signed POST per analysis."}}
ANALYSIS_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {**IMAGE, "properties": {**IMAGE["properties"], **CALLBACK}},
            "example": {"imageUrl": "https://example.com/shelf.jpg", "externalId": "store-7"},
        }
    },
}
BATCH_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["images"],
                "properties": {
                    "images": {"type": "array", "minItems": 1, "maxItems": 200, "items": IN_BATCH},
                    **CALLBACK,
                },
            },
            "example": {"images": [{"imageUrl": "https://example.com/shelf.jpg", "metadata": {"aisle": "4"}}]},
        }
    },
}
LIST_PARAMETERS = tuple(
    {"name": name, "in": "query", "required": False, "schema": schema}
    for name, schema in {
        "status": {"type": "string", "enum": ["processing", "completed", "failed"]},
        "externalId": TEXT,
        "placeId": TEXT,
        "taskId": TEXT,
        "batchId": TEXT,
        "from": {"type": "string", "format": "date-time"},
        "to": {"type": "string", "format": "date-time"},
        "cursor": TEXT,
        "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50},
    }.items()
)
PAGING = LIST_PARAMETERS[-2:]
IDEMPOTENCY = (
    {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "The same key within 24 hours gets the same reply, marked X-Idempotent-Replayed.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    },
)
MOMENT = "2026-11-22T09:30:00Z"
UPLOAD_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    "filename": {"type": "string", "maxLength": 255},
                    "bytes": {"type": "integer", "minimum": 1, "description": "Exact length of the file."},
                    "contentType": {"type": "string", "maxLength": 100},
                },
            },
            "example": {"filename": "shelf.jpg", "bytes": 2097152, "contentType": "image/jpeg"},
        }
    },
}
UPLOAD = {
    "data": {
        "id": "upl_0m3xexample",
        "method": "PUT",
        "url": "https://darkroom.example/files/staging/upl_0m3xexample?signature=0a1b",
        "headers": {"Content-Type": "image/jpeg"},
        "maxBytes": 2097152,
        "expiresAt": MOMENT,
    }
}
HEAD = {
    "id": "an_0m3xexample",
    "status": "processing",
    "imageUrl": "https://example.com/shelf.jpg",
    "createdAt": MOMENT,
}
DONE = {**HEAD, "status": "completed", "totalRuns": 1, "completedRuns": 1, "failedRuns": 0, "completedAt": MOMENT}
ENDED = {**HEAD, "status": "completed", "completedAt": MOMENT}
SUBMITTED = {"data": HEAD}
BATCH_SUBMITTED = {
    "data": {
        "batchId": "batch_0m3x",
        "status": "processing",
        "analyses": [HEAD],
        "creditsConsumed": 1,
        "createdAt": MOMENT,
    },
    "batchId": "batch_0m3x",
    "status": "processing",
    "analyses": [HEAD],
}
BATCH_STATUS = {
    "data": {"batchId": "batch_0m3x", "status": "completed", "total": 1, "processing": 0, "completed": 1, "failed": 0,
             "analyses": [ENDED], "createdAt": MOMENT},
    "batchId": "batch_0m3x",
    "status": "completed",
    "analyses": [ENDED],
}  # fmt: skip
LISTED = {"data": [DONE], "pagination": {"cursor": None, "hasMore": False}}
ANALYSIS = {
    "data": {
        **DONE,
        "batchId": "batch_0m3x",
        "products": [],
        "productCount": 0,
        "texts": [{"text": "2.49", "box": {"x": 10, "y": 20, "w": 60, "h": 24}, "confidence": 0.97}],
    }
}
RATE = {"limit": 5, "remaining": 5, "resetAt": MOMENT}
USAGE = {
    "data": {
        "maxBatchSize": 20,
        "credits": {"remaining": 75, "usedThisPeriod": 0, "plan": 0, "payg": 75},
        "plan": {"tier": "free", "periodEnd": MOMENT, "billingInterval": "monthly"},
        "rateLimits": {"analyses": RATE, "reads": RATE | {"limit": 60}, "writes": RATE | {"limit": 20}},
    },
    "plan": "free",
    "billingCycleStart": MOMENT,
    "billingCycleEnd": MOMENT,
    "planCredits": {"total": 0, "used": 0, "remaining": 0},
    "paygCredits": {"remaining": 75},
    "totalRemaining": 75,
    "maxBatchSize": 20,
}
WEBHOOK = {
    "data": {
        "id": "wh_0m3xexample",
        "url": "https://example.com/hook",
        "events": ["analysis.completed"],
        "description": None,
        "status": "active",
        "createdAt": MOMENT,
    }
}
NEW_WEBHOOK = {"data": {**WEBHOOK["data"], "secret": "whsec_c2hvd24gb25jZQ"}}
DELIVERIES = {
    "data": [
        {
            "id": "evt_0m3x",
            "event": "analysis.completed",
            "url": "https://example.com/hook",
            "status": "delivered",
            "createdAt": MOMENT,
            "nextAttemptAt": None,
            "attempts": [
                {"number": 1, "at": MOMENT, "durationMs": 84, "httpStatus": 200, "error": None, "response": "ok"}
            ],
        }
    ],
    "pagination": {"cursor": None, "hasMore": False},
}
SENT = {"data": {"deliveryId": "evt_0m3x"}}
REPLAYED = {"data": {"since": MOMENT, "replayed": 3}}
SINCE = (
    {
        "name": "since",
        "in": "query",
        "required": True,
        "description": "Events of this moment and later, ISO 8601.",
        "schema": {"type": "string", "format": "date-time"},
        "example": MOMENT,
    },
)
WEBHOOKS = {"data": [WEBHOOK["data"]], "pagination": {"cursor": None, "hasMore": False}}
WEBHOOK_FIELDS: dict[str, Any] = {
    "url": {"type": "string", "format": "uri", "description": "An https address."},
    "events": {"type": "array", "minItems": 1, "items": {"type": "string", "enum": list(ALL_EVENTS)}},
    "description": {"type": "string", "minLength": 1, "maxLength": 500},
}
WEBHOOK_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"type": "object", "required": ["url", "events"], "properties": WEBHOOK_FIELDS},
            "example": {"url": "https://example.com/hook", "events": ["analysis.completed"]},
        }
    },
}
WEBHOOK_CHANGE = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {**WEBHOOK_FIELDS, "status": {"type": "string", "enum": ["active", "disabled"]}},
            },
            "example": {"events": ["*"], "status": "active"},
        }
    },
}
ROTATION_BODY = {
    "required": False,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    "force": {
                        "type": "boolean",
                        "default": False,
                        "description": "Rotate although the last rotation is in its grace time.",
                    },
                    "graceSeconds": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 86400,
                        "default": 86400,
                        "description": "For how long the secret before signs along; 0 when it leaked.",
                    },
                },
            },
            "example": {"graceSeconds": 86400},
        }
    },
}
