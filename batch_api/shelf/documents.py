"""The shelf's part of the OpenAPI document: bodies, parameters and one example of each reply."""

from typing import Any

SECURITY = ({"bearer": []},)
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
        "placeId": TEXT,
        "taskId": TEXT,
    },
}
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
                "properties": {"images": {"type": "array", "minItems": 1, "maxItems": 200, "items": IMAGE}, **CALLBACK},
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
             "analyses": [DONE], "createdAt": MOMENT},
    "batchId": "batch_0m3x",
    "status": "completed",
    "analyses": [DONE],
}  # fmt: skip
LISTED = {"data": [DONE], "pagination": {"cursor": None, "hasMore": False}}
ANALYSIS = {
    "data": {
        **DONE,
        "products": [],
        "productCount": 0,
        "texts": [{"text": "2.49", "box": {"x": 10, "y": 20, "w": 60, "h": 24}, "confidence": 0.97}],
    }
}
USAGE = {
    "data": {
        "maxBatchSize": 20,
        "credits": {"remaining": 75, "usedThisPeriod": 0, "plan": 0, "payg": 75},
        "plan": {"tier": "free", "periodEnd": MOMENT, "billingInterval": "monthly"},
        "rateLimits": {"analyses": {"limit": 5, "remaining": 5, "resetAt": MOMENT}},
    },
    "plan": "free",
    "totalRemaining": 75,
    "maxBatchSize": 20,
}
WEBHOOK = {
    "data": {
        "id": "wh_0m3xexample",
        "url": "https://example.com/hook",
        "events": ["analysis.completed"],
        "status": "active",
        "createdAt": MOMENT,
    }
}
WEBHOOKS = {"data": [WEBHOOK["data"]], "pagination": {"cursor": None, "hasMore": False}}
WEBHOOK_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["url", "events"],
                "properties": {
                    "url": {"type": "string", "format": "uri"},
                    "events": {"type": "array", "minItems": 1, "items": TEXT},
                    "description": TEXT,
                },
            },
            "example": {"url": "https://example.com/hook", "events": ["analysis.completed"]},
        }
    },
}
